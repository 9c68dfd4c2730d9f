import { defineConfig } from 'vitest/config';

/** The tests against a real n8n: they install one, start it, and take minutes. */
export default defineConfig({
	test: {
		include: ['test/n8n/**/*.test.mts'],
		globalSetup: 'test/n8n/install.mts',
		// Each file starts an n8n of its own, and an n8n takes a processor and a gigabyte.
		fileParallelism: false,
		reporters: ['tree', ['json', { outputFile: '.cache/tests-n8n.json' }]],
		testTimeout: 120_000,
		hookTimeout: 300_000,
	},
});
