import { describe, expect, it } from 'vitest';
import { YisignError } from '../../../nodes/shared/errors.ts';
import type { SearchPage } from '../../../nodes/shared/search/page.ts';
import type { Span } from '../../../nodes/shared/search/pageReader.ts';
import type { SearchOptions } from '../../../nodes/shared/search/reading.ts';
import { search } from '../../../nodes/shared/search/search.ts';
import type { Dialect } from './liveIndex.mts';
import { LiveIndex, USUAL } from './liveIndex.mts';

interface Setup extends Partial<SearchOptions> {
	dialect?: Partial<Dialect>;
	/** How many envelopes in a row have the same time. */
	alike?: number;
	/** Looked at before each request is served, from number 1: faults to throw, changes to make. */
	before?: (request: number, span: Span, index: LiveIndex) => void;
	/** What the server makes of a page, the answer to the request of this number, from 1. */
	alter?: (page: SearchPage, request: number) => SearchPage;
}

const timeout = new YisignError('transient', 'Yisign took too long to answer', {
	description: 'Try again later.',
	cause: 'temporarily-unavailable',
});

/** So many envelopes, e0 the newest, each a second older than the one before. */
async function searchFor(
	count: number,
	{ dialect, alike = 1, before, alter = (page) => page, ...options }: Setup = {},
) {
	const records = Array.from({ length: count }, (_, number) => ({
		created: 1000 * Math.floor((count - 1 - number) / alike),
		envelope: `e${number}`,
		matches: true,
	}));
	const index = new LiveIndex(records, { ...USUAL, ties: 'stable', ...dialect }, () => 0.3);
	const asked: string[] = [];
	const { hits, reason } = await search(
		async (span) => {
			await Promise.resolve();
			const request = asked.push(`${span.from}+${span.size}`);
			before?.(request, span, index);
			return alter(index.page(span), request);
		},
		{
			sortRules: [{ field: 'createdDatetime', direction: 'desc' }],
			from: 0,
			parallelRequests: 4,
			...options,
		},
	);
	const numbers = hits.map(({ envelopeId }) => Number(envelopeId.replace(/\D/g, '')));
	return { numbers, reason, asked };
}

const range = (from: number, to: number): number[] =>
	Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);

/** Wants every so-maniest envelope. */
const everyOther =
	(factor: number): SearchOptions['isWanted'] =>
	({ envelopeId }) =>
		Number(envelopeId.slice(1)) % factor === 0;

/** Every request from this number on ends so. */
const faultAt =
	(first: number, fault: Error): Setup['before'] =>
	(request) => {
		if (request >= first) throw fault;
	};

