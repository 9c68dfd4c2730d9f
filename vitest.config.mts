import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

export default defineConfig({
	resolve: {
		// The build that n8n-workflow offers to `import` is for bundlers; n8n itself uses this one.
		alias: { 'n8n-workflow': require.resolve('n8n-workflow') },
	},
	test: {
		testTimeout: 30_000,
		// Tests with a server wait most of the time, so there is room for two on each processor.
		maxWorkers: '200%',
		// Those with a real n8n, test/n8n and test/queue, have runs of their own.
		projects: [
			{
				extends: true,
				test: { name: 'engine', include: ['test/engine/**/*.test.mts'] },
			},
			{
				extends: true,
				test: {
					name: 'other',
					include: ['test/{instance,package,sandbox,unit}/**/*.test.mts'],
					// Nothing here outlives a test, and loading all modules for each file takes longer than
					// most of the tests.
					isolate: false,
				},
			},
		],
	},
});
