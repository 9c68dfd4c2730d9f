import { sortRecords } from '../../sandbox/order.mts';
import { parseSort, selectBy } from '../../sandbox/query.mts';
import { makeIndexing } from '../../sandbox/records.mts';
import type { Envelope } from '../../sandbox/envelopes.mts';
import type { SearchSettings } from '../../sandbox/settings.mts';
import type { Wish } from './search.wish.mts';
import type { Witness } from './search.witness.mts';

/** One search that is over, and what happened on the server meanwhile. */
export interface Scene {
	wish: Wish;
	dialect: SearchSettings;
	witness: Witness;
	/** Whether people were at work. */
	isLive: boolean;
	/** As they are at the end. */
	envelopes: Envelope[];
	requests: number;
	/** Ids that came out. */
	found: readonly string[];
	/** What the search stopped with; undefined if it did not. */
	message: string | undefined;
	hints: readonly string[];
}

/** Messages that a search may stop with; anything else is one of ours that nobody wrote for this. */
const HONEST =
	/^(Only [\d,]+ of (the|(at least )?[\d,]+) matching envelopes could be read|Condition \d+ and Status do not go together|No record has the field \w+|No record has a (created|finished) time|Yisign refused the request|Yisign could search only part of its records|Yisign does not search by |(Several codes have|No recent envelope has) (the|this) (doctor|department|document type) name|Yisign sent (a record|[\d,]+ records) (that cannot be checked by \w+|without a created time)|Yisign does not begin at the record that From asks for|Yisign does not send more than the first|Yisign sends nothing from record)/;

/** What is wrong with a search, in words; nothing if all is well. */
export function judge(scene: Scene): string[] {
	const { found, wish, dialect, witness, requests, message } = scene;
	const most = mostRequests(scene);
	const strangers = found.filter((id) => !witness.everMatched.has(id));
	const wrong = [
		requests >= most && `${requests} requests, which have to be fewer than ${most}`,
		new Set(found).size !== found.length && 'one envelope twice',
		strangers.length > 0 && `not asked for: ${strangers.join(' ')}`,
		found.length > wish.limit && `${found.length} envelopes for a limit of ${wish.limit}`,
		message !== undefined && !HONEST.test(message) && `stopped with: ${message}`,
		message !== undefined && found.length > 0 && 'stopped, and returned envelopes',
	].filter((text) => text !== false);
	// Where units are mixed, the order of the numbers is not that of the times.
	const isOrderly = !(wish.hasDates && dialect.timeUnit === 'mixed');
	if (message !== undefined || !isOrderly || isByCode(scene)) return wrong;
	wrong.push(...judgeStill(scene), ...judgeLimit(scene));
	if (found.length >= wish.limit) return wrong;
	return [...wrong, ...(wish.from === 0 ? judgeAll(scene) : judgeRest(scene))];
}

/**
 * Where nothing moves, the result is known: those that fit, in the server's order, up to Limit. Equal
 * ones may come in any order if that is another each time; then no one knows where Limit or From
 * cuts them.
 */
function judgeStill({ dialect, wish, isLive, envelopes, found, hints }: Scene): string[] {
	const { ties, records, replicaLag, timedOut } = dialect;
	const { q, from, limit, matches, hasCondition, hasDates, parameters } = wish;
	if (isLive || replicaLag > 0 || timedOut) return [];
	const isSteady = ties === 'byId' && records !== 'sharedIds';
	if (!isSteady && (from > 0 || limit < Infinity)) return [];
	// From counts what the code of a name finds, and times that are missing are sorted by, too.
	if (from > 0 && hasCondition && q === undefined) return [];
	if (hasDates && dialect.createdTime === 'none') return [];
	const isSaid = hints.some((hint) => hint.includes('may not be the first ones'));
	if (isSaid && limit < Infinity) return [];
	// Pages of one record do not show their order, so all is put into the order asked for.
	const { pageSize } = parameters.options as { pageSize?: number };
	if (dialect.sort !== 'honoured' && pageSize === 1) return [];
	const served = { honoured: sortOf(wish), ignored: '_id:asc', created: NEWEST_FIRST }[
		dialect.sort
	];
	const rows = makeIndexing()(selectBy(q, envelopes, dialect), records);
	const order = sortRecords(rows, parseSort(served) ?? [], dialect, 0);
	const fitting = order.rows.slice(from).filter(({ record }) => matches(record.envelope));
	const ids = [...new Set(fitting.map(({ record }) => record.envelope.source.envelopeWsid))];
	const expected = isSteady ? ids.slice(0, limit) : ids.toSorted();
	const isSame = expected.join() === (isSteady ? found : found.toSorted()).join();
	return isSame ? [] : [`another order or other envelopes: ${found.length} of ${expected.length}`];
}

