import { createHmac, type BinaryToTextEncoding } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileFunction } from 'node:vm';
import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
	IRequestOptions,
} from 'n8n-workflow';
import { NodeConnectionTypes, NodeOperationError } from './n8n.mts';
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

	'n8n-nodes-base.stickyNote': makeSource('stickyNote', () => []),

	/** Runs its code once for all items; returns the list in its parameter `items` instead, if any. */
	'n8n-nodes-base.code': {
		description: describe('code', 'items', 'jsCode'),
		async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			const items: unknown = this.getNodeParameter('items', 0, '');
			if (items !== '') return [items as INodeExecutionData[]];
			return [await runCode(this, this.getNodeParameter('jsCode', 0) as string)];
		},
	},

	/** Edit Fields: the fields that are named, and no other. */
	'n8n-nodes-base.set': {
		description: describe('set', 'assignments'),
		execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			const items = this.getInputData().map((_, item) => {
				const fields = this.getNodeParameter('assignments.assignments', item) as IDataObject[];
				const json: IDataObject = {};
				for (const { name, value } of fields) json[name as string] = value;
				return { json, pairedItem: { item } };
			});
			return Promise.resolve([items]);
		},
	},

	/** Its action Hmac, of a text. */
	'n8n-nodes-base.crypto': {
		description: describe('crypto', 'type', 'value', 'dataPropertyName', 'secret', 'encoding'),
		execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			const items = this.getInputData().map(({ json }, item) => {
				const read = (name: string) => this.getNodeParameter(name, item) as string;
				const hmac = createHmac(read('type'), read('secret')).update(read('value'));
				const digest = hmac.digest(read('encoding') as BinaryToTextEncoding);
				return { json: { ...json, [read('dataPropertyName')]: digest }, pairedItem: { item } };
			});
			return Promise.resolve([items]);
		},
	},

	/** Stops with the message. */
	'n8n-nodes-base.stopAndError': {
		description: describe('stopAndError', 'errorMessage'),
		execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			const message = this.getNodeParameter('errorMessage', 0) as string;
			return Promise.reject(new NodeOperationError(this.getNode(), message));
		},
	},

	/**
	 * Two things of the real HTTP Request node: a request with a predefined credential type goes
	 * through the engine's `requestWithAuthentication`; without one, JSON is posted, and whatever is
	 * answered comes out (Never Error), or `error` if nothing is (On Error: Continue).
	 */
	'n8n-nodes-base.httpRequest': {
		description: describe(
			'httpRequest',
			'url',
			'nodeCredentialType',
			'queryParameters',
			'jsonBody',
			'options',
		),
		async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			const json = this.getNodeParameter('jsonBody', 0, '') as string;
			if (json !== '') return [[{ json: await postJson(this, json) }]];
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
	/** Empty if the mail is HTML. */
	text: string;
	/** Empty if the mail is text. */
	html: string;
	/** The bytes of the file; undefined if there is none. */
	attachment: Buffer | undefined;
}

/** An e-mail node, `n8n-nodes-base.emailSend`, that appends what it would send to `sent`. */
export function makeMailer(sent: Mail[]): INodeType {
	return {
		description: describe('emailSend', 'subject', 'text', 'html', 'options'),
		async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			for (const item of this.getInputData().keys()) {
				const { attachments } = this.getNodeParameter('options', item) as { attachments?: string };
				sent.push({
					subject: this.getNodeParameter('subject', item) as string,
					text: this.getNodeParameter('text', item, '') as string,
					html: this.getNodeParameter('html', item, '') as string,
					attachment: attachments
						? await this.helpers.getBinaryDataBuffer(item, attachments)
						: undefined,
				});
			}
			return [this.getInputData()];
		},
	};
}

/** Runs the code of a Code node in this process; the real one does in another. */
async function runCode(context: IExecuteFunctions, code: string): Promise<INodeExecutionData[]> {
	const known: Record<string, unknown> = {
		...context.getWorkflowDataProxy(0),
		$getWorkflowStaticData: (type: string) => context.getWorkflowStaticData(type),
	};
	const names = [
		'$input',
		'$',
		'$execution',
		'$now',
		'DateTime',
		'$getWorkflowStaticData',
	] as const;
	const body = `"use strict"; return (async () => {\n${code}\n})();`;
	const run = compileFunction(body, names) as (...values: unknown[]) => Promise<unknown>;
	return (await run(...names.map((name) => known[name]))) as INodeExecutionData[];
}

/** Posts JSON to the address in the node's `url`. */
async function postJson(context: IExecuteFunctions, json: string): Promise<IDataObject> {
	const { timeout } = context.getNodeParameter('options', 0) as { timeout?: number };
	try {
		return (await context.helpers.httpRequest({
			method: 'POST',
			url: context.getNodeParameter('url', 0) as string,
			body: JSON.parse(json) as IDataObject,
			json: true,
			timeout,
			ignoreHttpStatusErrors: true,
		})) as IDataObject;
	} catch (error) {
		if (!context.continueOnFail()) throw error;
		return { error: (error as Error).message };
	}
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
