import type { Envelope } from './envelopes.mts';
import { countRows, makeHit, type Hit, type Total } from './hits.mts';
import { drawRows, sortRecords, type Order } from './order.mts';
import { readPage } from './paging.mts';
import { compareBy, parseSort, selectBy } from './query.mts';
import { hash, makeRandom, type Random } from './random.mts';
import { makeIndexing } from './records.mts';
import { malformed } from './refusals.mts';
import type { SearchSettings } from './settings.mts';

export type { Hit, SearchSettings };

/** A search reply of Elasticsearch 7 (vendor-api 2.1 and 6); `took` in ms. */
export type SearchReply = {
	took: number;
	timed_out: boolean;
	_shards: { total: number; successful: number; skipped: number; failed: number };
	hits: { total?: Total; max_score: null; hits: Hit[] };
};

/** Searches a list of envelopes, remembering what it has found. */
export type Search = {
	/**
	 * Answers one decoded query. `base` is the URL that relative file addresses are put below.
	 * Throws a `Refusal` (HTTP 400) for a malformed parameter or a page out of reach.
	 */
	run(query: Partial<Record<string, string>>, settings: SearchSettings, base: string): SearchReply;
	/** Forgets what was found; to be called after the list of envelopes was changed. */
	touch(): void;
	/** Keeps an envelope from being found for `lag` ms, as an index does that is not quick. */
	hold(envelope: Envelope, lag: number): void;
};

/** Rows kept, all results together; only a walk through pages needs any, so a few are plenty. */
const REMEMBERED = 1_000_000;

/** Makes a search over a list, which may be changed later: see {@link Search.touch}. */
export function makeSearch(envelopes: readonly Envelope[]): Search {
	const index = makeIndexing();
	const remembered = makeMemory();
	const draw = makeDraws();
	/** Envelope to the epoch ms from which it is found. */
	const held = new Map<Envelope, number>();

	function release(): void {
		for (const [envelope, until] of held) {
			if (Date.now() < until) continue;
			held.delete(envelope);
			remembered.clear();
		}
	}

	function find(
		q: string | undefined,
		sort: string,
		settings: SearchSettings,
		replica: number,
		lag: number,
	): Order {
		return remembered.recall(keyOf(q, sort, settings, replica) + String(lag), () => {
			const rules = parseSort(sort);
			if (!rules) throw malformed('sort is not field:asc or field:desc');
			const late = new Set(lag > 0 ? newestOf(envelopes, lag) : []);
			const indexed = envelopes.filter((one) => !held.has(one) && !late.has(one));
			const selected = selectBy(q, indexed, settings);
			return sortRecords(index(selected, settings.records), rules, settings, replica);
		});
	}

	return {
		run(query, settings, base) {
			const start = performance.now();
			release();
			const random = draw(settings.searchSeed);
			const replica = settings.ties === 'replicas' ? random.int(0, 1) : 0;
			const lag = settings.replicaLag > 0 && random.oneIn(2) ? settings.replicaLag : 0;
			const found = find(query.q, servedSort(query.sort, settings), settings, replica, lag);
			const { rows, rules } = found;
			const page = readPage(query, settings, rows.length, random);
			const shown =
				settings.ties === 'random'
					? drawRows(found, page, random)
					: rows.slice(page.from, page.from + page.size);
			const hits = shown.map((row) => makeHit(row, rules, settings, base));
			const { failedShards } = settings;
			const total = countRows(rows.length, settings);
			return {
				took: Math.round(performance.now() - start),
				timed_out: settings.timedOut,
				_shards: { total: 1 + failedShards, successful: 1, skipped: 0, failed: failedShards },
				hits: { ...(total !== undefined && { total }), max_score: null, hits },
			};
		},
		touch: () => remembered.clear(),
		hold(envelope, lag) {
			held.set(envelope, Date.now() + lag);
			remembered.clear();
		},
	};
}

/** The envelopes that a replica which lags behind by `count` does not have. */
export function newestOf(envelopes: readonly Envelope[], count: number): Envelope[] {
	const newestFirst = compareBy(parseSort(NEWEST_FIRST)!);
	return [...envelopes].sort(newestFirst).slice(0, count);
}

/** Inferred: newest first when no order is asked for. */
const NEWEST_FIRST = 'createdDatetime:desc';

function servedSort(asked: string | undefined, { sort }: SearchSettings): string {
	if (sort === 'ignored') return '_id:asc';
	return sort === 'created' ? NEWEST_FIRST : (asked ?? NEWEST_FIRST);
}

/** Everything that a result depends on, beside the envelopes. */
function keyOf(
	q: string | undefined,
	sort: string,
	settings: SearchSettings,
	replica: number,
): string {
	const { query, searchableFields, unsearchable, codes, records } = settings;
	const { joins, ranges, quotes, wildcards, reserved, misread } = settings;
	const { ties, missing, timeUnit, finishedTime, futureFinished, searchSeed } = settings;
	const times = [timeUnit, finishedTime, futureFinished];
	const syntax = [joins, ranges, quotes, wildcards, reserved, misread];
	const selection =
		query === 'ignored' ? [] : [query, q, searchableFields, unsearchable, codes, syntax];
	const order = [sort, ties, missing, ...times, searchSeed, replica];
	return JSON.stringify([selection, records, order]);
}

/** Remembers results until there are too many rows in them. */
function makeMemory() {
	const orders = new Map<string, Order>();
	let size = 0;
	function clear(): void {
		orders.clear();
		size = 0;
	}
	return {
		clear,
		recall(key: string, find: () => Order): Order {
			const known = orders.get(key);
			if (known) return known;
			const order = find();
			if (size + order.rows.length > REMEMBERED) clear();
			orders.set(key, order);
			size += order.rows.length + 1;
			return order;
		},
	};
}

/** Goes on drawing from a seed until another is set. */
function makeDraws(): (seed: number) => Random {
	let drawn: { seed: number; random: Random } | undefined;
	return (seed) => {
		// Seeds that are neighbours would begin with much the same draws.
		if (drawn?.seed !== seed) drawn = { seed, random: makeRandom(hash(String(seed))) };
		return drawn.random;
	};
}
