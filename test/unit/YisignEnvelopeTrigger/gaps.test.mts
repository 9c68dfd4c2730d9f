import { expect, it } from 'vitest';
import type { Backlog } from '../../../nodes/YisignEnvelopeTrigger/backlog.ts';
import { noticesOfGaps } from '../../../nodes/YisignEnvelopeTrigger/gaps.ts';
import type { Settings } from '../../../nodes/YisignEnvelopeTrigger/settings.ts';
import { emptyState } from '../../../nodes/YisignEnvelopeTrigger/state.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2024, 10, 1);

/**
 * What is said of a gap that a poll finds at a time of the server's clock.
 *
 * @param isSeen whether the record above the gap came to an earlier poll
 */
function report(
	state: ReturnType<typeof emptyState>,
	from: number,
	to: number,
	serverNow: number,
	isSeen = false,
) {
	const hits = [{ time: to }];
	const backlog = { gaps: [{ from, to }], hits, first: { serverNow } } as unknown as Backlog;
	const settings = { isLookingBack: false, sortField: 'envelopeFinishedDatetime' } as Settings;
	const covered = NOW - 60 * MINUTE;
	return noticesOfGaps(backlog, settings, covered, state, () => isSeen).map(
		({ message }) => message,
	);
}

const GAP = 'Some envelopes are out of reach';

it('a gap is reported once, also if its end is some seconds ahead of the server’s clock', () => {
	const state = emptyState('node', 'server', 'settings');
	const end = NOW + 20_000;
	expect(report(state, NOW - MINUTE, end, NOW)).toEqual([GAP]);
	expect(report(state, NOW - MINUTE, end, NOW + 10_000)).toEqual([]);
});

it('a gap is reported once, also if its end is hours ahead of the clock', () => {
	const state = emptyState('node', 'server', 'settings');
	const end = NOW + 180 * MINUTE;
	expect(report(state, NOW - MINUTE, end, NOW)).toEqual([GAP]);
	for (let poll = 1; poll < 5; poll += 1) {
		expect(report(state, NOW - MINUTE, end, NOW + poll * MINUTE)).toEqual([]);
	}
	// Each envelope that comes moves what is given, and with it the end of the gap.
	for (let poll = 5; poll < 10; poll += 1) {
		expect(report(state, NOW - MINUTE, end + poll, NOW + poll * MINUTE, true)).toEqual([]);
	}
	expect(report(state, NOW - MINUTE, end + MINUTE, NOW + 10 * MINUTE)).toEqual([GAP]);
});

it('a gap whose end is far ahead of the clock does not hide the next one', () => {
	const state = emptyState('node', 'server', 'settings');
	report(state, NOW - MINUTE, NOW + 60 * MINUTE, NOW);
	expect(report(state, NOW + MINUTE, NOW + 30 * MINUTE, NOW + 31 * MINUTE)).toEqual([GAP]);
});
