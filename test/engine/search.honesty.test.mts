import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeEnvelopes, SIGNED, WAITING, type Envelope } from '../../sandbox/envelopes.mts';
import type { Fault } from '../../sandbox/faults.mts';
import type { SearchSettings } from '../../sandbox/settings.mts';
import { column, conditions, hintsOf, messageOf, startSetup, type Setup } from './support.mts';

/** What makes a search lose envelopes in silence, or stop without a need: one test for each. */
let setup: Setup;
let defaults: Setup['sandbox']['options'];

beforeAll(async () => {
	setup = await startSetup({ count: 0 });
	defaults = { ...setup.sandbox.options };
});
afterAll(() => setup.sandbox.close());

beforeEach(() => {
	Object.assign(setup.sandbox.options, defaults);
});

/** Serves so many envelopes, in groups with the same created time, e0 the oldest. */
function serve(count: number, dialect: Partial<SearchSettings> = {}, ties = 1): Envelope[] {
	const { envelopes, options } = setup.sandbox;
	const made = makeEnvelopes({ count: 1 }).concat(makeEnvelopes({ count: count - 1, seed: 7 }));
	for (const [number, { source }] of made.entries()) {
		source.createdDatetime = Date.UTC(2024, 10, 1) + 1000 * Math.floor(number / ties);
	}
	envelopes.splice(0, Infinity, ...made);
	Object.assign(options, dialect);
	setup.sandbox.touch();
	setup.sandbox.clearRequests();
	return made;
}

/** Something that happens before each search request but the first. */
function between(act: (request: number) => void): Fault {
	let requests = 0;
	return {
		name: 'between',
		handle() {
			requests += 1;
			if (requests > 1) {
				act(requests);
				setup.sandbox.touch();
			}
			return false;
		},
	};
}

let serial = 0;

/** A new envelope, created after all others. */
function start(): void {
	const { envelopes } = setup.sandbox;
	serial += 1;
	const envelopeWsid = `WSID_ENVE_${serial.toString(16).padStart(32, '0')}`;
	const createdDatetime = Date.UTC(2025, 0, 1) + serial;
	const [{ source }] = envelopes;
	envelopes.push({ id: `new-${serial}`, source: { ...source, envelopeWsid, createdDatetime } });
}

const idsOf = (envelopes: readonly Envelope[]) =>
	envelopes.map(({ source }) => source.envelopeWsid);

const ASCENDING = { sort: { rule: [{ field: 'createdDatetime', direction: 'asc' }] } };

describe('a primary and a replica that order records of the same time differently', () => {
	it('lose none of 400, oldest first, while envelopes are started', async () => {
		const made = serve(400, { ties: 'replicas' }, 3);
		setup.sandbox.options.faults = [between(start)];
		const found = column(await setup.run({ returnAll: true, ...ASCENDING }));
		expect(found).toEqual(expect.arrayContaining(idsOf(made)));
		expect(new Set(found).size).toBe(found.length);
	});

	it('end with a message where envelopes are started at each request and not counted', async () => {
		serve(90, { ties: 'replicas', total: 'none' }, 3);
		setup.sandbox.options.faults = [between(start)];
		const result = await setup.run({ returnAll: true, ...ASCENDING });
		expect(messageOf(result)).toContain('kept changing while they were read');
		expect(setup.sandbox.requests.length).toBeLessThan(60);
	});

	it('lose none of those that still wait while people sign', async () => {
		const made = serve(300, { ties: 'replicas' }, 3);
		for (const { source } of made) source.envelopeStatus = WAITING;
		let signed = 0;
		setup.sandbox.options.faults = [
			between(() => {
				made[signed].source.envelopeStatus = SIGNED;
				signed += 7;
			}),
		];
		const result = await setup.run({
			returnAll: true,
			...conditions({ field: 'envelopeStatus', value: WAITING }),
		});
		const waiting = made.filter(({ source }) => source.envelopeStatus === WAITING);
		expect(result.error).toBeUndefined();
		expect(column(result)).toEqual(expect.arrayContaining(idsOf(waiting)));
	});

	it('lose none of 12,000 that are counted as "at least 10,000"', async () => {
		const made = serve(12_000, { ties: 'replicas', window: Infinity }, 3);
		const result = await setup.run({ returnAll: true });
		expect(result.error).toBeUndefined();
		expect(new Set(column(result))).toEqual(new Set(idsOf(made)));
	}, 60_000);

	it.each(['none', 'object'] as const)(
		'lose none of 97 and stop at nothing where nothing changes (total: %s)',
		async (total) => {
			const made = serve(97, { ties: 'replicas', total }, 3);
			const result = await setup.run({ returnAll: true });
			expect(messageOf(result)).toBe(' | ');
			expect(new Set(column(result))).toEqual(new Set(idsOf(made)));
			expect(column(result)).toHaveLength(97);
		},
	);

	it('need larger pages than an explicit Page Size allows: the message says so', async () => {
		serve(97, { ties: 'replicas', total: 'none' }, 9);
		const result = await setup.run({ returnAll: true, options: { pageSize: 5 } });
		expect(messageOf(result)).toContain('Leave Page Size empty');
		const sizes = new Set(setup.sandbox.requests.map(({ query }) => query.size));
		expect(sizes).toEqual(new Set(['5']));
	});
});

