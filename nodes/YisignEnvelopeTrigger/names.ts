import type { YisignClient } from '../shared/api/client';
import { outcomeOf, YisignError } from '../shared/errors';
import type { Condition } from '../shared/search/conditions';
import { satisfies } from '../shared/search/conditions';
import type { EnvelopeRecord } from '../shared/search/envelope';
import { requestPage } from '../shared/search/page';
import { buildQuery, DEFAULT_SORT_RULE } from '../shared/search/query';
import { explainNothing, RecentEnvelopes, resolveNames } from '../shared/search/recent';
import type { Memory } from './memory';
import type { Settings } from './settings';
import { hashSettings } from './settings';
import type { TimedHit } from './timed';

/** ms for which the code of a name is used before it is looked up again: it may have got another. */
const CODES_LAST = 3_600_000;

/**
 * The settings with the codes of the conditions that were given by name.
 *
 * @param isNew whether nobody relies on the settings yet, so that an unknown name may stop the
 *   trigger; later, everything is read and the name is checked on every record
 * @throws YisignError
 */
export async function withCodes(
	client: YisignClient,
	settings: Settings,
	memory: Memory,
	isNew: boolean,
): Promise<Settings> {
	const { conditions } = settings;
	if (conditions.every(({ name }) => name === undefined)) return settings;
	const of = hashSettings(settings);
	const { codes } = memory;
	if (codes?.of !== of || Math.abs(Date.now() - codes.asOf) > CODES_LAST) {
		const outcome = await outcomeOf(resolveNames(conditions, new RecentEnvelopes(client)));
		if ('fault' in outcome) {
			const { fault } = outcome;
			const isUnknown = fault instanceof YisignError && fault.kind === 'input';
			if (isNew || !isUnknown) throw fault;
		}
		memory.codes = {
			of,
			asOf: Date.now(),
			conditions: 'value' in outcome ? outcome.value : conditions,
		};
	}
	return { ...settings, conditions: memory.codes?.conditions ?? conditions };
}

/**
 * Stops where recent envelopes show that a condition can never find anything: a name in the place of
 * a code, a typing slip, or a field that Yisign does not search by.
 *
 * @param hits what was found by the first condition
 * @throws YisignError
 */
export async function checkFindable(
	client: YisignClient,
	conditions: readonly Condition[],
	hits: readonly TimedHit[],
): Promise<void> {
	const recent = new RecentEnvelopes(client);
	for (const [index, condition] of conditions.entries()) {
		const has = (record: EnvelopeRecord) => satisfies(record, condition);
		if (hits.some(({ hit }) => has(hit.record))) continue;
		// Only that the first condition finds nothing may show that Yisign does not search by it.
		const isSearched = index === 0 && hits.length === 0;
		if (!isSearched && (await isKnown(client, condition, recent))) continue;
		const { advice } = await explainNothing(condition, recent);
		if (advice === undefined) continue;
		throw new YisignError('input', `Condition ${index + 1} finds no envelopes`, {
			description: advice,
			cause: 'configuration-invalid',
		});
	}
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

/** Whether Yisign does not search by a field, which it need not for a condition that is not the first. */
function isRefusal(fault: unknown): boolean {
	return fault instanceof YisignError && fault.kind === 'refused';
}
