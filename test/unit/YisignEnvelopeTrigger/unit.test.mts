import { describe, expect, it } from 'vitest';
import { findUnit } from '../../../nodes/YisignEnvelopeTrigger/unit.ts';
import type { SearchPage } from '../../../nodes/shared/search/page.ts';
import { YisignError } from '../../../nodes/shared/errors.ts';

const NOW = Date.UTC(2024, 10, 1);
const HOUR = 3_600_000;
const SECOND = 1000;
const MS = 1;
const MICROSECOND = 1e-3;
const NANOSECOND = 1e-6;
const FIELD = 'envelopeFinishedDatetime';

/** Times in a unit, an hour between two of them, the newest so many hours before now. */
function times(count: number, unit: number, hoursAgo = 0): number[] {
	return Array.from({ length: count }, (_, index) => (NOW - (hoursAgo + index) * HOUR) / unit);
}

/** A server with these values, newest first by number, those without one last. */
class Server {
	asked = 0;

	readonly values: Array<number | null>;

	readonly created: number | undefined;

	/** Records that can be reached; all if undefined. */
	window = Infinity;

	isFromIgnored = false;

	hasTotal = true;

	constructor(values: Array<number | null>, created?: number) {
		this.values = values.toSorted((a, b) => (b ?? 0) - (a ?? 0));
		this.created = created;
	}

	async find(known: number | null): Promise<number | null> {
		const first = this.read(0);
		this.asked = 0;
		const request = (from: number) => Promise.resolve().then(() => this.read(from));
		return await findUnit(first, { field: FIELD, known, request });
	}

	private read(from: number): SearchPage {
		this.asked += 1;
		const begin = this.isFromIgnored ? 0 : from;
		if (begin + 20 > this.window) throw new YisignError('refused', 'Yisign refused the request');
		const hits = this.values.slice(begin, begin + 20).map((value, index) => ({
			key: `${begin + index}`,
			hasId: true,
			envelopeId: `${begin + index}`,
			record: { [FIELD]: value, ...(this.created && { createdDatetime: this.created }) },
			sortValues: [],
		}));
		const total = this.hasTotal ? this.values.length : null;
		return { hits, emptyHits: 0, total, isTotalExact: this.hasTotal };
	}
}

describe('the unit of a server', () => {
	it.each([SECOND, MS, MICROSECOND])('is that of all its times (%s ms)', async (unit) => {
		for (const known of [null, SECOND, MS, MICROSECOND]) {
			for (const rest of [[], Array.from({ length: 500 }, () => null)]) {
				for (const hasTotal of [true, false]) {
					const server = new Server([...times(700, unit), ...rest]);
					server.hasTotal = hasTotal;
					expect(await server.find(known)).toBe(unit);
					expect(server.asked).toBeLessThan(20);
				}
			}
		}
	});

	it.each([1, 19, 20, 25, 500])(
		'does not become that of %s times in microseconds',
		async (count) => {
			const cases = [
				[SECOND, SECOND],
				[MS, MS],
				[MS, null],
			] as const;
			for (const [unit, known] of cases) {
				for (const rest of [1, 700]) {
					const created = known === null ? NOW : undefined;
					const server = new Server([...times(count, MICROSECOND), ...times(rest, unit)], created);
					expect(await server.find(known)).toBe(unit);
					expect(server.asked).toBeLessThan(20);
				}
			}
		},
	);

	it('is asked for with no other request where a page says it', async () => {
		const usual = new Server(times(700, MS));
		expect(await usual.find(null)).toBe(MS);
		const known = new Server([...times(19, MICROSECOND), ...times(700, MS)]);
		expect(await known.find(MS)).toBe(MS);
		const created = new Server([...times(25, MICROSECOND), ...times(700, MS)], NOW);
		expect(await created.find(null)).toBe(MS);
		expect([usual.asked, known.asked, created.asked]).toEqual([0, 0, 0]);
	});

	it('does not become that of a few records that come last', async () => {
		expect(await new Server([...times(700, MS), ...times(1, SECOND, 900)]).find(MS)).toBe(MS);
		const micro = new Server([...times(700, MICROSECOND), ...times(5, SECOND)]);
		expect(await micro.find(null)).toBe(MICROSECOND);
		const few = new Server([...times(5, MS), ...times(1, SECOND)]);
		expect(await few.find(MS)).toBe(MS);
	});

	it('is that of the created times where a few other times on the page are in a larger one', async () => {
		for (const [unit, odd] of [
			[MICROSECOND, SECOND],
			[MICROSECOND, MS],
			[MS, SECOND],
		]) {
			const values = [...times(14, unit), ...times(2, odd, 3)];
			expect(await new Server(values, NOW / unit).find(null)).toBe(unit);
		}
	});

	it.each([
		[MICROSECOND, MS],
		[MICROSECOND, SECOND],
		[NANOSECOND, MICROSECOND],
		[MS, SECOND],
	])('is that of most times where all are on one page (%s, not %s ms)', async (unit, odd) => {
		for (const count of [2, 8, 15]) {
			for (const known of [null, unit]) {
				const values = [...times(count, unit, 1), ...times(1, odd)];
				expect(await new Server(values).find(known)).toBe(unit);
			}
		}
		expect(await new Server([...times(8, odd), ...times(7, unit)]).find(null)).toBe(odd);
		expect(await new Server([...times(8, odd), ...times(8, unit)]).find(null)).toBe(odd);
	});

	it('becomes a larger one once most of a page are in it', async () => {
		const find = async (few: number, many: number) =>
			await new Server([...times(few, MS), ...times(many, MICROSECOND)]).find(MICROSECOND);
		expect([await find(7, 8), await find(8, 7)]).toEqual([MICROSECOND, MS]);
	});

	it('is the documented one where all others are older', async () => {
		const server = new Server([...times(30, MS), ...times(1, SECOND, 100)]);
		expect(await server.find(SECOND)).toBe(MS);
		const mixed = new Server([...times(30, MS), ...times(1, SECOND)]);
		expect(await mixed.find(SECOND)).toBe(SECOND);
	});

	it('is another one from a thousand records on, if all others are older', async () => {
		const server = new Server([...times(1100, MICROSECOND), ...times(700, MS, 1100)]);
		expect(await server.find(MS)).toBe(MICROSECOND);
		const mixed = new Server([...times(1100, MICROSECOND), ...times(700, MS)]);
		expect(await mixed.find(MS)).toBe(MS);
	});

	it('stays what it was where the server does not give enough to tell', async () => {
		for (const how of [{ isFromIgnored: true }, { window: 30 }]) {
			const server = new Server(times(700, MICROSECOND));
			Object.assign(server, how);
			expect(await server.find(MS)).toBe(MS);
			expect(await server.find(null)).toBe(MICROSECOND);
		}
	});
});