describe('a server that pages in its own way', () => {
	it.each(['object', 'none'] as const)(
		'moves "from" back to its last full page: a few requests, and an end (total: %s)',
		async (total) => {
			serve(97, { paging: 'clamped', total });
			await setup.run({ returnAll: true, options: { maxRetries: 0 } });
			expect(setup.sandbox.requests.length).toBeLessThan(40);
		},
	);

	it('moves "from" down to a whole page: all of 97', async () => {
		const made = serve(97, { paging: 'rounded', size: 'ignored' });
		const result = await setup.run({ returnAll: true });
		expect(messageOf(result)).toBe(' | ');
		expect(new Set(column(result))).toEqual(new Set(idsOf(made)));
		expect(column(result)).toHaveLength(97);
	});

	it('sends one short page in the middle and does not count: all of 97', async () => {
		const made = serve(97, { shortPageAt: 3, total: 'none', largestPage: 20 });
		const result = await setup.run({ returnAll: true });
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toHaveLength(made.length);
	});

	it('sends short pages all the time: all of 600, without asking for most of them in vain', async () => {
		serve(600, { shortPages: 50, largestPage: 20 });
		const result = await setup.run({ returnAll: true, options: { parallelRequests: 16 } });
		expect(column(result)).toHaveLength(600);
		expect(setup.sandbox.requests.length).toBeLessThan(250);
	});

	it.each(['ignored', 'fromIgnored', 'clamped', 'rounded'] as const)(
		'does not begin at From (%s): it stops instead of sending other envelopes',
		async (paging) => {
			serve(97, { paging });
			const result = await setup.run({ limit: 20, options: { from: 87 } });
			expect(messageOf(result)).toMatch(/^Yisign does not begin at the record that From asks for/);
		},
	);
});

/** A server that finds nothing at all from a position on, and counts 0 there. */
function emptyBeyond(window: number): Fault {
	return {
		name: 'empty beyond the window',
		async handle({ query }, reply) {
			if (Number(query.from) < window) return false;
			await reply.send({ hits: { total: { value: 0, relation: 'eq' }, hits: [] } });
			return true;
		},
	};
}

describe('From beyond what the server sends', () => {
	it('stops where nothing comes although more is counted', async () => {
		serve(97);
		setup.sandbox.options.faults = [emptyBeyond(40)];
		const result = await setup.run({ limit: 20, options: { from: 60 } });
		expect(messageOf(result)).toContain('Yisign does not send more than the first 60');
	});

	it('returns nothing behind the last record', async () => {
		serve(97);
		const result = await setup.run({ limit: 20, options: { from: 200 } });
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toEqual([]);
	});
});

