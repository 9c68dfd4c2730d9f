import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	countValues,
	isInOrder,
	isUnchanged,
	offsetOf,
	toRow,
	type Row,
} from '../../../../nodes/YisignEnvelope/check/rows.ts';

const rows = (...values: unknown[]): Row[] =>
	values.map((value, index) => ({ key: `${String(value)} ${index}`, value }));

describe('offsetOf', () => {
	it('finds where a page begins, for any index with different times', () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 0, max: 17 }),
				fc.integer({ min: 3, max: 30 }),
				(at, length) => {
					const all = rows(...Array.from({ length: 60 }, (_, index) => 1000 - index));
					expect(offsetOf(all.slice(at, at + length), all.slice(0, 20))).toBe(at);
				},
			),
		);
	});

	it('does not depend on the order of equal times', () => {
		const base = rows(9, 8, 8, 7, 6, 5, 4, 3);
		const page = rows(8, 7, 6, 5, 4, 3, 2);
		expect(offsetOf(page, base)).toBe(2);
	});

	it('goes by the records where all times are equal, if enough of them are the same', () => {
		const base = rows(...Array<number>(8).fill(1));
		expect(offsetOf(base.slice(3), base)).toBe(3);
		expect(offsetOf(base.slice(4), base)).toBeUndefined();
		expect(offsetOf(rows(...Array<number>(8).fill(1)).reverse(), base)).toBeUndefined();
	});

	it('says nothing about a page that begins elsewhere, or of which too little is known', () => {
		expect(offsetOf(rows(1, 0, -1), rows(9, 8, 7, 6))).toBeUndefined();
		expect(offsetOf(rows(9, 8), rows(9, 8))).toBeUndefined();
	});
});

describe('isInOrder', () => {
	it.each<[string, unknown[], 'asc' | 'desc', string]>([
		['numbers that fall', [3, 2, 2, 1], 'desc', 'kept'],
		['numbers that rise', [1, 2], 'desc', 'broken'],
		['values missing at an end', [null, null, 3, 2], 'desc', 'kept'],
		['values missing at both ends', [null, 1, 2, null], 'asc', 'kept'],
		['values missing in the middle', [1, null, 2], 'asc', 'broken'],
		['date texts', ['2024-12-01 08:00:00', '2024-12-02 08:00:00'], 'asc', 'kept'],
		['texts that are no dates', ['a', 'b'], 'asc', 'unclear'],
		['texts whose order is not that of their times', ['9', '10'], 'asc', 'unclear'],
		['numbers and texts', [1, '2'], 'asc', 'unclear'],
		['nothing', [], 'asc', 'kept'],
	])('%s', (_, values, direction, expected) => {
		expect(isInOrder(rows(...values), direction)).toBe(expected);
	});
});

describe('isUnchanged', () => {
	it('sees a record that came, went, or changed places', () => {
		const page = rows(3, 2, 1);
		expect(isUnchanged(page, rows(3, 2, 1))).toBe(true);
		expect(isUnchanged(page, rows(4, 3, 2))).toBe(false);
		expect(isUnchanged(page, rows(3, 2))).toBe(false);
	});

	it('does not take equal times in another order for a change, nor all equal ones for none', () => {
		const shuffled = [rows(3, 2, 2, 1), [0, 2, 1, 3].map((at) => rows(3, 2, 2, 1)[at])];
		expect(isUnchanged(shuffled[0], shuffled[1])).toBe(true);
		const equal = rows(2, 2);
		expect(isUnchanged(equal, equal.toReversed())).toBe(false);
	});
});

it('takes the value out of the record, or else what was sorted by, and no stand-in for none', () => {
	const hit = (created: unknown, sortValue: unknown) => ({
		key: 'k',
		hasId: true,
		envelopeId: 'e',
		record: { createdDatetime: created },
		sortValues: [sortValue],
	});
	const valueOf = (...values: [unknown, unknown]) =>
		toRow(hit(...values), 'createdDatetime:desc').value;
	expect(valueOf(5, 6)).toBe(5);
	expect(valueOf(null, 6)).toBe(6);
	expect(valueOf(undefined, 2 ** 63)).toBeNull();
	expect(countValues(rows(1, 1, null, 2))).toBe(2);
});
