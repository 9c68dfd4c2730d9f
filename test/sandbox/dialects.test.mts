import { describe, expect, it } from 'vitest';
import { makeEnvelopes, SIGNED, type Envelope } from '../../sandbox/envelopes.mts';
import type { Hit } from '../../sandbox/search.mts';
import { askSearch, sandbox, search, start, type Query } from './support.mts';

const FINISHED = { sort: 'envelopeFinishedDatetime:desc' };
const NOON = Date.UTC(2024, 11, 1, 4);

/** Envelopes with a created time of one's own each. */
function make(count: number, createdAt: (index: number) => number): Envelope[] {
	const envelopes = makeEnvelopes({ count, seed: 5 });
	envelopes.forEach(({ source }, index) => (source.createdDatetime = createdAt(index)));
	return envelopes;
}

const distinct = (count: number) => make(count, (index) => NOON + index * 1000);
const equal = (count: number) => make(count, () => NOON);

const wsids = (hits: Hit[]) => hits.map(({ _source }) => _source.envelopeWsid);
const found = async (query: Query = {}) => wsids((await search(query)).hits);
const statusOf = async (query: Query) => (await askSearch(query)).status;
/** How many rows a condition finds, whatever the page shows. */
async function count(q: string): Promise<unknown> {
	const { total } = await search({ q });
	return typeof total === 'object' ? total.value : total;
}

describe('paging', () => {
	it('rounds from down to a multiple of the size that is served', async () => {
		await start({ envelopes: distinct(100), paging: 'rounded', largestPage: 30 });
		const all = await Promise.all([0, 30, 60].map((from) => found({ from, size: 30 })));
		expect(await found({ from: 45, size: 20 })).toEqual(await found({ from: 40, size: 20 }));
		expect(await found({ from: 59, size: 50 })).toEqual(all[1]);
		expect(await found({ from: 60, size: 30 })).toEqual(all[2]);
	});

	it('clamps from to the last full page', async () => {
		await start({ envelopes: distinct(50), paging: 'clamped' });
		const last = await found({ from: 30 });
		expect(last).toHaveLength(20);
		expect(await found({ from: 40 })).toEqual(last);
		expect(await found({ from: 4000 })).toEqual(last);
		expect(await found({ from: 10 })).not.toEqual(last);
		expect(await found({ from: 10, size: 60 })).toHaveLength(50);
	});

	it('may ignore from and honour size', async () => {
		await start({ envelopes: distinct(100), paging: 'fromIgnored' });
		const first = await found({ size: 50 });
		expect(first).toHaveLength(50);
		expect(await found({ from: 50, size: 50 })).toEqual(first);
	});

	it('lifts the window', async () => {
		await start({ envelopes: distinct(100), window: 50 });
		expect(await statusOf({ from: 40 })).toBe(400);
		sandbox.options.window = Infinity;
		expect(await found({ from: 90 })).toHaveLength(10);
	});
});

describe('size', () => {
	it('is honoured up to a largest page, refused beyond it, or ignored', async () => {
		await start({ envelopes: distinct(100), largestPage: 50 });
		expect(await found({ size: 80 })).toHaveLength(50);
		sandbox.options.size = 'refused';
		expect(await statusOf({ size: 51 })).toBe(400);
		expect(await found({ size: 50 })).toHaveLength(50);
		sandbox.options.size = 'ignored';
		expect(await found({ size: 5 })).toHaveLength(20);
		expect(await found({ size: 80, from: 20 })).toHaveLength(20);
	});

	it('costs time for each row above 20', async () => {
		await start({ envelopes: distinct(100), delayPerRow: 5 });
		const time = async (size: number) => {
			const before = performance.now();
			await search({ size });
			return performance.now() - before;
		};
		expect(await time(100)).toBeGreaterThan(395);
		expect(await time(20)).toBeLessThan(395);
	});
});

