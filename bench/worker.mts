/**
 * Measures one contender in a process of its own: `worker.mts <contender> <runs> <task as JSON>`.
 * Prints one line of JSON: ms of each run, envelopes found, peak memory in bytes.
 */
import { CONTENDERS, type Task } from './contenders.mts';

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
process.exit();
