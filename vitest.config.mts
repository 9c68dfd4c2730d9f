import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

/** They change n8n's services, or Node's HTTP, for the rest of their process. */
const ALONE = ['test/engine/{credential,download,faults,trigger.simulation}.test.mts'];

export default defineConfig({
	resolve: {
		// The build that n8n-workflow offers to `import` is for bundlers; n8n itself uses this one.
		alias: { 'n8n-workflow': require.resolve('n8n-workflow') },
	},
	test: {
		// Long enough for a machine that is busy with other things.
		testTimeout: 120_000,
		hookTimeout: 120_000,
		// Of concurrent tests, most wait for an answer.
		maxConcurrency: 15,
		// Tests with a server wait most of the time, so there is room for two on each processor.
		// (Vitest takes no percentage beyond 100.)
		maxWorkers: 2 * availableParallelism(),
		projects: [
			{
				extends: true,
				test: { name: 'alone', include: ALONE },
			},
			{
				extends: true,
				test: {
					name: 'shared',
					// Those with a real n8n, test/n8n and test/queue, have runs of their own.
					include: ['test/{engine,instance,package,sandbox,unit}/**/*.test.mts'],
					exclude: ALONE,
					// Loading all modules, n8n's above all, for each file takes longer than most of the tests.
					isolate: false,
				},
			},
		],
	},
});