describe('the pages that are asked for', () => {
	it.each<[string, number, Setup, string[]]>([
		['nothing found: one request', 0, {}, ['0+20']],
		['all on the first page', 20, {}, ['0+20']],
		['one more, with two shared records', 21, {}, ['0+20', '18+20']],
		['a few pages of the documented size', 90, {}, ['0+20', '18+20', '36+20', '54+20', '72+20']],
		['more: one larger page alone', 300, {}, ['0+20', '18+200', '216+200']],
		['many: a still larger one', 2000, {}, ['0+20', '18+200', '216+1000', '1214+1000']],
		['a limit on the first page', 100, { limit: 20 }, ['0+20']],
		['a small limit: a smaller page', 100, { limit: 5 }, ['0+5']],
		[
			'a limit: what is missing with the records that are shared',
			100,
			{ limit: 57 },
			['0+20', '18+20', '36+20', '54+3'],
		],
		['a limit above the total', 40, { limit: 1000 }, ['0+20', '18+20', '36+4']],
		['an explicit size', 100, { pageSize: 50 }, ['0+50', '48+50', '96+50']],
		['an explicit size is not made smaller for a limit', 100, { pageSize: 50, limit: 5 }, ['0+50']],
		['From, and that it is kept to', 100, { from: 60 }, ['60+20', '59+20', '78+20', '96+20']],
		['From after the last record', 100, { from: 100 }, ['100+20', '99+20']],
		[
			'a limit and what fits it: as many pages as that takes',
			100,
			{ limit: 10, isWanted: everyOther(4) },
			['0+20', '18+20'],
		],
	])('%s', async (_, count, setup, spans) => {
		const { numbers, reason, asked } = await searchFor(count, setup);
		expect(asked).toEqual(spans);
		expect(reason).toBeUndefined();
		const { from = 0, limit = Infinity, isWanted } = setup;
		if (!isWanted) expect(numbers).toEqual(range(from, Math.min(count, from + limit)));
	});

	it.each<[string, Partial<Dialect>]>([
		['caps pages at 5', { largestPage: 5 }],
		['caps pages at 30', { largestPage: 30 }],
		['refuses more than 30', { largestPage: 30, tooLarge: 'refused' }],
		['does not say how many there are', { total: 'none' }],
		['says "at least 40"', { total: 'gte' }],
		['sends one short page in the middle and does not count', { shortPage: 3, total: 'none' }],
		['gives no ids and does not count', { ids: false, total: 'none' }],
		['goes down to the beginning of a page', { paging: 'rounded', largestPage: 20 }],
		['goes down to the last full page', { paging: 'clamped', largestPage: 20 }],
	])('find all of 300 in order where the server %s', async (_, dialect) => {
		const { numbers, reason, asked } = await searchFor(300, { dialect });
		expect(reason).toBeUndefined();
		expect(numbers).toEqual(range(0, 300));
		expect(asked.length).toBeLessThan(dialect.largestPage === 5 ? 160 : 60);
	});

	it.each([1, 16])(
		'are read twice with Page Size 1, where neighbours share nothing: no more (%i at once)',
		async (parallelRequests) => {
			const { numbers, reason, asked } = await searchFor(100, { pageSize: 1, parallelRequests });
			expect(reason).toBeUndefined();
			expect(numbers).toEqual(range(0, 100));
			// The first page shows by itself that values will not prove anything.
			expect(asked).toHaveLength(1 + 2 * 100);
		},
	);

	it('are under way as many at once as allowed, after the first alone', async () => {
		let running = 0;
		const seen: number[] = [];
		const records = range(0, 300).map((number) => ({
			created: -number,
			envelope: `e${number}`,
			matches: true,
		}));
		const index = new LiveIndex(records, { ...USUAL, largestPage: 20 }, () => 0);
		await search(
			async (span) => {
				running += 1;
				seen.push(running);
				await new Promise(setImmediate);
				running -= 1;
				return index.page(span);
			},
			{
				sortRules: [{ field: 'createdDatetime', direction: 'desc' }],
				from: 0,
				parallelRequests: 3,
			},
		);
		// The first page, a trial, and then as many as allowed.
		expect(seen.slice(0, 5)).toEqual([1, 1, 1, 2, 3]);
		expect(Math.max(...seen)).toBe(3);
	});

	it('are no more than of use, whatever the server says of the total', async () => {
		const { asked } = await searchFor(100, { alter: (page) => ({ ...page, total: 2 ** 50 }) });
		expect(asked.length).toBeLessThan(40);
	});
});

describe('a limit', () => {
	it.each(['gte', 'none'] as const)(
		'is reached in as few requests where the total is %s',
		async (total) => {
			const { numbers, asked } = await searchFor(100, {
				limit: 77,
				dialect: { total, countedTo: 10 },
			});
			expect(numbers).toEqual(range(0, 77));
			expect(asked.length).toBeLessThanOrEqual(5);
		},
	);

	it('reads to the end where too few fit', async () => {
		const { numbers, reason } = await searchFor(100, { limit: 30, isWanted: everyOther(10) });
		expect(numbers).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
		expect(reason).toBeUndefined();
	});

	it('with checks over 20,000 records asks about each once and reads none twice', async () => {
		let checks = 0;
		const setup: Setup = {
			limit: 100_000,
			dialect: { window: Infinity },
			isWanted: ({ envelopeId }) => {
				checks += 1;
				return envelopeId === 'e19999';
			},
		};
		const { numbers, asked } = await searchFor(20_000, setup);
		expect(numbers).toEqual([19_999]);
		expect(checks).toBe(20_000);
		expect(asked.length).toBeLessThan(30);
	});
});

