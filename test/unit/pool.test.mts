import fc from 'fast-check';
import { expect, it } from 'vitest';
import { outcomeOf } from '../../nodes/shared/errors.ts';
import { runPool } from '../../nodes/shared/pool.ts';
import { ScheduledTasks } from './tasks.mts';

const limits = fc.integer({ min: 1, max: 8 });

it('runs every task once, in order, never more at once than it may', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.scheduler(),
			limits,
			fc.integer({ min: 0, max: 30 }),
			async (scheduler, concurrency, count) => {
				const tasks = new ScheduledTasks(scheduler, []);
				await scheduler.waitFor(
					runPool(count, concurrency, async (index) => await tasks.task(index)),
				);
				expect(tasks.begun).toEqual(Array.from({ length: count }, (_, index) => index));
				expect(tasks.mostAtOnce).toBe(Math.min(concurrency, count));
				expect(tasks.running).toBe(0);
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
			const tasks = new ScheduledTasks(scheduler, fails);
			const begunLate: number[] = [];
			const pool = runPool(fails.length, concurrency, async (index) => {
				if (tasks.failed.length > 0) begunLate.push(index);
				await tasks.task(index);
			});
			const outcome = await scheduler.waitFor(outcomeOf(pool));
			expect(outcome).toEqual({ fault: new Error(`task ${tasks.failed[0]}`) });
			expect(tasks.running).toBe(0);
			expect(begunLate).toEqual([]);
		}),
		{ numRuns: 300 },
	);
});
