import { toTime } from './envelope';
import type { Hit } from './page';
import type { SortRule } from './query';
import { DEFAULT_SORT_RULE } from './query';
import { timeOf } from './times';

/** Steps from one record to the next in the order asked for that are no coincidence. */
const ENOUGH_STEPS = 10;

/** ms; times may be rounded to seconds in one place and not in another. */
const SECOND = 1000;

/**
 * Whether the server sorts by the time it was asked to sort by, as far as its records show.
 *
 * Only the order by created time is documented. A server that keeps to it whatever it is asked for
 * sends records that may stand in the order of their finished times too, for a page or longer.
 */
export class OrderEvidence {
	/** Whether records stood against the order, by their own times. */
	isContradicted = false;

	/** Whether the server sorted by something else than the records' own times. */
	private isOther = false;

	/** Whether the server sorted by the time of a record. */
	private isConfirmed = false;

	/** Records that stood after their neighbour, as asked for. */
	private steps = 0;

	/** Whether created times went up from one record to the next, and down. */
	private readonly created = { up: false, down: false };

	private readonly rules: readonly SortRule[];

	constructor(rules: readonly SortRule[]) {
		this.rules = rules;
	}

	/** Whether a time beyond a bound shows that all that come after it are beyond it, too. */
	get isTrusted(): boolean {
		if (this.isContradicted || this.isOther || this.steps === 0) return false;
		const isDefault = this.rules[0].field === DEFAULT_SORT_RULE.field;
		const isNotByCreated = this.created.up && this.created.down;
		return this.isConfirmed || (this.steps >= ENOUGH_STEPS && (isDefault || isNotByCreated));
	}

	/** Looks at records that the server sent one after the other. */
	observe(hits: readonly Hit[]): void {
		const [{ field }] = this.rules;
		if (field !== 'createdDatetime' && field !== 'envelopeFinishedDatetime') return;
		for (const hit of hits) this.compareWithSort(hit, field);
		const times = hits.map((hit) => timeOf(hit, field, this.rules));
		const created = hits.map((hit) => timeOf(hit, 'createdDatetime', this.rules));
		for (let index = 1; index < hits.length; index += 1) {
			this.noteStep(distance(times[index - 1], times[index]));
			const change = distance(created[index - 1], created[index]);
			this.created.up ||= change > 0;
			this.created.down ||= change < 0;
		}
	}

	private compareWithSort({ record, sortValues: [value] }: Hit, field: string): void {
		const [own, sorted] = [toTime(record[field]), toTime(value)];
		if (sorted === null) return;
		if (own !== null && Math.abs(own - sorted) >= SECOND) this.isOther = true;
		// Records may lack the created time, which they can be sorted by all the same.
		if (own !== null || field === DEFAULT_SORT_RULE.field) this.isConfirmed = true;
	}

	private noteStep(change: number): void {
		const isForward = change > 0 === (this.rules[0].direction === 'asc');
		if (change !== 0 && isForward) this.steps += 1;
		if (Math.abs(change) >= SECOND && !isForward) this.isContradicted = true;
	}
}

/** ms from one time to another; 0 if either is not known. */
function distance(from: number | null, to: number | null): number {
	return from === null || to === null ? 0 : to - from;
}
