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
		['yisignEnvelope', { operation: 'callInterface' }],
		['yisignEnvelope', { operation: 'callInterface', interface: '10' }],
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

describe('the field Interface', () => {
	const fill = (parameters: INodeParameters, withDefaults: boolean) => {
		const { description } = engine.nodeTypes.getByNameAndVersion('n8n-nodes-yisign.yisignEnvelope');
		const { properties } = description;
		const filled = NodeHelpers.getNodeParameters(
			properties,
			parameters,
			withDefaults,
			false,
			null,
			description,
		);
		return filled as INodeParameters;
	};

	it('fills in method and path, and others when it is changed, as the editor does it', () => {
		const login = fill({ operation: 'callInterface', interface: '1.2' }, true);
		expect(login).toMatchObject({
			method: 'GET',
			path: '/v1/open/users/sso/check-ca-login-task',
		});
		const archive = fill({ ...fill(login, false), interface: '10' }, true);
		expect(archive).toMatchObject({
			method: 'POST',
			path: '/v1/open/hospital/hospitals/signature/archive',
			body: '{}',
		});
		const other = fill({ ...fill(archive, false), interface: 'other' }, true);
		expect(other).toMatchObject({ method: 'GET', path: '' });
	});
});
