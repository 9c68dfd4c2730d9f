import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortOrder } from '../../../nodes/shared/search/order.ts';
import type { Hit } from '../../../nodes/shared/search/page.ts';
import type { SortRule } from '../../../nodes/shared/search/query.ts';

const CREATED: SortRule = { field: 'createdDatetime', direction: 'desc' };
const DOCTOR: SortRule = { field: 'doctorID', direction: 'asc' };

function hit(...sortValues: unknown[]): Hit {
	const key = JSON.stringify(sortValues);
	return { key, hasId: true, envelopeId: key, record: {}, sortValues };
}

/** An order that has seen these records one after the other. */
function seen(rules: SortRule[], ...rows: unknown[][]): SortOrder {
	const order = new SortOrder(rules);
	order.observe(rows.map((values) => hit(...values)));
	return order;
}

describe('the values that records are sorted by', () => {
	it.each<[string, SortRule, unknown, unknown, boolean]>([
		['a larger number, descending', CREATED, 2, 1, true],
		['a smaller number, descending', CREATED, 1, 2, false],
		['a smaller number, ascending', DOCTOR, 1, 2, true],
		['the same number', CREATED, 1, 1, false],
		['an earlier text, ascending', DOCTOR, 'a', 'b', true],
		['a time in text, descending', CREATED, '2024-12-01 09:00:00', '2024-12-01 08:00:00', true],
		['a number and a text', DOCTOR, 1, '2', false],
		['texts that some servers order otherwise', DOCTOR, 'B', 'a', false],
		['texts that are one to some servers', DOCTOR, 'A', 'a', false],
		['numbers that JavaScript takes for one', CREATED, Number('9007199254740993'), 2 ** 53, false],
		['no value, as long as its place is not known', CREATED, 1, null, false],
		['lists', DOCTOR, [1], [2], false],
	])('%s: before only if every server must say so', (_, rule, left, right, isBefore) => {
		expect(new SortOrder([rule]).isBefore(hit(left), hit(right))).toBe(isBefore);
	});

	it('are the record’s own where the server names none', () => {
		const own = { createdDatetime: 5 };
		const order = new SortOrder([CREATED]);
		expect(order.isBefore({ ...hit(), record: own }, hit(3))).toBe(true);
		expect(order.isBefore({ ...hit(1), record: own }, hit(3))).toBe(false);
	});

	it('prove nothing where the server says it sorted by none', () => {
		const order = new SortOrder([CREATED]);
		order.observe([{ ...hit(null), record: { createdDatetime: 5 } }]);
		expect(order).toMatchObject({ isKept: true, isClear: false, isProof: false });
	});

	it('count by the first rule that distinguishes two records', () => {
		const order = new SortOrder([DOCTOR, CREATED]);
		expect(order.isBefore(hit('a', 1), hit('b', 9))).toBe(true);
		expect(order.isBefore(hit('a', 9), hit('a', 1))).toBe(true);
		expect(order.isBefore(hit('a', 1), hit('a', 1))).toBe(false);
	});

	it('show where records without one stand, for each rule by itself', () => {
		const order = seen([DOCTOR, CREATED], ['a', null], ['a', 3], ['b', 1], [null, 1]);
		expect(order.isProof).toBe(true);
		expect(order.isBefore(hit('z', 1), hit(null, 1))).toBe(true);
		expect(order.isBefore(hit('a', null), hit('a', 1))).toBe(true);
	});

	it.each<[string, unknown[][], { isKept: boolean; isClear: boolean }]>([
		['in order', [[3], [2], [2], [1]], { isKept: true, isClear: true }],
		['not in order', [[3], [1], [2]], { isKept: false, isClear: true }],
		['of two kinds', [[3], ['2']], { isKept: true, isClear: false }],
		['missing at both ends', [[null], [2], [null]], { isKept: false, isClear: true }],
	])('prove nothing once a page is not in their order: %s', (_, rows, expected) => {
		expect(seen([CREATED], ...rows)).toMatchObject(expected);
	});

	it('stay as they are only for Created Time', () => {
		expect(new SortOrder([CREATED]).isFixed).toBe(true);
		expect(new SortOrder([DOCTOR, CREATED]).isFixed).toBe(false);
	});
});

describe('a group of equal values', () => {
	it.each<[unknown[], number, number]>([
		[[], 0, Infinity],
		[[1], 1, Infinity],
		[[3, 2, 1], 1, 1],
		[[3, 3, 2, 2, 2], 3, 2],
		[[2, 2, 2], 3, Infinity],
	])('%j: %i at the end, %i at the beginning', (values, last, first) => {
		const hits = values.map((value) => hit(value));
		const order = new SortOrder([CREATED]);
		expect(order.lastGroup(hits)).toBe(last);
		expect(order.firstGroup(hits)).toBe(first);
	});
});

it('a page that continues another leaves nothing between them, in whichever order ties come', () => {
	const times = fc.array(fc.nat(12), { minLength: 2, maxLength: 40 });
	fc.assert(
		fc.property(
			times,
			fc.nat(39),
			fc.nat(39),
			fc.nat(39),
			fc.func(fc.nat()),
			(all, a, b, c, tie) => {
				const rows = all.map((time, number) => ({ time, number }));
				const serve = (request: number) =>
					rows.toSorted(
						(x, y) => y.time - x.time || tie(x.number, request) - tie(y.number, request),
					);
				const [end, from, to] = [1 + (a % all.length), b % all.length, 1 + (c % all.length)];
				const first = serve(1).slice(0, end);
				const next = serve(2).slice(from, Math.max(from + 1, to));
				const order = new SortOrder([CREATED]);
				const last = first[first.length - 1];
				if (!order.isBefore(hit(next[0].time), hit(last.time))) return;
				const found = new Set([...first, ...next].map(({ number }) => number));
				const reached = Math.min(last.time, next[next.length - 1].time);
				const missing = rows.filter(({ time, number }) => time > reached && !found.has(number));
				expect(missing).toEqual([]);
			},
		),
	);
});
