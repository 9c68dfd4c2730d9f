import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PollerSettings } from '../../engine/poller.mts';
import type { Envelope } from '../../sandbox/envelopes.mts';
import { answer } from '../../sandbox/faults.mts';
import { startBench, type Bench } from './support.mts';

let bench: Bench;

beforeEach(async () => {
	bench = await startBench({ count: 400 });
});
afterEach(() => bench.sandbox.close());

function publish(
	parameters: INodeParameters = {},
	settings: PollerSettings = {},
	credential: Record<string, string> = {},
) {
	const { appId, accessToken } = bench.sandbox.options;
	const node: INode = {
		id: 'trigger',
		name: 'Trigger',
		type: 'n8n-nodes-yisign.yisignEnvelopeTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters,
		credentials: bench.engine.addCredential('yisignApi', {
			baseUrl: bench.sandbox.url,
			appId,
			accessToken,
			...credential,
		}),
	};
	return bench.engine.poller(node, settings);
}

const underWay = () =>
	bench.sandbox.envelopes.filter(
		({ source }) =>
			source.envelopeStatus?.startsWith('ING_') && source.hospitalBusinessLastVersion !== false,
	);

/** Lets envelopes come to an end, as if their last signer had just acted. */
function end(envelopes: Envelope[], status = 'ED_SUCCESS', time = Date.now()): string[] {
	for (const { source } of envelopes) {
		source.envelopeStatus = status;
		source.envelopeFinishedDatetime = time;
	}
	bench.sandbox.touch();
	return envelopes.map(({ source }) => source.envelopeWsid ?? '').toSorted();
}

const idsOf = (items: Array<{ json: IDataObject }>) =>
	items.map(({ json }) => json.envelopeWsid).toSorted();

/** The message and description of what a promise rejects with. */
async function rejection(promise: Promise<unknown>): Promise<string> {
	const error: unknown = await promise.then(
		() => undefined,
		(fault: unknown) => fault,
	);
	const { message, description = '' } = error as Error & { description?: string };
	return `${message} | ${description}`;
}

describe.each([
	['finishedTime', {}],
	['createdTime', { lookbackHours: 24 * 90 }],
])('detecting by %s', (detectBy, more) => {
	const parameters = { detectBy, ...more };

	it('is silent about what had ended before, and tells each completion once', async () => {
		const poller = publish(parameters);
		expect(await poller.activate()).toEqual([]);
		expect(await poller.tick()).toEqual([]);
		const ids = end(underWay().slice(0, 25));
		expect(idsOf(await poller.tick())).toEqual(ids);
		expect(await poller.tick()).toEqual([]);
	});

	it('goes on after a restart from what n8n had stored', async () => {
		const poller = publish(parameters);
		await poller.activate();
		end(underWay().slice(0, 3));
		await poller.tick();
		const restarted = publish(parameters, { stored: poller.stored() });
		expect(await restarted.tick()).toEqual([]);
		const ids = end(underWay().slice(0, 2));
		expect(idsOf(await restarted.tick())).toEqual(ids);
	});

	it('tells an envelope once when two polls overlap', async () => {
		const poller = publish(parameters);
		await poller.activate();
		const ids = end(underWay().slice(0, 5));
		const both = await Promise.all([poller.tick(), poller.tick()]);
		expect(idsOf(both.flat())).toEqual(ids);
	});

	it('leaves the cursor where it was when a page fails', async () => {
		const poller = publish(parameters);
		await poller.activate();
		const ids = end(underWay().slice(0, 40));
		bench.sandbox.options.faults = [answer({ status: 400, after: 1 })];
		expect(await rejection(poller.tick())).toContain('refused');
		expect(idsOf(await poller.tick())).toEqual(ids);
	});
});

describe('events', () => {
	it.each([
		['failed', 'ED_FAIL_REJECT', true],
		['failed', 'ED_SUCCESS', false],
		['ended', 'ED_FAIL_TIMEOUT', true],
		['ended', 'ED_SUCCESS', true],
		['completed', 'ED_FAIL_REVOKE', false],
	])('%s: an envelope that comes to %s starts the workflow: %s', async (event, status, starts) => {
		const poller = publish({ event });
		await poller.activate();
		const ids = end(underWay().slice(0, 2), status);
		expect(idsOf(await poller.tick())).toEqual(starts ? ids : []);
	});

	it('started: tells a new envelope, whatever its status', async () => {
		const poller = publish({ event: 'started' });
		await poller.activate();
		const [{ id, source }] = bench.sandbox.envelopes;
		const envelopeWsid = 'WSID_ENVE_0000019399999999aaaaaaaaaaaa0001';
		const envelope = { ...source, envelopeWsid, createdDatetime: Date.now() };
		bench.sandbox.envelopes.push({ id: `${id}-new`, source: envelope });
		bench.sandbox.touch();
		expect(idsOf(await poller.tick())).toEqual([envelopeWsid]);
		expect(await poller.tick()).toEqual([]);
	});

	it('tells only what fits the conditions, also when q is free text', async () => {
		bench.sandbox.options.query = 'freeText';
		const [first, ...others] = underWay().filter(({ source }) => source.doctorID);
		const value = first.source.doctorID ?? '';
		const poller = publish({ conditions: { condition: [{ field: 'doctorID', value }] } });
		await poller.activate();
		const own = [first, ...others.filter(({ source }) => source.doctorID === value)];
		const foreign = others.filter(({ source }) => source.doctorID !== value);
		end(foreign.slice(0, 10));
		const ids = end(own);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});
});

