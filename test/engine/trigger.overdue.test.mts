import type { INodeParameters } from 'n8n-workflow';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Envelope } from '../../sandbox/envelopes.mts';
import { startSetup, type Setup } from './support.mts';
import * as trigger from './trigger.support.mts';
import { idsOf, pass, rejection, reportedBy, type Publishing } from './trigger.support.mts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let setup: Setup;

beforeEach(async () => {
	// Without an offset, the header Date is Node's own and does not move with the clock.
	setup = await startSetup({ count: 400, clockOffset: 1 });
});
afterEach(async () => {
	vi.restoreAllMocks();
	await setup.sandbox.close();
});

/** The trigger, on what is overdue after 24 hours unless the parameters say otherwise. */
const publish = (parameters: INodeParameters = {}, publishing?: Publishing) =>
	trigger.makeTrigger(setup, { event: 'overdue', ...parameters }, publishing);

/** Envelopes that were started so many ms ago and are waiting. */
function start(ago: number, count = 1, more: Partial<Envelope['source']> = {}): string[] {
	return trigger.addEnded(setup, count, () => null, {
		envelopeStatus: 'ING_SENT_WAIT_FILLOUT',
		createdDatetime: Date.now() - ago,
		...more,
	});
}

function complete(ids: string[]): void {
	const isOne = ({ source }: Envelope) => ids.includes(source.envelopeWsid);
	trigger.end(setup, setup.sandbox.envelopes.filter(isOne));
}

