import type { YisignClient } from './client';
import type { SortRule } from './query';
import { buildSort } from './query';
import type { SearchPage } from './reply';
import { readSearchPage } from './reply';
import { DOCUMENTED_PAGE_SIZE, SEARCH_PATH } from './wire';

export interface PageRequest {
	/** The query `q`; left out of the request if empty. */
	query: string;
	/** None for the documented order. */
	sortRules: readonly SortRule[];
	/** Number of the first record, counted from 0. */
	from: number;
	/** Records to ask for; the documented number if left out. */
	size?: number;
}

/**
 * Asks interface 2.2 for one page.
 *
 * @throws YisignError
 */
export async function requestPage(
	client: YisignClient,
	{ query, sortRules, from, size = DOCUMENTED_PAGE_SIZE }: PageRequest,
): Promise<SearchPage> {
	const parameters = { ...(query !== '' && { q: query }), sort: buildSort(sortRules), from, size };
	return await client.get(SEARCH_PATH, parameters, readSearchPage);
}
