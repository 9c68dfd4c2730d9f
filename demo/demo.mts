/**
 * The main job in one look: starts the sandbox, runs the example workflows in n8n's own engine with
 * the built package, and shows what came out and what was asked of the server.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import type { IDataObject } from 'n8n-workflow';
import { startEngine, type Engine, type WorkflowFile } from '../engine/engine.mts';
import { startSandbox, type Sandbox } from '../sandbox/server.mts';
import { ROOT } from '../scripts/pack.mts';

const SEARCHES = [
	'01-envelopes-of-an-admission-number.json',
	'02-completed-envelopes-of-a-department.json',
];

const ALERT = '03-alert-by-email.json';

/** How many alerts are waited for. */
const ALERTS = 3;

const NODE_TYPE = 'n8n-nodes-yisign.yisignEnvelope';

const COLUMNS: Record<string, (item: IDataObject) => string> = {
	'Envelope ID': ({ envelopeWsid }) => `…${text(envelopeWsid).slice(-12)}`,
	Status: ({ status }) => text(status),
	'Document Type': ({ serviceTypeZhName }) => text(serviceTypeZhName),
	'Admission Number': ({ admissionNo }) => text(admissionNo),
	Department: ({ hospitalDepartment }) => text(hospitalDepartment),
	Doctor: ({ doctorName }) => text(doctorName),
	'Finished At': ({ finishedAt }) => text(finishedAt),
	Files: ({ fileUrls }) => String((fileUrls as string[]).length),
};

function text(value: unknown): string {
	return value === null ? '–' : String(value as string);
}

function readExample(file: string): WorkflowFile {
	return JSON.parse(readFileSync(path.join(ROOT, 'examples', file), 'utf8')) as WorkflowFile;
}

function addCredential(engine: Engine, { url: baseUrl, options }: Sandbox) {
	const { appId, accessToken } = options;
	return engine.addCredential('yisignApi', { baseUrl, appId, accessToken });
}

async function show(file: string, engine: Engine, sandbox: Sandbox): Promise<void> {
	const workflow = readExample(file);
	const node = workflow.nodes.find(({ type }) => type === NODE_TYPE);
	if (!node) throw new Error(`${file} has no Yisign Envelope node`);
	node.credentials = addCredential(engine, sandbox);

	sandbox.clearRequests();
	const start = performance.now();
	const result = await engine.run(workflow);
	const elapsed = Math.round(performance.now() - start);
	if (result.error) throw new Error(`${result.error.message} ${result.error.description ?? ''}`);

	const items = result.items(node.name).map(({ json }) => json);
	console.log(`\nexamples/${file}\n${workflow.name ?? ''}\n`);
	const table = new Table({ head: Object.keys(COLUMNS), style: { head: [], border: [] } });
	table.push(...items.map((item) => Object.values(COLUMNS).map((column) => column(item))));
	console.log(table.toString());
	console.log(`${items.length} items, one for each envelope, in ${elapsed} ms. Asked of Yisign:`);
	for (const { method, path: asked, query, status } of sandbox.requests) {
		const { q, sort, from, size } = query;
		console.log(
			`  ${status} ${method} …${asked.slice(-8)}  q=${q ?? ''}  sort=${sort}  from=${from}  size=${size}`,
		);
	}
	for (const { message } of result.hints(node.name)) console.log(`  Hint: ${message}`);
}

/** Publishes the trigger of an example, and shows what it starts while envelopes get signed. */
async function showAlerts(file: string, engine: Engine): Promise<void> {
	const moving = await startSandbox({ signEvery: 700 });
	try {
		const workflow = readExample(file);
		const [trigger] = workflow.nodes;
		const poller = engine.poller({ ...trigger, credentials: addCredential(engine, moving) });
		console.log(`\nexamples/${file}\n${workflow.name ?? ''}\n`);
		console.log(
			'Published. Envelopes get signed as time passes; n8n polls every half second here.',
		);
		await poller.activate();
		let alerts = 0;
		while (alerts < ALERTS) {
			await sleep(500);
			for (const { json } of await poller.tick()) {
				alerts += 1;
				const what = `${text(json.serviceTypeZhName)} (${text(json.hospitalDepartment)})`;
				console.log(`  The workflow starts: ${what} was completed at ${text(json.finishedAt)}`);
			}
		}
	} finally {
		await moving.close();
	}
}

const sandbox = await startSandbox();
try {
	const engine = await startEngine(ROOT);
	console.log(
		`A made-up Yisign with ${sandbox.envelopes.length} envelopes is up at ${sandbox.url}`,
	);
	for (const file of SEARCHES) await show(file, engine, sandbox);
	await showAlerts(ALERT, engine);
} finally {
	await sandbox.close();
}