describe('a server that does not page as hoped', () => {
	it.each([undefined, 50])('ignores "from": the first page, and why (limit %s)', async (limit) => {
		const { numbers, reason, asked } = await searchFor(100, {
			dialect: { paging: 'ignored', largestPage: 20 },
			limit,
		});
		expect(numbers).toEqual(range(0, 20));
		expect(reason?.message).toBe('Only 20 of 100 matching envelopes could be read');
		expect(reason?.description).toContain('it ignores "from". Narrow the search');
		expect(asked.length).toBeLessThan(15);
	});

	it('ignores "from": no word about it where one page holds everything', async () => {
		const found = await searchFor(20, { dialect: { paging: 'ignored' } });
		expect(found).toEqual({ numbers: range(0, 20), reason: undefined, asked: ['0+20'] });
	});

	it.each(['ignored', 'clamped', 'rounded'] as const)(
		'does not begin at From (%s): stops instead of sending other envelopes',
		async (paging) => {
			const from = paging === 'clamped' ? 95 : 35;
			await expect(
				searchFor(100, { from, limit: 10, dialect: { paging, largestPage: 20 } }),
			).rejects.toThrow('Yisign does not begin at the record that From asks for');
		},
	);

	it.each([1, 2])(
		'does not begin at From, and its page %i is short: stops all the same',
		async (short) => {
			const alter: Setup['alter'] = ({ hits, ...page }, request) => ({
				...page,
				hits: request === short ? hits.slice(0, 10) : hits,
			});
			await expect(
				searchFor(30, {
					from: 35,
					limit: 5,
					isWanted: everyOther(1),
					alter,
					dialect: { paging: 'ignored' },
				}),
			).rejects.toThrow('Yisign does not begin at the record that From asks for');
		},
	);

	it('begins a larger page at its beginning, where all times are equal: stops', async () => {
		const dialect = { paging: 'rounded' as const };
		const { reason } = await searchFor(100, { from: 20, limit: 30, alike: 100, dialect });
		expect(reason?.details.description).toContain(
			'Yisign does not begin at the record that From asks for',
		);
	});

	it('goes by tens, and Page Size is 7: says what may be missing, also with a Limit', async () => {
		const { reason } = await searchFor(600, {
			limit: 57,
			pageSize: 7,
			alike: 600,
			dialect: { paging: 'tens', total: 'gte' },
		});
		expect(reason?.details.description).toContain('does not show whether envelopes are missing');
	});

	it('begins at From, and the page there is short', async () => {
		const alter: Setup['alter'] = ({ hits, ...page }, request) => ({
			...page,
			hits: request === 1 ? hits.slice(0, 10) : hits,
		});
		const { numbers, reason } = await searchFor(100, { from: 60, alter });
		expect(reason).toBeUndefined();
		expect(numbers).toEqual(range(60, 100));
	});

	it('goes by whole pages, and From is the beginning of one', async () => {
		const dialect = { paging: 'rounded' as const, largestPage: 20 };
		const { numbers, reason } = await searchFor(100, { from: 40, dialect });
		expect(reason).toBeUndefined();
		expect(numbers).toEqual(range(40, 100));
	});

	it('refuses all but the first page', async () => {
		const { numbers, reason } = await searchFor(100, { dialect: { window: 20 } });
		expect(numbers).toEqual(range(0, 20));
		expect(reason?.message).toBe('Only 20 of 100 matching envelopes could be read');
		expect(reason?.description).toContain(
			'Yisign refuses to send more than the first 20 (HTTP 400). It seems to allow the first page only.',
		);
		expect(reason?.details.httpStatus).toBe(400);
	});

	it('counts envelopes but sends none', async () => {
		const { reason, asked } = await searchFor(0, { alter: (page) => ({ ...page, total: 100 }) });
		expect(reason?.message).toBe('Only 0 of 100 matching envelopes could be read');
		expect(reason?.description).toContain('counts more matching envelopes than it sends');
		expect(asked.length).toBeLessThan(5);
	});
});

describe('a fault', () => {
	it.each([1, 4])(
		'on a later page: what comes before it, and why (%i at once)',
		async (parallel) => {
			const { numbers, reason } = await searchFor(90, {
				parallelRequests: parallel,
				before: (_, { from }) => {
					if (from >= 36) throw timeout;
				},
			});
			expect(numbers).toEqual(range(0, 38));
			expect(reason).toMatchObject({
				kind: 'incomplete',
				message: 'Only 38 of 90 matching envelopes could be read',
				description: 'Yisign took too long to answer. Try again later.',
				details: { cause: 'temporarily-unavailable' },
			});
		},
	);

	it('on one page only: nothing from behind the gap', async () => {
		const { numbers, reason, asked } = await searchFor(90, {
			before: (_, { from }) => {
				if (from === 36) throw timeout;
			},
		});
		expect(asked).toContain('54+20');
		expect(numbers).toEqual(range(0, 38));
		expect(reason?.message).toBe('Only 38 of 90 matching envelopes could be read');
	});

	it('on a larger page: the same with pages that work', async () => {
		const { numbers, reason, asked } = await searchFor(300, {
			before: (_, { size }) => {
				if (size > 20) throw timeout;
			},
		});
		expect(numbers).toEqual(range(0, 300));
		expect(reason).toBeUndefined();
		expect(asked.filter((span) => !span.endsWith('+20'))).toEqual(['18+200']);
	});

	it('on the first page is thrown as it is', async () => {
		await expect(searchFor(100, { before: faultAt(1, timeout) })).rejects.toBe(timeout);
	});

	it.each<[string, Error]>([
		['of ours', new TypeError('x is not a function')],
		['of a stopped workflow', new YisignError('cancelled', 'The workflow was stopped')],
	])('%s is thrown on any page', async (_, fault) => {
		await expect(searchFor(100, { before: faultAt(1, fault) })).rejects.toBe(fault);
		await expect(searchFor(100, { before: faultAt(3, fault) })).rejects.toBe(fault);
	});
});

