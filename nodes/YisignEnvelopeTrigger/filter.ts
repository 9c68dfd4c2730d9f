import { YisignError } from '../shared/errors';
import { deriveStatus, isReplaced } from '../shared/search/envelope';
import type { Condition } from '../shared/search/conditions';
import { hasField, satisfies } from '../shared/search/conditions';
import { hasReached } from './events';
import type { Settings } from './settings';
import type { TimedHit } from './timed';

/** Whether a record is to start the workflow, by its status and the conditions. */
export function isWanted(
	{ hit: { record } }: TimedHit,
	{ event, conditions, latestVersionOnly }: Settings,
): boolean {
	return (
		hasReached(event, deriveStatus(record.envelopeStatus)) &&
		!(latestVersionOnly && isReplaced(record)) &&
		conditions.every((condition) => satisfies(record, condition))
	);
}

/**
 * Stops where no record has the field of a condition, for then nothing would ever fit.
 *
 * @throws YisignError
 */
export function checkFields(hits: readonly TimedHit[], conditions: readonly Condition[]): void {
	const missing = conditions.find(
		(condition) => !hits.some(({ hit }) => hasField(hit.record, condition)),
	);
	if (hits.length > 0 && missing) throw noField(missing);
}

/** A condition that nothing can ever satisfy. */
export function noField({ field }: Condition): YisignError {
	return new YisignError('input', `No envelope has the field ${field}`, {
		description:
			'So the condition on it never holds. Remove the condition, or choose another field: Search with Output "Raw" shows the fields that there are.',
		cause: 'configuration-invalid',
	});
}

/** How many records in a row, the new ones included, do not have the field of a condition. */
export function countLacking(
	hits: readonly TimedHit[],
	conditions: readonly Condition[],
	before: Readonly<Record<string, number>>,
): Record<string, number> {
	return Object.fromEntries(
		conditions.map((condition) => {
			const last = hits.findLastIndex(({ hit }) => hasField(hit.record, condition));
			const known = last < 0 ? (before[condition.field] ?? 0) : 0;
			return [condition.field, known + hits.length - 1 - last];
		}),
	);
}
