import { sleep } from 'n8n-workflow';

/** Runs a task when one of a fixed number of places is free, in the order of the calls. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * A limiter for requests. A task that fails gives its place back and rejects its own call only.
 *
 * Requests that leave together are answered together, and then each waits while the others are being
 * handled, round after round. So they leave a millisecond apart, unless an answer usually takes no
 * longer than that would cost.
 *
 * @param places how many tasks may run at the same time
 */
export function createLimiter(places: number): Limiter {
	const waiting: Array<() => void> = [];
	let free = places;
	let pace = Promise.resolve();
	let usualDuration = 0;

	return async (task) => {
		if (free > 0) {
			free -= 1;
		} else {
			await new Promise<void>((resolve) => waiting.push(resolve));
		}
		// Always through the same queue, so that nobody overtakes who was here before.
		pace = pace.then(async () => await (usualDuration > places ? sleep(1) : undefined));
		await pace;
		const begin = Date.now();
		try {
			return await task();
		} finally {
			usualDuration += (Date.now() - begin - usualDuration) / 4;
			const next = waiting.shift();
			if (next) next();
			else free += 1;
		}
	};
}
