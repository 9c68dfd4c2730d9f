import type { YisignClient } from '../shared/client';
import type { CallbackIds } from '../shared/callback';
import { YisignError } from '../shared/errors';
import { requestPage } from '../shared/page';
import type { Condition, EnvelopeRecord } from '../shared/query';
import { buildQuery, checkConditions, toConditionValue } from '../shared/query';
import type { Hit } from '../shared/reply';
import { search } from '../shared/search';

/**
 * A server that heeds the condition answers with one page. One that does not would otherwise be read
 * to its end for every stray post.
 */
const MOST_PAGES = 10;

/**
 * The envelope that a callback speaks of, as the server has it; of several versions the latest.
 *
 * @returns null if the ids lead to none
 * @throws YisignError if the server cannot be asked, or not to the end
 */
export async function lookUp(
	client: YisignClient,
	{ envelopeWsid, customTagID }: CallbackIds,
): Promise<EnvelopeRecord | null> {
	const condition =
		toCondition('envelopeWsid', envelopeWsid) ?? toCondition('customTagID', customTagID);
	if (!condition) return null;

	let pages = 0;
	const { hits, shortfall } = await search(
		async (from) => {
			pages += 1;
			if (pages > MOST_PAGES) throw tooMany();
			return await requestPage(client, { query: buildQuery([condition]), sortRules: [], from });
		},
		{
			from: 0,
			limit: 1,
			parallelRequests: 1,
			countKept: (read) => keep(read, condition).length,
			hasChecks: true,
		},
	);
	const kept = keep(hits, condition);
	if (kept.length === 0 && shortfall) throw shortfall;
	// The newest comes first; that it is the latest version is better known by its own field.
	const latest = kept.find((record) => String(record.hospitalBusinessLastVersion) === 'true');
	return latest ?? kept.at(0) ?? null;
}

/** A value out of a posted body is a stranger's: one that may not stand in a query finds nothing. */
function toCondition(field: string, value: string | null): Condition | undefined {
	if (value === null) return undefined;
	try {
		return { field, value: toConditionValue(value, field) };
	} catch {
		return undefined;
	}
}

/** The records that are sure to be meant: a condition that cannot be checked keeps none. */
function keep(hits: readonly Hit[], condition: Condition): EnvelopeRecord[] {
	const { kept, unchecked } = checkConditions(
		hits.map(({ record }) => record),
		[condition],
	);
	return unchecked.length > 0 ? [] : kept;
}

function tooMany(): YisignError {
	return new YisignError('refused', 'Yisign sends many envelopes that were not asked for', {
		description: 'It does not seem to search by envelope ID. Set Verification to "Signature".',
	});
}
