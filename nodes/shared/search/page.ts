import type { YisignClient } from '../api/client';
import { DOCUMENTED_PAGE_SIZE, SEARCH_PATH } from '../api/endpoints';
import { openSearchReply } from '../api/reply';
import { YisignError } from '../errors';
import type { JsonObject } from '../json';
import { asText, isObject } from '../json';
import type { SortRule } from './query';
import { buildSort } from './query';
import type { EnvelopeRecord } from './envelope';

/** One record of a search page. */
export interface Hit {
	/** What distinguishes the record from others: index, id and envelope; all of it where there is no id. */
	key: string;
	/** Whether the index gives an id. */
	hasId: boolean;
	/** `envelopeWsid`; the record's key where it has none. */
	envelopeId: string;
	record: EnvelopeRecord;
	/** What the server sorted by, one value for each sort rule; empty if it does not say. */
	sortValues: unknown[];
}

/** One page of a search, in the server's order. */
export interface SearchPage {
	hits: Hit[];
	/** How many further hits came without their content (`_source`). */
	emptyHits: number;
	/** How many records match on the server; null if it does not say. */
	total: number | null;
	/** False if the server only says "at least `total`". */
	isTotalExact: boolean;
	/** Epoch ms of the server's clock when it answered (header `Date`); left out if it does not say. */
	serverTime?: number;
}

interface PageRequest {
	/** The query `q`; left out of the request if empty. */
	query: string;
	/** None for the documented order. */
	sortRules: readonly SortRule[];
	/** Number of the first record, counted from 0. */
	from: number;
	/** Records to ask for; the documented number if left out. */
	size?: number;
	/** How often the request may be sent again; as the client's options say if left out. */
	maxRetries?: number;
}

/**
 * Asks interface 2.2 for one page.
 *
 * @throws YisignError
 */
export async function requestPage(
	client: YisignClient,
	{ query, sortRules, from, size = DOCUMENTED_PAGE_SIZE, maxRetries }: PageRequest,
): Promise<SearchPage> {
	const parameters = { ...(query !== '' && { q: query }), sort: buildSort(sortRules), from, size };
	return await client.get(SEARCH_PATH, parameters, readSearchPage, maxRetries);
}

/**
 * A search page out of the reply.
 *
 * Inferred: the flat field table of the documents describes `hits.hits[]._source`.
 *
 * @throws YisignError `notYisign` if there is no list of hits, `transient` if the server says
 *   itself that the page is not whole
 */
export function readSearchPage(
	reply: JsonObject,
	headers: Record<string, unknown> = {},
): SearchPage {
	const { body, outer, hits: rows } = openSearchReply(reply);
	const failedShards = isObject(body._shards) ? Number(body._shards.failed ?? 0) : 0;
	if (body.timed_out === true || failedShards > 0) {
		throw new YisignError('transient', 'Yisign could search only part of its records', {
			description:
				'The server said so itself (it ran out of time or lost a part of its index). Try again later, or narrow the search.',
			cause: 'temporarily-unavailable',
		});
	}
	const total = isObject(outer.total) ? outer.total.value : outer.total;
	const hits = rows.map(readHit).filter((hit) => hit !== null);
	return {
		hits,
		emptyHits: rows.length - hits.length,
		total: isCount(total) ? total : null,
		isTotalExact: isCount(total) && !(isObject(outer.total) && outer.total.relation === 'gte'),
		...(isDate(headers.date) && { serverTime: Date.parse(headers.date) }),
	};
}

function readHit(hit: unknown): Hit | null {
	if (!isObject(hit) || !isObject(hit._source)) return null;
	const record = hit._source;
	const id = asText(hit._id) || undefined;
	const envelopeId = asText(record.envelopeWsid) || undefined;
	// One id may stand in two indices, whether the server names them or not.
	const key =
		id === undefined
			? JSON.stringify(record)
			: `${asText(hit._index) ?? ''} ${id} ${envelopeId ?? ''}`;
	return {
		key,
		hasId: id !== undefined,
		envelopeId: envelopeId ?? key,
		record,
		sortValues: Array.isArray(hit.sort) ? hit.sort : [],
	};
}

/**
 * Whether a page that begins at `from` is empty, and yet there may be records there: some servers
 * send nothing for a page that reaches beyond a window, and only an exact total shows that the
 * result had ended before.
 */
export function mayHideRecords(from: number, page: SearchPage): boolean {
	const { total, isTotalExact } = page;
	return lengthOf(page) === 0 && !(total !== null && isTotalExact && total <= from);
}

/** How many rows of the result the page covers. */
export function lengthOf({
	hits,
	emptyHits,
}: {
	hits: readonly unknown[];
	emptyHits: number;
}): number {
	return hits.length + emptyHits;
}

/** Whether a page that begins at `from` reaches the end of the result, by an exact count. */
export function isLast(from: number, page: SearchPage): boolean {
	const { total, isTotalExact } = page;
	return isTotalExact && total !== null && from + lengthOf(page) >= total;
}

function isDate(header: unknown): header is string {
	return typeof header === 'string' && Number.isFinite(Date.parse(header));
}

function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && Number(value) >= 0;
}
