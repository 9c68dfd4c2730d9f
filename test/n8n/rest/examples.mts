import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import type {
	INode,
	INodeParameterResourceLocator,
	INodeParameters,
	INodeTypeDescription,
} from 'n8n-workflow';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { chain, type WorkflowFile } from '../../../engine/engine.mts';
import { exampleFiles, provideTable, readWorkflow, OFTEN } from '../../../instance/contents.mts';
import type { Major } from '../../../instance/install.mts';
import {
	errorOf,
	waitFor,
	type Execution,
	type Rest,
	type StoredWorkflow,
} from '../../../instance/rest.mts';
import { makeCallback, post, unsigned, writeBody } from '../../../sandbox/callbacks.mts';
import { WAITING } from '../../../sandbox/envelopes.mts';
import type { Sandbox } from '../../../sandbox/server.mts';
import { fillIn, ROBOT_NODE, ROBOTS, type Chat, type Robot } from '../../chats.mts';
import { addEnded } from '../../engine/trigger.support.mts';
import { putIn } from '../../placeholders.mts';
import { makeNode, type Site } from '../site.mts';

/** What is handed in to be signed; the sandbox gives it back as the signed file. */
const PDF = '%PDF-1.7\n%%EOF\n';

/** So many envelopes complete at once, for the workflows whose names have one of these parts. */
const BURST = 200;
const BURSTS = ['Yisign 03', 'Yisign 04'];

/** Sets off a trigger. */
type Start = (site: Site, workflow: StoredWorkflow, trigger: INode) => Promise<unknown>;

/** Starts workflows that n8n 1.x does not publish; n8n 2.x wants them published. */
const ERROR_TRIGGER = 'n8n-nodes-base.errorTrigger';

/** Triggers that are set off by hand, without publishing the workflow. */
const BY_HAND: Record<string, Start> = {
	'n8n-nodes-base.manualTrigger': ({ rest }, workflow, { name }) => rest.run(workflow, name),
	'n8n-nodes-base.scheduleTrigger': ({ rest }, workflow, { name }) => rest.run(workflow, name),
	'@n8n/n8n-nodes-langchain.chatTrigger': ({ rest }, workflow, { name }) =>
		rest.run(workflow, name, {
			sessionId: workflow.id,
			action: 'sendMessage',
			chatInput: 'What is not signed yet?',
		}),
};

const START: Record<string, Start> = {
	...BY_HAND,
	'n8n-nodes-base.formTrigger': async ({ instance }, _workflow, { webhookId, parameters }) => {
		const { values } = parameters.formFields as { values: Array<{ fieldType?: string }> };
		const form = new FormData();
		for (const [index, { fieldType }] of values.entries()) {
			const file = new File([PDF], 'consent.pdf', { type: 'application/pdf' });
			form.set(`field-${index}`, fieldType === 'file' ? file : `1000000000${index}`);
		}
		await fetch(`${instance.url}/form/${webhookId}`, { method: 'POST', body: form });
	},
	'n8n-nodes-yisign.yisignEnvelopeTrigger': ({ sandbox }, { name }, { parameters }) => {
		if (parameters.event === 'overdue') becomeOverdue(sandbox);
		else if (BURSTS.some((part) => name.includes(part))) addEnded({ sandbox }, BURST);
		else sandbox.sign();
		return Promise.resolve();
	},
	[ERROR_TRIGGER]: async ({ rest, instance }, { id: errorWorkflow }) => {
		const webhookId = randomUUID();
		const failing = await rest.createWorkflow({
			name: 'Made to fail',
			...chain(
				{ ...makeNode('Call', 'n8n-nodes-base.webhook', 2, { path: webhookId }), webhookId },
				makeNode('Stop', 'n8n-nodes-base.stopAndError', 1, { errorMessage: 'Made to fail' }),
			),
			settings: { errorWorkflow },
		});
		await rest.publish(failing);
		await fetch(`${instance.url}/webhook/${webhookId}`);
		await rest.unpublish(await rest.workflow(failing.id));
	},
	'n8n-nodes-yisign.yisignTrigger': async ({ instance, sandbox }, _workflow, { webhookId }) => {
		const callback = unsigned(writeBody(makeCallback(sandbox.envelopes[0])));
		await post(`${instance.url}/webhook/${webhookId}/webhook`, callback);
	},
};

/** The nodes that notify or ask somebody, and what has arrived there so far. */
const ARRIVED: Record<string, (site: Site, node: INode, robot?: Robot) => Promise<unknown[]>> = {
	'n8n-nodes-base.emailSend': ({ inbox }) => Promise.resolve([...inbox.mails]),
	'n8n-nodes-base.httpRequest': (_site, _node, robot) => Promise.resolve([...(robot?.texts ?? [])]),
	'@n8n/n8n-nodes-langchain.lmChatOpenAi': ({ model }) => Promise.resolve([...model.requests]),
	'n8n-nodes-base.dataTable': async ({ rest }, node) =>
		rest.dataTableRows(await tableOf(rest, node)),
};

