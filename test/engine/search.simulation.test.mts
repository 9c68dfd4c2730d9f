import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDialect, makeDialect } from '../../sandbox/dialect.mts';
import { makeEnvelopes } from '../../sandbox/envelopes.mts';
import type { Fault } from '../../sandbox/faults.mts';
import { sortRecords } from '../../sandbox/order.mts';
import { parseSort, selectBy } from '../../sandbox/query.mts';
import { hash, makeRandom, type Random } from '../../sandbox/random.mts';
import { makeIndexing } from '../../sandbox/records.mts';
import type { SearchSettings } from '../../sandbox/settings.mts';
import { makeWish, type Wish } from './search.wish.mts';
import { Witness } from './search.witness.mts';
import { column, hintsOf, messageOf, startSetup, type Setup } from './support.mts';
import { work } from './work.mts';

/** Seed of the first dialect; the others follow it. */
const SEED = Number(process.env.SEARCH_SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.SEARCH_RUNS ?? 60);

let setup: Setup;

const figures = {
	seed: SEED,
	whole: 0,
	still: 0,
	byCode: 0,
	stopped: {} as Record<string, number>,
};

beforeAll(async () => {
	setup = await startSetup({ count: 0 });
});
afterAll(async () => {
	await setup.sandbox.close();
	console.log('search in random dialects while people work, SEARCH_SEED:', figures);
});

/** Messages that a search may stop with; anything else is one of ours that nobody wrote for this. */
const HONEST =
	/^(Only [\d,]+ of (the|(at least )?[\d,]+) matching envelopes could be read|No record has the field \w+|No record has a (created|finished) time|Yisign refused the request|Yisign could search only part of its records|Yisign does not search by |(Several codes have|No recent envelope has) the doctor name|Yisign sent (a record|[\d,]+ records) that cannot be checked by idCard|Yisign does not begin at the record that From asks for|Yisign does not send more than the first|Yisign sends nothing from record|Yisign found an envelope in one answer, and not in the next)/;

/** Fills the sandbox with envelopes: few or many, with ties or without. */
function fill(random: Random, seed: number): void {
	const { envelopes } = setup.sandbox;
	const count = random.pick([1, 15, 20, 45, 100, 250, 600]);
	// Doctors sign at once, patients later.
	const silent = random.pick([0, 0, 50, 97]);
	envelopes.splice(0, Infinity, ...makeEnvelopes({ count, seed, silent }));
	// Ties, which real hospitals have at ward rounds.
	if (random.oneIn(2)) {
		const grain = random.pick([60_000, 3_600_000, 86_400_000]);
		for (const { source } of envelopes) source.createdDatetime -= source.createdDatetime % grain;
	}
	// Doctors who work in two houses have two codes.
	if (random.oneIn(2)) {
		const twoCodes = envelopes.filter(({ id }) => hash(id, 3) % 40 === 0);
		for (const { source } of twoCodes) source.doctorID += '-2';
	}
}

async function searchIn(seed: number) {
	const random = makeRandom(hash(String(seed), 1));
	const dialect = makeDialect(seed);
	const { sandbox } = setup;
	fill(random, seed);
	const wish = makeWish(random, sandbox.envelopes, dialect);
	const isLive = random.oneIn(2);
	const witness = new Witness(sandbox.envelopes, wish, dialect);
	let requests = 0;
	const people: Fault = {
		name: 'people at work',
		handle() {
			requests += 1;
			if (isLive && requests > 1) {
				work(random, sandbox.envelopes, witness.gone);
				sandbox.touch();
			}
			witness.noteRequest();
			return false;
		},
	};
	const replies: Fault = {
		name: 'replies',
		late: true,
		handle({ query }, _, answer) {
			// What the search looks up beside its own result has no query.
			if ((query.q !== undefined) === wish.hasCondition) witness.noteReply(answer);
			return false;
		},
	};
	Object.assign(sandbox.options, dialect, { faults: [people, replies] });
	sandbox.touch();
	sandbox.clearRequests();
	const result = await setup.run(wish.parameters as never);
	const found = column(result) as string[];
	return { result, found, witness, wish, isLive, dialect, requests };
}

