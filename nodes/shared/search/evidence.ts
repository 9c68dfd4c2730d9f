import { deriveStatus, toTime } from './envelope';
import type { Hit } from './page';
import type { SortRule } from './query';
import { DEFAULT_SORT_RULE } from './query';
import type { TimeField } from './times';
import { creationOf, isSameTime, LATEST, SECOND, timeOf } from './times';

/** Steps from one record to the next in the order asked for that are no coincidence. */
const ENOUGH_STEPS = 10;

/**
 * Which order a record speaks for by its own times and the value that it is sorted by: the one that
 * was asked for, another one, or either (undefined).
 *
 * A record that was signed as soon as it was started, as silent signing does, says nothing about an
 * order by finished time: its created time is the same.
 *
 * @param rules what was asked for, `field` first
 */
export function orderOf(
	hit: Hit,
	field: TimeField,
	rules: readonly SortRule[],
): 'asked' | 'other' | undefined {
	const { record, sortValues } = hit;
	const sorted = toTime(sortValues[0]);
	if (sorted === null) return undefined;
	const own = record[field];
	const isDefault = field === DEFAULT_SORT_RULE.field;
	if (toTime(own) === null) {
		// Records may lack the created time, which they can be sorted by all the same.
		if (isDefault) return 'asked';
		// A missing time may be written as one that is far off.
		return isUnderWay(hit) && sorted < LATEST ? 'other' : undefined;
	}
	if (!isSameTime(own, sorted)) return 'other';
	if (isDefault) return 'asked';
	const created = creationOf(hit, rules);
	return created === null || isSameTime(created, sorted) ? undefined : 'asked';
}

/** Such an envelope has no finished time yet, so that it cannot be sorted by one. */
function isUnderWay({ record }: Hit): boolean {
	return ['waiting', 'processing'].includes(deriveStatus(record.envelopeStatus));
}

/**
 * Whether the server sorts by the time it was asked to sort by, as far as its records show.
 *
 * Only the order by created time is documented. A server that keeps to it whatever it is asked for
 * sends records that may stand in the order of their finished times too, for a page or longer.
 */
export class OrderEvidence {
	/** Whether records stood against the order, by their own times. */
	private isContradicted = false;

	/** Whether the server sorted by something else than the records' own times. */
	private isOther = false;

	/** Whether the server sorted by the time of a record, and by no other that it has. */
	private isConfirmed = false;

	/** Records that stood after their neighbour, as asked for. */
	private steps = 0;

	/** Whether created times went up from one record to the next, and down. */
	private readonly created = { up: false, down: false };

	private readonly rules: readonly SortRule[];

	constructor(rules: readonly SortRule[]) {
		this.rules = rules;
	}

	/** Whether the order is not the one that was asked for. */
	get isRefuted(): boolean {
		return this.isContradicted || this.isOther;
	}

	/** Whether the order is the one that was asked for, and cannot be that of creation instead. */
	get isProven(): boolean {
		if (this.isOther) return false;
		const isDefault = this.rules[0].field === DEFAULT_SORT_RULE.field;
		const isNotByCreated = this.created.up && this.created.down;
		return this.isConfirmed || (this.steps >= ENOUGH_STEPS && (isDefault || isNotByCreated));
	}

	/** Whether a time beyond a bound shows that all that come after it are beyond it, too. */
	get isTrusted(): boolean {
		return this.isProven && !this.isContradicted && this.steps > 0;
	}

	/** Looks at records that the server sent one after the other. */
	observe(hits: readonly Hit[]): void {
		const [{ field }] = this.rules;
		if (field !== 'createdDatetime' && field !== 'envelopeFinishedDatetime') return;
		for (const hit of hits) this.noteOrder(orderOf(hit, field, this.rules));
		for (const change of stepsOf(hits.map((hit) => timeOf(hit, field, this.rules)))) {
			this.noteStep(change);
		}
		if (field === DEFAULT_SORT_RULE.field) return;
		for (const change of stepsOf(hits.map((hit) => toTime(creationOf(hit, this.rules))))) {
			this.created.up ||= change >= SECOND;
			this.created.down ||= change <= -SECOND;
		}
	}

	private noteOrder(order: ReturnType<typeof orderOf>): void {
		if (order === 'other') this.isOther = true;
		if (order === 'asked') this.isConfirmed = true;
	}

	private noteStep(change: number): void {
		const isForward = change > 0 === (this.rules[0].direction === 'asc');
		if (change !== 0 && isForward) this.steps += 1;
		if (Math.abs(change) >= SECOND && !isForward) this.isContradicted = true;
	}
}

/** ms from each time to the next; 0 where either is not known. */
function stepsOf(times: ReadonlyArray<number | null>): number[] {
	return times.slice(1).map((to, index) => {
		const from = times[index];
		return from === null || to === null ? 0 : to - from;
	});
}
