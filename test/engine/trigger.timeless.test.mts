import type { INodeParameters } from 'n8n-workflow';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Poller } from '../../engine/poller.mts';
import type { Envelope } from '../../sandbox/envelopes.mts';
import { answer, drip } from '../../sandbox/faults.mts';
import type { SandboxOptions } from '../../sandbox/server.mts';
import { startSetup, type Setup } from './support.mts';
import {
	addEnded,
	end,
	idsOf,
	makeTrigger,
	pass,
	reportedBy,
	underWay,
	type Publishing,
} from './trigger.support.mts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const SAID = [
	expect.stringMatching(/^Some envelopes have ended without a finished time .*Detect By/),
];

let setup: Setup;

beforeEach(async () => {
	setup = await startSetup({ count: 400 });
});
afterEach(async () => {
	vi.restoreAllMocks();
	await setup.sandbox.close();
});

/** A published trigger, at a server as described. */
async function publish(
	parameters: INodeParameters = {},
	options: Partial<SandboxOptions> = {},
	publishing: Publishing = {},
): Promise<Poller> {
	Object.assign(setup.sandbox.options, options);
	const poller = makeTrigger(setup, parameters, publishing);
	expect(await poller.activate()).toEqual([]);
	expect(reportedBy(poller)).toEqual([]);
	return poller;
}

/**
 * Twenty completions in each hour on average, and a poll in each; what started the workflow must be
 * these alone.
 */
async function work(poller: Poller, hours: number): Promise<void> {
	for (let hour = 0; hour < hours; hour += 2) {
		const ids = addEnded(setup, 40, (index) => Date.now() - index * 1000);
		expect(idsOf(await poller.tick())).toEqual(ids);
		pass(HOUR);
		expect(await poller.tick()).toEqual([]);
		pass(HOUR);
	}
}

/** Leaves envelopes that have ended alone, so that those without a time do not fill the first page. */
function keepEnded(): void {
	const ended = setup.sandbox.envelopes.filter(({ source }) => source.envelopeFinishedDatetime);
	setup.sandbox.envelopes.splice(0, 400, ...ended);
	setup.sandbox.touch();
}

const none = () => null;
const inSeconds = () => Math.floor(Date.now() / 1000);

describe('an envelope that completes without a finished time, among 20 completions an hour', () => {
	it.each([
		['has none', none, {}],
		['says it in seconds', inSeconds, {}],
		['says it in seconds, and those without one come first', inSeconds, { missing: 'first' }],
		['has none, at a server that gives 20 a page', none, { largestPage: 20 }],
		['has none, at a server that refuses other pages', none, { size: 'refused', largestPage: 20 }],
		['has none, at one that does not search by status', none, { query: 'ignored' }],
	] as const)('is reported within a day if it %s', async (_name, time, options) => {
		keepEnded();
		const poller = await publish({}, options as Partial<SandboxOptions>);
		await work(poller, 3);
		addEnded(setup, 3, time, { createdDatetime: Date.now() - 2 * HOUR });
		await work(poller, 22);
		expect(reportedBy(poller)).toEqual(SAID);
	});

	it('is reported within a day also if it was started five days ago', async () => {
		const waiting = underWay(setup).slice(0, 3);
		for (const { source } of waiting) source.createdDatetime = Date.now() - 5 * DAY;
		const poller = await publish();
		await work(poller, 3);
		end(setup, waiting, 'ED_SUCCESS', null);
		await work(poller, 22);
		expect(reportedBy(poller)).toEqual(SAID);
	});

	it('is reported within a day among many that wait, also if the condition is a name', async () => {
		const { hospitalDepartment } = setup.sandbox.envelopes[0].source;
		const department = { mode: 'name', value: hospitalDepartment, __rl: true };
		const condition = [{ field: 'hospitalDepartmentId', department }];
		const poller = await publish({ conditions: { condition } }, { largestPage: 20 });
		addEnded(setup, 1, none);
		pass(HOUR);
		addEnded(setup, 1500, none, { envelopeStatus: 'ING_SENT_WAIT_FILLOUT' });
		await work(poller, 24);
		expect(reportedBy(poller)).toEqual(SAID);
	});

	it('is reported once, and another one a day later', async () => {
		const poller = await publish();
		addEnded(setup, 2, none);
		await work(poller, 49);
		expect(reportedBy(poller)).toEqual(SAID);
		addEnded(setup, 1, none);
		await work(poller, 25);
		expect(reportedBy(poller)).toEqual([...SAID, ...SAID]);
	});

	it('is reported also where Yisign did not answer when it was looked for', async () => {
		const poller = await publish();
		await work(poller, 24);
		addEnded(setup, 1, none);
		setup.sandbox.options.faults = [answer({ status: 503, times: 2, q: 'envelopeStatus' })];
		await work(poller, 3);
		expect(reportedBy(poller)).toEqual(SAID);
	});

	it.each([500, 503, 429])(
		'is reported also where Yisign has HTTP %i for every query by status',
		async (status) => {
			const poller = await publish();
			setup.sandbox.options.faults = [answer({ status, times: 10_000, q: 'envelopeStatus' })];
			await work(poller, 3);
			addEnded(setup, 3, none, { createdDatetime: Date.now() - 2 * HOUR });
			await work(poller, 22);
			expect(reportedBy(poller)).toEqual(SAID);
		},
	);

	it('is not reported if it does not fit the conditions', async () => {
		const conditions = { condition: [{ field: 'envelopeStatus', value: 'ED_SUCCESS' }] };
		const poller = await publish({ conditions });
		addEnded(setup, 1, none, { hospitalBusinessLastVersion: false });
		await work(poller, 25);
		expect(reportedBy(poller)).toEqual([]);
	});
});

