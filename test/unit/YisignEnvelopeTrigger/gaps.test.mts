import { expect, it } from 'vitest';
import type { Backlog } from '../../../nodes/YisignEnvelopeTrigger/backlog.ts';
import { noticesOfGaps } from '../../../nodes/YisignEnvelopeTrigger/gaps.ts';
import type { Settings } from '../../../nodes/YisignEnvelopeTrigger/settings.ts';
import { emptyState } from '../../../nodes/YisignEnvelopeTrigger/state.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2024, 10, 1);

/** What is said of a gap that a poll finds at a time of the server's clock. */
function report(state: ReturnType<typeof emptyState>, from: number, to: number, serverNow: number) {
	const backlog = { gaps: [{ from, to }], first: { serverNow } } as unknown as Backlog;
	const settings = { isLookingBack: false, sortField: 'envelopeFinishedDatetime' } as Settings;
	return noticesOfGaps(backlog, settings, NOW - 60 * MINUTE, state).map(({ message }) => message);
}

it('a gap is reported once, also if its end is some seconds ahead of the server’s clock', () => {
	const state = emptyState('node', 'server', 'settings');
	const end = NOW + 20_000;
	expect(report(state, NOW - MINUTE, end, NOW)).toEqual(['Some envelopes are out of reach']);
	expect(report(state, NOW - MINUTE, end, NOW + 10_000)).not.toContain(
		'Some envelopes are out of reach',
	);
});

it('a gap whose end is far ahead of the clock does not hide the next one', () => {
	const state = emptyState('node', 'server', 'settings');
	report(state, NOW - MINUTE, NOW + 60 * MINUTE, NOW);
	expect(report(state, NOW + MINUTE, NOW + 30 * MINUTE, NOW + 31 * MINUTE)).toEqual([
		'Some envelopes are out of reach',
	]);
});
