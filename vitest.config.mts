import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

export default defineConfig({
	resolve: {
		// The build that n8n-workflow offers to `import` is for bundlers; n8n itself uses this one.
		alias: { 'n8n-workflow': require.resolve('n8n-workflow') },
	},
	test: {
		include: ['test/**/*.test.mts'],
		// Those with a real n8n have runs of their own.
		exclude: ['test/{n8n,queue}/**'],
		testTimeout: 30_000,
		// Tests with a server wait most of the time, so there is room for two on each processor.
		maxWorkers: '200%',
		// Histories of the trigger's simulation: a few every day, many in `npm run test:ci`.
		env: { SIM_RUNS: process.env.SIM_RUNS ?? '60' },
	},
});