const FIELDS = ['createdDatetime', 'envelopeFinishedDatetime'] as const;

/** Brings the times that there are into another unit. */
function say(ms: number, fields: ReadonlyArray<(typeof FIELDS)[number]> = FIELDS): void {
	for (const { source } of setup.sandbox.envelopes) {
		for (const field of fields) {
			const time = source[field];
			if (typeof time === 'number') source[field] = Math.floor(time / ms);
		}
	}
	setup.sandbox.touch();
}

it.each([
	['ms, and that of its end in s', 1, 1000],
	['µs, and that of its end in ms', 1e-3, 1],
	['s, and that of its end in µs', 1000, 1e-3],
])('an envelope whose start is said in %s, is not without a finished time', async (_name, a, b) => {
	say(a, ['createdDatetime']);
	say(b, ['envelopeFinishedDatetime']);
	const poller = await publish();
	for (let hour = 0; hour < 26; hour += 13) {
		pass(13 * HOUR);
		const started = { createdDatetime: Math.floor((Date.now() - HOUR) / a) };
		const ids = addEnded(setup, 2, () => Math.floor(Date.now() / b), started);
		expect(idsOf(await poller.tick())).toEqual(ids);
	}
	expect(reportedBy(poller)).toEqual([]);
});

describe('a server that says all times in a larger unit from some day on', () => {
	it.each([
		['ms after µs', 1e-3, 1, {}],
		['ms after ns', 1e-6, 1, {}],
		['s after ms', 1, 1000, {}],
		['ms after µs, and gives 20 a page', 1e-3, 1, { largestPage: 20 }],
		['ms after µs, and does not say what it sorts by', 1e-3, 1, { sortValues: 'none' }],
	] as const)('is reported within a day (%s)', async (_name, before, after, options) => {
		say(before);
		const poller = await publish({}, options as Partial<SandboxOptions>);
		for (let hour = 0; hour < 26; hour += 1) {
			const ended = Math.floor(Date.now() / after);
			addEnded(setup, 2, () => ended, { createdDatetime: ended - 60 });
			expect(await poller.tick()).toEqual([]);
			pass(HOUR);
		}
		expect(reportedBy(poller)).toEqual(SAID);
	});

	it('is looked for in few requests, and not seen in what came before a change to µs', async () => {
		const poller = await publish();
		await work(poller, 2);
		const newest = (index: number) => Date.now() * 1000 - index;
		pass(MINUTE);
		const ids = addEnded(setup, 1100, newest, { createdDatetime: Date.now() * 1000 });
		expect(idsOf(await poller.tick())).toEqual(ids);
		pass(25 * HOUR);
		expect(await poller.tick()).toEqual([]);
		const asked = setup.sandbox.requests.filter(({ query }) => /asc/.test(query.sort));
		expect(asked.length).toBeGreaterThan(0);
		expect(asked.length).toBeLessThan(15);
		expect(reportedBy(poller)).toEqual([]);
	});
});

it('an envelope without a finished time that started the workflow is not reported', async () => {
	setup.sandbox.envelopes.splice(5);
	const poller = await publish();
	const ids = addEnded(setup, 1, none);
	expect(idsOf(await poller.tick())).toEqual(ids);
	pass(DAY);
	expect(await poller.tick()).toEqual([]);
	expect(reportedBy(poller)).toEqual([]);
});

it('a day on which envelopes are looked for that have no time costs few requests', async () => {
	const poller = await publish();
	await work(poller, 23);
	pass(HOUR);
	const { length } = setup.sandbox.requests;
	await poller.tick();
	expect(setup.sandbox.requests.length - length).toBeLessThan(12);
});

it('the same costs sixty requests at the most where many were started at the same time', async () => {
	const poller = await publish({}, { largestPage: 20 });
	const createdDatetime = Date.now() + 22 * HOUR;
	pass(DAY);
	addEnded(setup, 1500, (index) => Date.now() - HOUR - index * MINUTE, { createdDatetime });
	const { length } = setup.sandbox.requests;
	await poller.tick();
	const asked = setup.sandbox.requests.slice(length).map(({ query }) => query);
	const beside = asked.filter(({ sort }) => String(sort).startsWith('created'));
	expect(beside.length).toBeGreaterThan(50);
	expect(beside.length).toBeLessThanOrEqual(60);
});

