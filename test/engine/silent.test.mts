import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../sandbox/envelopes.mts';
import type { Fault } from '../../sandbox/faults.mts';
import type { SandboxOptions } from '../../sandbox/server.mts';
import { column, conditions, hintsOf, messageOf, useSetup } from './support.mts';
import { addEnded, idsOf, makeTrigger, rejection } from './trigger.support.mts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const setup = useSetup({ count: 1 });

const SIGNED_ONLY = conditions({ field: 'envelopeStatus', value: 'ED_SUCCESS' });

/** Always the newest first by created time, which the sort values then say. */
const BY_CREATION: SandboxOptions = { sort: 'created' };

/**
 * For two days, a prescription a minute that is signed as it is started, and every three minutes a
 * consent form that is signed 3 to 24 hours later.
 *
 * @param delay ms from the start of a prescription to its end
 * @returns epoch ms; the last minute
 */
function fill(delay = 0): number {
	const now = Date.now() - (Date.now() % 1000);
	setup.sandbox.envelopes.length = 1;
	for (let minute = 0; minute < 2 * 1440; minute += 1) {
		const createdDatetime = now - minute * MINUTE;
		add(createdDatetime, createdDatetime + delay);
		if (minute % 3 > 0) continue;
		const finished = createdDatetime + (180 + ((minute * 7919) % 1260)) * MINUTE;
		add(createdDatetime + 1000, finished <= now ? finished : null);
	}
	setup.sandbox.touch();
	return now;
}

function add(createdDatetime: number, finished: number | null): void {
	const { envelopes } = setup.sandbox;
	const [template] = envelopes;
	const envelopeWsid = `WSID_ENVE_${createdDatetime.toString(16).padStart(16, '0')}${'0'.repeat(16)}`;
	envelopes.push({
		id: envelopeWsid,
		source: {
			...template.source,
			envelopeWsid,
			hospitalBusinessLastVersion: true,
			createdDatetime,
			envelopeFinishedDatetime: finished,
			envelopeStatus: finished === null ? 'ING_SENT_WAIT_FILLOUT' : 'ED_SUCCESS',
		},
	});
}

/** Ids as a server may have them that is set up otherwise. */
function takeTimesOffIds(): void {
	const { sandbox } = setup;
	for (const [number, { source }] of sandbox.envelopes.entries()) {
		source.envelopeWsid = `E${number}`;
	}
	sandbox.touch();
}

const finishedSince = (time: number) =>
	setup.sandbox.envelopes
		.filter(({ source }: Envelope) => (source.envelopeFinishedDatetime ?? 0) >= time)
		.map(({ source }) => source.envelopeWsid)
		.toSorted();

const searchSince = (time: number, parameters: INodeParameters = {}) =>
	setup.run({
		returnAll: true,
		dates: { finishedAfter: new Date(time).toISOString() },
		...parameters,
	});

