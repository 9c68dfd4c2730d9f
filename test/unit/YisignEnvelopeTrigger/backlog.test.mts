import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backlog } from '../../../nodes/YisignEnvelopeTrigger/backlog.ts';
import { PageSize } from '../../../nodes/shared/search/pageSize.ts';
import { TieProof } from '../../../nodes/YisignEnvelopeTrigger/ties.ts';
import type { TimedHit, TimedPage } from '../../../nodes/YisignEnvelopeTrigger/timed.ts';
import { YisignError } from '../../../nodes/shared/errors.ts';
import { caughtAsync } from '../caught.mts';

interface Row {
	id: string;
	time: number;
}

/** Records with times, as a server has them, newest first. */
class Index {
	rows: Row[];

	/** Position and size of each request. */
	readonly asked: Array<[from: number, size: number]> = [];

	cap = 1000;

	window = Infinity;

	hasTotal = true;

	/** Whether any other size than the documented one is refused. */
	refusesSize = false;

	/** Whether a page begins at a multiple of its length. */
	isRounded = false;

	/** How many records without a time come before the others. */
	timeless = 0;

	/** Draws where records with equal times come. */
	draw: (() => number) | undefined;

	constructor(times: number[]) {
		this.rows = times.map((time, index) => ({ id: `${time}-${index}`, time }));
	}

	read = (from: number, size: number): Promise<TimedPage> => {
		this.asked.push([from, size]);
		if (from + size > this.window || (this.refusesSize && size !== 20)) {
			return Promise.reject(new YisignError('refused', 'Yisign refused the request'));
		}
		const ranked = this.rows.map((row) => ({ ...row, rank: this.draw?.() ?? 0 }));
		ranked.sort((a, b) => b.time - a.time || a.rank - b.rank);
		const timeless = Array.from({ length: this.timeless }, (_, index) => ({
			...toTimed({ id: `none-${index}`, time: 0 }),
			time: null,
		}));
		const length = Math.min(size, this.cap);
		const begin = this.isRounded ? Math.floor(from / length) * length : from;
		const hits = [...timeless, ...ranked.map(toTimed)].slice(begin, begin + length);
		const total = this.hasTotal ? this.timeless + this.rows.length : null;
		const page = { from, asked: size, hits, emptyHits: 0, total, serverNow: 0, localNow: 0 };
		return Promise.resolve(page);
	};

	add(time: number): void {
		this.rows.unshift({ id: `${time}-${this.rows.length}-new`, time });
	}

	remove(place: number): Row | undefined {
		return this.rows.splice(place % Math.max(1, this.rows.length), 1)[0];
	}
}

function toTimed({ id, time }: Row): TimedHit {
	const hit = { key: id, hasId: true, envelopeId: id, record: {}, sortValues: [] };
	return { hit, time, eventTime: time };
}

const options = (oldest: number, isOverdue = () => false) => ({
	oldest: () => oldest,
	isOverdue,
	ties: new TieProof(new Map(), isOverdue),
	pageSize: new PageSize(),
	ahead: 0,
	isStuck: false,
});

const countdown = (from: number, count: number) =>
	Array.from({ length: count }, (_, index) => from - index);

const idsFrom = (rows: Row[], oldest: number) =>
	rows.filter(({ time }) => time >= oldest).map(({ id }) => id);

const idsOf = ({ hits, oldest }: Backlog) =>
	hits.filter(({ time }) => (time ?? 0) >= oldest).map(({ hit }) => hit.key);

