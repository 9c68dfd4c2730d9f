import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IRequestOptions,
} from 'n8n-workflow';
import { NodeConnectionTypes } from './n8n.mts';

/**
 * Small stand-ins for the few nodes of n8n itself that example workflows and tests begin with, under
 * the names of the real ones. n8n's own package of nodes is far larger than its engine.
 */
export const STAND_INS: Record<string, INodeType> = {
	'n8n-nodes-base.manualTrigger': makeSource(() => [{ json: {} }]),

	/** Puts out the list in its parameter `items`, as the real one does in JSON mode. */
	'n8n-nodes-base.code': makeSource(
		(context) => (context.getNodeParameter('items', 0, []) as INodeExecutionData[]) ?? [],
	),

	/**
	 * The one thing of the real HTTP Request node that matters here: a request with a predefined
	 * credential type goes through the engine's `requestWithAuthentication`.
	 */
	'n8n-nodes-base.httpRequest': {
		description: describe('httpRequest'),
		async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			const type = this.getNodeParameter('nodeCredentialType', 0) as string;
			const options: IRequestOptions = {
				uri: this.getNodeParameter('url', 0) as string,
				method: 'GET',
				json: true,
				headers: {},
				qs: {},
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

function makeSource(items: (context: IExecuteFunctions) => INodeExecutionData[]): INodeType {
	return {
		description: describe('source'),
		execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			return Promise.resolve([items(this)]);
		},
	};
}

function describe(name: string): INodeTypeDescription {
	return {
		displayName: name,
		name,
		group: ['input'],
		version: [1, 2, 3, 4],
		description: 'Stand-in',
		defaults: {},
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		properties: [],
	};
}
