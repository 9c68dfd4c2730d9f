/**
 * What a poll costs after a burst, in a process of its own: `polls.mts <base URL>`. It publishes the
 * trigger, waits for word that envelopes have ended, emits them, and measures polls that find nothing.
 */
import { once } from 'node:events';
import { mock } from 'node:test';
import { startEngine } from '../engine/engine.mts';
import { ROOT } from '../scripts/pack.mts';
import { addCredential, BURST, node } from './workflow.mts';

/** What is measured. */
export interface Polls {
	/** Envelopes that started the workflow. */
	emitted: number;
	/** ms of the process's time for one poll that finds nothing. */
	idle: number;
	/** Bytes of what n8n stores. */
	state: number;
}

const IDLE_POLLS = 5;

const engine = await startEngine(ROOT);
const poller = engine.poller({
	...node('Trigger', 'n8n-nodes-yisign.yisignEnvelopeTrigger', 1),
	credentials: addCredential(engine, process.argv[2]),
});
await poller.activate();
process.send?.('published');
await once(process, 'message');
mock.timers.enable({ apis: ['Date'], now: Date.now() + BURST });

let emitted = 0;
for (let items = await poller.tick(); items.length > 0; items = await poller.tick()) {
	emitted += items.length;
}
const begin = process.cpuUsage();
for (let poll = 0; poll < IDLE_POLLS; poll += 1) await poller.tick();
const { user, system } = process.cpuUsage(begin);
const state = Buffer.byteLength(JSON.stringify(poller.stored()));
process.send?.({ emitted, idle: (user + system) / 1000 / IDLE_POLLS, state } satisfies Polls);
process.disconnect();
