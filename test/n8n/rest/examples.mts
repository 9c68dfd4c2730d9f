import { createRequire } from 'node:module';
import path from 'node:path';
import type {
	INode,
	INodeParameterResourceLocator,
	INodeParameters,
	INodeTypeDescription,
} from 'n8n-workflow';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { WorkflowFile } from '../../../engine/engine.mts';
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
import type { Sandbox } from '../../../sandbox/server.mts';
import type { Site } from '../site.mts';

/** What is handed in to be signed; the sandbox gives it back as the signed file. */
const PDF = '%PDF-1.7\n%%EOF\n';

/** Sets off a trigger. */
type Start = (site: Site, workflow: StoredWorkflow, trigger: INode) => Promise<unknown>;

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
	'n8n-nodes-yisign.yisignEnvelopeTrigger': ({ sandbox }) => Promise.resolve(sandbox.sign()),
	'n8n-nodes-yisign.yisignTrigger': async ({ instance, sandbox }, _workflow, { webhookId }) => {
		const callback = unsigned(writeBody(makeCallback(sandbox.envelopes[0])));
		await post(`${instance.url}/webhook/${webhookId}/webhook`, callback);
	},
};

/** The nodes that notify or ask somebody, and what has arrived there so far. */
const ARRIVED: Record<string, (site: Site, node: INode) => Promise<unknown[]>> = {
	'n8n-nodes-base.emailSend': ({ inbox }) => Promise.resolve([...inbox.mails]),
	'n8n-nodes-base.httpRequest': ({ robot }, { parameters }) => {
		const { pathname } = new URL(parameters.url as string);
		return Promise.resolve(robot.posts.filter((one) => one.path.startsWith(pathname)));
	},
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
	async function fit(workflow: WorkflowFile): Promise<WorkflowFile> {
		const { rest, credentials, robot } = site();
		await provideTable(rest, workflow);
		const nodes = workflow.nodes.map(async (node) => {
			const [wanted] = typeOf(node).credentials ?? [];
			const { [wanted?.name as 'smtp']: credential } = credentials;
			const parameters = { ...node.parameters };
			if (typeof parameters.url === 'string') {
				parameters.url = parameters.url.replace(/^https:\/\/[^/]+/, robot.url);
			}
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
		return { ...workflow, nodes: await Promise.all(nodes) };
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

		it('runs, and notifies everyone it should', async () => {
			const { rest } = site();
			const stored = await rest.createWorkflow(await fit(workflow));
			const telling = stored.nodes.filter(({ type }) => type in ARRIVED);
			const arrived = () => Promise.all(telling.map((node) => ARRIVED[node.type](site(), node)));
			const before = await arrived();

			const triggers = stored.nodes.filter((node) => typeOf(node).group.includes('trigger'));
			if (triggers.some(({ type }) => !(type in BY_HAND))) {
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
				if (!run) continue;
				const notifying = telling.filter(({ name }) => names.includes(name));
				expect(notifying.map(({ name }) => name)).toEqual([run.notifies]);
			}
			expect(ran).toEqual(new Set(stored.nodes.map(({ name }) => name)));

			for (const [index, all] of (await arrived()).entries()) {
				const news = JSON.stringify(all.slice(before[index].length));
				expect(all.length).toBeGreaterThan(before[index].length);
				expect(news).not.toMatch(/undefined|\[object/);
				const { attachments } = (telling[index].parameters.options ?? {}) as {
					attachments?: string;
				};
				if (attachments) expect(news).toContain(Buffer.from(PDF).toString('base64'));
			}
		});
	});
}

/** The ID of the Data Table that a node works with, however it names it. */
async function tableOf(rest: Rest, { parameters }: INode): Promise<string> {
	const { value } = parameters.dataTableId as INodeParameterResourceLocator;
	const table = (await rest.dataTables()).find(({ id, name }) => id === value || name === value);
	if (!table) throw new Error(`There is no Data Table ${String(value)}`);
	return table.id;
}
