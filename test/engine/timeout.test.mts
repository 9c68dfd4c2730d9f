import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CREATE_STEPWISE_PATH } from '../../sandbox/creates.mts';
import { drip } from '../../sandbox/faults.mts';
import { SEARCH_PATH, TOKEN_PATH } from '../../sandbox/server.mts';
import { messageOf, startSetup, type Setup } from './support.mts';

let setup: Setup;

beforeAll(async () => {
	setup = await startSetup({ count: 60 });
});
beforeEach(() => {
	setup.sandbox.clearRequests();
	setup.sandbox.options.faults = [];
});
afterAll(() => setup.sandbox.close());

/** How a run ends that meets a server which never ends its answer, and after how many ms. */
async function runDripping(path: string, ...[parameters, options]: Parameters<Setup['run']>) {
	setup.sandbox.options.faults = [drip({ path, times: 99 })];
	const begin = Date.now();
	const result = await setup.run(parameters, options);
	return { message: messageOf(result), took: Date.now() - begin };
}

describe('a server that sends a blank every 300 ms and never ends its answer', () => {
	it('ends a search after Timeout, with the message for it', async () => {
		const options = { timeout: 1000, maxRetries: 0 };
		const { message, took } = await runDripping(SEARCH_PATH, { options });
		expect(message).toMatch(/^Yisign took too long to answer \|.*raise Timeout/);
		expect(took).toBeGreaterThanOrEqual(990);
		expect(took).toBeLessThan(10_000);
	});

	it('ends a create after Timeout, sent once and said to be unclear', async () => {
		const { message, took } = await runDripping(CREATE_STEPWISE_PATH, {
			operation: 'createStepwise',
			customTagID: 'L20260101080000',
			templateId: 'WSID_TEMP_0000019300000000000000000000aaaa',
			options: { timeout: 1000 },
		});
		expect(message).toMatch(/^It is not known whether the envelope was created: .*too long/);
		expect(took).toBeLessThan(10_000);
		expect(setup.sandbox.requests).toHaveLength(1);
	});

	it('is asked again by a search, which then gets its answer', async () => {
		setup.sandbox.options.faults = [drip({ path: SEARCH_PATH })];
		const result = await setup.run({ limit: 5, options: { timeout: 700 } });
		expect(messageOf(result)).toBe(' | ');
		expect(setup.sandbox.requests).toHaveLength(2);
	});

	it('does not hold up a workflow that is stopped', async () => {
		let stoppedAt = 0;
		const stop = new Promise((resolve) => setTimeout(resolve, 700)).then(() => {
			stoppedAt = Date.now();
		});
		await runDripping(SEARCH_PATH, {}, { stop });
		expect(Date.now() - stoppedAt).toBeLessThan(10_000);
	});

	it('ends the one request for a token after Timeout', async () => {
		const credential = {
			authentication: 'appSecret',
			accessToken: '',
			appSecret: setup.sandbox.options.appSecret,
		};
		const options = { timeout: 1000, maxRetries: 0 };
		const { message, took } = await runDripping(TOKEN_PATH, { options }, { credential });
		expect(message).toMatch(/^Yisign took too long to answer \|.*raise Timeout/);
		expect(setup.sandbox.requests).toHaveLength(1);
		expect(took).toBeGreaterThanOrEqual(990);
		expect(took).toBeLessThan(10_000);
	});
});
