import type { YisignClient } from '../shared/api/client';
import { isRefusal, outcomeOf, YisignError } from '../shared/errors';
import type { Condition } from '../shared/search/conditions';
import { satisfies } from '../shared/search/conditions';
import { isCoded, listEntries } from '../shared/search/directory';
import type { EnvelopeRecord } from '../shared/search/envelope';
import { requestPage } from '../shared/search/page';
import { buildQuery, DEFAULT_SORT_RULE } from '../shared/search/query';
import {
	explainNothing,
	findByCode,
	MOST_ENVELOPES,
	noSuchName,
	notSearchable,
	RecentEnvelopes,
} from '../shared/search/recent';
import { noField } from './filter';
import type { Notice } from './notices';
import type { TimedHit } from './timed';

/** Added to what recent envelopes say about a condition that only a new department, say, can fit. */
const GOES_ON =
	'If it is right, leave it. The trigger is running all the same, and the first envelope that fits starts the workflow.';

/**
 * Looks for conditions that recent envelopes do not fit. A condition by name is never sent, only
 * checked on every record: a name may have several codes, or get another one.
 *
 * @param hits what was found by the first condition
 * @returns what is to be reported of conditions that an envelope may fit later
 * @throws YisignError for one that can never find anything: a name in the place of a code, a code in
 *   the place of a name, or a field that Yisign does not search by
 */
export async function checkFindable(
	client: YisignClient,
	conditions: readonly Condition[],
	hits: readonly TimedHit[],
): Promise<Notice[]> {
	const recent = new RecentEnvelopes(client);
	const notices: Notice[] = [];
	for (const [index, condition] of conditions.entries()) {
		if (hits.some(({ hit }) => satisfies(hit.record, condition))) continue;
		// Only that the first condition finds nothing may show that Yisign does not search by it.
		const isSearched = index === 0 && hits.length === 0;
		const notice =
			condition.name === undefined
				? await checkCode(client, condition, index, recent, isSearched)
				: await checkName(condition, condition.name, recent);
		if (notice) notices.push({ ...notice, description: `${notice.description} ${GOES_ON}` });
	}
	return notices;
}

async function checkCode(
	client: YisignClient,
	condition: Condition,
	index: number,
	recent: RecentEnvelopes,
	isSearched: boolean,
): Promise<Notice | undefined> {
	if (!isSearched && (await isKnown(client, condition, recent))) return undefined;
	const { advice, isName, isFieldMissing, isThere } = await explainNothing(condition, recent);
	if (isFieldMissing) throw noField(condition);
	// It may have become searchable only now.
	if (isThere && !(await recent.isFound(condition))) throw notSearchable(condition);
	if (advice === undefined) return undefined;
	const message = `Condition ${index + 1} finds no envelopes`;
	if (!isName) return { message, description: advice };
	throw new YisignError('input', message, {
		description: advice,
		cause: 'configuration-invalid',
	});
}

async function checkName(
	condition: Condition,
	name: string,
	recent: RecentEnvelopes,
): Promise<Notice | undefined> {
	const { field } = condition;
	const has = (record: EnvelopeRecord) => satisfies(record, condition);
	if (!isCoded(field) || (await recent.list()).some(has)) return undefined;
	const records = await recent.list(MOST_ENVELOPES);
	if (records.some(has)) return undefined;
	const entries = listEntries(records, field);
	const fault = noSuchName(entries, field, name);
	if (findByCode(entries, name)) throw fault;
	return { message: fault.message, description: fault.details.description ?? '' };
}

/** Whether any envelope satisfies a condition, by a search for it alone or a recent one. */
async function isKnown(
	client: YisignClient,
	condition: Condition,
	recent: RecentEnvelopes,
): Promise<boolean> {
	const query = buildQuery([condition]);
	const outcome = await outcomeOf(
		requestPage(client, { query, sortRules: [DEFAULT_SORT_RULE], from: 0 }),
	);
	if ('fault' in outcome && !isRefusal(outcome.fault)) throw outcome.fault;
	const found = 'value' in outcome ? outcome.value.hits.map(({ record }) => record) : [];
	return [...found, ...(await recent.list())].some((record) => satisfies(record, condition));
}