/**
 * How many records in front of From may come along: those that are equal to the record there, where
 * the server orders them differently each time, so that no one can say which of them stand in front.
 */
function mayComeAlong({ parameters, from }: Wish, dialect: SearchSettings): number {
	if (dialect.ties === 'byId') return 0;
	const { rule = [{ field: 'createdDatetime', direction: 'desc' }] } = parameters.sort as {
		rule?: Array<{ field: string; customField?: string; direction: string }>;
	};
	const text = rule.map((one) => `${one.customField ?? one.field}:${one.direction}`).join(',');
	const records = makeIndexing()(setup.sandbox.envelopes, 'single');
	const order = sortRecords(records, parseSort(text) ?? [], dialect, 0);
	return from < order.rows.length ? from - order.tiesOf(from).first : 0;
}

/**
 * Several rounds, one after the other, each with pages of half the size; of what is looked up beside
 * the result, by names or by recent envelopes, too, for which Page Size does not hold.
 */
function mostRequests(
	{ parameters, hasCondition }: Wish,
	{ size, largestPage }: SearchSettings,
): number {
	const { pageSize = 20 } = parameters.options as { pageSize?: number };
	const rows = 2 * setup.sandbox.envelopes.length;
	const most = (page: number) => 100 + (12 * rows) / Math.min(page, largestPage);
	return most(size === 'honoured' ? pageSize : 20) + (hasCondition ? most(20) : 0);
}

it(
	'finds each envelope once and no other, or stops and says why',
	async () => {
		for (let seed = SEED; seed < SEED + RUNS; seed += 1) {
			const { result, found, witness, wish, isLive, dialect, requests } = await searchIn(seed);
			const scene = `SEARCH_SEED=${seed}, ${describeDialect(dialect)}, ${JSON.stringify(wish)}, live: ${isLive}`;
			expect(requests, scene).toBeLessThan(mostRequests(wish, dialect));
			expect(new Set(found).size, scene).toBe(found.length);
			expect(
				found.filter((id) => !witness.everMatched.has(id)),
				scene,
			).toEqual([]);
			expect(found.length, scene).toBeLessThanOrEqual(wish.limit);
			if (result.error) {
				expect(messageOf(result), scene).toMatch(HONEST);
				expect(found, scene).toEqual([]);
				const key = messageOf(result)
					.replaceAll(/[\d,]+/g, 'N')
					.slice(0, 140);
				figures.stopped[key] = (figures.stopped[key] ?? 0) + 1;
				continue;
			}
			figures.whole += 1;
			if (!isLive) figures.still += 1;
			// Where units are mixed, the order of the numbers is not that of the times.
			if (wish.hasDates && dialect.timeUnit === 'mixed') continue;
			if (hintsOf(result).some((hint) => hint.startsWith('Yisign was asked for the doctor code'))) {
				figures.byCode += 1;
				continue;
			}
			const missing = dialect.timedOut
				? []
				: witness.permanent().filter((id) => !found.includes(id));
			if (wish.from === 0 && found.length < wish.limit) expect(missing, scene).toEqual([]);
			const isStill = !isLive && dialect.replicaLag === 0;
			if (wish.from > 0 && isStill && dialect.records === 'single' && found.length < wish.limit) {
				const expected = Math.max(
					0,
					selectBy(wish.q, setup.sandbox.envelopes, dialect).length - wish.from,
				);
				if (!wish.parameters.conditions && !wish.parameters.statuses && !wish.hasDates) {
					expect(found.length, scene).toBeGreaterThanOrEqual(expected);
					const most = expected + mayComeAlong(wish, dialect);
					expect(found.length, scene).toBeLessThanOrEqual(most);
				}
			}
		}
		// A search that always gave up would be honest too.
		expect(figures.whole).toBeGreaterThan(RUNS / 4);
	},
	Infinity,
);
