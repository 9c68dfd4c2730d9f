import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLimiter } from '../../../nodes/shared/api/limiter.ts';
import { ScheduledTasks } from '../tasks.mts';

// Time stands still unless a test moves it: only tasks that take time are kept apart.
beforeEach(() => {
	vi.useFakeTimers({ toFake: ['Date', 'setTimeout'] });
});

afterEach(() => {
	vi.useRealTimers();
});

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

it.each([
	{ duration: 20, gaps: 'a millisecond apart', expected: [0, 0, 0, 0, 21, 22, 23, 24] },
	{ duration: 3, gaps: 'without a pause', expected: [0, 0, 0, 0, 3, 3, 3, 3] },
])(
	'sends requests that take $duration ms, four at a time, $gaps',
	async ({ duration, expected }) => {
		const limit = createLimiter(4);
		const begin = Date.now();
		const begun: number[] = [];
		const calls = expected.map(async () => {
			await limit(async () => {
				begun.push(Date.now() - begin);
				await new Promise((resolve) => setTimeout(resolve, duration));
			});
		});
		await vi.runAllTimersAsync();
		await Promise.all(calls);
		expect(begun).toEqual(expected);
	},
);

it('lets a request alone begin at once', async () => {
	const limit = createLimiter(4);
	const slow = async () => await new Promise((resolve) => setTimeout(resolve, 20));
	const first = limit(slow);
	await vi.runAllTimersAsync();
	await first;
	const end = Date.now();
	let begun = 0;
	await limit(async () => {
		begun = await Promise.resolve(Date.now());
	});
	expect(begun).toBe(end);
});