describe('finished dates, where most envelopes are signed as they are started', () => {
	const ASKED: Array<[string, INodeParameters]> = [
		['all statuses', {}],
		['Status Completed', { statuses: ['completed'] }],
		['a condition on the status', SIGNED_ONLY],
	];

	it.each(
		ASKED.flatMap(([name, parameters]) => [
			[name, 30, 0, parameters, {}] as const,
			[name, 60, 350, parameters, {}] as const,
			[name, 120, 0, parameters, { timeUnit: 's' }] as const,
			[name, 30, 350, parameters, { createdTime: 'none' }] as const,
			[name, 60, 0, parameters, { sortValues: 'none' }] as const,
			[name, 60, 0, parameters, { createdTime: 'none', timeUnit: 'us' }] as const,
		]),
	)(
		'find all of them at a server that keeps to the order of creation: %s, %i minutes, %i ms',
		async (_, minutes, delay, parameters, options) => {
			const since = fill(delay) - minutes * MINUTE;
			Object.assign(setup.sandbox.options, BY_CREATION, options);
			const result = await searchSince(since, parameters);
			expect(messageOf(result)).toBe(' | ');
			expect(column(result).toSorted()).toEqual(finishedSince(since));
		},
	);

	it.each<[string, SandboxOptions]>([
		['says when they were started', {}],
		['does not say when they were started', { createdTime: 'none' }],
		['gives no sort values', { sortValues: 'none' }],
		['says by ids alone when they were', { createdTime: 'none', sortValues: 'none' }],
	])('end reading early at a server that sorts as asked, and %s', async (_, options) => {
		const since = fill() - 30 * MINUTE;
		Object.assign(setup.sandbox.options, options);
		expect(column(await searchSince(since)).toSorted()).toEqual(finishedSince(since));
		expect(setup.sandbox.requests.length).toBeLessThanOrEqual(4);
	});

	describe('where neither records nor ids say when envelopes were started', () => {
		const HIDDEN: SandboxOptions = { createdTime: 'none' };

		/** Refuses a sort order of two rules. */
		const oneRuleOnly = (status: number): Fault => ({
			name: 'one sort rule only',
			handle({ query }, reply) {
				if (!query.sort?.includes(',')) return false;
				void reply.status(status).send({ errorWsid: 'WSID_ERRO_1', code: '100550400' });
				return true;
			},
		});

		const sorts = () => new Set(setup.sandbox.requests.map(({ query }) => query.sort));

		it.each<[string, SandboxOptions]>([
			['as asked', {}],
			['as asked, in whole seconds', { timeUnit: 's' }],
			['as asked, with "at least" as total', { total: 'gte' }],
		])('end reading early at a server that sorts %s', async (_, options) => {
			const since = fill() - 30 * MINUTE;
			takeTimesOffIds();
			Object.assign(setup.sandbox.options, HIDDEN, options);
			const result = await searchSince(since);
			expect(column(result).toSorted()).toEqual(finishedSince(since));
			expect(column(result, 'createdAt')).not.toContain(null);
			expect(setup.sandbox.requests.length).toBeLessThanOrEqual(5);
		});

		it.each<[string, SandboxOptions]>([
			['keeps to the order of creation', BY_CREATION],
			['keeps to it without sort values', { ...BY_CREATION, sortValues: 'none' }],
			['gives no sort values', { sortValues: 'none' }],
			['refuses two sort rules', { faults: [oneRuleOnly(400)] }],
			['breaks down over two sort rules', { faults: [oneRuleOnly(500)] }],
		])('find all of them at a server that %s', async (_, options) => {
			const since = fill(350) - 60 * MINUTE;
			takeTimesOffIds();
			Object.assign(setup.sandbox.options, HIDDEN, options);
			const result = await searchSince(since);
			expect(messageOf(result)).toBe(' | ');
			expect(column(result).toSorted()).toEqual(finishedSince(since));
		});

		it.each<[string, INodeParameters, SandboxOptions, number]>([
			['the whole result fits on a page', {}, {}, 10],
			['Sort has a rule', { sort: { rule: [{ field: 'envelopeFinishedDatetime' }] } }, {}, 97],
		])('ask for no second order where %s', async (_, parameters, options, count) => {
			const since = fill() - 30 * MINUTE;
			takeTimesOffIds();
			setup.sandbox.envelopes.splice(count);
			setup.sandbox.touch();
			Object.assign(setup.sandbox.options, HIDDEN, options);
			expect(column(await searchSince(since, parameters)).toSorted()).toEqual(finishedSince(since));
			expect([...sorts()]).toEqual(['envelopeFinishedDatetime:desc']);
		});

		it('keep what the first answer alone has shown, as a copy that lags behind may give the next', async () => {
			const since = fill() - 30 * MINUTE;
			takeTimesOffIds();
			const { envelopes } = setup.sandbox;
			const ids = finishedSince(since);
			let requests = 0;
			const lagging: Fault = {
				name: 'a copy that lags behind',
				handle() {
					requests += 1;
					if (requests === 2) {
						envelopes.splice(
							envelopes.findIndex(({ source }) => ids.includes(source.envelopeWsid)),
							1,
						);
						setup.sandbox.touch();
					}
					return false;
				},
			};
			Object.assign(setup.sandbox.options, HIDDEN, { faults: [lagging] });
			const result = await searchSince(since);
			expect(messageOf(result)).toBe(' | ');
			expect(column(result).toSorted()).toEqual(ids);
		});

		const isByTwo = (query: Record<string, string>) => Boolean(query.sort?.includes(','));

		const NOTHING = { hits: { total: { value: 0, relation: 'eq' }, hits: [] } };

		/** Finds nothing by a sort order of two rules, or not the first so many times. */
		const emptyByTwo = (times = Infinity): Fault => {
			let requests = 0;
			return {
				name: 'nothing by two sort rules',
				handle({ query }, reply) {
					if (!isByTwo(query) || (requests += 1) > times) return false;
					void reply.send(NOTHING);
					return true;
				},
			};
		};

		/** Finds every other record by a sort order of two rules. */
		function halfByTwo(): Fault {
			const { envelopes } = setup.sandbox;
			const all = [...envelopes];
			const half = all.filter((_, index) => index % 2 === 0);
			return {
				name: 'half by two sort rules',
				handle({ query }) {
					envelopes.splice(0, Infinity, ...(isByTwo(query) ? half : all));
					setup.sandbox.touch();
					return false;
				},
			};
		}

		/** Leaves the second rule's value out of every other answer. */
		function forgetsSecond(): Fault {
			let requests = 0;
			return {
				name: 'a copy that ignores the second sort rule',
				late: true,
				handle({ query }, reply, answer) {
					if (!isByTwo(query) || (requests += 1) % 2 === 1) return false;
					const { hits } = answer as { hits: { hits: Array<{ sort: unknown[] }> } };
					void reply.send({
						hits: {
							...hits,
							hits: hits.hits.map((hit) => ({ ...hit, sort: hit.sort.slice(0, 1) })),
						},
					});
					return true;
				},
			};
		}

		/** Refuses a sort order of two rules behind its first page. */
		const refusedLater: Fault = {
			name: 'two sort rules on the first page only',
			handle({ query }, reply) {
				if (!isByTwo(query) || Number(query.from) === 0) return false;
				void reply.status(400).send({ errorWsid: 'WSID_ERRO_1', code: '100550400' });
				return true;
			},
		};

		it.each<[string, () => Fault, SandboxOptions]>([
			['is nothing', emptyByTwo, {}],
			['is nothing once', () => emptyByTwo(1), {}],
			['is half of them, and counted as such', halfByTwo, {}],
			['is half of them, and not counted', halfByTwo, { total: 'none' }],
			['is refused behind the first page', () => refusedLater, {}],
		])('find all of them where what comes by two sort rules %s', async (_, fault, options) => {
			const since = fill() - 120 * MINUTE;
			takeTimesOffIds();
			const ids = finishedSince(since);
			Object.assign(setup.sandbox.options, HIDDEN, options, {
				faults: [fault()],
				window: Infinity,
			});
			const result = await searchSince(since);
			expect(messageOf(result)).toBe(' | ');
			expect(column(result).toSorted()).toEqual(ids);
		});

		it('end reading early where the first answer by two sort rules came from a copy that lags', async () => {
			const since = fill() - 30 * MINUTE;
			takeTimesOffIds();
			Object.assign(setup.sandbox.options, HIDDEN, { faults: [emptyByTwo(1)] });
			expect(column(await searchSince(since)).toSorted()).toEqual(finishedSince(since));
			expect(setup.sandbox.requests.length).toBeLessThanOrEqual(6);
		});

		describe('created dates too', () => {
			const searchBoth = (since: number) =>
				searchSince(since, {
					dates: {
						createdAfter: new Date(since - 2 * HOUR).toISOString(),
						finishedAfter: new Date(since).toISOString(),
					},
				});

			it('stop where some records say when they were started, and others do not', async () => {
				const since = fill() - 240 * MINUTE;
				takeTimesOffIds();
				Object.assign(setup.sandbox.options, HIDDEN, { faults: [forgetsSecond()] });
				expect(messageOf(await searchBoth(since))).toMatch(
					/^Yisign sent ([\d,]+ records|a record) without a created time \| .* Remove the created dates/,
				);
			});

			it.each<[string, () => Fault]>([
				['is refused', () => oneRuleOnly(400)],
				['breaks down', () => oneRuleOnly(500)],
			])('stop at once where a second sort rule %s', async (_, fault) => {
				const since = fill() - 120 * MINUTE;
				takeTimesOffIds();
				Object.assign(setup.sandbox.options, HIDDEN, { faults: [fault()] });
				expect(messageOf(await searchBoth(since))).toMatch(/^No record has a created time \| /);
				expect(setup.sandbox.requests.length).toBeLessThanOrEqual(3);
			});
		});

		it('recommend no created dates where Yisign does not say them in sort values either', async () => {
			const since = fill() - 30 * MINUTE;
			takeTimesOffIds();
			Object.assign(setup.sandbox.options, HIDDEN, { sortValues: 'none', window: 1000 });
			expect(messageOf(await searchSince(since))).toMatch(
				/^Only [\d,]+ of 3,841 .* so finished dates do not make a search shorter\. Conditions do\. To go on/,
			);
		});
	});

	it('say with a Limit that the items may not be those that ended last', async () => {
		const since = fill() - 30 * MINUTE;
		Object.assign(setup.sandbox.options, BY_CREATION);
		const result = await searchSince(since, { returnAll: false, limit: 5 });
		expect(column(result)).toHaveLength(5);
		expect(hintsOf(result)[0]).toMatch(/^Yisign did not sort by envelopeFinishedDatetime:desc/);
	});

	it('stop where there is more than the server gives, and created dates help', async () => {
		const since = fill() - 30 * MINUTE;
		Object.assign(setup.sandbox.options, BY_CREATION, { window: 1000 });
		const result = await searchSince(since);
		expect(messageOf(result)).toMatch(
			/^Only [\d,]+ of 3,841 .* Created dates with a rule Created Time under Sort do\. To go on/,
		);
		const bounded = await searchSince(since, {
			dates: {
				createdAfter: new Date(since - 10 * HOUR).toISOString(),
				finishedAfter: new Date(since).toISOString(),
			},
			sort: { rule: [{ field: 'createdDatetime', direction: 'desc' }] },
		});
		expect(messageOf(bounded)).toBe(' | ');
		expect(column(bounded).length).toBeGreaterThan(31);
	});

	it('read on, and lose none, where nothing shows by what the server sorts', async () => {
		const now = fill();
		const { envelopes } = setup.sandbox;
		const silent = envelopes.filter(
			({ source }) => source.createdDatetime === source.envelopeFinishedDatetime,
		);
		envelopes.splice(0, Infinity, ...silent);
		setup.sandbox.touch();
		const result = await searchSince(now - 30 * MINUTE);
		expect(column(result).toSorted()).toEqual(finishedSince(now - 30 * MINUTE));
		expect(hintsOf(result)).toEqual([]);
		expect(setup.sandbox.requests.length).toBeLessThanOrEqual(12);
	});
});