describe('the window of 10,000', () => {
	it.each([20, 30, 1000, undefined])('is read to its edge in pages of %s', async (pageSize) => {
		const { numbers, reason } = await searchFor(10_000, { pageSize });
		expect(reason).toBeUndefined();
		expect(numbers).toEqual(range(0, 10_000));
	});

	it.each([undefined, 11_000])('ends a larger result and says so (limit %s)', async (limit) => {
		const { numbers, reason } = await searchFor(12_000, { limit });
		expect(numbers).toEqual(range(0, 10_000));
		expect(reason?.message).toBe('Only 10,000 of 12,000 matching envelopes could be read');
		expect(reason?.description).toContain('more than the first 10,000 (HTTP 400)');
		expect(reason?.description).toContain('Split it into several with conditions');
	});

	it.each(['gte', 'none'] as const)('ends one of which the total is %s', async (total) => {
		const { numbers, reason } = await searchFor(12_000, { dialect: { total, countedTo: 10_000 } });
		expect(numbers).toEqual(range(0, 10_000));
		expect(reason?.kind).toBe('incomplete');
	});

	it('is not there on every server: then everything is read', async () => {
		const { numbers, reason } = await searchFor(12_000, { dialect: { window: Infinity } });
		expect(reason).toBeUndefined();
		expect(numbers).toEqual(range(0, 12_000));
	});
});

describe('a server that sends nothing beyond its window', () => {
	const silent = { window: 100, pastWindow: 'empty' as const };

	it.each(['gte', 'none'] as const)(
		'nor for a page that is larger: all of 30 with Page Size 1000 (total: %s)',
		async (total) => {
			const { numbers, reason } = await searchFor(30, {
				pageSize: 1000,
				dialect: { ...silent, total, countedTo: 10 },
			});
			expect(reason).toBeUndefined();
			expect(numbers).toEqual(range(0, 30));
		},
	);

	it.each(['exact', 'gte', 'none'] as const)(
		'is not said to have sent all of 150 (total: %s)',
		async (total) => {
			const { numbers, reason } = await searchFor(150, { dialect: { ...silent, total } });
			expect(numbers).toEqual(range(0, numbers.length));
			expect(reason?.kind).toBe('incomplete');
			expect(reason?.description).toMatch(/^Yisign does not send more than the first \d+, and/);
			expect(reason?.description).toContain('Split it into several with conditions or dates');
		},
	);

	it.each(['exact', 'gte', 'none'] as const)(
		'sends all of 95, which are within it (total: %s)',
		async (total) => {
			const { numbers, reason, asked } = await searchFor(95, {
				dialect: { ...silent, total, countedTo: 1000 },
			});
			expect(reason).toBeUndefined();
			expect(numbers).toEqual(range(0, 95));
			expect(asked.length).toBeLessThan(20);
		},
	);

	it('does not seem to have sent all where a page is short just before it', async () => {
		const { reason } = await searchFor(150, {
			dialect: { ...silent, window: 95, total: 'none', shortPage: 5 },
			parallelRequests: 1,
			pageSize: 20,
		});
		expect(reason?.kind).toBe('incomplete');
	});

	it.each(['gte', 'none'] as const)(
		'sends nothing at From, and does not say that nothing is there: it stops (total: %s)',
		async (total) => {
			const dialect = { ...silent, total, countedTo: 10 };
			await expect(searchFor(150, { from: 120, limit: 10, dialect })).rejects.toThrow(
				'Yisign sends nothing from record 120 on, and does not say whether there is any',
			);
		},
	);
});

describe('From behind the last record, where the server does not count', () => {
	it.each(['gte', 'none'] as const)(
		'finds nothing, and that is true (total: %s)',
		async (total) => {
			const { numbers, reason } = await searchFor(97, {
				from: 150,
				dialect: { total, countedTo: 10 },
			});
			expect(numbers).toEqual([]);
			expect(reason).toBeUndefined();
		},
	);
});

