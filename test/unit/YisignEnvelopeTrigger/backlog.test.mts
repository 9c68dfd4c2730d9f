import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YisignError } from '../../../nodes/shared/errors.ts';
import { readSince } from '../../../nodes/YisignEnvelopeTrigger/backlog.ts';
import { caughtAsync } from '../caught.mts';
import type { Hit, SearchPage } from '../../../nodes/shared/search/page.ts';

/** Times of records, newest first, as a server has them. */
class Index {
	times: number[];

	asked: number[] = [];

	private readonly size: number;

	constructor(times: number[], size: number) {
		this.times = times;
		this.size = size;
	}

	read = (from: number): Promise<SearchPage> => {
		this.asked.push(from);
		const hits = this.times.slice(from, from + this.size).map((time): Hit => {
			return { id: `r${time}`, envelopeId: `e${time}`, record: { time }, sortValues: [] };
		});
		return Promise.resolve({ hits, emptyHits: 0, total: this.times.length, isTotalExact: true });
	};
}

const countdown = (from: number, count: number) =>
	Array.from({ length: count }, (_, index) => from - index);

const options = {
	floor: () => 0,
	timeOf: ({ record }: Hit) => record.time as number | null,
	wayOut: 'Do something else.',
	parallelRequests: 4,
	isOverdue: () => false,
};

const timesOf = (hits: Hit[]) => hits.map(({ record }) => record.time);

describe('what is new since a point in time', () => {
	it('costs one request where one page holds it', async () => {
		const index = new Index(countdown(1000, 1000), 20);
		const feed = await readSince(index.read, { ...options, floor: () => 985 });
		expect(index.asked).toEqual([0]);
		expect(timesOf(feed.hits)).toEqual(countdown(1000, 16).toReversed());
		expect(feed).toMatchObject({ isWhole: true, upTo: 1000, floor: 985 });
	});

	it('costs one more for each further page where it is a little more', async () => {
		const index = new Index(countdown(1000, 1000), 20);
		await readSince(index.read, { ...options, floor: () => 970 });
		expect(index.asked).toEqual([0, 19]);
	});

	it('comes whole and oldest first, whatever its size', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.nat(600),
				fc.integer({ min: 2, max: 25 }),
				fc.nat(700),
				fc.integer({ min: 1, max: 6 }),
				async (count, size, floor, parallelRequests) => {
					const index = new Index(countdown(600, count), size);
					const feed = await readSince(index.read, {
						...options,
						parallelRequests,
						floor: () => floor,
					});
					const expected = index.times.filter((time) => time >= floor).toReversed();
					expect(timesOf(feed.hits)).toEqual(expected);
					expect(feed.isWhole).toBe(true);
				},
			),
			{ numRuns: 300 },
		);
	});

	it('has no gap where records come and go meanwhile, or time runs out', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.record({ kind: fc.constantFrom('new', 'gone'), at: fc.nat(1000) })),
				fc.integer({ min: 4, max: 12 }),
				fc.integer({ min: 1, max: 4 }),
				fc.integer({ min: 3, max: 60 }),
				async (changes, size, parallelRequests, stamina) => {
					const index = new Index(countdown(200, 200), size);
					const throughout = new Set(index.times);
					const left = [...changes];
					const feed = await readSince(
						(from) => {
							const change = left.shift();
							if (change?.kind === 'new') index.times.unshift((index.times[0] ?? 200) + 1);
							if (change?.kind === 'gone') {
								const [gone] = index.times.splice(change.at % index.times.length, 1);
								throughout.delete(gone);
							}
							return index.read(from);
						},
						{
							...options,
							parallelRequests,
							floor: () => 50,
							isOverdue: () => index.asked.length > stamina,
						},
					);
					const found = timesOf(feed.hits) as number[];
					expect(found).toEqual(found.toSorted((a, b) => a - b));
					expect(new Set(found).size).toBe(found.length);
					const upTo = feed.upTo ?? -Infinity;
					const owed = [...throughout].filter((time) => time >= 50 && time <= upTo);
					expect(found).toEqual(expect.arrayContaining(owed));
				},
			),
			{ numRuns: Number(process.env.FC_RUNS ?? 1000) },
		);
	});

	it('is told in part when time runs out, and the rest the next time', async () => {
		const index = new Index(countdown(1000, 1000), 20);
		const told: unknown[] = [];
		let floor = 101;
		for (let poll = 0; poll < 60 && told.length < 900; poll += 1) {
			const end = index.asked.length + 8;
			const isOverdue = () => index.asked.length > end;
			const feed = await readSince(index.read, { ...options, floor: () => floor, isOverdue });
			told.push(...timesOf(feed.hits));
			floor = (feed.upTo ?? 0) + 1;
		}
		expect(told).toEqual(countdown(1000, 900).toReversed());
	});
});

describe('a server that cannot be read back', () => {
	it.each([
		['oldest first', [1, 2, 3]],
		['by something else', [5, 9, 2]],
		['with the missing ones first', [null, 3, 2]],
	])('is noticed when it sorts %s', async (_name, times) => {
		const index = new Index(times as number[], 20);
		const error = await caughtAsync(readSince(index.read, options));
		expect(error.message).toContain('does not sort by the time');
		expect(error.description).toBe('Do something else.');
	});

	it('is noticed when it ignores from', async () => {
		const index = new Index(countdown(1000, 1000), 20);
		const error = await caughtAsync(readSince(() => index.read(0), options));
		expect(error.message).toContain('ignores "from"');
		expect(index.asked.length).toBeLessThan(7);
	});

	it('is read up to its window, and says so beyond', async () => {
		const index = new Index(countdown(2000, 2000), 20);
		const read = (from: number) =>
			from + 20 > 1000
				? Promise.reject(new YisignError('refused', 'Yisign refused the request'))
				: index.read(from);
		const feed = await readSince(read, { ...options, floor: () => 1100 });
		expect(feed.hits).toHaveLength(901);
		const error = await caughtAsync(readSince(read, { ...options, floor: () => 500 }));
		expect(error.message).toContain('refused');
	});
});
