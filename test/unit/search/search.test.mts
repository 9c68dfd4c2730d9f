import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YisignError } from '../../../nodes/shared/errors.ts';
import { search } from '../../../nodes/shared/search/search.ts';
import type { Server } from './searchServer.mts';
import {
	exactly,
	makeServer,
	pageOf,
	range,
	refuseBeyond,
	searchIn,
	silent,
	upTo,
} from './searchServer.mts';
import type { Hit } from '../../../nodes/shared/search/page.ts';

/** Counts the records whose number is a multiple, as if filters dropped the others. */
const multiplesOf = (factor: number) => (hits: readonly Hit[]) =>
	hits.filter(({ record }) => Number(record.number) % factor === 0).length;

/** A change of the records just before the server serves its request number `at`, from 1. */
function changeAt(at: number, change: (records: number[]) => number[]): Server['before'] {
	return (_, server) => {
		if (server.served === at) server.records = change(server.records);
	};
}

/** A fault of every request from a position on. */
function faultFrom(position: number, fault: Error): Server['before'] {
	return (from) => {
		if (from >= position) throw fault;
	};
}

const timeout = new YisignError('transient', 'Yisign took too long to answer', {
	description: 'Try again later.',
	cause: 'temporarily-unavailable',
});

describe('the pages that are asked for', () => {
	it.each<[string, number, { from?: number; limit?: number }, number[]]>([
		['nothing found: one request', 0, {}, [0]],
		['all on the first page', 20, {}, [0]],
		['one more', 21, {}, [0, 19]],
		[
			'all of 100, each page with the last record of the one before',
			100,
			{},
			[0, 19, 38, 57, 76, 95],
		],
		['a limit on the first page', 100, { limit: 20 }, [0]],
		['a limit, pages side by side', 100, { limit: 50 }, [0, 20, 40]],
		['a limit just below the total', 100, { limit: 99 }, [0, 20, 40, 60, 80]],
		['a limit that is the total', 100, { limit: 100 }, [0, 19, 38, 57, 76, 95]],
		['a limit above the total', 40, { limit: 1000 }, [0, 19, 38]],
		['From', 100, { from: 30 }, [30, 49, 68, 87]],
		['From with a limit', 100, { from: 30, limit: 30 }, [30, 50]],
		['From with a limit above what is left', 100, { from: 60, limit: 50 }, [60, 79, 98]],
		['From at the last record', 100, { from: 99 }, [99]],
		['From after the last record', 100, { from: 100 }, [100]],
	])('%s', async (_, count, options, positions) => {
		const { numbers, shortfall, asked } = await searchIn(makeServer(count), options);
		expect(asked).toEqual(positions);
		expect(shortfall).toBeUndefined();
		const { from = 0, limit = Infinity } = options;
		expect(numbers.slice(0, limit)).toEqual(range(from, Math.min(count, from + limit)));
	});

	it.each<[string, Partial<Server>, number | undefined, number[]]>([
		['caps it at 7', { size: 7 }, undefined, [0, 6, 12, 18]],
		['caps it at 1', { size: 1, records: range(0, 4) }, undefined, [0, 1, 2, 3]],
		['enlarges it to 22', { size: 22 }, undefined, [0, 21]],
		['enlarges it to 50', { size: 50 }, undefined, [0]],
		['caps it at 7, with a limit', { size: 7 }, 15, [0, 7, 14]],
	])('follow the page size of a server that %s', async (_, server, limit, positions) => {
		const found = await searchIn(makeServer(25, server), { limit });
		expect(found.asked).toEqual(positions);
		expect(found.numbers.slice(0, limit)).toEqual(
			range(0, limit ?? (server.records ?? range(0, 25)).length),
		);
		expect(found.shortfall).toBeUndefined();
	});

	it.each<[string, Partial<Server>, number | undefined, number[]]>([
		['does not say how many there are', { count: silent }, undefined, [0, 19, 38]],
		[
			'does not say so, and the last page is full',
			{ count: silent, records: range(0, 39) },
			undefined,
			[0, 19, 38],
		],
		['does not say so and there are none', { count: silent, records: [] }, undefined, [0]],
		['does not say so, with a limit', { count: silent }, 20, [0]],
		['says "at least 30"', { count: upTo(30) }, undefined, [0, 19, 38]],
		['says "at least 30", with a limit', { count: upTo(30) }, 35, [0, 19]],
	])('go on to the end or the limit where the server %s', async (_, server, limit, positions) => {
		const { records, ...rest } = server;
		const all = records ?? range(0, 45);
		const found = await searchIn(makeServer(0, { records: all, ...rest }), { limit });
		expect(found.asked).toEqual(positions);
		expect(found.numbers.slice(0, limit)).toEqual(all.slice(0, limit));
		expect(found.shortfall).toBeUndefined();
	});

	it('are under way as many at once as allowed, after the first one alone', async () => {
		let running = 0;
		const seen: number[] = [];
		const { hits } = await search(
			async (from) => {
				running += 1;
				seen.push(running);
				await new Promise(setImmediate);
				running -= 1;
				return pageOf(range(from, Math.min(from + 20, 200)), exactly(200));
			},
			{ from: 0, parallelRequests: 3, countKept: (hits) => hits.length, hasChecks: false },
		);
		expect(hits).toHaveLength(200);
		expect(seen.slice(0, 4)).toEqual([1, 1, 2, 3]);
		expect(Math.max(...seen)).toBe(3);
	});
});