describe('a copy of the index that lacks the newest envelope', () => {
	/** Searches by a condition are answered by it, but for some. */
	function lagging(isUpToDate: (search: number) => boolean): Fault {
		let searches = 0;
		return {
			name: 'lagging',
			async handle({ query }, reply) {
				if (query.q === undefined || isUpToDate((searches += 1))) return false;
				await reply.send({ hits: { total: { value: 0, relation: 'eq' }, hits: [] } });
				return true;
			},
		};
	}

	it('is searched again', async () => {
		const newest = serve(20).at(-1)!;
		setup.sandbox.options.faults = [lagging((search) => search > 1)];
		const value = newest.source.envelopeWsid;
		const result = await setup.run(conditions({ field: 'envelopeWsid', value }));
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toEqual([value]);
	});

	it.each([10, 39])(
		'is searched a third time, before anything is said about the field (number %i)',
		async (number) => {
			const made = serve(40);
			setup.sandbox.options.faults = [lagging((search) => search > 2)];
			const value = made[number].source.envelopeWsid;
			const result = await setup.run(conditions({ field: 'envelopeWsid', value }));
			expect(messageOf(result)).toBe(' | ');
			expect(column(result)).toEqual([value]);
		},
	);

	it('is no proof that Yisign does not search by the field: a hint says so', async () => {
		const newest = serve(40).at(-1)!;
		newest.source.createdDatetime = Date.now();
		setup.sandbox.touch();
		setup.sandbox.options.faults = [lagging(() => false)];
		const value = newest.source.envelopeWsid;
		const result = await setup.run(conditions({ field: 'envelopeWsid', value }));
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toEqual([]);
		expect(hintsOf(result).join()).toMatch(
			/^Yisign finds no envelope by envelopeWsid, although one of the newest has the value/,
		);
	});

	it('takes none away that the search had seen when it was searched again', async () => {
		const newest = serve(20).slice(-3);
		for (const { source } of newest) source.admissionNo = '7700';
		setup.sandbox.touch();
		setup.sandbox.options.faults = [lagging((search) => search === 2)];
		const result = await setup.run(conditions({ field: 'admissionNumber', value: '7700' }));
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toEqual(idsOf(newest).toReversed());
	});
});

describe('envelopes that are signed after recent ones were read', () => {
	const waiting = {
		...conditions({ field: 'envelopeStatus', value: '={{ $json.status }}' }),
		options: { parallelRequests: 1 },
	};

	/** One that waits is signed when it is searched for, and stays so or waits again. */
	function signing(index: number, staysSigned: boolean): Fault {
		const [{ source }] = setup.sandbox.envelopes.slice(index);
		source.envelopeStatus = WAITING;
		source.createdDatetime = Date.now();
		setup.sandbox.touch();
		return {
			name: 'signing',
			handle({ query }) {
				const isAsked = Boolean(query.q?.includes(WAITING));
				if (isAsked || !staysSigned) source.envelopeStatus = isAsked ? SIGNED : WAITING;
				setup.sandbox.touch();
				return false;
			},
		};
	}

	it.each(['between two input items', 'while they are searched for'])(
		'are not found, and no sign that Yisign does not search by status: %s',
		async (when) => {
			for (const { source } of serve(40)) source.envelopeStatus = SIGNED;
			const isBetween = when === 'between two input items';
			setup.sandbox.options.faults = [signing(isBetween ? 10 : 39, isBetween)];
			const input = [...(isBetween ? [{ status: 'ED_NONE' }] : []), { status: WAITING }];
			const result = await setup.run({ returnAll: true, ...waiting }, { input });
			expect(messageOf(result)).toBe(' | ');
			expect(column(result)).toEqual([]);
		},
	);
});

describe('a server that sends nothing beyond its window, and counts no more than "at least"', () => {
	const silent = { window: 100, pastWindow: 'empty', total: 'gte', countedRows: 100 } as const;

	it('sends all of 20, also where Page Size reaches beyond it', async () => {
		const made = serve(20, silent);
		const result = await setup.run({ returnAll: true, options: { pageSize: 1000 } });
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toEqual(idsOf(made).toReversed());
	});

	it('is not said to have sent everything, where it has more', async () => {
		serve(250, silent);
		const result = await setup.run({ returnAll: true });
		expect(messageOf(result)).toMatch(/^Only \d+ of at least 100 matching envelopes could be read/);
		expect(messageOf(result)).toContain('Split it into several with conditions or dates');
	});
});

describe('records that look alike', () => {
	it.each<[string, Partial<SearchSettings>]>([
		['one _id in two indices', { records: 'sharedIds' }],
		['two records of one envelope', { records: 'doubled' }],
		['two records of one envelope without _id', { records: 'doubled', ids: 'none' }],
		['a copy in another index', { records: 'copied' }],
	])('are each envelope once, and no reason to stop: %s', async (_, dialect) => {
		const made = serve(97, dialect);
		const result = await setup.run({ returnAll: true });
		expect(messageOf(result)).toBe(' | ');
		expect(column(result).toSorted()).toEqual(idsOf(made).toSorted());
	});
});

