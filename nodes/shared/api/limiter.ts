/** Runs a task as soon as fewer than the allowed number are running, in the order of the calls. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * A limiter for requests. A task that fails rejects its own call only, and makes room like any other.
 *
 * @param concurrency how many tasks may run at the same time
 */
export function createLimiter(concurrency: number): Limiter {
	const waiting: Array<() => void> = [];
	let running = 0;

	return async (task) => {
		if (running < concurrency) running += 1;
		else await new Promise<void>((resolve) => waiting.push(resolve));
		try {
			return await task();
		} finally {
			// The next one takes over the room, so that no newcomer gets in before it.
			const next = waiting.shift();
			if (next) next();
			else running -= 1;
		}
	};
}
