import { outcomeOf, valueOf, YisignError } from '../../shared/errors';
import type { SearchPage } from '../../shared/search/page';
import type { ReadPage } from '../../shared/search/pageReader';
import { endsAt } from '../../shared/search/pageReader';
import type { SortRule } from '../../shared/search/query';
import { DEFAULT_SORT_RULE } from '../../shared/search/query';
import type { TimeField } from '../../shared/search/times';
import { creationOf } from '../../shared/search/times';
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

/** Whether the created time, which no record says, may be learned by sorting by it, too. */
export function canSortByBoth(
	parameters: SearchParameters,
	missing: readonly TimeField[],
): boolean {
	const isSortedByIt = parameters.sortRules.length > 1;
	return isByFinished(parameters) && !isSortedByIt && missing.includes('createdDatetime');
}

/**
 * Looks whether the first page says when its envelopes were started, unless it is all there is. Only
 * that tells the order by finished time from the order of creation, which a server may keep to
 * whatever it is asked for, and so shows where reading may end.
 *
 * Several sort rules are not documented, so a server need not take a second one.
 *
 * @returns a reader that throws {@link CreatedUnknown} in place of a first page that does not say it,
 *   or that a second rule does not get
 */
export function lookForCreated(readPage: ReadPage, rules: readonly SortRule[]): ReadPage {
	const isExtra = rules.length > 1;
	let isFirst = true;
	return async (span, isTrial) => {
		if (!isFirst) return await readPage(span, isTrial);
		isFirst = false;
		const outcome = await outcomeOf(readPage(span, isTrial || isExtra));
		if (isExtra && 'fault' in outcome && !isCancelled(outcome.fault)) throw new CreatedUnknown();
		const page = valueOf(outcome);
		if (hidesCreated(page, rules) && !isWhole(span.from, page)) throw new CreatedUnknown(page);
		return page;
	};
}

function isCancelled(fault: unknown): boolean {
	return fault instanceof YisignError && fault.kind === 'cancelled';
}

function hidesCreated({ hits }: SearchPage, rules: readonly SortRule[]): boolean {
	return hits.length > 0 && hits.every((hit) => creationOf(hit, rules) === null);
}

function isWhole(from: number, page: SearchPage): boolean {
	const { total, isTotalExact } = page;
	return isTotalExact && total !== null && endsAt(from, page) >= total;
}
