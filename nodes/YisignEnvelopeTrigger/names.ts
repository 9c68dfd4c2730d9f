import type { YisignClient } from '../shared/api/client';
import { outcomeOf, YisignError } from '../shared/errors';
import type { Condition } from '../shared/search/conditions';
import { explainNothing, RecentEnvelopes, resolveNames } from '../shared/search/recent';
import type { Memory } from './memory';
import type { Settings } from './settings';
import { hashSettings } from './settings';

/**
 * The settings with the codes of the conditions that were given by name. A name rarely gets another
 * code, so the process looks it up once.
 *
 * @param isBeginning whether nobody relies on the trigger yet, so that an unknown name may stop it;
 *   later, everything is read and the name is checked on every record
 * @throws YisignError
 */
export async function withCodes(
	client: YisignClient,
	settings: Settings,
	memory: Memory,
	isBeginning: boolean,
): Promise<Settings> {
	const { conditions } = settings;
	if (conditions.every(({ name }) => name === undefined)) return settings;
	const of = hashSettings(settings);
	if (memory.codes?.of !== of) {
		const outcome = await outcomeOf(resolveNames(conditions, new RecentEnvelopes(client)));
		if ('fault' in outcome) {
			const { fault } = outcome;
			const isUnknown = fault instanceof YisignError && fault.kind === 'input';
			if (isBeginning || !isUnknown) throw fault;
			return settings;
		}
		memory.codes = { of, conditions: outcome.value };
	}
	return { ...settings, conditions: memory.codes.conditions };
}

/**
 * Stops where recent envelopes show that a condition can never find anything: a name in the place of
 * a code, or a field that Yisign does not search by.
 *
 * @param found how many records the condition has found
 * @throws YisignError
 */
export async function checkFindable(
	client: YisignClient,
	[condition]: readonly Condition[],
	found: number,
): Promise<void> {
	if (!condition || found > 0) return;
	const { advice } = await explainNothing(condition, new RecentEnvelopes(client));
	if (advice === undefined) return;
	throw new YisignError('input', 'Condition 1 finds no envelopes', {
		description: advice,
		cause: 'configuration-invalid',
	});
}
