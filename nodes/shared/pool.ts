/**
 * Runs tasks number 0 to `count - 1`, in this order, at most `concurrency` at the same time.
 *
 * After the first rejection no further task is begun; it is thrown when those under way have ended,
 * so that nothing goes on behind the caller's back.
 */
export async function runPool(
	count: number,
	concurrency: number,
	task: (index: number) => Promise<void>,
): Promise<void> {
	let next = 0;
	const failures: unknown[] = [];

	async function work(): Promise<void> {
		while (next < count && failures.length === 0) {
			const index = next;
			next += 1;
			try {
				await task(index);
			} catch (error) {
				failures.push(error);
			}
		}
	}

	await Promise.all(Array.from({ length: Math.min(concurrency, count) }, work));
	if (failures.length > 0) throw failures[0];
}