describe('what it costs', () => {
	it('asks once for an idle poll', async () => {
		const poller = publish();
		await poller.activate();
		bench.sandbox.clearRequests();
		await poller.tick();
		expect(bench.sandbox.requests).toHaveLength(1);
	});

	it('keeps nothing readable, and little, in static data', async () => {
		const poller = publish();
		await poller.activate();
		const ids = end(underWay().slice(0, 60));
		await poller.tick();
		const stored = JSON.stringify(poller.stored());
		for (const id of ids) expect(stored).not.toContain(id);
		expect(stored).not.toContain(bench.sandbox.options.accessToken);
		expect(stored.length).toBeLessThan(1000);
	});
});

describe('publishing', () => {
	it('is not stopped by a passing fault, and tells what ends from then on', async () => {
		bench.sandbox.options.faults = [answer({ status: 503, times: 2 })];
		const poller = publish();
		expect(await poller.activate()).toEqual([]);
		const ids = end(underWay().slice(0, 3), 'ED_SUCCESS', Date.now() + 1000);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('goes on at a start of n8n while Yisign is down, and says so once in ten polls', async () => {
		const poller = publish();
		await poller.activate();
		const stored = poller.stored();
		bench.sandbox.options.faults = [answer({ status: 503, times: 1000 })];
		const restarted = publish({}, { stored });
		expect(await restarted.activate()).toEqual([]);
		for (let poll = 2; poll < 10; poll += 1) expect(await restarted.tick()).toEqual([]);
		expect(await rejection(restarted.tick())).toContain('not available right now (HTTP 503)');
		bench.sandbox.options.faults = [];
		const ids = end(underWay().slice(0, 2));
		expect(idsOf(await restarted.tick())).toEqual(ids);
	}, 60_000);

	it('is stopped by a wrong token, with a clear message', async () => {
		const poller = publish({}, {}, { accessToken: 'wrong' });
		expect(await rejection(poller.activate())).toContain('did not accept the credential');
	});

	it('is stopped when the server does not sort as asked, naming the way out', async () => {
		bench.sandbox.options.sort = 'ignored';
		expect(await rejection(publish().activate())).toMatch(
			/does not sort by the time .* Set Detect By to "Created Time"/,
		);
	});

	it('is stopped by a condition on a field that no record has', async () => {
		const condition = [{ field: 'custom', customField: 'wardCode', value: 'W1' }];
		bench.sandbox.options.query = 'ignored';
		const poller = publish({ event: 'started', conditions: { condition } });
		await poller.activate();
		bench.sandbox.envelopes[0].source.createdDatetime = Date.now();
		bench.sandbox.touch();
		expect(await rejection(poller.tick())).toContain('No record has the field wardCode');
	});

	it('notices a server that finds nothing by status, and asks for everything then', async () => {
		bench.sandbox.options.faults = [
			{
				name: 'nothing by status',
				async handle({ query }, reply) {
					if (!query.q?.includes('envelopeStatus')) return false;
					await reply.send({ hits: { total: { value: 0, relation: 'eq' }, hits: [] } });
					return true;
				},
			},
		];
		const poller = publish();
		await poller.activate();
		const ids = end(underWay().slice(0, 4));
		expect(idsOf(await poller.tick())).toEqual(ids);
	});
});

describe('the test in the editor', () => {
	it('shows up to five recent envelopes and remembers nothing', async () => {
		const poller = publish({}, { mode: 'manual' });
		const samples = await poller.tick();
		expect(samples).toHaveLength(5);
		expect(samples.map(({ json }) => json.status)).toEqual(Array(5).fill('completed'));
		expect(poller.stored()).toEqual({});
	});

	it('says that there is none yet', async () => {
		bench.sandbox.envelopes.splice(0);
		bench.sandbox.touch();
		expect(await rejection(publish({}, { mode: 'manual' }).tick())).toContain(
			'There is no envelope yet that fits',
		);
	});
});