describe('a server that answers no query by status', () => {
	const fails = (status: number) => [answer({ status, times: 10_000, q: 'envelopeStatus' })];
	const removeRejected = () => {
		const isOther = ({ source }: Envelope) => source.envelopeStatus !== 'ED_FAIL_REJECT';
		setup.sandbox.envelopes.splice(0, 400, ...setup.sandbox.envelopes.filter(isOther));
	};

	it.each([500, 503, 429])('does not keep the trigger from its work: HTTP %i', async (status) => {
		removeRejected();
		const poller = await publish({ event: 'ended' }, { faults: fails(status) });
		const ids = addEnded(setup, 3);
		const { length } = setup.sandbox.requests;
		expect(idsOf(await poller.tick())).toEqual(ids);
		expect(setup.sandbox.requests).toHaveLength(length + 1);
	});

	it('does not keep the trigger from its work either where it never ends its answer', async () => {
		removeRejected();
		const faults = [drip({ times: 10_000, q: 'envelopeStatus' })];
		const poller = await publish({ event: 'ended' }, { faults }, { budget: 2000 });
		const ids = addEnded(setup, 3);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('does not keep other settings from their work either', async () => {
		removeRejected();
		const poller = await publish({ event: 'completed' }, { faults: fails(500) });
		await poller.tick();
		const changed = makeTrigger(
			setup,
			{ event: 'ended' },
			{ stored: poller.stored(), activation: 'update' },
		);
		expect(await changed.activate()).toEqual([]);
		const ids = addEnded(setup, 1);
		expect(idsOf(await changed.tick())).toEqual(ids);
	});

	it('does not let an envelope without a finished time be reported again', async () => {
		removeRejected();
		// More than the newest that are looked at each hour.
		addEnded(setup, 40, () => Date.now() - HOUR, { createdDatetime: Date.now() - DAY });
		const options = { faults: fails(500), largestPage: 20 };
		const poller = await publish({ event: 'ended' }, options);
		const pollFor = async (hours: number) => {
			for (let hour = 0; hour < hours; hour += 1) {
				pass(HOUR);
				expect(await poller.tick()).toEqual([]);
			}
		};
		addEnded(setup, 1, none, { createdDatetime: Date.now() - 5 * DAY });
		await pollFor(49);
		expect(reportedBy(poller)).toHaveLength(1);
		addEnded(setup, 1, none, { createdDatetime: Date.now() });
		await pollFor(50);
		expect(reportedBy(poller)).toHaveLength(2);
	});

	it('is asked again an hour later, and then what it answers is said', async () => {
		removeRejected();
		addEnded(setup, 1, none, {
			envelopeStatus: 'ED_FAIL_REJECT',
			createdDatetime: Date.now() - 300 * DAY,
		});
		addEnded(setup, 1000, Date.now, { createdDatetime: Date.now() - DAY });
		const poller = await publish({ event: 'failed' }, { faults: fails(503) });
		setup.sandbox.options.faults = [];
		await poller.tick();
		expect(reportedBy(poller)).toEqual([]);
		pass(HOUR);
		await poller.tick();
		expect(reportedBy(poller)).toEqual([
			expect.stringContaining('Envelopes with the status ED_FAIL_REJECT have no finished time'),
		]);
	});
});

describe('a server that takes so long that there is no time to look at anything else', () => {
	/** Half of the budget is for reading: eight requests. */
	const SLOW = { largestPage: 20, createdTime: 'none', delay: 150 } as const;
	const publishing = { budget: 2400, isDurable: true };
	const placesSince = (length: number) =>
		setup.sandbox.requests
			.slice(length)
			.filter(({ query }) => String(query.sort).startsWith('envelopeFinished'))
			.map(({ query }) => Number(query.from));

	beforeEach(() => {
		addEnded(setup, 4000, (index) => Date.now() - DAY - index * MINUTE);
	});

	it('begins at once, and loses nothing', async () => {
		const poller = await publish({ event: 'ended' }, SLOW, publishing);
		const { length } = setup.sandbox.requests;
		for (let count = 1; count <= 3; count += 1) {
			const ids = addEnded(setup, count);
			expect(idsOf(await poller.tick())).toEqual(ids);
		}
		expect(setup.sandbox.requests).toHaveLength(length + 3);
	});

	it('is looked at an hour later, from where there was no time on', async () => {
		const poller = await publish({ event: 'ended' }, SLOW, publishing);
		const last = Math.max(...placesSince(0));
		expect(last).toBeGreaterThan(20);
		addEnded(setup, 1, none);
		setup.sandbox.options.delay = 0;
		pass(HOUR);
		const { length } = setup.sandbox.requests;
		expect(await poller.tick()).toEqual([]);
		const places = placesSince(length);
		expect(places.slice(0, 4)).toEqual([0, 0, 0, 2 * last]);
		expect(reportedBy(poller)).toEqual(SAID);
	});
});
