import type { INode, INodeParameters } from 'n8n-workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEngine, type Engine } from '../../engine/engine.mts';
import { NodeHelpers } from '../../engine/n8n.mts';
import { ROOT } from '../../scripts/pack.mts';

let engine: Engine;

beforeAll(async () => {
	engine = await startEngine(ROOT);
});

describe('a node that is added in the editor', () => {
	it.each([
		['yisignEnvelope', { operation: 'search' }],
		['yisignEnvelope', { operation: 'get' }],
		['yisignEnvelope', { operation: 'download' }],
		['yisignEnvelope', { operation: 'createFromPdf' }],
		['yisignEnvelope', { operation: 'createStepwise' }],
		['yisignEnvelopeTrigger', {}],
		['yisignTrigger', {}],
	])('%s gets its defaults, with %j', (name, parameters: INodeParameters) => {
		const type = `n8n-nodes-yisign.${name}`;
		const { description } = engine.nodeTypes.getByNameAndVersion(type);
		const node = { id: '1', name, type, typeVersion: 1, position: [0, 0], parameters } as INode;
		const filled = NodeHelpers.getNodeParameters(
			description.properties,
			parameters,
			true,
			false,
			node,
			description,
		);
		expect(filled).toMatchObject(parameters);
		expect(Object.keys(filled ?? {}).length).toBeGreaterThan(3);
	});
});
