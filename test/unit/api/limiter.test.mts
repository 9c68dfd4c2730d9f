import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLimiter } from '../../../nodes/shared/api/limiter.ts';
import { Stopwatch } from '../tasks.mts';

// No task takes any time here: how many run at once does not hang on how long they do.
beforeEach(() => {
	vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(() => {
	vi.useRealTimers();
});

const places = fc.integer({ min: 1, max: 8 });

const someFail = fc.array(fc.boolean(), { maxLength: 30 });

it('fills every place, in the order of the calls, and takes a failed task for an ended one', async () => {
	await fc.assert(
		fc.asyncProperty(fc.scheduler(), places, someFail, async (scheduler, places, fails) => {
			const limit = createLimiter(places);
			const watch = new Stopwatch(scheduler, fails);
			const results = Promise.allSettled(
				fails.map(async (_, index) => await limit(async () => await watch.task(index))),
			);
			await scheduler.waitFor(results);

			expect(watch.begun).toEqual(fails.map((_, index) => index));
			expect(watch.mostAtOnce).toBe(Math.min(places, fails.length));
			expect((await results).map(({ status }) => status === 'rejected')).toEqual(fails);
		}),
		{ numRuns: 300 },
	);
});

it('never lets more run at once than there are places, whenever the calls come', async () => {
	await fc.assert(
		fc.asyncProperty(fc.scheduler(), places, someFail, async (scheduler, places, fails) => {
			const limit = createLimiter(places);
			const watch = new Stopwatch(scheduler, fails);
			const called: number[] = [];
			const calls = fails.map(async (_, index) => {
				await scheduler.schedule(Promise.resolve(), `call ${index}`);
				called.push(index);
				await limit(async () => await watch.task(index));
			});
			await scheduler.waitFor(Promise.allSettled(calls));

			expect(watch.begun).toEqual(called);
			expect(watch.mostAtOnce).toBeLessThanOrEqual(places);
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