describe('a limit', () => {
	it('counts what the filters keep and reads on until that is enough', async () => {
		const options = { limit: 10, countKept: multiplesOf(4) };
		const found = await searchIn(makeServer(100), options);
		expect(found.asked).toEqual([0, 19]);
		expect(found.numbers.filter((n) => Number(n) % 4 === 0)).toHaveLength(10);
	});

	it('reads to the end where the filters keep too few', async () => {
		const found = await searchIn(makeServer(100), { limit: 30, countKept: multiplesOf(10) });
		expect(found.asked).toEqual([0, 19, 38, 57, 76, 95]);
		expect(found.numbers).toEqual(range(0, 100));
		expect(found.shortfall).toBeUndefined();
	});

	it('is reached wherever the server has enough, without a page that was not needed', async () => {
		const server = fc.record({
			count: fc.constantFrom(exactly, silent, upTo(30)),
			size: fc.integer({ min: 1, max: 25 }),
			records: fc.nat(120).map((count) => range(0, count)),
		});
		const options = fc.record({
			limit: fc.integer({ min: 1, max: 130 }),
			from: fc.nat(20),
			parallelRequests: fc.integer({ min: 1, max: 8 }),
		});
		await fc.assert(
			fc.asyncProperty(
				server,
				options,
				fc.integer({ min: 1, max: 5 }),
				async (own, rest, factor) => {
					const countKept = multiplesOf(factor);
					const found = await searchIn(makeServer(0, own), { ...rest, countKept });
					const all = own.records.slice(rest.from);
					expect(found.shortfall).toBeUndefined();
					expect(found.numbers).toEqual(all.slice(0, found.numbers.length));

					const kept = found.numbers.filter((n) => Number(n) % factor === 0).length;
					if (kept < rest.limit) expect(found.numbers).toEqual(all);
					const withoutLast = found.numbers.slice(0, -own.size);
					const needed = withoutLast.filter((n) => Number(n) % factor === 0).length;
					expect(needed).toBeLessThan(rest.limit);
				},
			),
			{ numRuns: 500 },
		);
	});
});

describe('envelopes that come twice', () => {
	it('are put out once where a new one pushed them onto the next page', async () => {
		const before = changeAt(2, (records) => [-1, ...records]);
		const found = await searchIn(makeServer(100, { before }), { limit: 60 });
		expect(found.numbers.slice(0, 60)).toEqual(range(0, 60));
		expect(found.shortfall).toBeUndefined();
	});
});

