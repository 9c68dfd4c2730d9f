/**
 * Measures one contender in a process of its own: `worker.mts <contender> <runs> <task as JSON>`.
 * Prints one line of JSON: ms of each run, items that came out, peak memory in bytes.
 */
import { rmSync } from 'node:fs';
import { CREATES } from './creates.mts';
import { DOWNLOADS } from './downloads.mts';
import { SEARCHES } from './searches.mts';
import type { Task } from './workflow.mts';

const CONTENDERS = { ...SEARCHES, ...DOWNLOADS, ...CREATES };

const [name, runs, text] = process.argv.slice(2);
const task = JSON.parse(text) as Task;
const contend = await CONTENDERS[name]();

const times: number[] = [];
let found = 0;
for (let index = 0; index < Number(runs); index += 1) {
	const start = performance.now();
	found = await contend(task);
	times.push(performance.now() - start);
}
const peak = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ times, found, peak }));
// Where n8n kept what was loaded.
rmSync(process.env.N8N_USER_FOLDER!, { recursive: true, force: true });
process.exit();