/** A run of a workflow that waits until people have acted. */
interface Run {
	/** What somebody does with the envelope that the run has created. */
	act?: (sandbox: Sandbox) => unknown;
	/** The node that then sends a message; the others of its kind do not run. */
	notifies: string;
}

/** Names of the nodes that end an execution which did not go as it should. */
const STOPS = ['Stop With the Reason', 'Stop With What Is Missing'];

/** Names of the nodes that run if a message to a chat was refused. */
const SENDS_AGAIN = ['Tried for an Hour?', 'Wait, Longer Each Time'];

/** The runs of the examples that end in one of several ways. */
const RUNS: Record<string, Run[]> = {
	'examples/09-wait-until-signed.json': [
		{ act: (sandbox) => sandbox.sign(), notifies: 'Send It On' },
		{ act: (sandbox) => sandbox.reject(), notifies: 'Notify That It Was Not Signed' },
		{ notifies: 'Notify That It Takes Too Long' },
	],
};

/** Seconds of each round of an example that waits, of which there may be 144. */
const ROUND = 0.1;

/** Every workflow of `examples/`, imported and run. */
export function testExamples(site: () => Site, major: Major): void {
	let types: INodeTypeDescription[];

	beforeAll(async () => {
		types = await site().rest.nodeTypes();
	});

	/** The description of a node's type in its version. */
	function typeOf({ type, typeVersion }: INode): INodeTypeDescription {
		const found = types.find(
			({ name, version }) => name === type && [version].flat().includes(typeVersion),
		);
		if (!found) throw new Error(`n8n does not know ${type} ${typeVersion}`);
		return found;
	}

	/** What a user does after the import: picks the credentials and puts in what is his own. */
	async function fit(workflow: WorkflowFile, robot?: Robot): Promise<WorkflowFile> {
		const { rest, credentials } = site();
		await provideTable(rest, workflow);
		const nodes = workflow.nodes.map(async (node) => {
			const [wanted] = typeOf(node).credentials ?? [];
			const { [wanted?.name as 'smtp']: credential } = credentials;
			if (node.name === ROBOT_NODE && robot) return fillIn(node, robot);
			const parameters = { ...putIn(node).parameters };
			// So that nobody waits for the next minute.
			if (parameters.pollTimes) parameters.pollTimes = OFTEN;
			if (node.type === 'n8n-nodes-base.wait') {
				Object.assign(parameters, { amount: ROUND, unit: 'seconds' });
			}
			// n8n 1.x does not know a Data Table by its name: it has to be picked.
			if (parameters.dataTableId && major === 1) {
				parameters.dataTableId = { __rl: true, mode: 'id', value: await tableOf(rest, node) };
			}
			return { ...node, parameters, credentials: credential && { [credential.type]: credential } };
		});
		const settings = {
			...workflow.settings,
			// So that there is something to look at.
			saveDataSuccessExecution: 'all' as const,
			saveDataErrorExecution: 'all' as const,
			saveManualExecutions: true,
		};
		return { ...workflow, settings, nodes: await Promise.all(nodes) };
	}

	/** Sets a trigger off, does what somebody is waited for to do, and waits for the end. */
	async function play(
		workflow: StoredWorkflow,
		trigger: INode,
		act?: Run['act'],
	): Promise<Execution> {
		const { rest, sandbox } = site();
		const before = (await rest.executions(workflow)).length;
		const created = sandbox.created.length;
		await START[trigger.type](site(), workflow, trigger);
		const [{ id }] = await waitFor(`${trigger.name} to start the workflow`, 60_000, async () => {
			const executions = await rest.executions(workflow);
			return executions.length > before ? executions : undefined;
		});
		if (act) {
			await waitFor('an envelope to be created', 60_000, () =>
				Promise.resolve(sandbox.created.at(created)),
			);
			act(sandbox);
		}
		return await rest.finished(id, 90_000);
	}

	describe.each(exampleFiles())('%s', (file) => {
		const workflow = readWorkflow(file);

		it('is imported without a warning', async () => {
			const require = createRequire(path.join(site().n8n, 'node_modules', 'n8n', 'package.json'));
			const { NodeHelpers } = require('n8n-workflow') as typeof import('n8n-workflow');
			for (const node of (await site().rest.createWorkflow(await fit(workflow))).nodes) {
				const type = typeOf(node);
				const { properties, credentials = [] } = type;
				// As the editor does: it fills in defaults, and drops what it does not know without a word.
				const parameters = NodeHelpers.getNodeParameters(
					properties,
					node.parameters,
					true,
					false,
					node,
					type,
				) as INodeParameters;
				expect(parameters).toMatchObject(node.parameters);
				const opened = { ...node, parameters };
				expect(NodeHelpers.getNodeParametersIssues(properties, opened, type)).toBeNull();
				const wanted = credentials.filter(
					(one) => one.required && NodeHelpers.displayParameter(parameters, one, opened, type),
				);
				expect(Object.keys(node.credentials ?? {})).toEqual(wanted.map(({ name }) => name));
			}
		});

		it.each(robotsFor(file))(
			'runs, and notifies everyone it should: %s %s',
			async (chat, secret) => {
				const { rest, chats } = site();
				const robot = chat === 'no chat' ? undefined : chats.addRobot(chat, { secret });
				const stored = await rest.createWorkflow(await fit(workflow, robot));
				const telling = stored.nodes.filter(({ type }) => type in ARRIVED);
				const arrived = () =>
					Promise.all(telling.map((node) => ARRIVED[node.type](site(), node, robot)));
				const before = await arrived();

				const triggers = stored.nodes.filter((node) => typeOf(node).group.includes('trigger'));
				const isByHand = triggers.every(({ type }) => type in BY_HAND);
				// Sent again after a wait: in the editor, and so by hand, the execution would stop.
				if (robot && !isByHand) robot.refusal = { code: -1, message: 'busy', times: 1 };
				const isReport = triggers.some(({ type }) => type === ERROR_TRIGGER);
				if (!isByHand && !(isReport && major === 1)) {
					await rest.publish(stored);
					onTestFinished(async () => await rest.unpublish(await rest.workflow(stored.id)));
				}
				const ran = new Set<string>();
				const runs = triggers.flatMap((trigger) =>
					(RUNS[file] ?? [undefined]).map((run) => ({ trigger, run })),
				);
				for (const { trigger, run } of runs) {
					const execution = await play(stored, trigger, run?.act);
					expect([execution.status, errorOf(execution)]).toEqual(['success', undefined]);
					const names = Object.keys(execution.data.resultData.runData);
					for (const name of names) ran.add(name);
					// n8n's list of workflows has them whole: what lists them is not stored (fit stores it).
					if (robot && !stored.nodes.some(({ type }) => type === 'n8n-nodes-base.n8n')) {
						const { resultData } = execution.data;
						expect(JSON.stringify(resultData)).not.toContain(robot.address.slice(-36));
					}
					if (!run) continue;
					const notifying = telling.filter(({ name }) => names.includes(name));
					expect(notifying.map(({ name }) => name)).toEqual([run.notifies]);
				}
				const idle = [...STOPS, ...(isByHand ? SENDS_AGAIN : [])];
				const runnable = namesInRows(stored).filter((name) => !idle.includes(name));
				expect([...ran].toSorted()).toEqual(runnable.toSorted());

				if (BURSTS.some((part) => stored.name.includes(part)) && robot) {
					const said = robot.texts.map((text) => Number(/签署完成 (\d+) 份/.exec(text)?.[1]));
					expect(said.reduce((sum, one) => sum + one, 0)).toBe(BURST);
					expect(robot.codes.filter((code) => code !== 0)).toEqual([-1]);
				}
				for (const [index, all] of (await arrived()).entries()) {
					const news = JSON.stringify(all.slice(before[index].length));
					expect(all.length).toBeGreaterThan(before[index].length);
					expect(news).not.toMatch(/undefined|\[object/);
					const { attachments } = (telling[index].parameters.options ?? {}) as {
						attachments?: string;
					};
					if (attachments) expect(news).toContain(Buffer.from(PDF).toString('base64'));
				}
			},
		);
	});
}

/** The robots that a workflow is tried with: all with the alert, one with the others. */
function robotsFor(file: string): Array<[Chat | 'no chat', string]> {
	if (!readWorkflow(file).nodes.some(({ name }) => name === ROBOT_NODE)) return [['no chat', '']];
	return file.includes('/04-') ? ROBOTS : ROBOTS.slice(1, 2);
}

/** Names of the nodes that are connected with others: notes and settings are not. */
function namesInRows({ nodes, connections }: StoredWorkflow): string[] {
	const targets = Object.values(connections)
		.flatMap((kinds) => Object.values(kinds).flat())
		.flatMap((links) => (links ?? []).map(({ node }) => node));
	const connected = new Set([...Object.keys(connections), ...targets]);
	return nodes.map(({ name }) => name).filter((name) => connected.has(name));
}

/** Adds an envelope that becomes overdue (24 hours) just now. */
function becomeOverdue(sandbox: Sandbox): void {
	const createdDatetime = Date.now() - 86_400_000;
	addEnded({ sandbox }, 1, () => null, { envelopeStatus: WAITING, createdDatetime });
}

/** The ID of the Data Table that a node works with, however it names it. */
async function tableOf(rest: Rest, { parameters }: INode): Promise<string> {
	const { value } = parameters.dataTableId as INodeParameterResourceLocator;
	const table = (await rest.dataTables()).find(({ id, name }) => id === value || name === value);
	if (!table) throw new Error(`There is no Data Table ${String(value)}`);
	return table.id;
}
