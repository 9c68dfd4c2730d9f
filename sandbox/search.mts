import type { Envelope, EnvelopeSource } from './envelopes.mts';
import { fileAddresses } from './files.mts';
import {
	compareBy,
	fieldValue,
	matchesExactly,
	matchesFreely,
	parseQuery,
	parseSort,
	type SortRule,
} from './query.mts';
import { beyondWindow, malformed } from './refusals.mts';

/** How the search behaves where the documents leave it open. */
export type SearchSettings = {
	/**
	 * What becomes of `from` and `size`, which are parameters and yet "fixed" (vendor-api 7.7):
	 * `honoured`; `ignored`, always the first 20 rows; `refused`, HTTP 400 unless they are 0 and
	 * 20. Default `honoured`.
	 */
	paging: 'honoured' | 'ignored' | 'refused';
	/** Rows a page has at the most, whatever `size` asks for. Default no bound. */
	largestPage: number;
	/** Rows within reach of honoured paging; beyond is HTTP 400. Default 10,000, Elasticsearch's. */
	window: number;
	/** `hits.total` as of Elasticsearch 7 (`object`) or of earlier ones. Default `object`. */
	total: 'object' | 'number';
	/**
	 * How `q` is understood (vendor-api 2.2): `equals`, a condition on one field; `freeText`, a
	 * text to be found anywhere; `ignored`. Default `equals`.
	 */
	query: 'equals' | 'freeText' | 'ignored';
	/** Whether `sort` is `honoured`, the default, or `ignored`: rows then come by their id. */
	sort: 'honoured' | 'ignored';
	/** Whether the reply says that time ran out before all rows were seen. Default false. */
	timedOut: boolean;
	/** How many of the index's shards the reply says have failed. Default 0. */
	failedShards: number;
	/** Files that a record links to; more than one makes `envelopeFileUrls` a list. Default 1. */
	filesPerEnvelope: number;
};

/** One row of a reply. `sort` holds the values of the sort rules' fields, `null` if missing. */
export type Hit = {
	_index: string;
	_type: string;
	_id: string;
	_score: null;
	_source: EnvelopeSource;
	sort: unknown[];
};

/** A search reply of Elasticsearch 7 (vendor-api 2.1 and 6); `took` in ms. */
export type SearchReply = {
	took: number;
	timed_out: boolean;
	_shards: { total: number; successful: number; skipped: number; failed: number };
	hits: {
		total: number | { value: number; relation: 'eq' | 'gte' };
		max_score: null;
		hits: Hit[];
	};
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

const PAGE = 20;
/** Rows Elasticsearch 7 counts exactly unless told otherwise; above, it answers "at least". */
const COUNTED = 10_000;
/** Results kept; only a walk through pages needs any, so a few are plenty. */
const REMEMBERED = 500;

type Found = { envelopes: Envelope[]; rules: SortRule[] };

/** Makes a search over a list, which may be changed later: see {@link Search.touch}. */
export function makeSearch(envelopes: readonly Envelope[]): Search {
	const remembered = new Map<string, Found>();
	/** Envelope to the epoch ms from which it is found. */
	const held = new Map<Envelope, number>();

	function release(): void {
		for (const [envelope, until] of held) {
			if (Date.now() < until) continue;
			held.delete(envelope);
			remembered.clear();
		}
	}

	function find(mode: SearchSettings['query'], q: string | undefined, sort: string): Found {
		const key = JSON.stringify([mode, q, sort]);
		const known = remembered.get(key);
		if (known) return known;
		const rules = parseSort(sort);
		if (!rules) throw malformed('sort is not field:asc or field:desc');
		const found = { envelopes: filter(mode, q).sort(compareBy(rules)), rules };
		if (remembered.size >= REMEMBERED) remembered.clear();
		remembered.set(key, found);
		return found;
	}

	function filter(mode: SearchSettings['query'], q: string | undefined): Envelope[] {
		const indexed = envelopes.filter((envelope) => !held.has(envelope));
		if (q === undefined || mode === 'ignored') return indexed;
		const condition = parseQuery(q);
		if (!condition) throw malformed('q is not (field=value)');
		const matches = mode === 'equals' ? matchesExactly : matchesFreely;
		return indexed.filter(({ source }) => matches(condition, source));
	}

	return {
		run(query, settings, base) {
			const start = performance.now();
			release();
			const [from, size] = readPage(query.from, query.size, settings);
			// Inferred: newest first when no order is asked for.
			const sort = settings.sort === 'ignored' ? '_id:asc' : query.sort;
			const found = find(settings.query, query.q, sort ?? 'createdDatetime:desc');
			const rows = found.envelopes.slice(from, from + size);
			const hits = rows.map((envelope) => makeHit(envelope, found.rules, settings, base));
			const total = countRows(found.envelopes.length, settings.total);
			return {
				took: Math.round(performance.now() - start),
				timed_out: settings.timedOut,
				_shards: {
					total: 1 + settings.failedShards,
					successful: 1,
					skipped: 0,
					failed: settings.failedShards,
				},
				hits: { total, max_score: null, hits },
			};
		},
		touch: () => remembered.clear(),
		hold(envelope, lag) {
			held.set(envelope, Date.now() + lag);
			remembered.clear();
		},
	};
}

function readPage(
	from = '0',
	size = String(PAGE),
	{ paging, window, largestPage }: SearchSettings,
): [from: number, size: number] {
	if (paging === 'ignored') return [0, PAGE];
	if (!/^\d+$/.test(from)) throw malformed('from is not a whole number');
	if (!/^\d+$/.test(size)) throw malformed('size is not a whole number');
	const page: [number, number] = [Number(from), Number(size)];
	if (paging === 'refused' && (page[0] !== 0 || page[1] !== PAGE)) {
		throw malformed(`from is fixed at 0 and size at ${PAGE}`);
	}
	const end = page[0] + page[1];
	if (end > window) throw beyondWindow(window, end);
	return [page[0], Math.min(page[1], largestPage)];
}

function countRows(rows: number, form: SearchSettings['total']): SearchReply['hits']['total'] {
	if (form === 'number') return rows;
	return rows > COUNTED ? { value: COUNTED, relation: 'gte' } : { value: rows, relation: 'eq' };
}

function makeHit(
	{ id, source }: Envelope,
	rules: SortRule[],
	{ filesPerEnvelope }: SearchSettings,
	base: string,
): Hit {
	const { envelopeFileUrls } = source;
	const several = filesPerEnvelope > 1 && typeof envelopeFileUrls === 'string';
	const files = several ? fileAddresses(envelopeFileUrls, filesPerEnvelope) : envelopeFileUrls;
	const absolute = (file: string) => (file.startsWith('/') ? base + file : file);
	return {
		_index: 'signit_envelope',
		_type: 'envelope_hospital_patient',
		_id: id,
		_score: null,
		// A missing key has to stay missing, so the field is only replaced where there is one.
		_source: files
			? {
					...source,
					envelopeFileUrls: Array.isArray(files) ? files.map(absolute) : absolute(files),
				}
			: source,
		sort: rules.map(({ field }) => fieldValue(source, field) ?? null),
	};
}
