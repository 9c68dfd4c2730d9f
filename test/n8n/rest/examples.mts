import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { INode, INodeTypeDescription } from 'n8n-workflow';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { WorkflowFile } from '../../../engine/engine.mts';
import { errorOf, waitFor } from '../../../instance/rest.mts';
import { makeCallback, post, unsigned, writeBody } from '../../../sandbox/callbacks.mts';
import { ROOT } from '../../../scripts/pack.mts';
import { OFTEN, type Site } from '../site.mts';

const FOLDER = path.join(ROOT, 'examples');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

/** The nodes that tell somebody, and what has arrived there so far. */
const ARRIVED: Record<string, (site: Site, node: INode) => Promise<unknown[]>> = {
	'n8n-nodes-base.emailSend': ({ inbox }) => Promise.resolve([...inbox.mails]),
	'n8n-nodes-base.httpRequest': ({ robot }, { parameters }) => {
		const { pathname } = new URL(parameters.url as string);
		return Promise.resolve(robot.posts.filter((one) => one.path.startsWith(pathname)));
	},
	'n8n-nodes-base.dataTable': ({ rest }, node) => rest.dataTableRows(tableOf(node).name),
};

/** Every workflow of `examples/`, imported and run. */
export function testExamples(site: () => Site): void {
	let types: INodeTypeDescription[];

	beforeAll(async () => {
		types = await site().rest.nodeTypes();
	});

	/** The description of a node's type in its version, if n8n has it. */
	function typeOf({ type, typeVersion }: INode): INodeTypeDescription | undefined {
		return types.find(
			({ name, version }) => name === type && [version].flat().includes(typeVersion),
		);
	}

	/** What a user does after the import: picks the credentials and puts in addresses. */
	function fit({ name, nodes, connections }: WorkflowFile): WorkflowFile {
		const { credentials, robot } = site();
		const fitted = nodes.map((node) => {
			const [wanted] = typeOf(node)?.credentials ?? [];
			const { [wanted?.name as 'smtp']: credential } = credentials;
			const parameters = { ...node.parameters };
			if (typeof parameters.url === 'string') {
				parameters.url = parameters.url.replace(/^https:\/\/[^/]+/, robot.url);
			}
			// So that nobody waits for the next minute.
			if (parameters.pollTimes) parameters.pollTimes = OFTEN;
			return { ...node, parameters, credentials: credential && { [credential.type]: credential } };
		});
		return { name, nodes: fitted, connections };
	}

	describe.each(FILES)('examples/%s', (file) => {
		const workflow = JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as WorkflowFile;

		it('is imported without a warning', async () => {
			const require = createRequire(path.join(site().n8n, 'node_modules', 'n8n', 'package.json'));
			const { NodeHelpers } = require('n8n-workflow') as typeof import('n8n-workflow');
			const { nodes } = await site().rest.createWorkflow(fit(workflow));
			for (const node of nodes) {
				const type = typeOf(node);
				if (!type) throw new Error(`n8n does not know ${node.type} ${node.typeVersion}`);
				expect(NodeHelpers.getNodeParametersIssues(type.properties, node, type)).toBeNull();
				// The editor drops what it does not know without a word.
				const { properties } = type;
				const kept = NodeHelpers.getNodeParameters(
					properties,
					node.parameters,
					true,
					false,
					node,
					type,
				);
				expect(kept).toMatchObject(node.parameters);
				const wanted = (type.credentials ?? []).filter(
					(one) => one.required && NodeHelpers.displayParameter(node.parameters, one, node, type),
				);
				expect(Object.keys(node.credentials ?? {})).toEqual(wanted.map(({ name }) => name));
			}
		});

		it('runs, and tells whom it is to tell', async () => {
			const { rest, sandbox, instance } = site();
			const fitted = fit(workflow);
			for (const node of fitted.nodes.filter(({ type }) => type.endsWith('.dataTable'))) {
				const { name, columns } = tableOf(node);
				await rest.createDataTable(name, columns);
			}
			const telling = fitted.nodes.filter(({ type }) => type in ARRIVED);
			const arrived = () => Promise.all(telling.map((node) => ARRIVED[node.type](site(), node)));
			const before = await arrived();

			const stored = await rest.createWorkflow(fitted);
			const triggers = stored.nodes.filter((node) => typeOf(node)?.group.includes('trigger'));
			const polling = triggers.filter((node) => typeOf(node)?.polling);
			const called = triggers.filter((node) => typeOf(node)?.webhooks);
			if (polling.length + called.length > 0) {
				await rest.publish(stored);
				onTestFinished(async () => await rest.unpublish(await rest.workflow(stored.id)));
			}
			for (const { name } of triggers) {
				const started = [...polling, ...called].some((node) => node.name === name);
				if (!started) await rest.run(stored, name);
			}
			if (polling.length > 0) sandbox.sign();
			for (const { webhookId } of called) {
				const callback = unsigned(writeBody(makeCallback(sandbox.envelopes[0])));
				await post(`${instance.url}/webhook/${webhookId}/webhook`, callback);
			}

			const ids = await waitFor('every trigger to start the workflow', 60_000, async () => {
				const executions = await rest.executions(stored);
				return executions.length >= triggers.length ? executions.map(({ id }) => id) : undefined;
			});
			const executions = await Promise.all(ids.map((id) => rest.finished(id)));
			for (const execution of executions) expect(errorOf(execution)).toBeUndefined();
			const ran = executions.flatMap(({ data }) => Object.keys(data.resultData.runData));
			expect(new Set(ran)).toEqual(new Set(stored.nodes.map(({ name }) => name)));

			for (const [index, all] of (await arrived()).entries()) {
				const news = JSON.stringify(all.slice(before[index].length));
				expect(all.length).toBeGreaterThan(before[index].length);
				expect(news).not.toMatch(/undefined|\[object/);
			}
		});
	});
}

/** What a Data Table node writes to. */
function tableOf({ parameters }: INode): { name: string; columns: string[] } {
	const { dataTableId, columns } = parameters as {
		dataTableId: { value: string };
		columns: { value: Record<string, string> };
	};
	return { name: dataTableId.value, columns: Object.keys(columns.value) };
}
