/**
 * The main job in one look: starts the sandbox, runs the example workflows in n8n's own engine with
 * the built package, and shows what came out and what was asked of the server.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Table from 'cli-table3';
import type { IDataObject } from 'n8n-workflow';
import { startEngine, type Engine, type WorkflowFile } from '../engine/engine.mts';
import { startSandbox, type Sandbox } from '../sandbox/server.mts';
import { ROOT } from '../scripts/pack.mts';

const NODE_TYPE = 'n8n-nodes-yisign.yisignEnvelope';

const COLUMNS: Record<string, (item: IDataObject) => string> = {
	'Envelope ID': ({ envelopeWsid }) => `…${text(envelopeWsid).slice(-12)}`,
	Status: ({ status }) => text(status),
	'Service Type': ({ serviceTypeZhName }) => text(serviceTypeZhName),
	'Admission Number': ({ admissionNo }) => text(admissionNo),
	Department: ({ hospitalDepartment }) => text(hospitalDepartment),
	Doctor: ({ doctorName }) => text(doctorName),
	'Finished At': ({ finishedAt }) => text(finishedAt),
	Files: ({ fileUrls }) => String((fileUrls as string[]).length),
};

function text(value: unknown): string {
	return value === null ? '–' : String(value as string);
}

async function show(file: string, engine: Engine, sandbox: Sandbox): Promise<void> {
	const workflow = JSON.parse(
		readFileSync(path.join(ROOT, 'examples', file), 'utf8'),
	) as WorkflowFile;
	const { url: baseUrl, options } = sandbox;
	const credentials = engine.addCredential('yisignApi', {
		baseUrl,
		appId: options.appId,
		accessToken: options.accessToken,
	});
	const node = workflow.nodes.find(({ type }) => type === NODE_TYPE);
	if (!node) throw new Error(`${file} has no Yisign Envelope node`);
	node.credentials = credentials;

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

const sandbox = await startSandbox();
try {
	const engine = await startEngine(ROOT);
	console.log(
		`A made-up Yisign with ${sandbox.envelopes.length} envelopes is up at ${sandbox.url}`,
	);
	for (const file of readdirSync(path.join(ROOT, 'examples')).filter((name) =>
		/^\d.*\.json$/.test(name),
	)) {
		await show(file, engine, sandbox);
	}
} finally {
	await sandbox.close();
}
