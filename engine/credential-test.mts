import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
	INodeType,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { createRunExecutionData, ExecuteContext, RoutingNode, Workflow } from './n8n.mts';

/** What the editor shows after "Test" in a credential. */
export interface TestOutcome {
	status: 'OK' | 'Error';
	message: string;
}

/** The name under which n8n runs a connection test; credentials can tell by it. */
const TEST_NODE = 'n8n-nodes-base.noOp';

/**
 * Runs the connection test of a credential type the way n8n's server does: as a declarative node
 * whose one request is the credential's `test.request`, judged by `test.rules`.
 */
export async function testCredential(
	type: ICredentialType,
	data: ICredentialDataDecryptedObject,
	additionalData: IWorkflowExecuteAdditionalData,
): Promise<TestOutcome> {
	if (!type.test) throw new Error(`${type.name} has no connection test`);
	const nodeType = {
		description: {
			name: TEST_NODE,
			version: 1,
			credentials: [{ name: type.name, required: true }],
			properties: [
				{
					displayName: 'Temp',
					name: 'temp',
					type: 'string',
					default: '',
					routing: { request: type.test.request },
				},
			],
		},
	} as unknown as INodeType;
	const workflow = new Workflow({
		nodes: [
			{
				id: '1',
				name: 'Temp',
				type: TEST_NODE,
				typeVersion: 1,
				position: [0, 0],
				parameters: {},
				credentials: { [type.name]: { id: '1', name: type.name } },
			},
		],
		connections: {},
		active: false,
		nodeTypes: {
			getByName: () => nodeType,
			getByNameAndVersion: () => nodeType,
			getKnownTypes: () => ({}),
		},
	});
	const node = workflow.nodes.Temp;
	const context = new ExecuteContext(
		workflow,
		node,
		additionalData,
		'internal',
		createRunExecutionData(),
		0,
		[],
		{ main: [[{ json: {} }]] },
		{ node, data: {}, source: null },
		[],
	);
	const routing = new RoutingNode(context, nodeType, { id: '1', name: '', type: type.name, data });
	const rules = type.test.rules ?? [];
	let items;
	try {
		items = await routing.runNode();
	} catch (error) {
		const { message, cause } = error as Error & {
			cause?: { code?: string; response?: { status: number; statusText: string } };
		};
		const response = cause?.response;
		if (!response) return { status: 'Error', message: cause?.code ?? message };
		const rule = rules.find(
			({ type: kind, properties }) =>
				kind === 'responseCode' && properties.value === response.status,
		);
		const fallback = response.statusText || `Received HTTP status code: ${response.status}`;
		return { status: 'Error', message: rule?.properties.message ?? fallback };
	}
	const body = items?.[0]?.[0]?.json;
	for (const rule of rules) {
		if (rule.type !== 'responseSuccessBody') continue;
		const { key, value, message } = rule.properties as {
			key: string;
			value: unknown;
			message: string;
		};
		if (readPath(body, key) === value) return { status: 'Error', message };
	}
	return { status: 'OK', message: 'Connection successful!' };
}

function readPath(value: unknown, path: string): unknown {
	return path
		.split('.')
		.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}
