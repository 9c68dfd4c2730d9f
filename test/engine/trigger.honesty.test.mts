import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, drip } from '../../sandbox/faults.mts';
import type { Envelope } from '../../sandbox/envelopes.mts';
import { startSetup, type Setup } from './support.mts';
import * as trigger from './trigger.support.mts';
import { idsOf, pass, rejection, reportedBy, type Publishing } from './trigger.support.mts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Search options under which a server gives the newest 20 envelopes and nothing else. */
const ONE_PAGE = { paging: 'ignored' } as const;

let setup: Setup;

beforeEach(async () => {
	setup = await startSetup({ count: 400 });
});
afterEach(async () => {
	vi.restoreAllMocks();
	await setup.sandbox.close();
});

const publish = (parameters?: INodeParameters, publishing?: Publishing) =>
	trigger.makeTrigger(setup, parameters, publishing);
const addEnded = (
	...args: Parameters<typeof trigger.addEnded> extends [object, ...infer R] ? R : never
) => trigger.addEnded(setup, ...args);

describe('a server that never ends its answer', () => {
	it('does not silence the polls that come later', async () => {
		const poller = publish({}, { budget: 2000 });
		await poller.activate();
		const ids = addEnded(3);
		setup.sandbox.options.faults = [drip({ times: 100 })];
		const begin = performance.now();
		expect(await poller.tick()).toEqual([]);
		expect(performance.now() - begin).toBeLessThan(10_000);
		setup.sandbox.options.faults = [];
		expect(idsOf(await poller.tick())).toEqual(ids);
	});
});