describe('short pages', () => {
	it('has half of one page, and the rest behind it', async () => {
		await start({ envelopes: distinct(97), shortPageAt: 2, total: 'none' });
		const sizes = await Promise.all(
			[0, 20, 30, 50, 70, 90, 97].map(async (from) => (await found({ from })).length),
		);
		expect(sizes).toEqual([20, 10, 20, 20, 20, 7, 0]);
		// A page that repeats the last row of the one before is the same page.
		expect(await found({ from: 19 })).toHaveLength(10);
	});

	it('has half of some pages at random, the last one never', async () => {
		await start({ envelopes: distinct(97), shortPages: 30 });
		const lengths = new Set<number>();
		for (let turn = 0; turn < 40; turn++) lengths.add((await found({ from: 20 })).length);
		expect(lengths).toEqual(new Set([10, 20]));
		sandbox.options.shortPages = 100;
		expect(await found({ from: 80 })).toHaveLength(17);
		expect(await found({ from: 60 })).toHaveLength(10);
	});
});

describe('total', () => {
	it('is a lower bound, or not there', async () => {
		await start({ envelopes: distinct(100), total: 'gte' });
		expect((await search()).total).toEqual({ value: 100, relation: 'gte' });
		sandbox.options.countedRows = 40;
		expect((await search()).total).toEqual({ value: 40, relation: 'gte' });
		sandbox.options.total = 'object';
		expect((await search()).total).toEqual({ value: 40, relation: 'gte' });
		sandbox.options.total = 'none';
		expect(await search()).not.toHaveProperty('total');
	});
});

describe('ties', () => {
	it('come in another order with each request, seeded, and never twice in a page', async () => {
		const orders = async () => {
			const pages: string[][] = [];
			for (let turn = 0; turn < 4; turn++) pages.push(await found({ from: 10 }));
			await sandbox.close();
			return pages;
		};
		await start({ envelopes: equal(60), ties: 'random' });
		const first = await orders();
		expect(new Set(first.map(String)).size).toBe(4);
		for (const page of first) expect(new Set(page).size).toBe(20);
		await start({ envelopes: equal(60), ties: 'random' });
		expect(await orders()).toEqual(first);
		await start({ envelopes: equal(60), ties: 'random', searchSeed: 2 });
		expect(await orders()).not.toEqual(first);
	});

	it('lets records pass one another at the seam of two pages, but no other time', async () => {
		// Three of a kind each: the seam at 20 cuts the seventh kind.
		const envelopes = make(60, (index) => NOON - Math.floor(index / 3) * 1000);
		await start({ envelopes, ties: 'random' });
		const given = wsids(envelopes.map(({ source }) => ({ _source: source }) as Hit));
		let lost = 0;
		for (let turn = 0; turn < 30; turn++) {
			const pages = [...(await found()), ...(await found({ from: 20 }))];
			if (new Set(pages).size < 40) lost++;
			const kinds = pages.map((wsid) => Math.floor(given.indexOf(wsid) / 3));
			expect(kinds).toEqual(Array.from({ length: 40 }, (_, index) => Math.floor(index / 3)));
		}
		expect(lost).toBeGreaterThan(5);
		expect(lost).toBeLessThan(30);
	});

	it('shows every one of many equal records about as often', async () => {
		const envelopes = equal(50);
		await start({ envelopes, ties: 'random' });
		const seen = new Map<string, number>();
		for (let turn = 0; turn < 100; turn++) {
			for (const wsid of await found({ from: 15, size: 10 })) {
				seen.set(wsid, (seen.get(wsid) ?? 0) + 1);
			}
		}
		expect(seen.size).toBe(50);
		expect(Math.max(...seen.values())).toBeLessThan(45);
	});

	it('come in one of two orders where there are replicas', async () => {
		await start({ envelopes: equal(60), ties: 'replicas' });
		const pages: string[] = [];
		for (let turn = 0; turn < 20; turn++) pages.push(String(await found()));
		expect(new Set(pages).size).toBe(2);
		const sorted = { sort: 'envelopeWsid:asc' };
		expect(await found(sorted)).toEqual((await found(sorted)).toSorted());
	});
});

