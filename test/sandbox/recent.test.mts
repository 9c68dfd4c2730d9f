import { describe, expect, it } from 'vitest';
import { makeEnvelopes, type Envelope } from '../../sandbox/envelopes.mts';
import { moveTo } from '../../sandbox/recent.mts';
import { startSandbox } from '../../sandbox/server.mts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const NEWEST = Date.UTC(2026, 10, 25, 4);

const made = makeEnvelopes();
const moved = moveTo(made, NEWEST);

const timesOf = (envelopes: Envelope[]) =>
	envelopes.flatMap(({ source }) => [source.createdDatetime, source.envelopeFinishedDatetime ?? 0]);

/** Minutes after the newest time at which those that are under way have waited a day. */
const overdueAt = (envelopes: Envelope[]) =>
	envelopes
		.filter(({ source }) => source.envelopeStatus.startsWith('ING_'))
		.map(({ source }) => (source.createdDatetime + DAY - NEWEST) / MINUTE)
		.sort((a, b) => a - b);

describe('moveTo', () => {
	it('leaves the fixed dates where no time is given', () => {
		expect(moveTo(made, undefined)).toBe(made);
	});

	it('moves the newest time to the one given, and nothing beyond it', () => {
		expect(Math.max(...timesOf(moved))).toBe(NEWEST);
		expect(made).toEqual(makeEnvelopes());
	});

	it('finds some envelopes of each of the last days', () => {
		for (const day of [0, 1, 2, 6]) {
			const end = NEWEST - day * DAY;
			const own = moved.filter(
				({ source: { createdDatetime } }) => createdDatetime > end - DAY && createdDatetime <= end,
			);
			expect(own.length).toBeGreaterThan(5);
		}
	});

	it('lets a few become overdue in the minutes that follow, the first after five', () => {
		const soon = overdueAt(moved).filter((minutes) => minutes > 3 && minutes < 43);
		expect(soon.length).toBeGreaterThanOrEqual(6);
		for (const minutes of [5, 10, 16, 23, 32, 42]) expect(soon).toContain(minutes);
	});

	it('keeps what belongs together: status, versions, order of times, ids of their own', () => {
		const sources = moved.map(({ source }) => source);
		expect(sources.map((own) => own.envelopeStatus)).toEqual(
			made.map(({ source }) => source.envelopeStatus),
		);
		expect(new Set(sources.map((own) => own.envelopeWsid)).size).toBe(sources.length);
		const tags = (envelopes: Envelope[]) =>
			Map.groupBy(envelopes, ({ source }) => source.customTagID).size;
		expect(tags(moved)).toBe(tags(made));
		for (const own of sources) {
			expect(parseInt(own.envelopeWsid.slice(10, 26), 16)).toBe(own.createdDatetime);
			expect(own.envelopeWsid).toMatch(/^WSID_ENVE_[\da-f]{32}$/);
			expect(own.customTagID).toMatch(/^L2026(09|10|11)\d{8}$/);
			expect(own.serviceId).toBe(own.customTagID);
			if (own.envelopeFinishedDatetime) {
				expect(own.envelopeFinishedDatetime).toBeGreaterThanOrEqual(own.createdDatetime);
			}
			if (own.envelopeFileUrls) expect(own.envelopeFileUrls).toBe(`/files/${own.envelopeWsid}.pdf`);
		}
	});

	it.each([0, 1, 20])('takes %d envelopes too', (count) => {
		expect(moveTo(makeEnvelopes({ count }), NEWEST)).toHaveLength(count);
	});
});

it('serves envelopes with the newest time that the sandbox is given', async () => {
	const sandbox = await startSandbox({ newest: NEWEST });
	try {
		expect(Math.max(...timesOf(sandbox.envelopes))).toBe(NEWEST);
	} finally {
		await sandbox.close();
	}
});
