/**
 * `npm run bench:queue`: how many searches n8n in queue mode gets done with 1, 2 and 4 workers. With
 * `--write` the table of docs/queue.md is made from this run.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { waitFor } from '../../instance/rest.mts';
import { withTables } from '../../scripts/marked.mts';
import { ROOT } from '../../scripts/pack.mts';
import { CONCURRENCY, startFleet } from './fleet.mts';
import { searchOnCall } from './workflows.mts';

const WORKERS = [1, 2, 4];

/** Three pages, so a search takes two answers one after the other: the first, then the others. */
const ENVELOPES = 57;

/** ms that Yisign takes for a request. The documented example took the longer one. */
const DELAYS = [20, 2471];

/** s that a measurement should take, so that starting and ending weigh little. */
const AIM = 40;

/** Webhook calls under way at a time. */
const CALLS = 8;

const HOOK = 'search';

const fleet = await startFleet({ count: ENVELOPES });
const table = [
	['Workers', ...DELAYS.map((delay) => `${delay} ms a request, executions a minute`)],
	['---', ...DELAYS.map(() => '---')],
];
try {
	const { rest, services, sandbox, url } = fleet;
	const { id: workflow, ...stored } = await rest.createWorkflow(
		searchOnCall(HOOK, await fleet.addCredential(), false),
	);
	await rest.publish({ id: workflow, ...stored });

	/** Calls the webhook so many times. */
	async function call(times: number): Promise<void> {
		let left = times;
		const caller = async () => {
			while (left-- > 0) {
				const { status } = await fetch(`${url}/webhook/${HOOK}`, { method: 'POST' });
				if (status !== 200) throw new Error(`The webhook answered ${status}`);
			}
		};
		await Promise.all(Array.from({ length: CALLS }, caller));
	}

	/** Executions a minute, from the first call to the end of the last execution. */
	async function measure(executions: number): Promise<number> {
		const [[before]] = await services.query(`select coalesce(max(id), 0) from execution_entity`);
		await call(executions);
		const seconds = await waitFor('the queue to be empty', 300_000, async () => {
			const [[done, time]] = await services.query(
				`select count(*) filter (where status = 'success'),
					extract(epoch from max("stoppedAt") - min("createdAt"))
				from execution_entity where id > ${before}`,
			);
			return Number(done) === executions ? Number(time) : undefined;
		});
		return (executions / seconds) * 60;
	}

	let running = 0;
	for (const workers of WORKERS) {
		for (; running < workers; running += 1) await fleet.addWorker();
		const rates: string[] = [];
		for (const delay of DELAYS) {
			sandbox.options.delay = delay;
			const slots = workers * CONCURRENCY;
			const rate = await measure(2 * slots);
			rates.push(Math.round(await measure(Math.ceil((rate * AIM) / 60))).toString());
		}
		console.log(`${workers} workers: ${rates.join(', ')} executions a minute`);
		table.push([String(workers), ...rates]);
	}
} finally {
	await fleet.stop();
}

const cores = availableParallelism();
console.log(`${cores} cores for all processes, ${CONCURRENCY} executions at once for each worker`);
if (process.argv.includes('--write')) {
	const file = path.join(ROOT, 'docs', 'queue.md');
	const lines = table.map((cells) => `| ${cells.join(' | ')} |`);
	writeFileSync(file, await withTables(file, { queue: lines }));
}