describe('what is new since a point in time', () => {
	it('costs one request where one page holds it', async () => {
		const index = new Index(countdown(1000, 1000));
		const backlog = await Backlog.readSince(index.read, options(985));
		expect(index.asked).toEqual([[0, 20]]);
		expect(idsOf(backlog)).toHaveLength(16);
	});

	it('costs a few large pages where it is more', async () => {
		const index = new Index(countdown(10_000, 10_000));
		const backlog = await Backlog.readSince(index.read, options(5001));
		expect(index.asked.length).toBeLessThanOrEqual(8);
		expect(idsOf(backlog)).toHaveLength(5000);
	});

	it('is complete behind records without a time, where the server goes by whole pages', async () => {
		for (let seed = 1; seed <= 50; seed += 1) {
			// Equal times lie across the end of the first page, in another order each time.
			const times = [...countdown(100, 11), ...Array<number>(10).fill(80), ...countdown(70, 40)];
			const index = new Index(times);
			let draw = seed;
			const next = () => (draw = (draw * 48_271) % 2_147_483_647);
			Object.assign(index, { cap: 20, isRounded: true, timeless: 1, draw: next });
			const backlog = await Backlog.readSince(index.read, options(60));
			expect(backlog.gaps).toEqual([]);
			expect(idsOf(backlog).toSorted()).toEqual(idsFrom(index.rows, 60).toSorted());
		}
	});

	it('is complete, whatever size a page has and however equal times are ordered', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.nat(60), { maxLength: 300 }),
				fc.integer({ min: 3, max: 25 }),
				fc.nat(60),
				fc.boolean(),
				fc.boolean(),
				fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
				async (times, cap, oldest, hasTotal, isRounded, draws) => {
					const index = new Index(times);
					const draw = () => draws.next().value as number;
					Object.assign(index, { cap, hasTotal, isRounded, draw });
					const backlog = await Backlog.readSince(index.read, options(oldest));
					const missing = new Set(idsFrom(index.rows, oldest));
					for (const id of idsOf(backlog)) missing.delete(id);
					// Where no number of readings has shown all of them, it says of which time.
					const gaps = new Set(backlog.gaps.flatMap(({ from, to }) => [from, to]));
					expect([...missing].filter((id) => !gaps.has(Number(id.split('-')[0])))).toEqual([]);
				},
			),
			{ numRuns: Number(process.env.FC_RUNS ?? 200) },
		);
	});

	it('is complete up to the gap, where the server goes by whole pages as far as its window', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 20, max: 700 }),
				fc.integer({ min: -50, max: 20 }),
				fc.integer({ min: 10, max: 1000 }),
				async (count, reserve, cap) => {
					const window = Math.max(20, count + reserve);
					const index = new Index(countdown(1000, count));
					Object.assign(index, { cap, window, isRounded: true });
					const backlog = await Backlog.readSince(index.read, options(0));
					const missing = new Set(idsFrom(index.rows, 0));
					for (const id of idsOf(backlog)) missing.delete(id);
					const lost = index.rows.filter(
						({ id, time }) =>
							missing.has(id) && !backlog.gaps.some(({ from, to }) => time >= from && time <= to),
					);
					expect(lost).toEqual([]);
					if (count <= Math.floor(window / cap) * cap) expect(backlog.gaps).toEqual([]);
				},
			),
			{ numRuns: Number(process.env.FC_RUNS ?? 200) },
		);
	});

	it('has no gap where records come and go meanwhile, or time runs out', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.record({ kind: fc.constantFrom('new', 'gone'), at: fc.nat(1000) })),
				fc.integer({ min: 5, max: 12 }),
				fc.integer({ min: 2, max: 20 }),
				async (changes, cap, stamina) => {
					const index = new Index(countdown(200, 200));
					index.cap = cap;
					const owed = new Set(idsFrom(index.rows, 50));
					const left = [...changes];
					const read = (from: number, size: number) => {
						const change = left.shift();
						if (change?.kind === 'new') index.add(201 + changes.length - left.length);
						if (change?.kind === 'gone') owed.delete(index.remove(change.at)?.id ?? '');
						return index.read(from, size);
					};
					let end = stamina;
					const isOverdue = () => index.asked.length > end;
					let backlog = await Backlog.readSince(read, options(50, isOverdue));
					for (let poll = 0; !backlog.isDone && poll < 500; poll += 1) {
						end = index.asked.length + stamina;
						backlog = await backlog.goOn(read, options(0, isOverdue));
					}
					expect(backlog.isDone).toBe(true);
					const found = new Set(idsOf(backlog));
					const missing = [...owed].filter((id) => !found.has(id));
					if (backlog.gaps.length === 0) expect(missing).toEqual([]);
				},
			),
			{ numRuns: Number(process.env.FC_RUNS ?? 200) },
		);
	});
});

describe('what the server does not give', () => {
	it('is a gap, up to the oldest record that it gave', async () => {
		const index = new Index(countdown(2000, 2000));
		index.window = 1000;
		const backlog = await Backlog.readSince(index.read, options(500));
		expect(idsOf(backlog)).toHaveLength(1000);
		expect(backlog.gaps).toEqual([{ from: 500, to: 1001 }]);
	});

	it('is a gap where "from" is ignored', async () => {
		const index = new Index(countdown(100, 100));
		index.cap = 20;
		const backlog = await Backlog.readSince((_from, size) => index.read(0, size), options(10));
		expect(backlog.gaps).toEqual([{ from: 10, to: 81 }]);
		expect(index.asked.length).toBeLessThan(10);
	});

	it.each([
		['', false],
		[', by whole pages', true],
	])('is no gap where the server gives pages of one length only%s', async (_name, isRounded) => {
		for (let count = 21; count < 100; count += 1) {
			// Equal times lie at the end of the result, in another order each time.
			const index = new Index([...countdown(1000, count), ...Array<number>(30).fill(1)]);
			let draw = count;
			const next = () => (draw = (draw * 48_271) % 2_147_483_647);
			Object.assign(index, { refusesSize: true, hasTotal: false, draw: next, isRounded });
			const backlog = await Backlog.readSince(index.read, options(0));
			expect(idsOf(backlog)).toHaveLength(count + 30);
			expect(backlog.gaps).toEqual([]);
		}
	});

	it('is no gap where the server refuses everything for the time being', async () => {
		const index = new Index(countdown(100, 100));
		index.cap = 20;
		const read = (from: number, size: number) => {
			if (index.asked.length >= 2) index.window = 0;
			return index.read(from, size);
		};
		expect((await caughtAsync(Backlog.readSince(read, options(10)))).message).toContain('refused');
	});
});