describe('the trigger, where most envelopes are signed as they are started', () => {
	const publish = (parameters: INodeParameters) =>
		makeTrigger(setup, parameters, { workflowId: `${setup.sandbox.url} ${Math.random()}` });

	it.each<[string, INodeParameters, SandboxOptions]>([
		['without a condition', {}, {}],
		['with a condition on the status', SIGNED_ONLY, {}],
		['in whole seconds', SIGNED_ONLY, { timeUnit: 's' }],
		['without sort values', SIGNED_ONLY, { sortValues: 'none' }],
		['without a created time', SIGNED_ONLY, { createdTime: 'none' }],
		['with pages of 20', SIGNED_ONLY, { largestPage: 20 }],
	])('stops publishing at a server that keeps to the order of creation, %s', async (...args) => {
		const [, parameters, options] = args;
		fill(350);
		Object.assign(setup.sandbox.options, BY_CREATION, options);
		expect(await rejection(publish(parameters).activate())).toMatch(
			/^Yisign does not sort by the time that is asked for .* Set Detect By to "Created Time"/,
		);
	});

	it('does not go on, once a page has shown another order, before one shows the right one', async () => {
		const now = fill(350);
		Object.assign(setup.sandbox.options, { paging: 'ignored', total: 'none' });
		const poller = publish(SIGNED_ONLY);
		await poller.activate();
		setup.sandbox.options.sort = 'created';
		add(now + 2 * MINUTE, now - HOUR);
		setup.sandbox.touch();
		expect(await rejection(poller.tick())).toContain('does not sort by the time');
		setup.sandbox.envelopes.pop();
		setup.sandbox.touch();
		expect(await rejection(poller.tick())).toContain('does not sort by the time');
		setup.sandbox.options.sort = 'honoured';
		expect(await poller.tick()).toEqual([]);
	});

	it('looks further back once an hour, and not in vain, where nothing shows the order', async () => {
		fill();
		const { envelopes } = setup.sandbox;
		const silent = envelopes.filter(
			({ source }) => source.createdDatetime === source.envelopeFinishedDatetime,
		);
		envelopes.splice(1, Infinity, ...silent.slice(0, 150));
		// What is there already counts as one of them, too.
		const [{ source: first }] = envelopes;
		const { envelopeFinishedDatetime } = first;
		first.envelopeStatus = 'ED_SUCCESS';
		first.envelopeFinishedDatetime = first.createdDatetime;
		setup.sandbox.touch();
		setup.sandbox.clearRequests();
		const poller = publish(SIGNED_ONLY);
		await poller.activate();
		expect(setup.sandbox.requests.length).toBeLessThanOrEqual(8);
		setup.sandbox.clearRequests();
		expect(await poller.tick()).toEqual([]);
		expect(setup.sandbox.requests.length).toBe(1);
		Object.assign(first, { envelopeFinishedDatetime });
	});

	it.each<[string, SandboxOptions]>([
		['', {}],
		[' that does not say when they were started', { createdTime: 'none' }],
		[' without sort values', { sortValues: 'none' }],
	])(
		'loses none at a server that sorts as asked%s, with one request a poll',
		async (_, options) => {
			fill();
			Object.assign(setup.sandbox.options, options);
			const poller = publish({ ...SIGNED_ONLY, options: { overlapMinutes: 5 } });
			await poller.activate();
			setup.sandbox.clearRequests();
			expect(await poller.tick()).toEqual([]);
			expect(setup.sandbox.requests.length).toBe(1);
			const old = addEnded(setup, 1, Date.now, { createdDatetime: Date.now() - 30 * HOUR });
			const now = Date.now();
			const quick = addEnded(setup, 2, () => now, { createdDatetime: now });
			expect(idsOf(await poller.tick())).toEqual([...old, ...quick].toSorted());
		},
	);
});