describe('envelopes that are started meanwhile', () => {
	it('stand in front, where the newest come first', async () => {
		const made = serve(97, { largestPage: 20 });
		setup.sandbox.options.faults = [
			between((request) => {
				for (let count = 0; request === 2 && count < 25; count += 1) start();
			}),
		];
		const found = column(await setup.run({ returnAll: true }));
		expect(found.slice(-97)).toEqual(idsOf(made).toReversed());
	});
});

describe('an envelope that ends meanwhile, where those that ended last come first', () => {
	it.each(['object', 'none'] as const)(
		'is not lost on its way to the front (total: %s)',
		async (total) => {
			const made = serve(97, { total, largestPage: 20 });
			for (const [number, { source }] of made.entries()) {
				source.envelopeFinishedDatetime = number < 10 ? null : Date.UTC(2024, 10, 2) + number;
			}
			setup.sandbox.touch();
			const moved = made.filter(({ source }) => source.envelopeFinishedDatetime === null).slice(-3);
			setup.sandbox.options.faults = [
				between((request) => {
					if (request !== 3) return;
					for (const { source } of moved) source.envelopeFinishedDatetime = Date.UTC(2025, 0, 1);
				}),
			];
			const result = await setup.run({
				returnAll: true,
				sort: { rule: [{ field: 'envelopeFinishedDatetime', direction: 'desc' }] },
			});
			if (!result.error) expect(column(result)).toEqual(expect.arrayContaining(idsOf(made)));
			expect(messageOf(result)).toBe(' | ');
		},
	);
});

describe('a limit with a condition that the server does not keep to', () => {
	/** ms of the processor for finding the oldest of so many envelopes. */
	async function measure(count: number): Promise<number> {
		const made = serve(count, { query: 'ignored', window: Infinity });
		const value = made[0].source.envelopeWsid;
		const begin = process.cpuUsage();
		const result = await setup.run({
			limit: 10,
			...conditions({ field: 'envelopeWsid', value }),
		});
		const { user, system } = process.cpuUsage(begin);
		expect(column(result)).toEqual([value]);
		return (user + system) / 1000;
	}

	it('takes 20,000 records in line with 5,000', async () => {
		await measure(2000);
		const [small, large] = [await measure(5000), await measure(20_000)];
		// Four times as many; sixteen times the time would be quadratic.
		expect(large / small).toBeLessThan(9);
	}, 60_000);
});

describe('the page size, if none is set', () => {
	const sizes = () => setup.sandbox.requests.map(({ query }) => Number(query.size));

	it('grows from 20 to 200 and 1,000', async () => {
		serve(2437);
		expect(column(await setup.run({ returnAll: true }))).toHaveLength(2437);
		expect(sizes()).toEqual([20, 200, 1000, 1000, 1000]);
	});

	/** Requests of the same search with Page Size 20. */
	async function requestsWith20(): Promise<number> {
		setup.sandbox.clearRequests();
		await setup.run({ returnAll: true, options: { pageSize: 20 } });
		return setup.sandbox.requests.length;
	}

	it.each<[string, Partial<SearchSettings>]>([
		['caps it at 20', { largestPage: 20 }],
		['ignores it', { size: 'ignored' }],
		['refuses more than 20', { size: 'refused', largestPage: 20 }],
	])('costs one request more at the most where the server %s', async (_, dialect) => {
		const made = serve(300, dialect);
		const expected = await requestsWith20();
		setup.sandbox.clearRequests();
		const result = await setup.run({ returnAll: true });
		expect(column(result)).toEqual(idsOf(made).toReversed());
		expect(sizes().length).toBeLessThanOrEqual(expected + 1);
		expect(sizes().filter((size) => size > 20)).toHaveLength(1);
	});

	it.each([500, 503])('goes back to 20 at HTTP %i, and not as a retry', async (status) => {
		serve(300);
		setup.sandbox.options.faults = [
			largePages(async (reply) => {
				await reply.code(status).send('');
			}),
		];
		const result = await setup.run({ returnAll: true, options: { maxRetries: 0 } });
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toHaveLength(300);
		expect(sizes().filter((size) => size > 20)).toHaveLength(1);
	});

	it('goes back to 20 where a larger page takes much longer', async () => {
		serve(300);
		setup.sandbox.options.faults = [largePages(() => sleep(1300))];
		expect(column(await setup.run({ returnAll: true }))).toHaveLength(300);
		expect(sizes().filter((size) => size > 20)).toHaveLength(1);
	});

	it('goes back to 20 where larger pages are refused later', async () => {
		serve(2437);
		let large = 0;
		setup.sandbox.options.faults = [
			largePages(async (reply) => {
				large += 1;
				if (large > 2) await reply.code(400).send('');
			}),
		];
		const result = await setup.run({ returnAll: true });
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toHaveLength(2437);
	});

	it.each([7, 50, 500])('is never above an explicit %i', async (pageSize) => {
		serve(1200, { ties: 'random' }, 2);
		const result = await setup.run({ returnAll: true, options: { pageSize } });
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toHaveLength(1200);
		expect(new Set(sizes())).toEqual(new Set([pageSize]));
	});

	it('grows for a search that ends at its limit only as far as that takes', async () => {
		serve(2437);
		expect(column(await setup.run({ limit: 150 }))).toHaveLength(150);
		expect(sizes().reduce((sum, size) => sum + size, 0)).toBeLessThan(250);
	});
});