describe('a server that pages in its own way', () => {
	it.each([
		['all', undefined],
		['up to a limit', 50],
	])('ignores From: the first page and the reason, for %s', async (_, limit) => {
		const found = await searchIn(makeServer(100, { startOf: () => 0 }), { limit });
		expect(found.numbers).toEqual(range(0, 20));
		expect(found.shortfall?.kind).toBe('incomplete');
		expect(found.shortfall?.message).toBe('Only 20 of 100 matching envelopes could be read');
		expect(found.shortfall?.description).toContain('it ignores "from". Narrow the search');
	});

	it('ignores From and does not say how many there are', async () => {
		const found = await searchIn(makeServer(100, { startOf: () => 0, count: silent }));
		expect(found.numbers).toEqual(range(0, 20));
		expect(found.shortfall?.message).toBe('Only 20 of the matching envelopes could be read');
	});

	it('ignores From: no word about it where one page holds everything', async () => {
		const found = await searchIn(makeServer(20, { startOf: () => 0 }));
		expect(found).toEqual({ numbers: range(0, 20), shortfall: undefined, asked: [0] });
	});

	it('refuses From: the first page and the reason', async () => {
		const found = await searchIn(makeServer(100, { before: refuseBeyond(20) }));
		expect(found.numbers).toEqual(range(0, 20));
		expect(found.shortfall?.message).toBe('Only 20 of 100 matching envelopes could be read');
		expect(found.shortfall?.description).toBe(
			'Yisign refuses to send more than the first 20 (HTTP 400). It seems to allow the first page only. Narrow the search with conditions until its result fits on one page.',
		);
		expect(found.shortfall?.details.httpStatus).toBe(400);
	});

	it('goes by whole pages only: says so for everything, finds up to a limit', async () => {
		const startOf = (from: number) => from - (from % 20);
		const all = await searchIn(makeServer(90, { startOf }));
		expect(all.shortfall?.description).toContain('sends the same records again');
		const some = await searchIn(makeServer(90, { startOf }), { limit: 80 });
		expect(some.numbers).toEqual(range(0, 80));
		expect(some.shortfall).toBeUndefined();
	});

	it('counts envelopes but sends none: no endless search', async () => {
		const found = await searchIn(makeServer(0, { count: () => exactly(100) }));
		expect(found.asked).toEqual([0]);
		expect(found.shortfall?.message).toBe('Only 0 of 100 matching envelopes could be read');
		expect(found.shortfall?.description).toContain('counts more matching envelopes than it sends');
	});

	it('says "at least": so does the message', async () => {
		const server = { count: upTo(50), before: faultFrom(20, timeout) };
		const found = await searchIn(makeServer(100, server));
		expect(found.shortfall?.message).toBe(
			'Only 39 of at least 50 matching envelopes could be read',
		);
	});

	it('sends results without their content: the others, and the reason', async () => {
		const result = await search(
			async (from) => {
				const page = pageOf(range(from, Math.min(from + 10, 30)), exactly(30));
				const hits = page.hits.filter(({ record }) => Number(record.number) % 10 !== 9);
				return await Promise.resolve({ ...page, hits, emptyHits: page.hits.length - hits.length });
			},
			{ from: 0, parallelRequests: 1, countKept: (hits) => hits.length, hasChecks: false },
		);
		expect(result.hits.map(({ record }) => record.number)).toEqual(
			range(0, 30).filter((n) => n % 10 !== 9),
		);
		expect(result.shortfall?.message).toBe('Only 27 of 30 matching envelopes could be read');
		expect(result.shortfall?.description).toContain('Some results came without their content');
	});
});