describe('sort values and missing values', () => {
	it('leaves the sort values out', async () => {
		await start({ count: 20, sortValues: 'none' });
		for (const hit of (await search()).hits) expect(hit).not.toHaveProperty('sort');
	});

	it('puts records without the value first in either direction', async () => {
		await start({ count: 300, missing: 'first' });
		for (const direction of ['asc', 'desc']) {
			const { hits } = await search({ sort: `envelopeFinishedDatetime:${direction}`, size: 300 });
			const values = hits.map(({ sort }) => sort?.[0] as number | null);
			const known = values.filter((value) => value !== null);
			expect(known.length).toBeLessThan(300);
			expect(values.slice(-known.length)).toEqual(
				known.toSorted((a, b) => (direction === 'asc' ? a - b : b - a)),
			);
			expect(values[0]).toBeNull();
		}
	});

	it.each([
		{ missing: 'last', direction: 'asc', value: '9223372036854775807' },
		{ missing: 'last', direction: 'desc', value: '-9223372036854775808' },
		{ missing: 'first', direction: 'asc', value: '-9223372036854775808' },
		{ missing: 'first', direction: 'desc', value: '9223372036854775807' },
	] as const)('writes a number that is missing as $value ($missing, $direction)', async (row) => {
		const envelopes = distinct(3);
		for (const { source } of envelopes) delete source.envelopeFinishedDatetime;
		await start({ envelopes, missing: row.missing, missingSort: 'sentinel' });
		const sort = `envelopeFinishedDatetime:${row.direction},bedNumber:asc`;
		const text = await (await askSearch({ sort })).text();
		expect(text.split(`"sort":[${row.value},`)).toHaveLength(4);
		expect(text).not.toContain('E+');
	});

	it('keeps a text that is missing null', async () => {
		const envelopes = distinct(1);
		envelopes[0].source.bedNumber = null;
		await start({ envelopes, missingSort: 'sentinel' });
		expect((await search({ sort: 'bedNumber:asc' })).hits[0].sort).toEqual([null]);
	});
});

describe('times', () => {
	const UNITS = {
		s: Math.floor(NOON / 1000),
		us: NOON * 1000,
		text: '2024-12-01 12:00:00',
	} as const;

	it.each(Object.keys(UNITS) as Array<keyof typeof UNITS>)('come in %s', async (timeUnit) => {
		const envelopes = equal(1);
		envelopes[0].source.envelopeFinishedDatetime = NOON;
		await start({ envelopes, timeUnit });
		const [hit] = (await search(FINISHED)).hits;
		expect(hit.sort).toEqual([UNITS[timeUnit]]);
		expect(hit._source.envelopeFinishedDatetime).toBe(UNITS[timeUnit]);
		expect(hit._source.createdDatetime).toBe(UNITS[timeUnit]);
	});

	it('are equal within a second that is all they say', async () => {
		const envelopes = make(20, (index) => NOON + index);
		await start({ envelopes, timeUnit: 's', ties: 'random' });
		expect(await found()).not.toEqual(await found());
	});

	it('come in several units, and in the order of their numbers', async () => {
		await start({ envelopes: distinct(200), timeUnit: 'mixed' });
		const { hits } = await search({ size: 200 });
		const times = hits.map(({ _source }) => _source.createdDatetime);
		const digits = new Set(times.map((time) => String(time).length));
		expect(digits).toEqual(new Set([10, 13, 16]));
		expect(times).toEqual(times.toSorted((a, b) => b - a));
	});

	it('are left out of the records, not out of the order', async () => {
		await start({ envelopes: distinct(30), createdTime: 'none' });
		const { hits } = await search();
		expect(hits[0]._source).not.toHaveProperty('createdDatetime');
		expect(hits[0].sort).toEqual([NOON + 29_000]);
	});

	it('lie in 2099 for some', async () => {
		await start({ count: 500, futureFinished: 10 });
		const { hits } = await search({ ...FINISHED, size: 500 });
		const years = hits.flatMap(({ _source: { envelopeFinishedDatetime: time } }) =>
			time ? [new Date(time).getUTCFullYear()] : [],
		);
		const late = years.filter((year) => year === 2099);
		expect(late.length).toBeGreaterThan(years.length / 20);
		expect(late.length).toBeLessThan(years.length / 5);
		expect(years.slice(0, late.length)).toEqual(late);
	});

	it('are those of a clock of the server’s own', async () => {
		await start({ count: 100, clockOffset: -3_600_000 });
		const ended = sandbox.sign();
		const date = Date.parse((await askSearch()).headers.get('date') ?? '');
		expect(Math.abs(Date.now() - 3_600_000 - date)).toBeLessThan(5000);
		const finished = ended?.source.envelopeFinishedDatetime ?? 0;
		expect(Math.abs(Date.now() - 3_600_000 - finished)).toBeLessThan(5000);
	});
});

