import { describe, expect, it } from 'vitest';
import {
	KnownIds,
	MOST_CHARACTERS,
	MOST_WITH_OLD,
} from '../../../nodes/YisignEnvelopeTrigger/known.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2024, 10, 1);

describe('the ids that a trigger knows', () => {
	it('survive being stored, and hold nothing readable', () => {
		const known = new KnownIds({}, 15 * MINUTE);
		known.add('WSID_ENVE_1', NOW);
		known.add('WSID_ENVE_2', null);
		expect(JSON.stringify(known.stored())).not.toContain('WSID');
		const again = new KnownIds(known.stored(), 15 * MINUTE);
		expect(['WSID_ENVE_1', 'WSID_ENVE_2', 'WSID_ENVE_3'].map((id) => again.has(id))).toEqual([
			true,
			true,
			false,
		]);
	});

	it('are kept beyond the reach of polls while they take little room; then the oldest go', () => {
		const known = new KnownIds({}, 15 * MINUTE);
		const ids = Array.from({ length: 8000 }, (_, index) => `id${index}`);
		for (const [index, id] of ids.entries()) known.add(id, NOW + index * 1000);
		known.add('future', Date.UTC(2099, 0));
		known.add('timeless', null);
		const oldest = NOW + 7000 * 1000;
		expect(known.fit(oldest)).toBeNull();
		expect(JSON.stringify(known.stored()).length).toBeLessThanOrEqual(MOST_WITH_OLD);
		const again = new KnownIds(known.stored(), 15 * MINUTE);
		const kept = ids.filter((id) => again.has(id));
		expect(kept.length).toBeGreaterThan(4000);
		expect(kept).toEqual(ids.slice(-kept.length));
		expect(['future', 'timeless'].filter((id) => again.has(id))).toHaveLength(2);
	});

	it('are all kept within the reach of polls, also where they take more room', () => {
		const known = new KnownIds({}, 15 * MINUTE);
		for (let index = -1000; index < 8000; index += 1) known.add(`id${index}`, NOW + index * 60);
		expect(known.fit(NOW)).toBeNull();
		const again = new KnownIds(known.stored(), 15 * MINUTE);
		expect(again.has('id0')).toBe(true);
		expect(again.has('id-1000')).toBe(false);
	});

	it('are kept as long as the later of two times asks for', () => {
		const known = new KnownIds({}, 15 * MINUTE);
		known.add('started', NOW - 60 * MINUTE);
		known.add('started', null);
		for (let index = 0; index < 8000; index += 1) known.add(`id${index}`, NOW + index * 30);
		known.fit(NOW);
		expect(new KnownIds(known.stored(), 15 * MINUTE).has('started')).toBe(true);
	});

	it('stay small: the oldest go, and it is said up to when', () => {
		const known = new KnownIds({}, 15 * MINUTE);
		for (let index = 0; index < 20_000; index += 1) known.add(`id${index}`, NOW + index * 30);
		const forgotten = known.fit(NOW) ?? 0;
		expect(JSON.stringify(known.stored()).length).toBeLessThanOrEqual(MOST_CHARACTERS);
		const again = new KnownIds(known.stored(), 15 * MINUTE);
		const lost = Array.from({ length: 20_000 }, (_, index) => index).filter(
			(index) => !again.has(`id${index}`),
		);
		expect(lost.length).toBeGreaterThan(0);
		expect(NOW + (lost.at(-1) ?? 0) * 30).toBeLessThan(forgotten);
	});

	it('need not be forgotten as long as there is room', () => {
		const known = new KnownIds({}, 15 * MINUTE);
		for (let index = 0; index < 10_000; index += 1) known.add(`id${index}`, NOW + index * 60);
		expect(known.fit(NOW)).toBeNull();
	});
});