/** Whether it is not said that Limit has left envelopes behind. */
function judgeLimit({ wish, dialect, witness, found, hints }: Scene): string[] {
	// A copy that lags behind may count no more than Limit.
	if (dialect.replicaLag > 0) return [];
	const isCut = found.length === wish.limit && wish.from === 0;
	if (!isCut || witness.permanent().length <= wish.limit) return [];
	return hints.some((hint) => hint.includes('as Limit says')) ? [] : ['no word about Limit'];
}

/** Whether a hint says that envelopes with another code may be missing. */
export function isByCode({ hints }: Scene): boolean {
	return hints.some((hint) => /^Yisign was asked for the [a-z ]+ code /.test(hint));
}

/** What is missing of a result from its first record on. */
function judgeAll({ dialect, witness, found }: Scene): string[] {
	if (dialect.timedOut) return [];
	const missing = witness.permanent().filter((id) => !found.includes(id));
	return missing.length > 0 ? [`missing: ${missing.join(' ')}`] : [];
}

/** Whether too few or too many come from a later record on, where that can be said. */
function judgeRest(scene: Scene): string[] {
	const { dialect, wish, isLive, envelopes, found } = scene;
	const { isFiltered, from, q } = wish;
	const isStill = !isLive && dialect.replicaLag === 0 && dialect.records === 'single';
	if (!isStill || isFiltered) return [];
	const fewest = Math.max(0, selectBy(q, envelopes, dialect).length - from);
	const most = fewest + mayComeAlong(scene);
	const isRight = found.length >= fewest && found.length <= most;
	return isRight ? [] : [`${found.length} envelopes, not ${fewest} to ${most}`];
}

/**
 * How many records in front of From may come along: those that are equal to the record there, where
 * the server orders them differently each time, so that no one can say which of them stand in front.
 */
function mayComeAlong({ wish, dialect, envelopes }: Scene): number {
	const { from } = wish;
	if (dialect.ties === 'byId') return 0;
	const records = makeIndexing()(envelopes, 'single');
	const order = sortRecords(records, parseSort(sortOf(wish)) ?? [], dialect, 0);
	return from < order.rows.length ? from - order.tiesOf(from).first : 0;
}

const NEWEST_FIRST = 'createdDatetime:desc';

/** The order that the server is asked for. */
function sortOf({ parameters }: Wish): string {
	const { rule = [] } = parameters.sort as {
		rule?: Array<{ field: string; customField?: string; direction: string }>;
	};
	if (rule.length > 0) {
		return rule.map((one) => `${one.customField ?? one.field}:${one.direction}`).join(',');
	}
	const names = Object.keys(parameters.dates ?? {});
	const isFinished = names.some((name) => name.startsWith('finished'));
	return isFinished ? 'envelopeFinishedDatetime:desc' : NEWEST_FIRST;
}

/** Twice by the values that records are sorted by, and up to five times by counting. */
const ROUNDS = 7;

/**
 * Pages beside those of the rounds: two readings by values of up to 40 pages without any gain, and
 * what looks whether the server begins at From and where it ends.
 */
const BESIDE = 100;

/**
 * Fewer requests than this: `ROUNDS` times through the rows there were. A page may share half of its
 * rows with the one before, or be half as long as it was asked for; so it brings at least half of
 * its size. The first page shows what a server sends, so where it may be short by chance, the size
 * is half of what is asked for. Page Size 1 has neither halves nor pages that are shared.
 *
 * All this happens twice where an envelope becomes searchable only just now, and where the created
 * time has to be sorted by to be known. Recent envelopes, by which names and empty results are looked
 * up, are one more result, for which Page Size does not hold.
 *
 * What was asked for at the same time behind a page that is short, or has moved, is asked for again.
 * As many requests follow a page in vain as were of use before, and four times as many once all of
 * them are: at most four in vain for each of use, and the first 16.
 */
function mostRequests({ wish, dialect, envelopes, witness, isLive }: Scene): number {
	const { hasCondition, hasDates, parameters } = wish;
	const { size, paging, largestPage, shortPages, shortPageAt } = dialect;
	const { pageSize = 20 } = parameters.options as { pageSize?: number };
	const rows = makeIndexing()(envelopes, dialect.records).length + 2 * witness.gone.size;
	const parts = shortPages > 0 || shortPageAt === 1 ? 4 : 2;
	const asked = shortPages > 0 || isLive ? 5 : 1;
	const most = (page: number) =>
		BESIDE + (asked * ROUNDS * rows) / Math.ceil(Math.min(page, largestPage) / parts);
	const isOwnSize = size !== 'ignored' && paging !== 'ignored';
	const isTwice = hasCondition || (hasDates && dialect.createdTime === 'none');
	const own = most(isOwnSize ? pageSize : 20);
	return (isTwice ? 2 * own : own) + (hasCondition ? most(20) : 0);
}