/** What happens to pages of more than 20 records, before they are served if at all. */
function largePages(act: (reply: Parameters<Fault['handle']>[1]) => Promise<unknown>): Fault {
	return {
		name: 'large pages',
		async handle({ query }, reply) {
			if (Number(query.size) <= 20) return false;
			await act(reply);
			return reply.sent;
		},
	};
}

describe('a condition that Yisign ignores, on a department whose envelopes are all unsigned', () => {
	const LAST_WEEK = { finishedAfter: '2024-11-01T00:00:00Z' };

	it.each([0, 45])(
		'finds nothing that ended, and comes to an end (%i newer ones)',
		async (newer) => {
			const made = serve(60, { unsearchable: 'ignored', searchableFields: ['idCard'] });
			for (const { source } of made) source.envelopeFinishedDatetime = source.createdDatetime + 1;
			Object.assign(made[59 - newer].source, {
				hospitalDepartmentId: '9902',
				envelopeStatus: WAITING,
				envelopeFinishedDatetime: null,
			});
			setup.sandbox.touch();
			const department = { __rl: true, mode: 'id', value: '9902' };
			const result = await setup.run({
				returnAll: true,
				...conditions({ field: 'hospitalDepartmentId', department }),
				dates: LAST_WEEK,
			});
			expect(messageOf(result)).toBe(' | ');
			expect(column(result)).toEqual([]);
			expect(setup.sandbox.requests.length).toBeLessThan(30);
		},
	);
});

describe('a server that sorts by created time, whatever it is asked for', () => {
	/** The first page is in the order of finished times, too. */
	function serveLate(dialect: Partial<SearchSettings>): Envelope[] {
		const made = serve(97, { sort: 'created', largestPage: 20, ...dialect });
		for (const { source } of made) {
			source.envelopeStatus = SIGNED;
			source.envelopeFinishedDatetime = source.createdDatetime + 60_000;
		}
		made[20].source.envelopeFinishedDatetime = Date.UTC(2024, 11, 1);
		setup.sandbox.touch();
		return made.slice(90).concat(made[20]);
	}

	const dates = { finishedAfter: new Date(Date.UTC(2024, 10, 1) + 90_000 + 60_000).toISOString() };

	it.each<[string, Partial<SearchSettings>]>([
		['says by what it sorted', {}],
		['does not say by what it sorted', { sortValues: 'none' }],
	])('finds an envelope that was signed long after its start, where it %s', async (_, dialect) => {
		const wanted = serveLate(dialect);
		const result = await setup.run({ returnAll: true, dates });
		expect(messageOf(result)).toBe(' | ');
		expect(column(result).toSorted()).toEqual(idsOf(wanted).toSorted());
		expect(hintsOf(result).join()).toContain('did not sort by envelopeFinishedDatetime:desc');
	});
});

describe('identity numbers that come as JSON numbers', () => {
	it('lose their last digits: it stops instead of finding nothing', async () => {
		const [{ source }] = serve(45, { digits: 'numbers' });
		source.idCard = '110101199001011232';
		setup.sandbox.touch();
		const result = await setup.run(conditions({ field: 'idCard', value: source.idCard }));
		expect(messageOf(result)).toMatch(/^Yisign sent a record that cannot be checked by idCard \|/);
		expect(messageOf(result)).not.toContain('110101');
	});
});

