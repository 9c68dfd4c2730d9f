import type { Scheduler } from 'fast-check';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { YisignError } from '../../../nodes/shared/errors.ts';
import { search } from '../../../nodes/shared/search/search.ts';
import type { Hit, SearchPage } from '../../../nodes/shared/search/page.ts';

/** A record's place in the order: newest first, ties by rank. It never changes. */
interface Live {
	id: string;
	created: number;
	rank: number;
}

/** Something that other people do while pages are being read. */
type Change =
	/** A new envelope is started: it stands in front of all others. */
	| { kind: 'start' }
	/** An envelope comes to match the query late: it stands anywhere. */
	| { kind: 'enter'; created: number; rank: number }
	/** An envelope is removed, or stops to match. */
	| { kind: 'leave'; at: number };

/** A search index that changes while it is read. */
class LiveIndex {
	private records: Live[] = [];

	/** The first records that have not left since. */
	private readonly stayed: Set<string>;

	private serial = 0;

	changes = 0;

	constructor(records: ReadonlyArray<Omit<Live, 'id'>>) {
		for (const record of records) this.enter(record);
		this.stayed = new Set(this.records.map(({ id }) => id));
	}

	apply(change: Change): void {
		this.changes += 1;
		if (change.kind === 'start') {
			const newest = Math.max(0, ...this.records.map(({ created }) => created));
			this.enter({ created: newest + 1, rank: 0 });
		} else if (change.kind === 'enter') {
			this.enter(change);
		} else if (this.records.length > 0) {
			const [left] = this.records.splice(change.at % this.records.length, 1);
			this.stayed.delete(left.id);
		}
	}

	page(from: number, size: number): SearchPage {
		const hits = this.records.slice(from, from + size).map((record): Hit => {
			return { id: record.id, envelopeId: record.id, record: { ...record }, sortValues: [] };
		});
		return { hits, emptyHits: 0, total: this.records.length, isTotalExact: true };
	}

	/** Ids of the records that have matched all the time. */
	permanent(): string[] {
		return [...this.stayed];
	}

	private enter({ created, rank }: Omit<Live, 'id'>): void {
		this.serial += 1;
		this.records.push({ id: `r${this.serial}`, created, rank });
		this.records.sort((a, b) => b.created - a.created || a.rank - b.rank);
	}
}

interface Scenario {
	records: Array<Omit<Live, 'id'>>;
	changes: Change[];
	/** Records on a page. */
	size: number;
	parallelRequests: number;
	/** Number of the request that gets no answer, from 2; none if undefined. */
	fault: number | undefined;
}

const place = { created: fc.nat(20), rank: fc.nat(1000) };

const change = fc.oneof(
	fc.record({ kind: fc.constant('start' as const) }),
	fc.record({ kind: fc.constant('enter' as const), ...place }),
	fc.record({ kind: fc.constant('leave' as const), at: fc.nat(100) }),
);

function scenarios(
	changes: fc.Arbitrary<Change[]>,
	fault: fc.Arbitrary<number | undefined> = fc.constant(undefined),
): fc.Arbitrary<Scenario> {
	return fc.record({
		records: fc.array(fc.record(place), { maxLength: 80, size: 'max' }),
		changes,
		size: fc.integer({ min: 2, max: 10 }),
		parallelRequests: fc.integer({ min: 1, max: 8 }),
		fault,
	});
}

/** More requests than any of these results can need. */
const RUNAWAY = 1000;

/**
 * Searches while the index changes. The scheduler picks, step by step, what happens next: a change,
 * a request that is served from the index as it is then, or an answer that arrives.
 */
async function searchWhileChanging(
	scheduler: Scheduler,
	{ records, changes, size, parallelRequests, fault }: Scenario,
) {
	const index = new LiveIndex(records);
	let requests = 0;

	scheduler.scheduleSequence(
		changes.map((change) => ({
			label: JSON.stringify(change),
			builder: async () => {
				await Promise.resolve(index.apply(change));
			},
		})),
	);
	const reading = search(
		async (from) => {
			const number = (requests += 1);
			if (number > RUNAWAY) throw new Error('The search does not come to an end');
			await scheduler.schedule(Promise.resolve(), `serve ${from}`);
			if (number === fault) throw new YisignError('transient', 'Yisign took too long');
			const page = index.page(from, size);
			await scheduler.schedule(Promise.resolve(), `deliver ${from}`);
			return page;
		},
		{ from: 0, parallelRequests, countKept: (hits) => hits.length, hasChecks: false },
	);
	const { hits, shortfall } = await scheduler.waitFor(reading);
	return { ids: hits.map(({ id }) => id), shortfall, index };
}

const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env.FC_RUNS ?? 2000);

it('finds each envelope that was there all the time once, or says that some may be missing', async () => {
	const runs = { whole: 0, shortfall: 0, unchanged: 0, faulty: 0 };
	const changing = scenarios(
		fc.array(change, { maxLength: 40, size: 'max' }),
		fc.option(fc.integer({ min: 2, max: 40 }), { nil: undefined, freq: 2 }),
	);
	await fc.assert(
		fc.asyncProperty(fc.scheduler(), changing, async (scheduler, scenario) => {
			const found = await searchWhileChanging(scheduler, scenario);
			const { ids, shortfall, index } = found;
			expect(new Set(ids).size).toBe(ids.length);

			if (index.changes === 0) runs.unchanged += 1;
			if (scenario.fault !== undefined) runs.faulty += 1;
			if (shortfall) runs.shortfall += 1;
			if (shortfall) return;
			runs.whole += 1;
			expect(ids).toEqual(expect.arrayContaining(index.permanent()));
		}),
		{ numRuns, seed },
	);
	console.log(`search of a live index, FC_SEED=${seed}:`, runs);
	// A search that always gave up would be honest too.
	expect(runs.whole - runs.unchanged).toBeGreaterThan(numRuns / 2);
});

it('finds everything, in order, and never says that some may be missing if nothing changes', async () => {
	await fc.assert(
		fc.asyncProperty(fc.scheduler(), scenarios(fc.constant([])), async (scheduler, scenario) => {
			const { ids, shortfall, index } = await searchWhileChanging(scheduler, scenario);
			expect(shortfall).toBeUndefined();
			expect(ids).toEqual(index.permanent());
		}),
		{ numRuns: numRuns / 2, seed },
	);
});
