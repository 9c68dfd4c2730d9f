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
import { ROBOT_NODE } from '../chats.mts';

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

describe('the workflows that send to a chat', () => {
	const all = exampleFiles()
		.map(readWorkflow)
		.filter(({ nodes }) => nodes.some(({ name }) => name === ROBOT_NODE));
	/** The nodes from Prepare on, without what differs by file: ids and positions. */
	const sending = ({ nodes }: (typeof all)[number]) =>
		nodes
			.slice(nodes.findIndex(({ name }) => name === 'Prepare'))
			.map(({ name, type, typeVersion, parameters, onError }) => ({
				name,
				type,
				typeVersion,
				parameters: JSON.stringify(parameters).replace(/"id":"[^"]+"/g, ''),
				onError,
			}));

	it('all send it in the same way', () => {
		expect(all.length).toBeGreaterThan(3);
		for (const one of all) expect(sending(one)).toEqual(sending(all[0]));
	});

	it('say where the address belongs, and hold nobody’s', () => {
		for (const { nodes } of all) {
			const note = nodes.find(({ type }) => type === 'n8n-nodes-base.stickyNote');
			expect(note?.parameters.content).toContain('在这里填写');
			expect(JSON.stringify(nodes)).toContain('access_token=YOUR_ROBOT_TOKEN');
		}
	});
});

it.each(exampleFiles())('%s says on a note where there is something to fill in', (file) => {
	const { nodes } = readWorkflow(file);
	const notes = nodes.filter(({ type }) => type === 'n8n-nodes-base.stickyNote');
	const values = nodes.filter((node) => /"在这里填/.test(JSON.stringify(node.parameters)));
	for (const { name } of values) {
		expect(notes.some(({ parameters }) => (parameters.content as string).includes(name))).toBe(
			true,
		);
	}
});

it.each(exampleFiles())('%s is in the time zone of China', (file) => {
	expect(readWorkflow(file).settings?.timezone).toBe('Asia/Shanghai');
});

it.each(exampleFiles())('%s writes to people in Chinese', (file) => {
	const texts = readWorkflow(file).nodes.flatMap(({ type, parameters }) => {
		if (type === 'n8n-nodes-base.emailSend') return [parameters.subject];
		if (type === 'n8n-nodes-base.formTrigger') return [parameters.formTitle];
		// What a Code node returns is the text or the subject of later nodes.
		return type === 'n8n-nodes-base.code' ? [parameters.jsCode] : [];
	});
	const own = texts.filter((text) => text !== '={{ $json.subject }}');
	expect(own.filter((text) => !/\p{Script=Han}/u.test(JSON.stringify(text)))).toEqual([]);
});

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
		// What reports the failures of other workflows asks Yisign nothing.
		const isReport = readWorkflow(file).nodes[0].type === 'n8n-nodes-base.errorTrigger';
		expect(own.length > 0).toBe(!isReport);
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
