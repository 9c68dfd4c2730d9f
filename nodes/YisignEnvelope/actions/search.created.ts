import { outcomeOf, valueOf, YisignError } from '../../shared/errors';
import type { Hit, SearchPage } from '../../shared/search/page';
import { isLast } from '../../shared/search/page';
import type { ReadPage } from '../../shared/search/pageReader';
import type { SortRule } from '../../shared/search/query';
import { DEFAULT_SORT_RULE } from '../../shared/search/query';
import { creationOf, SECOND, timeOf } from '../../shared/search/times';
import type { SearchParameters } from './search.fields';

/** The first page, if it came, does not say when its envelopes were started. */
export class CreatedUnknown extends Error {
	readonly page?: SearchPage;

	constructor(page?: SearchPage) {
		super();
		this.page = page;
	}
}

/**
 * The same search, sorted by created time where finished times are equal: Elasticsearch sends what it
 * sorts by, so records that do not say when they were created have it in their sort values.
 */
export function sortByBoth(parameters: SearchParameters): SearchParameters {
	return { ...parameters, sortRules: [...parameters.sortRules, DEFAULT_SORT_RULE] };
}

/** Whether a search is sorted by finished time, by this node's own choice. */
export function isByFinished({ hasSortRules, sortRules: [{ field }] }: SearchParameters): boolean {
	return !hasSortRules && field !== DEFAULT_SORT_RULE.field;
}

/** Whether created dates are asked for. */
export function asksForCreated({ timeRanges }: SearchParameters): boolean {
	return timeRanges.some(({ field }) => field === DEFAULT_SORT_RULE.field);
}

/**
 * Looks whether the first page says when its envelopes were started, unless it is all there is. Only
 * that tells the order by finished time from the order of creation, which a server may keep to
 * whatever it is asked for, and so shows where reading may end. Where created dates are asked for,
 * records themselves or their sort values have to say it, also on the only page.
 *
 * @param readBy reads pages in an order
 * @param shown first pages that were read by the first rule alone
 * @returns a reader that throws {@link CreatedUnknown} in place of a first page that does not say it,
 *   and of any page where a second rule is of no use
 */
export function lookForCreated(
	readBy: (rules: readonly SortRule[]) => ReadPage,
	parameters: SearchParameters,
	shown: readonly SearchPage[],
): ReadPage {
	const { sortRules } = parameters;
	const readPage = sortRules.length > 1 ? readByBoth(readBy, sortRules, shown) : readBy(sortRules);
	let isFirst = true;
	return async (span, isTrial) => {
		const page = await readPage(span, isTrial);
		if (!isFirst) return page;
		isFirst = false;
		const isEnough = !asksForCreated(parameters) && isLast(span.from, page);
		if (!isEnough && hidesCreated(page, parameters)) throw new CreatedUnknown(page);
		return page;
	};
}

/**
 * Reads by two rules. Several are not documented, so a server need not take a second one, nor find as
 * much by it. A copy of the index that lags behind may lack something, too, so it is asked twice.
 */
function readByBoth(
	readBy: (rules: readonly SortRule[]) => ReadPage,
	rules: readonly SortRule[],
	shown: readonly SearchPage[],
): ReadPage {
	const read = readBy(rules);
	const readByFirst = readBy(rules.slice(0, 1));
	const isComplete = (page: SearchPage): boolean =>
		shown.every((known) => holds(page, known, rules));
	let isFirst = true;
	return async (span, isTrial) => {
		const outcome = await outcomeOf(read(span, isTrial || isFirst));
		if ('fault' in outcome && !isCancelled(outcome.fault)) {
			// A later page may be refused for its size, or for being too far behind.
			if (isFirst || 'value' in (await outcomeOf(readByFirst(span, true)))) {
				throw new CreatedUnknown();
			}
		}
		let page = valueOf(outcome);
		if (isFirst && !isComplete(page)) {
			page = await read(span, isTrial);
			if (!isComplete(page)) throw new CreatedUnknown();
		}
		isFirst = false;
		return page;
	};
}

function isCancelled(fault: unknown): boolean {
	return fault instanceof YisignError && fault.kind === 'cancelled';
}

/**
 * Whether a page by two rules counts and shows what one by the first rule alone has shown. It is
 * sorted by the same time first, so all that stands before its last record has to be on it.
 */
function holds(page: SearchPage, known: SearchPage, rules: readonly SortRule[]): boolean {
	const { hits, total, isTotalExact } = page;
	if (hits.length === 0) return false;
	if (isTotalExact && total !== null && known.total !== null && total < known.total) return false;
	const sign = rules[0].direction === 'desc' ? -1 : 1;
	const positionOf = (hit: Hit): number =>
		sign * (timeOf(hit, 'envelopeFinishedDatetime', rules) ?? NaN);
	const last = Math.max(...hits.map(positionOf).filter((position) => !Number.isNaN(position)));
	const keys = new Set(hits.map(({ key }) => key));
	return !known.hits.some((hit) => positionOf(hit) + SECOND <= last && !keys.has(hit.key));
}

function hidesCreated({ hits }: SearchPage, parameters: SearchParameters): boolean {
	const { sortRules } = parameters;
	const isAsked = asksForCreated(parameters);
	return (
		hits.length > 0 &&
		hits.every((hit) =>
			isAsked
				? timeOf(hit, 'createdDatetime', sortRules) === null
				: creationOf(hit, sortRules) === null,
		)
	);
}