describe('created and finished dates together, where records do not say when they were created', () => {
	it('finds what lies in both, by sorting by both', async () => {
		const made = serve(97, { createdTime: 'none' });
		for (const { source } of made) {
			source.envelopeStatus = SIGNED;
			source.envelopeFinishedDatetime = source.createdDatetime + 60_000;
		}
		setup.sandbox.touch();
		const after = (ms: number) => new Date(Date.UTC(2024, 10, 1) + ms).toISOString();
		const dates = { createdAfter: after(30_000), finishedBefore: after(60_000 + 50_000) };
		const result = await setup.run({ returnAll: true, dates });
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toEqual(idsOf(made.slice(30, 50)).toReversed());
		expect(column(result, 'createdAt')).not.toContain(null);
	});
});

describe('created and finished dates together, where many envelopes ended in the same second', () => {
	it('finds as many as Limit says, though the first answer had others of them', async () => {
		const made = serve(97, { createdTime: 'none' });
		for (const { source } of made) {
			source.envelopeStatus = SIGNED;
			source.envelopeFinishedDatetime = Date.UTC(2024, 10, 2);
		}
		setup.sandbox.touch();
		const dates = { createdAfter: '2024-10-01T00:00:00Z', finishedAfter: '2024-10-01T00:00:00Z' };
		const result = await setup.run({ limit: 5, dates });
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toEqual(idsOf(made.slice(-5)).toReversed());
	});
});

describe('more unsigned envelopes than can be read, behind those that ended', () => {
	it.each(['null', 'sentinel'] as const)(
		'are no reason to stop: the order shows that none of them has ended (%s)',
		async (missingSort) => {
			const made = serve(300, { window: 200, missingSort });
			for (const [number, { source }] of made.entries()) {
				const finished = number < 150 ? null : source.createdDatetime + 60_000;
				source.envelopeStatus = finished === null ? WAITING : SIGNED;
				source.envelopeFinishedDatetime = finished;
			}
			setup.sandbox.touch();
			const dates = { finishedAfter: '2024-10-01T00:00:00Z' };
			const result = await setup.run({ returnAll: true, dates });
			expect(messageOf(result)).toBe(' | ');
			expect(column(result)).toHaveLength(150);
		},
	);
});

describe('a Limit that is just what the dates leave', () => {
	it('says that these are all', async () => {
		serve(97);
		const createdAfter = new Date(Date.UTC(2024, 10, 1) + 92_000).toISOString();
		const result = await setup.run({ limit: 5, dates: { createdAfter } });
		expect(column(result)).toHaveLength(5);
		expect(hintsOf(result)).toEqual(['These are all envelopes that match: 5.']);
	});
});

describe('rejected envelopes that have no finished time', () => {
	const dates = { finishedAfter: '2024-10-01T00:00:00Z' };

	/** The newest envelopes are rejected. */
	function serveRejected(count: number, rejected: number): Envelope[] {
		const made = serve(count, { finishedTime: 'completed' });
		for (const [number, { source }] of made.entries()) {
			source.envelopeStatus = number < count - rejected ? SIGNED : 'ED_FAIL_REJECT';
			source.envelopeFinishedDatetime = source.createdDatetime + 60_000;
		}
		setup.sandbox.touch();
		return made;
	}

	it('are not found by finished dates: a hint says so', async () => {
		serveRejected(45, 3);
		const result = await setup.run({ returnAll: true, dates });
		expect(column(result)).toHaveLength(42);
		expect(hintsOf(result)).toEqual([
			'Yisign has no finished time for 3 envelopes that ended (rejected). Finished dates do not find such envelopes; use created dates for them.',
		]);
	});

	it('are looked for among recent envelopes, where nothing is found and reading ended early', async () => {
		serveRejected(97, 3);
		const result = await setup.run({
			returnAll: true,
			statuses: ['rejected', 'revoked'],
			dates: { finishedAfter: new Date(Date.UTC(2024, 10, 1) + 150_000).toISOString() },
		});
		expect(column(result)).toEqual([]);
		expect(hintsOf(result).join()).toMatch(
			/^Yisign has no finished time for 3 envelopes that ended/,
		);
	});
});
