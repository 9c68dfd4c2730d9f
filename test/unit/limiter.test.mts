import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLimiter } from '../../nodes/shared/limiter.ts';
import { Stopwatch } from './tasks.mts';

it('lets as many tasks run as there are places, in the order of the calls', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.scheduler(),
			fc.integer({ min: 1, max: 8 }),
			fc.array(fc.boolean(), { maxLength: 30 }),
			async (scheduler, places, fails) => {
				const limit = createLimiter(places);
				const watch = new Stopwatch(scheduler, fails);
				const results = Promise.allSettled(
					fails.map(async (_, index) => await limit(async () => await watch.task(index))),
				);
				await scheduler.waitFor(results);

				expect(watch.begun).toEqual(fails.map((_, index) => index));
				expect(watch.mostAtOnce).toBe(Math.min(places, fails.length));
				expect((await results).map(({ status }) => status === 'rejected')).toEqual(fails);
			},
		),
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