describe('a fault', () => {
	it.each([1, 4])(
		'on a later page: what comes before it, and why (parallel: %d)',
		async (parallelRequests) => {
			const server = makeServer(100, { before: faultFrom(38, timeout) });
			const found = await searchIn(server, { parallelRequests });
			expect(found.asked).toEqual([0, 19, 38, 57, 76].slice(0, 2 + parallelRequests));
			expect(found.numbers).toEqual(range(0, 39));
			expect(found.shortfall).toMatchObject({
				kind: 'incomplete',
				message: 'Only 39 of 100 matching envelopes could be read',
				description: 'Yisign took too long to answer. Try again later.',
				details: { cause: 'temporarily-unavailable' },
			});
		},
	);

	it('on one page only: nothing from behind the gap', async () => {
		const before: Server['before'] = (from) => {
			if (from === 40) throw timeout;
		};
		const found = await searchIn(makeServer(100, { before }), { limit: 90 });
		expect(found.asked).toContain(60);
		expect(found.numbers).toEqual(range(0, 40));
		expect(found.shortfall?.message).toBe('Only 40 of 100 matching envelopes could be read');
	});

	it('behind the end of the result does no harm', async () => {
		const shrinks = changeAt(3, (records) => records.slice(0, 39));
		const before: Server['before'] = (from, server) => {
			shrinks(from, server);
			if (from >= 57) throw timeout;
		};
		const found = await searchIn(makeServer(100, { before }));
		expect(found.numbers).toEqual(range(0, 39));
		expect(found.shortfall).toBeUndefined();
	});

	it('on the first page is thrown as it is', async () => {
		await expect(searchIn(makeServer(100, { before: faultFrom(0, timeout) }))).rejects.toBe(
			timeout,
		);
	});

	it.each<[string, Error]>([
		['of ours', new TypeError('x is not a function')],
		['of a stopped workflow', new YisignError('cancelled', 'The workflow was stopped')],
	])('%s is thrown on any page, never told as a part of the result', async (_, fault) => {
		await expect(searchIn(makeServer(100, { before: faultFrom(0, fault) }))).rejects.toBe(fault);
		await expect(searchIn(makeServer(100, { before: faultFrom(57, fault) }))).rejects.toBe(fault);
	});
});

describe('the window of 10,000', () => {
	it.each([
		[20, 9975, 9980],
		[30, 9947, 9970],
		[1000, 8991, 9000],
	])(
		'is read to its edge in pages of %d: the last one is moved up to it',
		async (size, last, moved) => {
			const server = makeServer(10_000, { size, before: refuseBeyond(10_000) });
			const { numbers, shortfall, asked } = await searchIn(server);
			expect(asked.slice(-2)).toEqual([last, moved]);
			expect(numbers).toEqual(range(0, 10_000));
			expect(shortfall).toBeUndefined();
		},
	);

	it.each([
		['all', undefined],
		['a limit behind it', 11_000],
	])('ends a larger result: the first 10,000 and the way out, for %s', async (_, limit) => {
		const server = makeServer(12_000, { before: refuseBeyond(10_000) });
		const { numbers, shortfall } = await searchIn(server, { limit });
		expect(numbers).toEqual(range(0, 10_000));
		expect(shortfall?.message).toBe('Only 10,000 of 12,000 matching envelopes could be read');
		expect(shortfall?.description).toContain('Split it into several with conditions');
	});

	it('is not there on every server: then everything is read', async () => {
		const { numbers, shortfall } = await searchIn(makeServer(12_000));
		expect(numbers).toEqual(range(0, 12_000));
		expect(shortfall).toBeUndefined();
	});

	it.each([
		['at least 10,000', upTo(10_000)],
		['nothing', silent],
	])('ends a result of which the server says %s', async (_, count) => {
		const server = makeServer(12_000, { before: refuseBeyond(10_000), count });
		const { numbers, shortfall } = await searchIn(server);
		expect(numbers).toEqual(range(0, 10_000));
		expect(shortfall?.kind).toBe('incomplete');
	});

	it('is named with the number that was read', async () => {
		const server = makeServer(12_000, { before: refuseBeyond(10_000) });
		const { shortfall } = await searchIn(server);
		expect(shortfall?.description).toContain('more than the first 10,000 (HTTP 400)');
	});

	it('leaves no gap behind the moved page of a server without a window', async () => {
		const { numbers } = await searchIn(makeServer(12_000), { from: 10, limit: 11_000 });
		expect(numbers.slice(0, 11_000)).toEqual(range(10, 11_010));
	});
});

