import { SENTINEL } from './envelope';
import { OrderEvidence } from './evidence';
import type { Hit } from './page';
import type { SortRule } from './query';
import { DEFAULT_SORT_RULE } from './query';

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
 * This holds as long as the sort values of a record do not change (see `isFixed`).
 */
export class SortOrder {
	/** Whether every page so far was in order, as far as the values tell. */
	isKept = true;

	/** Whether the values of every page so far tell its order. */
	isClear = true;

	/** Whether the server sorts by the first rule's time. */
	private readonly evidence: OrderEvidence;

	/** For each rule, as far as it has been seen. */
	private readonly missing: Array<Missing | undefined> = [];

	private readonly rules: readonly SortRule[];

	constructor(rules: readonly SortRule[]) {
		this.rules = rules;
		this.evidence = new OrderEvidence(rules);
	}

	/** Whether the values that a page's records are sorted by prove anything. */
	get isProof(): boolean {
		return this.isKept && this.isClear;
	}

	/** Whether the records came in the order asked for, by what the server and they themselves say. */
	get isAsAsked(): boolean {
		return this.isKept && !this.evidence.isRefuted;
	}

	/** Whether a time that lies beyond a bound shows that the rest does, too. */
	get isTrusted(): boolean {
		return this.isProof && this.evidence.isTrusted;
	}

	/** Whether a record keeps its place: when it was created never changes, all else may. */
	get isFixed(): boolean {
		return this.rules.every(({ field }) => field === DEFAULT_SORT_RULE.field);
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
			const [a, b] = [leftValues[index], rightValues[index]];
			const order =
				a === null || b === null
					? compareMissing(a, b, this.missing[index])
					: compareValues(a, b, direction);
			if (order !== 0) return order;
		}
		return 0;
	}

	/** Looks at records that the server sent one after the other. */
	observe(hits: readonly Hit[]): void {
		this.evidence.observe(hits);
		for (const [index, hit] of hits.entries()) {
			if (this.isUnsorted(hit)) this.isClear = false;
			if (index === 0) continue;
			this.learnMissing(hits[index - 1], hit);
			const order = this.compare(hits[index - 1], hit);
			if (order === null) this.isClear = false;
			else if (order > 0) this.isKept = false;
		}
	}

	/** Whether a record stands among the last, those that have no value for the first rule. */
	isMissingLast(hit: Hit): boolean {
		const [value] = this.valuesOf(hit);
		if (value === null) return this.missing[0] === 'last';
		if (typeof value !== 'number' || Math.abs(value) <= SENTINEL) return false;
		return value < 0 === (this.rules[0].direction === 'desc');
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

	/**
	 * How many records at the beginning stand in one group of equal values.
	 *
	 * @returns Infinity if all of them do, so that there may be more
	 */
	firstGroup(hits: readonly Hit[]): number {
		const length = hits.findIndex((hit) => this.compare(hit, hits[0]) !== 0);
		return length === -1 ? Infinity : length;
	}

	/** What the server says it sorted by, otherwise the record's own fields. */
	private valuesOf({ sortValues, record }: Hit): unknown[] {
		return this.rules.map(({ field }, index) => sortValues[index] ?? record[field] ?? null);
	}

	/** Whether the server says it sorted by nothing although the record has a value. */
	private isUnsorted({ sortValues, record }: Hit): boolean {
		return this.rules.some(
			({ field }, index) => sortValues[index] === null && (record[field] ?? null) !== null,
		);
	}

	/** Where records without a value stand, from two neighbours that differ by having one. */
	private learnMissing(left: Hit, right: Hit): void {
		const [before, after] = [this.valuesOf(left), this.valuesOf(right)];
		const index = before.findIndex((value, rule) => value !== after[rule]);
		if (index === -1 || (before[index] === null) === (after[index] === null)) return;
		this.missing[index] ??= before[index] === null ? 'first' : 'last';
	}
}

function compareMissing(left: unknown, right: unknown, missing?: Missing): number | null {
	if (left === right) return 0;
	if (missing === undefined) return null;
	return (left === null) === (missing === 'first') ? -1 : 1;
}

function compareValues(
	left: unknown,
	right: unknown,
	direction: SortRule['direction'],
): number | null {
	if (left === right) return 0;
	if (typeof left === 'string' && typeof right === 'string') {
		// Some servers tell A from a, others do not: what both agree on.
		const [a, b] = [left.toLowerCase(), right.toLowerCase()];
		if (a === b || a < b !== left < right) return null;
	} else if (typeof left !== 'number' || typeof right !== 'number') {
		return null;
	}
	return left < right === (direction === 'asc') ? -1 : 1;
}
