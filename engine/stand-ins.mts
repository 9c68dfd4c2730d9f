import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IRequestOptions,
} from 'n8n-workflow';
import { NodeConnectionTypes } from './n8n.mts';
import { AGENT } from './tool.mts';

/**
 * Small stand-ins for the few nodes of n8n itself that example workflows and tests begin with, under
 * the names of the real ones. n8n's own package of nodes is far larger than its engine.
 */
export const STAND_INS: Record<string, INodeType> = {
	'@n8n/n8n-nodes-langchain.agent': AGENT,

	'n8n-nodes-base.manualTrigger': makeSource('manualTrigger', () => [{ json: {} }]),

	/** Returns the list in its parameter `items`. */
	'n8n-nodes-base.code': makeSource(
		'code',
		(context) => context.getNodeParameter('items', 0) as unknown as INodeExecutionData[],
		'items',
	),

	/**
	 * The one thing of the real HTTP Request node that matters here: a request with a predefined
	 * credential type goes through the engine's `requestWithAuthentication`.
	 */
	'n8n-nodes-base.httpRequest': {
		description: describe('httpRequest', 'url', 'nodeCredentialType', 'queryParameters'),
		async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			const type = this.getNodeParameter('nodeCredentialType', 0) as string;
			const { parameters = [] } = this.getNodeParameter('queryParameters', 0, {}) as {
				parameters?: Array<{ name: string; value: string }>;
			};
			const options: IRequestOptions = {
				uri: this.getNodeParameter('url', 0) as string,
				method: 'GET',
				json: true,
				headers: {},
				qs: Object.fromEntries(parameters.map(({ name, value }) => [name, value])),
			};
			const body: unknown = await this.helpers.requestWithAuthentication.call(
				this,
				type,
				options,
				undefined,
				0,
			);
			return [[{ json: body as INodeExecutionData['json'] }]];
		},
	},
};

function makeSource(
	name: string,
	items: (context: IExecuteFunctions) => INodeExecutionData[],
	...parameters: string[]
): INodeType {
	return {
		description: describe(name, ...parameters),
		execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			return Promise.resolve([items(this)]);
		},
	};
}

/** The engine drops every parameter of a node that its description does not name. */
function describe(name: string, ...parameters: string[]): INodeTypeDescription {
	return {
		displayName: name,
		name,
		group: ['input'],
		version: [1, 2, 3, 4],
		description: 'Stand-in',
		defaults: {},
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		properties: parameters.map((parameter) => ({
			displayName: parameter,
			name: parameter,
			type: 'json',
			default: '',
		})),
	};
}
