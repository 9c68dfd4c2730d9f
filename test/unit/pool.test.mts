import fc from 'fast-check';
import { expect, it } from 'vitest';
import { outcomeOf } from '../../nodes/shared/errors.ts';
import { runPool } from '../../nodes/shared/pool.ts';
import { Stopwatch } from './tasks.mts';

const limits = fc.integer({ min: 1, max: 8 });

it('runs every task once, in order, never more at once than it may', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.scheduler(),
			limits,
			fc.integer({ min: 0, max: 30 }),
			async (scheduler, concurrency, count) => {
				const watch = new Stopwatch(scheduler, []);
				await scheduler.waitFor(
					runPool(count, concurrency, async (index) => await watch.task(index)),
				);
				expect(watch.begun).toEqual(Array.from({ length: count }, (_, index) => index));
				expect(watch.mostAtOnce).toBe(Math.min(concurrency, count));
				expect(watch.running).toBe(0);
			},
		),
		{ numRuns: 300 },
	);
});

it('begins nothing after the first failure, waits for what is under way and throws it', async () => {
	const fails = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 });
	await fc.assert(
		fc.asyncProperty(fc.scheduler(), limits, fails, async (scheduler, concurrency, fails) => {
			fc.pre(fails.includes(true));
			const watch = new Stopwatch(scheduler, fails);
			const begunLate: number[] = [];
			const pool = runPool(fails.length, concurrency, async (index) => {
				if (watch.failed.length > 0) begunLate.push(index);
				await watch.task(index);
			});
			const outcome = await scheduler.waitFor(outcomeOf(pool));
			expect(outcome).toEqual({ fault: new Error(`task ${watch.failed[0]}`) });
			expect(watch.running).toBe(0);
			expect(begunLate).toEqual([]);
		}),
		{ numRuns: 300 },
	);
});
