import { SENTINEL, toTime } from '../../shared/search/envelope';
import type { Hit } from '../../shared/search/page';
import type { SortRule } from '../../shared/search/query';

/** A record as it stands in an order. */
export interface Row {
	key: string;
	/** What it is sorted by; null if it has no value. */
	value: unknown;
}

/** @param sort as it was asked for; of several rules the first counts */
export function toRow({ key, record, sortValues }: Hit, sort = ''): Row {
	const [field] = sort.split(':');
	const value = record[field] ?? sortValues[0] ?? null;
	return { key, value: typeof value === 'number' && Math.abs(value) > SENTINEL ? null : value };
}

/** Fewer records than this that look the same tell nothing. */
const FEWEST_VALUES = 3;
const FEWEST_KEYS = 5;

/**
 * How many records of `base` come before the first of `page`, if `page` begins within it: by the
 * values that both are sorted by, which do not depend on how equal ones are ordered, or else by the
 * records themselves.
 *
 * @returns undefined if it begins elsewhere, or at one of several places
 */
export function offsetOf(page: readonly Row[], base: readonly Row[]): number | undefined {
	const byValues = placesOf(page, base, FEWEST_VALUES, (a, b) => a.value === b.value);
	if (byValues.length === 1) return byValues[0];
	const byKeys = placesOf(page, base, FEWEST_KEYS, (a, b) => a.key === b.key);
	return byKeys.length === 1 ? byKeys[0] : undefined;
}

function placesOf(
	page: readonly Row[],
	base: readonly Row[],
	fewest: number,
	isSame: (left: Row, right: Row) => boolean,
): number[] {
	return base.flatMap((_, offset) => {
		const overlap = Math.min(base.length - offset, page.length);
		if (overlap < fewest) return [];
		const both = page.slice(0, overlap);
		return both.every((row, index) => isSame(row, base[offset + index])) ? [offset] : [];
	});
}

/** Whether two pages show the same part of an index that did not change in between. */
export function isUnchanged(left: readonly Row[], right: readonly Row[]): boolean {
	if (left.length !== right.length) return false;
	if (left.every(({ key }, index) => key === right[index].key)) return true;
	const isSame = left.every(({ value }, index) => value === right[index].value);
	return isSame && countValues(left) > 1;
}

/** How many different values there are, none not counted. */
export function countValues(rows: readonly Row[]): number {
	return new Set(rows.map(({ value }) => value).filter((value) => value !== null)).size;
}

/** Whether values come in an order; those without one may stand at either end. */
export type Kept = 'kept' | 'broken' | 'unclear';

export function isInOrder(rows: readonly Row[], direction: SortRule['direction']): Kept {
	const values = rows.map(({ value }) => value);
	const first = values.findIndex((value) => value !== null);
	const last = values.findLastIndex((value) => value !== null);
	const known = values.slice(first === -1 ? 0 : first, last + 1);
	if (known.includes(null)) return 'broken';
	const steps = known.slice(1).map((value, index) => compareStep(known[index], value));
	if (steps.includes(null)) return 'unclear';
	const wrong = direction === 'asc' ? 1 : -1;
	return steps.some((step) => step === wrong) ? 'broken' : 'kept';
}

/** -1, 0 or 1; null if it cannot be said: numbers and texts mixed, or texts that are no such times. */
function compareStep(left: unknown, right: unknown): number | null {
	if (typeof left === 'number' && typeof right === 'number') return Math.sign(left - right);
	if (typeof left !== 'string' || typeof right !== 'string') return null;
	const [a, b] = [toTime(left), toTime(right)];
	if (a === null || b === null) return null;
	const byText = left === right ? 0 : left < right ? -1 : 1;
	return Math.sign(a - b) === byText ? byText : null;
}
