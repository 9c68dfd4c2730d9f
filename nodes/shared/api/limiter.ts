import { sleep } from 'n8n-workflow';

/** Runs a task as soon as fewer than the allowed number are running, in the order of the calls. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * A limiter for requests. A task that fails rejects its own call only, and makes room like any other.
 *
 * Requests that are sent together are answered together, and then each waits while the others are
 * handled, round after round. So they are sent a millisecond apart, unless the last one took so
 * little time that this would cost more than it gains.
 *
 * @param concurrency how many tasks may run at the same time
 */
export function createLimiter(concurrency: number): Limiter {
	const waiting: Array<() => void> = [];
	let running = 0;
	let pace = Promise.resolve();
	/** ms of the last task. */
	let duration = 0;

	async function keepApart(): Promise<void> {
		if (running > 1 && duration > concurrency) await sleep(1);
	}

	return async (task) => {
		if (running < concurrency) running += 1;
		else await new Promise<void>((resolve) => waiting.push(resolve));
		// One after the other, so that nobody overtakes those who came before.
		pace = pace.then(keepApart);
		await pace;
		const begin = Date.now();
		try {
			return await task();
		} finally {
			duration = Date.now() - begin;
			// The next one takes over the room, so that no newcomer gets in before it.
			const next = waiting.shift();
			if (next) next();
			else running -= 1;
		}
	};
}
