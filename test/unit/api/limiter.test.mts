import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLimiter } from '../../../nodes/shared/api/limiter.ts';
import { ScheduledTasks } from '../tasks.mts';

const limits = fc.integer({ min: 1, max: 8 });

const someFail = fc.array(fc.boolean(), { maxLength: 30 });

it('runs as many as it may, in the order of the calls, and goes on after a failed task', async () => {
	await fc.assert(
		fc.asyncProperty(fc.scheduler(), limits, someFail, async (scheduler, concurrency, fails) => {
			const limit = createLimiter(concurrency);
			const tasks = new ScheduledTasks(scheduler, fails);
			const results = Promise.allSettled(
				fails.map(async (_, index) => await limit(async () => await tasks.task(index))),
			);
			await scheduler.waitFor(results);

			expect(tasks.begun).toEqual(fails.map((_, index) => index));
			expect(tasks.mostAtOnce).toBe(Math.min(concurrency, fails.length));
			expect((await results).map(({ status }) => status === 'rejected')).toEqual(fails);
		}),
		{ numRuns: 300 },
	);
});

it('never runs more at once than it may, whenever the calls come', async () => {
	await fc.assert(
		fc.asyncProperty(fc.scheduler(), limits, someFail, async (scheduler, concurrency, fails) => {
			const limit = createLimiter(concurrency);
			const tasks = new ScheduledTasks(scheduler, fails);
			const called: number[] = [];
			const calls = fails.map(async (_, index) => {
				await scheduler.schedule(Promise.resolve(), `call ${index}`);
				called.push(index);
				await limit(async () => await tasks.task(index));
			});
			await scheduler.waitFor(Promise.allSettled(calls));

			expect(tasks.begun).toEqual(called);
			expect(tasks.mostAtOnce).toBeLessThanOrEqual(concurrency);
		}),
		{ numRuns: 300 },
	);
});

it('gives each caller the value or the error of its own task', async () => {
	const limit = createLimiter(1);
	const failed = limit(async () => await Promise.reject(new Error('mine')));
	const thrown = limit(() => {
		throw new Error('at once');
	});
	const done = limit(async () => await Promise.resolve('yours'));
	await expect(failed).rejects.toThrow('mine');
	await expect(thrown).rejects.toThrow('at once');
	await expect(done).resolves.toBe('yours');
	await expect(limit(async () => await Promise.resolve('later'))).resolves.toBe('later');
});
