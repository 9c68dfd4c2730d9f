import { setTimeout as sleep } from 'node:timers/promises';
import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
	IRequestOptions,
} from 'n8n-workflow';
import { NodeConnectionTypes } from './n8n.mts';
import { AGENT } from './tool.mts';

/** From here on, ms, the real Wait node has n8n store the execution. */
const STORED_WAIT = 65_000;

const SECONDS: Record<string, number> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

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

	/** Two outputs, true and false; n8n itself compares. */
	'n8n-nodes-base.if': {
		description: {
			...describe('if'),
			outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
			properties: [filterField()],
		},
		execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			const outputs: INodeExecutionData[][] = [[], []];
			for (const [index, item] of this.getInputData().entries()) {
				outputs[matches(this, 'conditions', index) ? 0 : 1].push(item);
			}
			return Promise.resolve(outputs);
		},
	},

	/** An output for each rule, and one for the items that no rule is for. */
	'n8n-nodes-base.switch': {
		description: {
			...describe('switch'),
			properties: [
				{
					displayName: 'Rules',
					name: 'rules',
					type: 'fixedCollection',
					typeOptions: { multipleValues: true },
					default: {},
					options: [{ displayName: 'Values', name: 'values', values: [filterField()] }],
				},
			],
		},
		execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			const rules = this.getNodeParameter('rules.values', 0) as IDataObject[];
			const outputs: INodeExecutionData[][] = [...rules, undefined].map(() => []);
			for (const [index, item] of this.getInputData().entries()) {
				const rule = rules.findIndex((_, number) =>
					matches(this, `rules.values[${number}].conditions`, index),
				);
				outputs.at(rule)?.push(item);
			}
			return Promise.resolve(outputs);
		},
	},

	/** After Time Interval: a long one has n8n store the execution, as with the real node. */
	'n8n-nodes-base.wait': {
		description: describe('wait', 'amount', 'unit'),
		async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			const amount = this.getNodeParameter('amount', 0) as number;
			const unit = this.getNodeParameter('unit', 0) as string;
			const duration = amount * SECONDS[unit] * 1000;
			if (duration < STORED_WAIT) await sleep(duration);
			else await this.putExecutionToWait(new Date(Date.now() + duration));
			return [this.getInputData()];
		},
	},
};

/** What a {@link makeMailer} was given to send. */
export interface Mail {
	subject: string;
	text: string;
	/** The bytes of the file; undefined if there is none. */
	attachment: Buffer | undefined;
}

/** An e-mail node, `n8n-nodes-base.emailSend`, that appends what it would send to `sent`. */
export function makeMailer(sent: Mail[]): INodeType {
	return {
		description: describe('emailSend', 'subject', 'text', 'options'),
		async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			for (const item of this.getInputData().keys()) {
				const { attachments } = this.getNodeParameter('options', item) as { attachments?: string };
				sent.push({
					subject: this.getNodeParameter('subject', item) as string,
					text: this.getNodeParameter('text', item) as string,
					attachment: attachments
						? await this.helpers.getBinaryDataBuffer(item, attachments)
						: undefined,
				});
			}
			return [this.getInputData()];
		},
	};
}

/** The Conditions of If and of a rule of Switch. */
function filterField(): INodeProperties {
	return { displayName: 'Conditions', name: 'conditions', type: 'filter', default: {} };
}

function matches(context: IExecuteFunctions, parameter: string, index: number): boolean {
	return context.getNodeParameter(parameter, index, false, { extractValue: true }) as boolean;
}

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