describe('a result that changes while it is read', () => {
	/** What has matched all the time must be there, or the result must say that it is not whole. */
	async function expectHonest(server: Server, options: Parameters<typeof searchIn>[1] = {}) {
		const first = server.records;
		const { numbers, shortfall } = await searchIn(server, { parallelRequests: 1, ...options });
		const permanent = first.filter((number) => server.records.includes(number));
		if (!shortfall) expect(numbers).toEqual(expect.arrayContaining(permanent));
		return { numbers, shortfall };
	}

	it('is whole where a removal pulled a record onto the page before', async () => {
		const before = changeAt(2, (records) => records.slice(5));
		const found = await expectHonest(makeServer(100, { before }));
		expect(found.shortfall).toBeUndefined();
		expect(found.numbers).toEqual(range(0, 100));
	});

	it('is whole where it emptied itself', async () => {
		const before = changeAt(2, () => []);
		const found = await expectHonest(makeServer(100, { before }));
		expect(found.shortfall).toBeUndefined();
	});

	it('is read once more where as many came in front as were removed behind', async () => {
		const before = changeAt(2, (records) => [-1, ...records.slice(0, -1)]);
		const server = makeServer(40, { before });
		const found = await expectHonest(server);
		expect(found.numbers).toEqual(range(-1, 39));
		expect(found.shortfall).toBeUndefined();
		expect(server.asked).toEqual([0, 19, 38, 0, 19, 38]);
	});

	it('is read once more where a removal may have opened a gap below the limit', async () => {
		const before = changeAt(2, (records) => records.slice(1));
		const server = makeServer(100, { before });
		const found = await searchIn(server, { limit: 50, parallelRequests: 1 });
		expect(found.numbers.slice(0, 50)).toEqual(range(1, 51));
		expect(found.shortfall).toBeUndefined();
	});

	it('is given up where it never stands still, and says so', async () => {
		const before: Server['before'] = (_, server) => {
			server.records = server.records.map((number) => number + 1000);
		};
		const found = await expectHonest(makeServer(40, { before }));
		expect(found.shortfall?.description).toContain('kept changing while they were read');
	});

	it('is not taken for a server that goes by whole pages', async () => {
		const comes = changeAt(2, (records) => [-1, ...records]);
		const leave = changeAt(3, () => [2, 3]);
		const before: Server['before'] = (from, server) => {
			comes(from, server);
			leave(from, server);
		};
		await expectHonest(makeServer(4, { size: 2, before }));
	});

	it('loses no record to a removal where filters let a limit read to the end', async () => {
		const before = changeAt(2, (records) => records.slice(1));
		await expectHonest(makeServer(100, { before }), { limit: 50, countKept: multiplesOf(4) });
	});

	it('loses no record to a removal with a page size of 1', async () => {
		const before = changeAt(2, (records) => records.slice(1));
		await expectHonest(makeServer(5, { size: 1, before }));
	});

	it('is put out in the order of the server', async () => {
		const before = changeAt(2, (records) => records.toSpliced(19, 0, 18.5));
		const { numbers } = await searchIn(makeServer(40, { before }), { parallelRequests: 1 });
		expect(numbers).toEqual(numbers.toSorted((a, b) => Number(a) - Number(b)));
	});

	it('keeps what the first reading found where the second one breaks', async () => {
		const change = changeAt(2, (records) => [-1, ...records.slice(0, -1)]);
		const before: Server['before'] = (from, server) => {
			change(from, server);
			if (server.served === 4) throw timeout;
		};
		const { numbers } = await searchIn(makeServer(40, { before }));
		expect(numbers.length).toBeGreaterThanOrEqual(39);
	});
});

describe('a server that sends fewer than it counts', () => {
	it('is asked no further than it takes to see it', async () => {
		const server = makeServer(50, { count: () => exactly(100) });
		const { numbers, shortfall } = await searchIn(server);
		expect(numbers).toEqual(range(0, 50));
		expect(shortfall?.message).toBe('Only 50 of 100 matching envelopes could be read');
	});

	it.each([
		['one', 51, undefined],
		['half, with a limit', 100, 80],
	])('does not keep the search from ending: %s is missing', async (_, total, limit) => {
		const server = makeServer(50, { count: () => exactly(total) });
		const { numbers, shortfall } = await searchIn(server, { limit });
		expect(numbers).toEqual(range(0, 50));
		expect(shortfall?.kind).toBe('incomplete');
	});
});