describe('ids', () => {
	it('are left out', async () => {
		await start({ count: 20, ids: 'none' });
		for (const hit of (await search()).hits) expect(hit).not.toHaveProperty('_id');
	});

	it('are shared by two envelopes in two indices', async () => {
		await start({ envelopes: distinct(60), records: 'sharedIds' });
		const { hits } = await search({ size: 60 });
		expect(new Set(wsids(hits)).size).toBe(60);
		expect(new Set(hits.map(({ _id }) => _id)).size).toBe(30);
		expect(new Set(hits.map(({ _id, _index }) => `${_index} ${_id}`)).size).toBe(60);
		// Whatever else is removed, an envelope keeps its id.
		const idOf = (list: Hit[], wsid: string) =>
			list.find(({ _source }) => _source.envelopeWsid === wsid)?._id;
		const { envelopeWsid } = hits[59]._source;
		sandbox.envelopes.splice(sandbox.envelopes.length - 1, 1);
		sandbox.envelopes.splice(1, 3);
		sandbox.touch();
		const left = (await search({ size: 60 })).hits;
		expect(left).toHaveLength(56);
		expect(idOf(left, envelopeWsid)).toBe(hits[59]._id);
	});

	it.each(['copied', 'doubled'] as const)('stand twice for some envelopes: %s', async (records) => {
		await start({ envelopes: distinct(100), records });
		const { hits, total } = await search({ size: 200 });
		expect(total).toEqual({ value: hits.length, relation: 'eq' });
		expect(new Set(wsids(hits)).size).toBe(100);
		expect(hits.length).toBeGreaterThan(110);
		expect(hits.length).toBeLessThan(150);
		const ids = new Set(hits.map(({ _id }) => _id)).size;
		expect(ids).toBe(records === 'copied' ? 100 : hits.length);
		expect(new Set(hits.map(({ _id, _index }) => `${_index} ${_id}`)).size).toBe(hits.length);
	});
});

describe('q', () => {
	it('finds by some fields only', async () => {
		await start({ searchableFields: ['admissionNumber'] });
		const { admissionNo } = sandbox.envelopes.find(({ source }) => source.admissionNo)!.source;
		expect(await count(`(admissionNumber=${admissionNo})`)).toBeGreaterThan(0);
		const other = `(envelopeStatus=${SIGNED})`;
		expect(await count(other)).toBe(0);
		sandbox.options.unsearchable = 'refused';
		expect(await statusOf({ q: other })).toBe(400);
		sandbox.options.unsearchable = 'ignored';
		expect(await count(other)).toBe(2437);
		sandbox.options.searchableFields = 'all';
		expect(await count(other)).toBeLessThan(2437);
	});

	it('refuses a field that no record has', async () => {
		await start({ count: 20, unsearchable: 'refused' });
		expect(await statusOf({ q: '(nonsense=1)' })).toBe(400);
		expect(await statusOf({ q: '(bedNumber=1)' })).toBe(200);
	});

	it('finds by how a field begins', async () => {
		await start({ query: 'prefix' });
		const signed = await count(`(envelopeStatus=${SIGNED})`);
		expect(await count('(envelopeStatus=ED_)')).toBeGreaterThan(signed as number);
		expect(await count('(envelopeStatus=SUCCESS)')).toBe(0);
		sandbox.options.query = 'equals';
		expect(await count('(envelopeStatus=ED_)')).toBe(0);
	});

	it('finds by the name that goes with a code', async () => {
		await start();
		const byName = '(hospitalDepartmentId=产科)';
		expect(await count(byName)).toBe(0);
		sandbox.options.codes = 'codeOrName';
		expect(await count(byName)).toBe(await count('(hospitalDepartmentId=KS0101)'));
		expect(await count(byName)).toBeGreaterThan(0);
	});
});