describe('From on a server that begins again behind the last record, and does not count', () => {
	const restarts = { paging: 'restarts' as const, largestPage: 10, total: 'none' as const };

	it.each<[string, Setup]>([
		['where times tell the order', {}],
		['where times are the same around From', { alike: 50 }],
		[
			'where nothing tells the order',
			{ dialect: { sortValues: false, createdInRecord: false, largestPage: 20 } },
		],
	])('never returns records in front of From, %s', async (_, { alike, dialect }) => {
		const { numbers, reason } = await searchFor(100, {
			from: 30,
			limit: 72,
			alike,
			dialect: { ...restarts, ...dialect },
		});
		expect(numbers.toSorted((a, b) => a - b)).toEqual(range(30, 100));
		expect(reason?.kind).toBe('incomplete');
	});
});

describe('a server that never says more than "at least"', () => {
	it.each([20, 97, 200])('sends all of %i', async (count) => {
		const { numbers, reason } = await searchFor(count, {
			alter: (page) => ({ ...page, isTotalExact: false }),
		});
		expect(reason).toBeUndefined();
		expect(numbers).toEqual(range(0, count));
	});

	it('sends nothing of 3: that is not "none"', async () => {
		const { reason } = await searchFor(0, {
			alter: (page) => ({ ...page, total: 3, isTotalExact: false }),
		});
		expect(reason?.message).toBe('Only 0 of at least 3 matching envelopes could be read');
	});
});

describe('a result that changes while it is read', () => {
	it('is complete where a removal pulled a record onto the page before', async () => {
		const { numbers, reason } = await searchFor(60, {
			before: (request, _, index) => {
				if (request === 2) for (let n = 0; n < 5; n += 1) index.apply({ kind: 'leave', at: 0 });
			},
		});
		expect(reason).toBeUndefined();
		expect(numbers).toEqual(range(0, 60));
	});

	it('is complete where it emptied itself', async () => {
		const { reason } = await searchFor(60, {
			before: (request, _, index) => {
				if (request === 2) for (let n = 0; n < 60; n += 1) index.apply({ kind: 'leave', at: 0 });
			},
		});
		expect(reason).toBeUndefined();
	});

	it('has in front what arrives in front between two requests', async () => {
		const { numbers } = await searchFor(60, {
			parallelRequests: 1,
			before: (request, _, index) => {
				if (request === 2) for (let n = 0; n < 25; n += 1) index.apply({ kind: 'start' });
			},
		});
		const old = numbers.slice(numbers.indexOf(0));
		expect(old).toEqual(range(0, 60));
	});

	it('has a record that only one answer showed, since the copies that gave the others lag', async () => {
		const { numbers, reason } = await searchFor(10, {
			dialect: { total: 'none' },
			alter: ({ hits, ...page }, request) => ({
				...page,
				hits: request === 2 ? hits : hits.filter(({ envelopeId }) => envelopeId !== 'e9'),
			}),
		});
		expect(reason).toBeUndefined();
		expect(numbers).toEqual(range(0, 10));
	});

	it('keeps what the first reading found where the second one breaks', async () => {
		const { numbers, reason } = await searchFor(40, {
			before: faultAt(6, timeout),
			// One that is counted, and not sent.
			alter: (page) => ({ ...page, total: 41 }),
		});
		expect(numbers).toEqual(range(0, 40));
		expect(reason?.kind).toBe('incomplete');
	});
});

describe('records whose values do not distinguish them', () => {
	const blank = { sortValues: false, createdInRecord: false };

	it('are counted, where the server counts', async () => {
		const { numbers, reason } = await searchFor(97, { dialect: blank });
		expect(reason).toBeUndefined();
		expect(numbers.toSorted((a, b) => a - b)).toEqual(range(0, 97));
	});

	it('are not said to be all, where it does not', async () => {
		const dialect: Partial<Dialect> = { ...blank, total: 'none', largestPage: 20 };
		const { reason } = await searchFor(97, { dialect });
		expect(reason?.description).toContain('does not show whether envelopes are missing');
		expect(reason?.description).toContain('sort by another field');
	});

	it('need larger pages than an explicit Page Size allows: the message names it', async () => {
		const { reason } = await searchFor(97, { pageSize: 7, dialect: { ...blank, total: 'none' } });
		expect(reason?.description).toContain('Leave Page Size empty');
	});

	it('some come without their content: the others, and why', async () => {
		const { numbers, reason } = await searchFor(10, {
			alter: ({ hits, ...page }) => ({ ...page, hits: hits.slice(1), emptyHits: 1 }),
		});
		expect(numbers).toEqual(range(1, 10));
		expect(reason?.message).toBe('Only 9 of 10 matching envelopes could be read');
		expect(reason?.description).toContain('Some results came without their content');
	});
});