describe('a time that cannot be right', () => {
	it.each([
		['in 2099', () => Date.UTC(2099, 0, 1)],
		['in microseconds', () => Date.now() * 1000],
		['20 minutes ahead', () => Date.now() + 20 * MINUTE],
	])('%s starts the workflow once, and silences nothing', async (_name, time) => {
		const poller = publish();
		await poller.activate();
		const odd = addEnded(1, time);
		expect(idsOf(await poller.tick())).toEqual(odd);
		const ids = addEnded(3);
		expect(idsOf(await poller.tick())).toEqual(ids);
		expect(await poller.tick()).toEqual([]);
	});

	describe.each(['given', 'none'] as const)('on whole pages, sort values %s', (sortValues) => {
		const crowd = () => addEnded(25, (index) => (Date.now() - HOUR - index) * 1000);
		beforeEach(() => Object.assign(setup.sandbox.options, { sortValues, createdTime: 'none' }));

		it('starts the workflow once, and loses nothing that ends later', async () => {
			const poller = publish();
			await poller.activate();
			expect(idsOf(await poller.tick())).toEqual([]);
			const odd = crowd();
			const ids = addEnded(1);
			expect(idsOf(await poller.tick())).toEqual([...odd, ...ids].toSorted());
			const started = publish(
				{},
				{ stored: poller.stored(), activation: 'init', workflowId: sortValues },
			);
			expect(await started.activate()).toEqual([]);
			const later = addEnded(3);
			expect(idsOf(await started.tick())).toEqual(later);
			expect(await started.tick()).toEqual([]);
		});

		it('does not stop publishing, nor silence what ends later', async () => {
			crowd();
			const poller = publish();
			expect(await poller.activate()).toEqual([]);
			const ids = addEnded(3);
			expect(idsOf(await poller.tick())).toEqual(ids);
			expect(await poller.tick()).toEqual([]);
			expect(reportedBy(poller)).toEqual([]);
		});

		it('costs no more than one request for an idle poll', async () => {
			crowd();
			const poller = publish();
			await poller.activate();
			setup.sandbox.clearRequests();
			expect(await poller.tick()).toEqual([]);
			expect(setup.sandbox.requests).toHaveLength(1);
		});

		it('is all that publishing reads, and what it needs behind it', async () => {
			crowd();
			setup.sandbox.options.largestPage = 20;
			await publish().activate();
			const read = setup.sandbox.requests.map(({ query }) =>
				Number(new URLSearchParams(query).get('from')),
			);
			expect(Math.max(...read)).toBeLessThan(200);
		});
	});

	it('in seconds, among others in ms, starts the workflow once', async () => {
		setup.sandbox.envelopes.splice(5);
		const poller = publish();
		await poller.activate();
		const odd = addEnded(1, () => Math.floor(Date.now() / 1000));
		expect(idsOf(await poller.tick())).toEqual(odd);
		const ids = addEnded(3);
		expect(idsOf(await poller.tick())).toEqual(ids);
		expect(await poller.tick()).toEqual([]);
	});

	it.each([
		['finishedTime', 1],
		['createdTime', 1],
		['finishedTime', 12],
	])(
		'does not come of %s in a larger unit among a few in µs (%s of them)',
		async (detectBy, count) => {
			const add = (many: number, unit: number, age: number) => {
				const ended = Date.now() - age;
				const created = { createdDatetime: (ended - 5 * MINUTE) / unit };
				return addEnded(many, (index) => (ended - 2000 * index) / unit, created);
			};
			add(8, 1e-3, HOUR);
			setup.sandbox.envelopes.splice(0, 400);
			const poller = publish({ detectBy });
			await poller.activate();
			const ids = add(count, 1, MINUTE);
			expect(idsOf(await poller.tick())).toEqual(ids);
			const later = add(1, 1e-3, 0);
			expect(idsOf(await poller.tick())).toEqual(later);
			expect(await poller.tick()).toEqual([]);
		},
	);

	it.each(['s', 'us'] as const)('is not what Yisign says in another unit (%s)', async (unit) => {
		const poller = publish();
		await poller.activate();
		setup.sandbox.options.timeUnit = unit;
		const ids = addEnded(3);
		expect(idsOf(await poller.tick())).toEqual(ids);
		expect(await poller.tick()).toEqual([]);
	});

	it('20 minutes ahead when the workflow is published silences nothing either', async () => {
		addEnded(1, () => Date.now() + 20 * MINUTE);
		const poller = publish();
		expect(await poller.activate()).toEqual([]);
		const ids = addEnded(2);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('hours ahead, by the clock of the server, does not delay what ends later', async () => {
		Object.assign(setup.sandbox.options, ONE_PAGE);
		addEnded(25, (index) => Date.now() + 5 * HOUR - index);
		const poller = publish();
		expect(await poller.activate()).toEqual([]);
		const ids = addEnded(2, () => Date.now() + 5 * HOUR + MINUTE);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('hours ahead starts nothing that lay out of reach at publishing and is reached later', async () => {
		setup.sandbox.options.window = 20;
		addEnded(60, (index) => Date.now() + 5 * HOUR - index * 1000);
		const poller = publish();
		expect(await poller.activate()).toEqual([]);
		setup.sandbox.options.window = 10_000;
		const started = publish(
			{},
			{ stored: poller.stored(), activation: 'init', workflowId: 'started' },
		);
		expect(await started.activate()).toEqual([]);
		const ids = addEnded(2, () => Date.now() + 5 * HOUR + MINUTE);
		expect(idsOf(await started.tick())).toEqual(ids);
	});

	it('hours ahead starts the workflow also where Yisign did not answer at first', async () => {
		setup.sandbox.options.faults = [answer({ status: 503, times: 2 })];
		const poller = publish();
		expect(await poller.activate()).toEqual([]);
		const ids = addEnded(2, () => Date.now() + 5 * HOUR);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('on more records than the server gives starts nothing that was there before', async () => {
		Object.assign(setup.sandbox.options, { paging: 'refused', ties: 'random' });
		addEnded(60, () => Date.UTC(2099, 0, 1));
		const poller = publish();
		for (let poll = 0; poll < 4; poll += 1) {
			expect(await (poll === 0 ? poller.activate() : poller.tick())).toEqual([]);
		}
		expect(reportedBy(poller)[0]).toMatch(/^Some envelopes are out of reach \| .* up to 2099/);
	});

	it.each(['s', 'us'] as const)('does not come of another unit (%s)', async (timeUnit) => {
		setup.sandbox.options.timeUnit = timeUnit;
		const poller = publish();
		await poller.activate();
		const ids = addEnded(3);
		expect(idsOf(await poller.tick())).toEqual(ids);
		expect(await poller.tick()).toEqual([]);
	});

	it('missing at the end starts the workflow once', async () => {
		setup.sandbox.options.missing = 'first';
		setup.sandbox.envelopes.splice(
			0,
			400,
			...setup.sandbox.envelopes.filter(({ source }) => source.envelopeFinishedDatetime),
		);
		setup.sandbox.touch();
		const poller = publish();
		await poller.activate();
		const ids = addEnded(2, () => null);
		expect(idsOf(await poller.tick())).toEqual(ids);
		expect(await poller.tick()).toEqual([]);
	});

	it('missing on the whole first page stops publishing, and the message names Detect By', async () => {
		setup.sandbox.options.missing = 'first';
		expect(await rejection(publish().activate())).toMatch(
			/^None of the first envelopes has a finished time .* Set Detect By to "Created Time"/,
		);
	});

	it('missing because the few envelopes are all under way is no reason to stop', async () => {
		setup.sandbox.envelopes.splice(0, 400, ...trigger.underWay(setup).slice(0, 3));
		setup.sandbox.touch();
		const poller = publish();
		expect(await poller.activate()).toEqual([]);
		const ids = trigger.end(setup, trigger.underWay(setup).slice(0, 1));
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('in whole seconds loses nothing that ends in the second of publishing', async () => {
		const second = Math.floor(Date.now() / 1000) * 1000 - 1000;
		const before = addEnded(2, () => second);
		const poller = publish();
		expect(await poller.activate()).toEqual([]);
		const ids = addEnded(2, () => second);
		expect(idsOf(await poller.tick())).toEqual(ids);
		expect(ids).not.toEqual(before);
	});
});

describe('a server that sorts by the time of creation, whatever is asked for', () => {
	/** Envelopes that ended in the order in which they were started, but for an old one. */
	function fill(): void {
		setup.sandbox.envelopes.length = 1;
		const now = Date.now() - 2 * HOUR;
		for (let index = 0; index < 60; index += 1) {
			const createdDatetime = now - index * 10 * MINUTE;
			addEnded(1, () => createdDatetime + MINUTE, { createdDatetime });
		}
		addEnded(1, () => now - 5 * MINUTE, { createdDatetime: now - 30 * HOUR });
	}

	it.each(['given', 'none'] as const)(
		'stops publishing, although its first page is in order (sort values: %s)',
		async (sortValues) => {
			fill();
			Object.assign(setup.sandbox.options, { sort: 'created', sortValues });
			expect(await rejection(publish().activate())).toMatch(
				/^Yisign does not sort by the time that is asked for .* Set Detect By to "Created Time"/,
			);
			setup.sandbox.options.sort = 'honoured';
			expect(await publish().activate()).toEqual([]);
		},
	);

	it('stops publishing also where none of the newest has ended', async () => {
		setup.sandbox.envelopes.splice(0, 400, ...trigger.underWay(setup));
		setup.sandbox.touch();
		setup.sandbox.options.sort = 'created';
		expect(await rejection(publish().activate())).toContain('does not sort by the time');
	});

	it('is noticed by the poll after it has become one', async () => {
		fill();
		const poller = publish();
		await poller.activate();
		setup.sandbox.options.sort = 'created';
		expect(await rejection(poller.tick())).toContain('does not sort by the time');
	});

	it('does no harm with Detect By on Created Time', async () => {
		fill();
		setup.sandbox.options.sort = 'created';
		const poller = publish({ detectBy: 'createdTime' });
		expect(await poller.activate()).toEqual([]);
		const ids = addEnded(1, Date.now, { createdDatetime: Date.now() - 30 * HOUR });
		expect(idsOf(await poller.tick())).toEqual(ids);
	});
});

describe('failed envelopes without a finished time', () => {
	const reject = (count: number) =>
		addEnded(count, () => null, { envelopeStatus: 'ED_FAIL_REJECT' });
	const removeRejected = () => {
		const isOther = ({ source }: Envelope) => source.envelopeStatus !== 'ED_FAIL_REJECT';
		setup.sandbox.envelopes.splice(0, 400, ...setup.sandbox.envelopes.filter(isOther));
	};

	it.each(['failed', 'ended'])('stop publishing, also if they are rare (%s)', async (event) => {
		removeRejected();
		addEnded(1, () => null, {
			envelopeStatus: 'ED_FAIL_REJECT',
			createdDatetime: Date.now() - 300 * 24 * HOUR,
		});
		expect(await rejection(publish({ event }).activate())).toMatch(
			/^Envelopes with the status ED_FAIL_REJECT have no finished time .* Set Detect By to "Created Time"/,
		);
		expect(await publish().activate()).toEqual([]);
	});

	it('start the workflow with Detect By on Created Time', async () => {
		removeRejected();
		reject(3);
		const poller = publish({ event: 'failed', detectBy: 'createdTime' });
		expect(await poller.activate()).toEqual([]);
		const ids = reject(2);
		expect(idsOf(await poller.tick())).toEqual(ids);
		expect(await poller.tick()).toEqual([]);
	});

	it('are reported within a day if the first is rejected after publishing', async () => {
		removeRejected();
		const poller = publish({ event: 'failed' });
		expect(await poller.activate()).toEqual([]);
		expect(reportedBy(poller)).toEqual([]);
		reject(1);
		pass(24 * HOUR);
		expect(await poller.tick()).toEqual([]);
		expect(reportedBy(poller)).toEqual([
			expect.stringMatching(
				/^Envelopes with the status ED_FAIL_REJECT have no finished time .* Set Detect By to "Created Time"/,
			),
		]);
		await poller.tick();
		expect(reportedBy(poller)).toHaveLength(1);
	});

	it('are reported if others have one', async () => {
		reject(1);
		addEnded(1, Date.now, { envelopeStatus: 'ED_FAIL_REJECT' });
		const poller = publish({ event: 'failed' });
		expect(await poller.activate()).toEqual([]);
		expect(reportedBy(poller)).toEqual([
			expect.stringMatching(/^Some envelopes have ended without a finished time .*Created Time/),
		]);
	});
});

describe('more than the server gives', () => {
	it('is emitted as far as it goes, with a failed execution that names the gap, once', async () => {
		Object.assign(setup.sandbox.options, ONE_PAGE);
		const poller = publish();
		await poller.activate();
		const begin = Date.now() - 25 * MINUTE;
		addEnded(25, (index) => begin + index * MINUTE);
		expect(await poller.tick()).toHaveLength(20);
		expect(reportedBy(poller)).toEqual([
			expect.stringMatching(
				/^Some envelopes are out of reach \| .*between \d{4}-.*Z and \d{4}-.*Z.* use Search/,
			),
		]);
		expect(await poller.tick()).toEqual([]);
		expect(reportedBy(poller)).toHaveLength(1);
		const ids = addEnded(1);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('is reported once, also where the clock of the server is hours ahead and not told', async () => {
		Object.assign(setup.sandbox.options, { ...ONE_PAGE, dateHeader: 'none' });
		for (const { source } of setup.sandbox.envelopes) {
			if (source.envelopeFinishedDatetime) source.envelopeFinishedDatetime += 3 * HOUR;
		}
		setup.sandbox.touch();
		const poller = publish();
		await poller.activate();
		addEnded(25, (index) => Date.now() + 3 * HOUR + index);
		expect(await poller.tick()).toHaveLength(20);
		for (let poll = 0; poll < 3; poll += 1) {
			pass(MINUTE);
			expect(await poller.tick()).toEqual([]);
			addEnded(1, () => Date.now() + 3 * HOUR);
			expect(await poller.tick()).toHaveLength(1);
		}
		expect(reportedBy(poller)).toHaveLength(1);
	});

	it('is reported once, also where it ended seconds ahead of the clock of the server', async () => {
		Object.assign(setup.sandbox.options, ONE_PAGE);
		const poller = publish();
		await poller.activate();
		addEnded(25, (index) => Date.now() + 30_000 + index);
		expect(await poller.tick()).toHaveLength(20);
		for (let poll = 0; poll < 3; poll += 1) expect(await poller.tick()).toEqual([]);
		expect(reportedBy(poller)).toHaveLength(1);
		// Others that lie out of reach are reported all the same.
		addEnded(25, (index) => Date.now() + 35_000 + index);
		expect(await poller.tick()).toHaveLength(20);
		expect(reportedBy(poller)).toHaveLength(2);
	});

	it('is reported once a day where it lies years ahead', async () => {
		Object.assign(setup.sandbox.options, ONE_PAGE);
		addEnded(25, () => Date.UTC(2099, 0, 1));
		const poller = publish();
		await poller.activate();
		for (let poll = 0; poll < 3; poll += 1) expect(await poller.tick()).toEqual([]);
		expect(reportedBy(poller)).toHaveLength(1);
		pass(25 * HOUR);
		expect(await poller.tick()).toEqual([]);
		expect(reportedBy(poller)).toHaveLength(2);
	});

	it('goes on after a backlog beyond the window', async () => {
		setup.sandbox.options.window = 300;
		const poller = publish();
		await poller.activate();
		const begin = Date.now() - 400 * 1000;
		const ids = addEnded(400, (index) => begin + index * 1000);
		const emitted = await poller.tick();
		expect(emitted).toHaveLength(300);
		expect(reportedBy(poller)[0]).toContain('out of reach');
		expect(ids).toEqual(expect.arrayContaining(idsOf(emitted)));
		const more = addEnded(2);
		expect(idsOf(await poller.tick())).toEqual(more);
	});
});

describe('records that look alike', () => {
	it.each(['random', 'replicas'] as const)(
		'are all emitted where equal times come in any order (%s), on pages of 20',
		async (ties) => {
			Object.assign(setup.sandbox.options, { ties, size: 'ignored' });
			const poller = publish();
			await poller.activate();
			const now = Date.now() - 10_000;
			const ids = addEnded(100, (index) => now + Math.floor(index / 30) * 1000);
			expect(idsOf(await poller.tick())).toEqual(ids);
			expect(await poller.tick()).toEqual([]);
			expect(reportedBy(poller)).toEqual([]);
		},
	);

	it.each<[string, INodeParameters, INodeParameters]>([
		['end later', { detectBy: 'createdTime' }, { detectBy: 'createdTime' }],
		['are wanted later', { event: 'failed' }, { event: 'ended' }],
	])('are all emitted where equal times come in any order, if they %s', async (_name, from, to) => {
		Object.assign(setup.sandbox.options, { ties: 'random', size: 'ignored' });
		const poller = publish(from);
		await poller.activate();
		const begin = Date.now() + 2000;
		const isByCreation = from.detectBy === 'createdTime';
		const time = isByCreation ? null : begin;
		const status = isByCreation ? 'ING_SENT_WAIT_FILLOUT' : 'ED_SUCCESS';
		const more = { envelopeStatus: status, createdDatetime: begin };
		const ids = addEnded(50, () => time, more);
		// Polls that show all of them although none is to be emitted yet.
		for (let poll = 0; poll < 3; poll += 1) expect(await poller.tick()).toEqual([]);
		pass(3000);
		const group = setup.sandbox.envelopes.filter(({ source }) => source.createdDatetime === begin);
		trigger.end(setup, group, 'ED_SUCCESS', begin);
		const edited = publish(to, { stored: poller.stored(), activation: 'update' });
		expect(idsOf(await edited.activate())).toEqual(ids);
	});

	it('start the workflow once where one envelope has two of them', async () => {
		setup.sandbox.options.records = 'doubled';
		const poller = publish();
		await poller.activate();
		const ids = addEnded(12);
		expect(idsOf(await poller.tick())).toEqual(ids);
		expect(await poller.tick()).toEqual([]);
	});

	it('start the workflow once where the second record of an envelope ends a day later', async () => {
		// With an offset, the header Date moves with the clock.
		setup.sandbox.options.clockOffset = 1;
		const poller = publish();
		await poller.activate();
		const ids = addEnded(3);
		expect(idsOf(await poller.tick())).toEqual(ids);
		for (let hour = 0; hour < 27; hour += 9) {
			pass(9 * HOUR);
			const others = addEnded(30);
			expect(idsOf(await poller.tick())).toEqual(others);
		}
		addEnded(1, () => Date.now(), { envelopeWsid: String(ids[0]) });
		expect(await poller.tick()).toEqual([]);
	});
});

describe('a workflow that is published again', () => {
	it.each([
		['goes on after an hour', HOUR, true],
		['begins from now after a month', 30 * 24 * HOUR, false],
	])('%s', async (_name, ms, isEmitted) => {
		const poller = publish();
		await poller.activate();
		pass(ms);
		const ids = addEnded(3, () => Date.now() - 30 * MINUTE);
		const again = publish({}, { stored: poller.stored() });
		expect(idsOf(await again.activate())).toEqual(isEmitted ? ids : []);
		const more = addEnded(1);
		expect(idsOf(await again.tick())).toEqual(more);
	});

	it('goes on after a month in which n8n itself was down', async () => {
		const poller = publish();
		await poller.activate();
		pass(30 * 24 * HOUR);
		const ids = addEnded(3);
		const started = publish({}, { stored: poller.stored(), activation: 'init' });
		expect(idsOf(await started.activate())).toEqual(ids);
	});

	it('begins from now after a month, also if Yisign had never answered', async () => {
		setup.sandbox.options.faults = [answer({ status: 503, times: 2 })];
		const poller = publish();
		await poller.activate();
		pass(30 * 24 * HOUR);
		addEnded(3, () => Date.now() - MINUTE);
		const again = publish({}, { stored: poller.stored() });
		expect(await again.activate()).toEqual([]);
	});

	it('goes on under Catch Up (Hours) of its own', async () => {
		const poller = publish();
		await poller.activate();
		pass(30 * 24 * HOUR);
		const ids = addEnded(3);
		const again = publish({ options: { catchUpHours: 8000 } }, { stored: poller.stored() });
		expect(idsOf(await again.activate())).toEqual(ids);
	});
});

describe('a change of settings', () => {
	const inDepartment = { field: 'hospitalDepartmentId', value: 'KS9999' };
	const narrow = {
		conditions: {
			condition: [{ ...inDepartment, field: 'custom', customField: inDepartment.field }],
		},
	};

	it.each<[string, INodeParameters, INodeParameters]>([
		['a condition is removed', narrow, {}],
		['Event', { event: 'failed' }, { event: 'ended' }],
		['Detect By', {}, { detectBy: 'createdTime', lookbackHours: 1000 }],
		['Detect By back', { detectBy: 'createdTime', lookbackHours: 1000 }, {}],
	])('%s: emits nothing old, and loses nothing new', async (_name, from, to) => {
		addEnded(1, undefined, { hospitalDepartmentId: 'KS9999' });
		const poller = publish(from);
		await poller.activate();
		addEnded(30, () => Date.now() - MINUTE);
		await poller.tick();
		pass(5 * MINUTE);
		await poller.tick();
		pass(MINUTE);
		const ids = addEnded(3, () => Date.now() - 10_000);
		const edited = publish(to, { stored: poller.stored(), activation: 'update' });
		expect(idsOf(await edited.activate())).toEqual(ids);
		expect(await edited.tick()).toEqual([]);
	});

	it('is silent about what had ended before it, also where nothing was stored since publishing', async () => {
		// With an offset, the header Date moves with the clock.
		Object.assign(setup.sandbox.options, {
			clockOffset: 1,
			faults: [answer({ status: 503, times: 2 })],
		});
		const poller = publish({ event: 'failed' });
		expect(await poller.activate()).toEqual([]);
		setup.sandbox.options.faults = [];
		pass(HOUR);
		addEnded(2, () => Date.now() - MINUTE);
		expect(await poller.tick()).toEqual([]);
		pass(HOUR);
		const edited = publish({ event: 'ended' }, { stored: poller.stored(), activation: 'update' });
		expect(await edited.activate()).toEqual([]);
		const ids = addEnded(2);
		expect(idsOf(await edited.tick())).toEqual(ids);
	});

	it('is the same one after n8n has registered the trigger again', async () => {
		Object.assign(setup.sandbox.options, { clockOffset: 1 });
		const poller = publish({ event: 'failed' });
		await poller.activate();
		setup.sandbox.options.faults = [answer({ status: 503, times: 2 })];
		const edited = publish({ event: 'ended' }, { stored: poller.stored(), activation: 'update' });
		expect(await edited.activate()).toEqual([]);
		setup.sandbox.options.faults = [];
		pass(HOUR);
		// Answered, without anything to store.
		expect(await edited.tick()).toEqual([]);
		const ids = addEnded(2, () => Date.now() - MINUTE);
		const again = publish({ event: 'ended' }, { stored: edited.stored(), activation: 'update' });
		expect(idsOf(await again.activate())).toEqual(ids);
	});

	it('another Base URL or App ID begins from now', async () => {
		const poller = publish();
		await poller.activate();
		const other = await startSetup({ count: 400, seed: 7 });
		trigger.addEnded(other, 5, () => Date.now() - 60_000);
		const credential = { baseUrl: other.sandbox.url };
		const moved = publish({}, { stored: poller.stored(), credential });
		expect(await moved.activate()).toEqual([]);
		const ids = trigger.addEnded(other, 2);
		expect(idsOf(await moved.tick())).toEqual(ids);
		await other.sandbox.close();
	});
});

describe('conditions', () => {
	const two = {
		conditions: {
			condition: [
				{ field: 'envelopeStatus', value: 'ED_SUCCESS' },
				{ field: 'custom', customField: 'hospitalDepartment', value: '产科' },
			],
		},
	};
	const ward = { hospitalDepartment: '产科' };

	it('leave out a record without the field, and go on', async () => {
		const poller = publish(two);
		await poller.activate();
		addEnded(1, undefined, { hospitalDepartment: undefined });
		expect(await poller.tick()).toEqual([]);
		const ids = addEnded(1, undefined, ward);
		expect(idsOf(await poller.tick())).toEqual(ids);
		expect(reportedBy(poller)).toEqual([]);
	});

	it('are reported once when twenty records in a row do not have the field', async () => {
		const poller = publish(two);
		await poller.activate();
		addEnded(25, undefined, { hospitalDepartment: undefined });
		expect(await poller.tick()).toEqual([]);
		await poller.tick();
		expect(reportedBy(poller)).toEqual([
			expect.stringContaining('The last 25 envelopes do not have the field hospitalDepartment'),
		]);
	});

	it.each(['trigger', 'manual'] as const)(
		'stop the first poll (%s) if no record has it',
		async (mode) => {
			setup.sandbox.options.query = 'ignored';
			const condition = [{ field: 'custom', customField: 'wardCode', value: 'W1' }];
			const poller = publish({ conditions: { condition } }, { mode });
			expect(await rejection(mode === 'manual' ? poller.tick() : poller.activate())).toContain(
				'No envelope has the field wardCode',
			);
		},
	);
});

describe('what is remembered', () => {
	it.each([{}, { cursor: { seen: 1 } }, { version: 1, node: 'trigger', known: 'x' }])(
		'begins again, with a warning, where it cannot be read: %j',
		async (damaged) => {
			const poller = publish({}, { stored: { 'node:Trigger': damaged }, activation: 'init' });
			expect(await poller.activate()).toEqual([]);
			const ids = addEnded(2);
			expect(idsOf(await poller.tick())).toEqual(ids);
		},
	);

	it.each(['Trigger', 'Signed'])(
		'of a later version of the package stops the trigger %s in words, and stays as it is',
		async (name) => {
			const poller = publish();
			await poller.activate();
			const own = poller.stored()['node:Trigger'] as IDataObject;
			const { trigger } = (poller.stored().global ?? {}) as Record<string, IDataObject>;
			const stored = {
				'node:Trigger': { ...own, version: 2, more: {} },
				global: { trigger: { ...trigger, version: 2 } },
			};
			const older = publish({}, { stored, activation: 'init', node: { name } });
			expect(await rejection(older.activate())).toMatch(
				/newer version of the package has stored .* Install that version again .* copy of this node/,
			);
			expect(await rejection(older.tick())).toContain('newer version of the package');
			expect(older.stored()).toEqual(stored);
		},
	);

	it('of a later version does not stop a copy of the node, which begins from now', async () => {
		const stored = { global: { trigger: { version: 2, node: 'trigger' } } };
		const copy = publish({}, { stored, node: { id: 'copy', name: 'Trigger1' } });
		expect(await copy.activate()).toEqual([]);
		const ids = addEnded(2);
		expect(idsOf(await copy.tick())).toEqual(ids);
	});

	it('goes along when the node is renamed', async () => {
		const poller = publish();
		await poller.activate();
		addEnded(2);
		await poller.tick();
		const ids = addEnded(2);
		const renamed = publish(
			{},
			{ stored: poller.stored(), activation: 'update', node: { name: 'Signed' } },
		);
		expect(idsOf(await renamed.activate())).toEqual(ids);
	});

	it('is not taken over from another node of the same name', async () => {
		const poller = publish();
		await poller.activate();
		addEnded(2);
		const other = publish({}, { stored: poller.stored(), node: { id: 'other' } });
		expect(await other.activate()).toEqual([]);
	});

	it('goes on where cursors are durable, over restarts and polls that find nothing', async () => {
		const poller = publish({}, { isDurable: true });
		await poller.activate();
		addEnded(2);
		await poller.tick();
		await poller.tick();
		const started = publish({}, { isDurable: true, stored: poller.stored() });
		expect(await started.tick()).toEqual([]);
		const ids = addEnded(1);
		expect(idsOf(await started.tick())).toEqual(ids);
	});

	it('stays small, and costs little, with 10,000 and 20,000 completions in ten minutes', async () => {
		const poller = publish();
		await poller.activate();
		const begin = Date.now() - 10 * MINUTE;
		for (const half of [0, 1]) {
			const ids = addEnded(10_000, (index) => begin + (half * 10_000 + index) * 30);
			// The window is 10,000 records: of the second half, the overlap is out of reach.
			expect(idsOf(await poller.tick())).toEqual(ids);
			expect(JSON.stringify(poller.stored()).length).toBeLessThan(128 * 1024);
			const before = process.cpuUsage();
			expect(await poller.tick()).toEqual([]);
			const { user } = process.cpuUsage(before);
			console.log(`idle poll after ${(half + 1) * 10_000}: ${user / 1000} ms of the process`);
		}
	}, 60_000);
});
