import type { Page } from './paging.mts';
import { compareKeys, compareValues, fieldValue, type SortRule } from './query.mts';
import { hash, type Random } from './random.mts';
import type { IndexRecord } from './records.mts';
import type { SearchSettings } from './settings.mts';
import { storedValue } from './times.mts';

/** A record of a result, and the values of the sort rules' fields; `undefined` if missing. */
export type Row = { record: IndexRecord; keys: unknown[] };

/** The positions of rows whose keys are equal, both included. */
type Ties = { first: number; last: number };

/** A sorted result. */
export type Order = { rows: Row[]; rules: SortRule[]; tiesOf: (at: number) => Ties };

/**
 * Sorts records by the rules in turn. Equal ones come by their id, or, where there are replicas,
 * in the order of that `replica` (0 or 1); so the order is total.
 */
export function sortRecords(
	records: IndexRecord[],
	rules: SortRule[],
	settings: SearchSettings,
	replica: number,
): Order {
	const { ties, missing, searchSeed } = settings;
	const compare = compareKeys(rules, missing);
	const rows = records.map((record) => {
		const { envelope, id } = record;
		const keys = rules.map(
			({ field }) =>
				storedValue(field, fieldValue(envelope.source, field), envelope, settings) ?? undefined,
		);
		return { record, keys, tie: ties === 'replicas' ? hash(id, 2 * searchSeed + replica) : id };
	});
	rows.sort(
		(a, b) =>
			compare(a.keys, b.keys) ||
			compareValues(a.tie, b.tie) ||
			compareValues(a.record.index, b.record.index),
	);
	return { rows, rules, tiesOf: findTies(rows, (a, b) => compare(a.keys, b.keys) === 0) };
}

/** Finds the ties once they are asked for, all at once. */
function findTies(rows: Row[], equal: (a: Row, b: Row) => boolean): Order['tiesOf'] {
	let found: Ties[] | undefined;
	function findAll(): Ties[] {
		const all: Ties[] = [];
		for (let at = 0; at < rows.length; at++) {
			const ties = at > 0 && equal(rows[at - 1], rows[at]) ? all[at - 1] : { first: at, last: at };
			ties.last = at;
			all.push(ties);
		}
		return all;
	}
	return (at) => (found ??= findAll())[at];
}

/**
 * The rows of a page if equal ones come in an order drawn for this page. It costs as much as the
 * page is long, however many are equal.
 */
export function drawRows({ rows, tiesOf }: Order, { from, size }: Page, random: Random): Row[] {
	const end = Math.min(from + size, rows.length);
	const page: Row[] = [];
	for (let at = from; at < end; ) {
		const { first, last } = tiesOf(at);
		const next = Math.min(last + 1, end);
		// Fisher and Yates' shuffle of the ties, as far as this page shows any.
		const moved = new Map<number, number>();
		for (let place = first; place < first + next - at; place++) {
			const drawn = random.int(place, last);
			page.push(rows[moved.get(drawn) ?? drawn]);
			moved.set(drawn, moved.get(place) ?? place);
		}
		at = next;
	}
	return page;
}
