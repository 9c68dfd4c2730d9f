import type {
	INodeParameters,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEngine, type Engine } from '../../engine/engine.mts';
import { NodeHelpers } from '../../engine/n8n.mts';
import { exampleFiles, FIRST, readWorkflow } from '../../instance/contents.mts';
import { ROOT } from '../../scripts/pack.mts';

let engine: Engine;

beforeAll(async () => {
	engine = await startEngine(ROOT);
});

/** Names of all parameters in a value that the node would not show beside the others. */
function unknownNames(
	value: object,
	properties: INodeProperties[],
	description: INodeTypeDescription,
): string[] {
	const defaults = Object.fromEntries(properties.map((known) => [known.name, known.default]));
	const all = { ...defaults, ...value } as INodeParameters;
	return Object.entries(value).flatMap(([name, inner]) => {
		const property = properties.find(
			(known) => known.name === name && NodeHelpers.displayParameter(all, known, null, description),
		);
		if (!property) return [name];
		const options = property.options ?? [];
		if (property.type === 'collection') {
			return unknownNames(inner as object, options as INodeProperties[], description);
		}
		if (property.type !== 'fixedCollection') return [];
		return Object.entries(inner as Record<string, object | object[]>).flatMap(([group, rows]) => {
			const known = options.find((option) => option.name === group) as
				| { values: INodeProperties[] }
				| undefined;
			return known
				? [rows].flat().flatMap((row) => unknownNames(row, known.values, description))
				: [group];
		});
	});
}

describe.each([FIRST, ...exampleFiles()])('%s', (file) => {
	it('connects nodes that exist', () => {
		const { nodes, connections } = readWorkflow(file);
		const names = nodes.map(({ name }) => name);
		const targets = Object.values(connections)
			.flatMap((kinds) => Object.values(kinds).flat())
			.flatMap((links) => (links ?? []).map(({ node }) => node));
		expect(names).toEqual(expect.arrayContaining([...Object.keys(connections), ...targets]));
		expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
	});

	it('uses fields that the nodes of this package have, and no credential of somebody else', () => {
		const own = readWorkflow(file).nodes.filter(({ type }) => type.startsWith('n8n-nodes-yisign.'));
		expect(own.length).toBeGreaterThan(0);
		for (const { type, typeVersion, parameters, credentials } of own) {
			const { description }: INodeType = engine.nodeTypes.getByNameAndVersion(type, typeVersion);
			// n8n itself adds Poll Times to a polling trigger.
			const others = unknownNames(parameters, description.properties, description).filter(
				(name) => name !== 'pollTimes',
			);
			expect(others).toEqual([]);
			expect(credentials).toBeUndefined();
		}
	});
});
