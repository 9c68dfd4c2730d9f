import type { Hit } from './page';
import type { SortRule } from './query';

/** Where the server puts records that have no value to sort by. */
type Missing = 'first' | 'last';

/**
 * The order in which a result was asked for, and what the sort values of its records prove.
 *
 * Other people sign, start and remove envelopes while pages are being read, and a primary and a
 * replica may order records with equal values differently. Two facts hold all the same. A page has
 * every record whose values lie strictly between those of its first and its last record. So a page
 * continues the one before it if its first record stands strictly before the last record of that
 * page: whatever lies between is then in one of the two, whichever way equal values are ordered.
 *
 * This holds as long as the sort values of a record do not change. `createdDatetime` never does.
 */
export class SortOrder {
	/** Whether every page so far was in order; if not, its values prove nothing. */
	isKept = true;

	private missing: Missing | undefined;

	private readonly rules: readonly SortRule[];

	constructor(rules: readonly SortRule[]) {
		this.rules = rules;
	}

	/** Whether `left` stands strictly before `right`; false also if their values do not tell. */
	isBefore(left: Hit, right: Hit): boolean {
		return (this.compare(left, right) ?? 0) < 0;
	}

	/**
	 * Negative if `left` stands before `right`, 0 if their values are equal, null if they do not tell.
	 */
	compare(left: Hit, right: Hit): number | null {
		const leftValues = this.valuesOf(left);
		const rightValues = this.valuesOf(right);
		for (const [index, { direction }] of this.rules.entries()) {
			const order = this.compareValues(leftValues[index], rightValues[index], direction);
			if (order !== 0) return order;
		}
		return 0;
	}

	/** Looks at records that the server sent one after the other. */
	observe(hits: readonly Hit[]): void {
		for (const [index, hit] of hits.entries()) {
			if (index === 0) continue;
			this.missing ??= this.whereMissing(hits[index - 1], hit);
			const order = this.compare(hits[index - 1], hit);
			if (order === null || order > 0) this.isKept = false;
		}
	}

	/**
	 * How many records at the end stand in one group of equal values.
	 *
	 * @returns the length of `hits` if all of them do
	 */
	lastGroup(hits: readonly Hit[]): number {
		const last = hits.at(-1);
		if (!last) return 0;
		const before = hits.findLastIndex((hit) => this.compare(hit, last) !== 0);
		return hits.length - 1 - before;
	}

	/** By what the server says it sorted by, otherwise by the record's own fields. */
	private valuesOf({ sortValues, record }: Hit): unknown[] {
		return this.rules.map(({ field }, index) => sortValues[index] ?? record[field] ?? null);
	}

	private whereMissing(left: Hit, right: Hit): Missing | undefined {
		const [before, after] = [this.valuesOf(left)[0], this.valuesOf(right)[0]];
		if ((before === null) === (after === null)) return undefined;
		return before === null ? 'first' : 'last';
	}

	private compareValues(
		left: unknown,
		right: unknown,
		direction: SortRule['direction'],
	): number | null {
		if (left === null || right === null) {
			if (left === null && right === null) return 0;
			if (this.missing === undefined) return null;
			return (left === null) === (this.missing === 'first') ? -1 : 1;
		}
		if (left === right) return 0;
		const isComparable =
			(typeof left === 'number' && typeof right === 'number') ||
			(typeof left === 'string' && typeof right === 'string');
		if (!isComparable) return null;
		return left < right === (direction === 'asc') ? -1 : 1;
	}
}
