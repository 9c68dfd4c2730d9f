import { defineConfig } from 'vitest/config';

/** `npm run test:queue`: minutes long, with PostgreSQL and Redis. */
export default defineConfig({
	test: {
		include: ['test/queue/**/*.test.mts'],
		testTimeout: 180_000,
		// n8n is installed before the first test.
		hookTimeout: 1_200_000,
	},
});