describe('an envelope that is not signed in time', () => {
	it('starts the workflow once, at the first poll after it became overdue', async () => {
		start(25 * HOUR);
		const poller = publish();
		expect(await poller.activate()).toEqual([]);
		const ids = [
			...start(23 * HOUR),
			...start(23 * HOUR, 1, { envelopeStatus: 'ING_SENT_DILIVER' }),
		];
		expect(await poller.tick()).toEqual([]);
		pass(59 * MINUTE);
		expect(await poller.tick()).toEqual([]);
		pass(2 * MINUTE);
		expect(idsOf(await poller.tick())).toEqual(ids.toSorted());
		pass(DAY);
		expect(await poller.tick()).toEqual([]);
		expect(reportedBy(poller)).toEqual([]);
	});

	it('starts the workflow among many that were started at the same time, in any order', async () => {
		Object.assign(setup.sandbox.options, { ties: 'random', size: 'ignored' });
		const poller = publish();
		await poller.activate();
		const ids = start(23 * HOUR, 50);
		// Polls that show all of them although none is overdue yet.
		for (let poll = 0; poll < 3; poll += 1) expect(await poller.tick()).toEqual([]);
		pass(HOUR + MINUTE);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('starts it in the second of publishing, where times are in whole seconds', async () => {
		const second = Math.floor(Date.now() / 1000) * 1000;
		vi.spyOn(Date, 'now').mockReturnValue(second + 200);
		// By its real time it is overdue later within this second.
		const ids = start(DAY + 200);
		const poller = publish();
		const emitted = [...(await poller.activate()), ...(await poller.tick())];
		expect(idsOf(emitted)).toEqual(ids);
	});

	it('does not start it once it has ended, or was started again', async () => {
		const poller = publish();
		await poller.activate();
		complete(start(23 * HOUR, 3));
		start(23 * HOUR, 1, { hospitalBusinessLastVersion: false });
		const ids = start(23 * HOUR);
		pass(2 * HOUR);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('starts it once, although n8n starts again, also from an idle state', async () => {
		const poller = publish();
		await poller.activate();
		const ids = start(23 * HOUR, 2);
		const stored = poller.stored();
		pass(2 * HOUR);
		const restarted = publish({}, { stored, activation: 'init' });
		expect(idsOf(await restarted.activate())).toEqual(ids);
		const again = publish({}, { stored: restarted.stored(), activation: 'init' });
		expect(await again.activate()).toEqual([]);
	});

	it('starts it after n8n was down for longer than Look Back (Hours)', async () => {
		const poller = publish({ lookbackHours: 1 });
		await poller.activate();
		const ids = start(20 * HOUR, 2);
		complete(start(20 * HOUR));
		pass(10 * DAY);
		start(MINUTE, 30);
		const settings = { stored: poller.stored(), activation: 'init' } as const;
		const restarted = publish({ lookbackHours: 1 }, settings);
		expect(idsOf(await restarted.activate())).toEqual(ids);
		expect(await restarted.tick()).toEqual([]);
	});

	it('starts it once, although the newest envelope leaves the result and comes back', async () => {
		trigger.end(setup, trigger.underWay(setup));
		const waiting = { field: 'envelopeStatus', value: 'ING_SENT_WAIT_FILLOUT' };
		const poller = publish({ conditions: { condition: [waiting] } });
		const ids = [...start(HOUR), ...start(2 * HOUR)];
		await poller.activate();
		pass(24 * HOUR);
		expect(idsOf(await poller.tick())).toEqual(ids.toSorted());
		pass(54 * HOUR);
		start(MINUTE);
		pass(19 * HOUR);
		const newest = start(MINUTE);
		// So long after they became overdue, both are forgotten.
		await poller.tick();
		await poller.tick();
		complete(newest);
		expect(await poller.tick()).toEqual([]);
		start(MINUTE);
		expect(await poller.tick()).toEqual([]);
	});

	it('starts it where the clock of the server is hours ahead: its clock counts', async () => {
		setup.sandbox.options.clockOffset = 3 * HOUR;
		const poller = publish();
		await poller.activate();
		const ids = start(20.5 * HOUR);
		expect(await poller.tick()).toEqual([]);
		pass(HOUR);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it.each(['s', 'us'] as const)('starts it where times are in another unit (%s)', async (unit) => {
		setup.sandbox.options.timeUnit = unit;
		const poller = publish();
		await poller.activate();
		const ids = start(23 * HOUR, 2);
		expect(await poller.tick()).toEqual([]);
		pass(2 * HOUR);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('shows in the test of the editor what is waiting', async () => {
		start(25 * HOUR, 7);
		const samples = await publish({}, { mode: 'manual' }).tick();
		expect(samples.map(({ json }) => json.status)).toEqual(Array(5).fill('waiting'));
	});

	it('leaves little in the static data, and nothing readable', async () => {
		const poller = publish();
		await poller.activate();
		const ids = start(23 * HOUR, 1000);
		pass(2 * HOUR);
		expect(idsOf(await poller.tick())).toEqual(ids);
		expect(await poller.tick()).toEqual([]);
		const stored = JSON.stringify(poller.stored());
		for (const id of ids) expect(stored).not.toContain(id);
		expect(stored.length).toBeLessThan(20_000);
	});
});

describe('other settings', () => {
	const edit = (poller: ReturnType<typeof publish>, parameters: INodeParameters) =>
		publish(parameters, { stored: poller.stored(), activation: 'update' });

	it('with more hours, start the workflow again for what is still waiting then', async () => {
		const poller = publish();
		await poller.activate();
		start(50 * HOUR);
		const ids = start(23 * HOUR);
		pass(2 * HOUR);
		expect(idsOf(await poller.tick())).toEqual(ids);
		const edited = edit(poller, { overdueHours: 48 });
		expect(await edited.activate()).toEqual([]);
		pass(DAY);
		expect(idsOf(await edited.tick())).toEqual(ids);
		expect(await edited.tick()).toEqual([]);
	});

	it('with fewer hours, are silent about what was overdue by them', async () => {
		const poller = publish();
		await poller.activate();
		start(20 * HOUR);
		const ids = start(11 * HOUR);
		await poller.tick();
		const edited = edit(poller, { overdueHours: 12 });
		expect(await edited.activate()).toEqual([]);
		pass(2 * HOUR);
		expect(idsOf(await edited.tick())).toEqual(ids);
	});

	it('with a longer look back, emit nothing twice', async () => {
		const poller = publish({ lookbackHours: 1 });
		await poller.activate();
		const ids = start(23 * HOUR, 2);
		pass(2 * HOUR);
		expect(idsOf(await poller.tick())).toEqual(ids);
		for (let poll = 0; poll < 3; poll += 1) {
			pass(DAY);
			start(MINUTE);
			await poller.tick();
		}
		const edited = edit(poller, { lookbackHours: 1000 });
		expect(await edited.activate()).toEqual([]);
	});

	it('on completion, start the workflow for what had been overdue or started', async () => {
		const poller = publish();
		await poller.activate();
		const ids = start(23 * HOUR, 2);
		pass(2 * HOUR);
		expect(idsOf(await poller.tick())).toEqual(ids);
		const edited = edit(poller, { event: 'completed' });
		expect(await edited.activate()).toEqual([]);
		pass(MINUTE);
		complete(ids);
		expect(idsOf(await edited.tick())).toEqual(ids);
		const back = edit(edited, {});
		expect(await back.activate()).toEqual([]);
	});
});

describe('publishing', () => {
	it('stops where no envelope has a created time', async () => {
		Object.assign(setup.sandbox.options, { createdTime: 'none', sortValues: 'none' });
		expect(await rejection(publish().activate())).toMatch(
			/^None of the first envelopes has a created time \| .*Show this message to Yisign/,
		);
	});

	it.each(['overdue', 'started'])(
		'goes on where only the sort value has it, and items have createdAt (%s)',
		async (event) => {
			Object.assign(setup.sandbox.options, { createdTime: 'none', timeUnit: 's' });
			const poller = publish({ event, overdueHours: 1 });
			await poller.activate();
			const created = Math.ceil(Date.now() / 1000) * 1000 + 1000;
			const ids = start(0, 1, { createdDatetime: created });
			pass(2 * HOUR);
			const items = await poller.tick();
			expect(idsOf(items)).toEqual(ids);
			expect(items[0].json.createdAt).toBe(new Date(created).toISOString());
		},
	);

	it('stops where the hours lie beyond what the server gives, and names both fields', async () => {
		setup.sandbox.options.window = 100;
		expect(await rejection(publish({ overdueHours: 8760 }).activate())).toMatch(
			/^Yisign does not give all .* Lower Overdue After \(Hours\) and Look Back \(Hours\)/,
		);
	});
});
