import type { Scheduler } from 'fast-check';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Hit, SearchPage } from '../../nodes/shared/reply.ts';
import type { SearchOptions, SearchResult } from '../../nodes/shared/search.ts';
import { search } from '../../nodes/shared/search.ts';

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
			return { id: record.id, envelopeId: record.id, record: { ...record } };
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

const place = { created: fc.nat(20), rank: fc.nat(1000) };

const scenario = fc.record({
	records: fc.array(fc.record(place), { maxLength: 80, size: 'max' }),
	changes: fc.array(
		fc.oneof(
			fc.record<Change>({ kind: fc.constant('start') }),
			fc.record({ kind: fc.constant('enter' as const), ...place }),
			fc.record({ kind: fc.constant('leave' as const), at: fc.nat(100) }),
		),
		{ maxLength: 40, size: 'max' },
	),
	size: fc.integer({ min: 2, max: 10 }),
	parallelRequests: fc.integer({ min: 1, max: 8 }),
});

type Scenario = Parameters<Parameters<typeof scenario.map>[0]>[0];

/**
 * Searches while the index changes. The scheduler picks, step by step, what happens next: a change,
 * a request that is served from the index as it is then, or an answer that arrives.
 */
async function searchWhileChanging(
	scheduler: Scheduler,
	{ records, changes, size, parallelRequests }: Scenario,
	options: Partial<SearchOptions> = {},
): Promise<{ result: SearchResult; index: LiveIndex; requests: number; firstCameAgain: boolean }> {
	const index = new LiveIndex(records);
	let requests = 0;
	let firstIds: string | undefined;
	let firstCameAgain = false;
	scheduler.scheduleSequence(
		changes.map((change) => ({
			label: JSON.stringify(change),
			builder: async () => await Promise.resolve(index.apply(change)),
		})),
	);
	const reading = search(
		async (from) => {
			requests += 1;
			if (requests > 1000) throw new Error('The search does not come to an end');
			await scheduler.schedule(Promise.resolve(), `serve ${from}`);
			const page = index.page(from, size);
			const ids = page.hits.map(({ id }) => id).join();
			if (from === 0) firstIds ??= ids; else firstCameAgain ||= ids === firstIds;
			await scheduler.schedule(Promise.resolve(), `deliver ${from}`);
			return page;
		},
		{ from: 0, countKept: (hits) => hits.length, parallelRequests, ...options },
	);
	const result = await scheduler.waitFor(reading);
	return { result, index, requests, firstCameAgain };
}

const SEED = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);

it('finds every envelope that was there all the time once, or says that some may be missing', async () => {
	console.log(`FC_SEED=${SEED}`);
	const seen = { still: 0, whole: 0, honest: 0 };
	const t = Date.now();
	let req = 0;
	await fc.assert(
		fc.asyncProperty(fc.scheduler(), scenario, async (scheduler, scenario) => {
			const { result, index, requests, firstCameAgain } = await searchWhileChanging(scheduler, scenario);
			req += requests;
			const ids = result.hits.map(({ id }) => id);
			expect(new Set(ids).size).toBe(ids.length);
			if (index.changes === 0) expect(result.shortfall).toBeUndefined();
			seen[index.changes === 0 ? 'still' : result.shortfall ? 'honest' : 'whole'] += 1;
			if (result.shortfall || firstCameAgain) return;
			expect(ids).toEqual(expect.arrayContaining(index.permanent()));
		}),
		{ numRuns: 20000, seed: SEED },
	).finally(() => console.log(seen, Date.now() - t, req));
});
