import type { INodeParameters } from 'n8n-workflow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer } from '../../sandbox/faults.mts';
import { startSetup, type Setup } from './support.mts';
import * as trigger from './trigger.support.mts';
import { idsOf, rejection, type Publishing } from './trigger.support.mts';

let setup: Setup;

beforeEach(async () => {
	setup = await startSetup({ count: 400 });
});
afterEach(() => setup.sandbox.close());

const publish = (parameters?: INodeParameters, publishing?: Publishing) =>
	trigger.makeTrigger(setup, parameters, publishing);
const underWay = () => trigger.underWay(setup);
const end = (envelopes: ReturnType<typeof underWay>, status?: string, time?: number) =>
	trigger.end(setup, envelopes, status, time);

describe.each([
	['finishedTime', {}],
	['createdTime', { lookbackHours: 24 * 90 }],
])('detecting by %s', (detectBy, more) => {
	const parameters = { detectBy, ...more };

	it('is silent about what had ended before, and emits each completion once', async () => {
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

	it('emits an envelope once when two polls overlap', async () => {
		const poller = publish(parameters);
		await poller.activate();
		const ids = end(underWay().slice(0, 5));
		const both = await Promise.all([poller.tick(), poller.tick()]);
		expect(idsOf(both.flat())).toEqual(ids);
	});

	it('leaves the cursor where it was when a page does not come', async () => {
		const poller = publish(parameters);
		await poller.activate();
		const ids = end(underWay().slice(0, 40));
		setup.sandbox.options.faults = [answer({ status: 401, after: 1, times: 10 })];
		expect(await rejection(poller.tick())).toContain('did not accept the credential');
		setup.sandbox.options.faults = [];
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('is not confused by a page that is refused once', async () => {
		const poller = publish(parameters);
		await poller.activate();
		const ids = end(underWay().slice(0, 40));
		setup.sandbox.options.faults = [answer({ status: 400, after: 1 })];
		expect(idsOf(await poller.tick())).toEqual(ids);
		expect(poller.reported).toEqual([]);
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

	it('started: emits a new envelope, whatever its status', async () => {
		const poller = publish({ event: 'started' });
		await poller.activate();
		const [{ id, source }] = setup.sandbox.envelopes;
		const envelopeWsid = 'WSID_ENVE_0000019399999999aaaaaaaaaaaa0001';
		const envelope = { ...source, envelopeWsid, createdDatetime: Date.now() };
		setup.sandbox.envelopes.push({ id: `${id}-new`, source: envelope });
		setup.sandbox.touch();
		expect(idsOf(await poller.tick())).toEqual([envelopeWsid]);
		expect(await poller.tick()).toEqual([]);
	});

	it('emits only what fits the conditions, also when q is free text', async () => {
		setup.sandbox.options.query = 'freeText';
		const [first, ...others] = underWay().filter(({ source }) => source.doctorID);
		const value = first.source.doctorID ?? '';
		const doctor = { __rl: true, mode: 'id', value };
		const poller = publish({ conditions: { condition: [{ field: 'doctorID', doctor }] } });
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
		setup.sandbox.clearRequests();
		await poller.tick();
		expect(setup.sandbox.requests).toHaveLength(1);
	});

	it('keeps nothing readable, and little, in static data', async () => {
		const poller = publish();
		await poller.activate();
		const ids = end(underWay().slice(0, 60));
		await poller.tick();
		const stored = JSON.stringify(poller.stored());
		for (const id of ids) expect(stored).not.toContain(id);
		expect(stored).not.toContain(setup.sandbox.options.accessToken);
		expect(stored.length).toBeLessThan(2000);
	});
});

describe('publishing', () => {
	it('is not stopped by a passing fault, and emits what ends from then on', async () => {
		setup.sandbox.options.faults = [answer({ status: 503, times: 2 })];
		const poller = publish();
		expect(await poller.activate()).toEqual([]);
		const ids = end(underWay().slice(0, 3), 'ED_SUCCESS', Date.now() + 1000);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('goes on at a start of n8n while Yisign is down, and says so once in ten polls', async () => {
		const poller = publish();
		await poller.activate();
		const stored = poller.stored();
		setup.sandbox.options.faults = [answer({ status: 503, times: 1000 })];
		const restarted = publish({}, { stored });
		expect(await restarted.activate()).toEqual([]);
		for (let poll = 2; poll < 10; poll += 1) expect(await restarted.tick()).toEqual([]);
		expect(await rejection(restarted.tick())).toContain('not available right now (HTTP 503)');
		setup.sandbox.options.faults = [];
		const ids = end(underWay().slice(0, 2));
		expect(idsOf(await restarted.tick())).toEqual(ids);
	}, 60_000);

	it('is stopped by a wrong token, with a clear message', async () => {
		const poller = publish({}, { credential: { accessToken: 'wrong' } });
		expect(await rejection(poller.activate())).toContain('did not accept the credential');
	});

	it.each<[label: string, parameters: INodeParameters]>([
		['Detect By', { detectBy: 'createdtime' }],
		['Latest Version Only', { options: { latestVersionOnly: '={{ "no" }}' } }],
	])('is stopped by a value that %s does not offer', async (label, parameters) => {
		const poller = publish(parameters);
		expect(await rejection(poller.activate())).toContain(`${label} does not offer this value`);
		expect(setup.sandbox.requests).toEqual([]);
	});

	it('is stopped when the server does not sort as asked, and says what to do', async () => {
		setup.sandbox.options.sort = 'ignored';
		expect(await rejection(publish().activate())).toMatch(
			/does not sort by the time .* Set Detect By to "Created Time"/,
		);
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
		setup.sandbox.envelopes.splice(0);
		setup.sandbox.touch();
		expect(await rejection(publish({}, { mode: 'manual' }).tick())).toContain('No envelopes found');
	});
});
