import { defineConfig } from 'vitest/config';

/** Minutes long, and with PostgreSQL and Redis: not a part of `npm test`. */
export default defineConfig({
	test: {
		include: ['test/queue/*.test.mts'],
		testTimeout: 120_000,
		hookTimeout: 900_000,
	},
});
