import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
	IDataObject,
	INode,
	INodeExecutionData,
	INodeParameters,
	IWebhookData,
	IWebhookResponseData,
} from 'n8n-workflow';
import type { Engine } from './engine.mts';
import { HookContext, WebhookContext, Workflow } from './n8n.mts';

/** A workflow that begins with a webhook trigger, published, and n8n's server in front of it. */
export interface WebhookServer {
	/** The Production URL. */
	url: string;
	/** The items of each execution that was started, oldest first. */
	started: INodeExecutionData[][];
	/** What the trigger threw; n8n would show each as a failed execution. */
	failures: Array<Error & { description?: string }>;
	/** What the trigger wrote to n8n's log. */
	logged: string[];
	/** The workflow's static data as n8n's database has it. */
	staticData: () => IDataObject;
	/** Puts other static data into n8n's database, such as that of before a restart. */
	restore: (staticData: IDataObject) => void;
	/** Publishes the workflow with other parameters of the trigger, under the same address. */
	change: (parameters: INodeParameters) => void;
	/** Has n8n fail to start the execution of the next call, which it answers with 500. */
	failNext: () => void;
	/** ms of the processor that the trigger itself took for the last call. */
	webhookTime: () => number;
	/** Unpublishes the workflow and stops the server. */
	close: () => Promise<void>;
}

/**
 * Publishes a workflow of one webhook trigger, and serves its Production URL as n8n's server does:
 * each call gets its own workflow with static data as stored, which is written back after it; the
 * raw body is kept, JSON is parsed by content type, and a trigger that throws is answered with 500.
 *
 * Executions are noted and not run: what comes after the trigger is not its business.
 *
 * @throws what the trigger throws on being published
 */
export async function publishWebhook(engine: Engine, node: INode): Promise<WebhookServer> {
	const type = engine.nodeTypes.getByNameAndVersion(node.type, node.typeVersion);
	const [webhookDescription] = type.description.webhooks ?? [];
	const webhookData = {
		httpMethod: webhookDescription.httpMethod,
		node: node.name,
		path: webhookDescription.path,
		webhookDescription,
		workflowId: '1',
	} as IWebhookData;
	const started: INodeExecutionData[][] = [];
	const failures: WebhookServer['failures'] = [];
	const logged: string[] = [];
	const note = (message: string) => void logged.push(message);
	const logger = { info: note, warn: note, error: note, debug: note };
	let stored = '{}';
	let current = node;
	let failsNext = false;
	let webhookTime = 0;

	const load = () =>
		new Workflow({
			id: '1',
			nodes: [structuredClone(current)],
			connections: {},
			active: true,
			nodeTypes: engine.nodeTypes,
			staticData: JSON.parse(stored) as IDataObject,
		});
	const save = ({ staticData }: InstanceType<typeof Workflow>) => {
		if (staticData.__dataChanged) stored = JSON.stringify(staticData);
	};

	async function hook(method: 'checkExists' | 'create' | 'delete'): Promise<boolean | undefined> {
		const workflow = load();
		const context = new HookContext(
			workflow,
			workflow.nodes[node.name],
			engine.additionalData(),
			'trigger',
			'activate',
			webhookData,
		);
		const result = await type.webhookMethods?.[webhookDescription.name]?.[method].call(context);
		save(workflow);
		return result;
	}

	async function call(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const rawBody = Buffer.concat(chunks);
		const answer = asExpress(response);
		let body: unknown = {};
		if (/^application\/json\b/i.test(request.headers['content-type'] ?? '') && rawBody.length > 0) {
			try {
				body = JSON.parse(rawBody.toString());
			} catch {
				answer.status(422).json({ code: 422, message: 'Failed to parse request body' });
				return;
			}
		}

		const workflow = load();
		const context = new WebhookContext(
			workflow,
			workflow.nodes[node.name],
			{
				...engine.additionalData(),
				httpRequest: Object.assign(request, { rawBody, body, params: {}, query: {} }) as never,
				httpResponse: answer as never,
			},
			'webhook',
			webhookData,
			[],
			null,
		);
		Object.defineProperty(context, 'logger', { value: logger });
		// The database takes its time, in which other calls come in.
		await nextTurn();
		let result: IWebhookResponseData;
		const begin = process.threadCpuUsage();
		try {
			result = (await type.webhook?.call(context)) as IWebhookResponseData;
		} catch (error) {
			failures.push(error as Error);
			answer
				.status(500)
				.json({ message: 'Workflow Webhook Error: Workflow could not be started!' });
			return;
		} finally {
			const { user, system } = process.threadCpuUsage(begin);
			webhookTime = (user + system) / 1000;
		}
		await nextTurn();
		save(workflow);
		if (failsNext && result.workflowData) {
			failsNext = false;
			answer.status(500).json({ message: 'There was a problem executing the workflow' });
			return;
		}
		if (result.workflowData) started.push(...result.workflowData);
		if (result.noWebhookResponse) return;
		if (!result.workflowData) {
			answer.status(200).json(result.webhookResponse ?? { message: 'Webhook call received' });
			return;
		}
		// Where a description does not say it, n8n takes this for the text of the answer.
		const { responseData = 'firstEntryJson' } = webhookDescription;
		const said: unknown = result.webhookResponse ?? { message: 'Workflow was started' };
		answer.status(200).json(responseData === '' ? said : responseData);
	}

	const exists = await hook('checkExists');
	if (!exists) await hook('create');
	const server = createServer((request, response) => void call(request, response));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/webhook/1`,
		started,
		failures,
		logged,
		staticData: () => JSON.parse(stored) as IDataObject,
		restore: (staticData) => void (stored = JSON.stringify(staticData)),
		change: (parameters) => void (current = { ...current, parameters }),
		failNext: () => void (failsNext = true),
		webhookTime: () => webhookTime,
		async close() {
			await hook('delete');
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

/** The few methods of an Express response that nodes use. */
function asExpress(response: ServerResponse) {
	const answer = Object.assign(response, {
		status(code: number) {
			response.statusCode = code;
			return answer;
		},
		json(body: unknown) {
			response.setHeader('content-type', 'application/json; charset=utf-8');
			response.end(JSON.stringify(body));
			return answer;
		},
	});
	return answer;
}
