/** Runs a task when one of a fixed number of places is free, in the order of the calls. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * @param places how many tasks may run at the same time
 * @returns a limiter; a task that fails gives its place back and rejects its own call only
 */
export function createLimiter(places: number): Limiter {
	const waiting: Array<() => void> = [];
	let free = places;

	return async (task) => {
		if (free > 0) {
			free -= 1;
		} else {
			await new Promise<void>((resolve) => waiting.push(resolve));
		}
		try {
			return await task();
		} finally {
			const next = waiting.shift();
			if (next) next();
			else free += 1;
		}
	};
}
