import type { Backlog } from './backlog';
import { isBeyondClocks } from './cursor';
import { MINUTE } from './durations';
import type { Notice } from './notices';
import { farGapNotice, gapNotice, lateNotice } from './notices';
import type { Settings } from './settings';
import type { State } from './state';
import type { Gap } from './stretch';
import type { TimedHit } from './timed';

/**
 * What is to be reported of a reading's gaps. Gaps in what is new are reported each, once; others only
 * concern what becomes searchable late.
 *
 * @param covered epoch ms up to which everything has been read before; null if nothing has
 * @param state of it, `gapTo` and `gapEnd` are brought up to date
 * @param isKnown whether an earlier poll has emitted the record, or silenced it
 */
export function noticesOfGaps(
	{ gaps, hits, first }: Backlog,
	settings: Settings,
	covered: number | null,
	state: State,
	isKnown: (timed: TimedHit) => boolean,
): Notice[] {
	const latest = first.serverNow + MINUTE;
	const before = Math.max(covered ?? -Infinity, state.gapTo ?? -Infinity);
	const { gapEnd } = state;
	// Without a Date header, the server's clock may be hours ahead of what is taken for now. A gap that
	// ends there stays, and its end moves up with what comes, to another record that is known.
	const isAhead = gapEnd !== null && gapEnd > latest;
	const isReported = ({ to }: Gap) =>
		to === gapEnd || (isAhead && hits.some((timed) => timed.time === to && isKnown(timed)));
	return merge(gaps).flatMap((gap) => {
		// The records of such a gap stay at the top, so that it is there at each poll.
		if (isBeyondClocks(gap.to, first)) return [farGapNotice(gap, settings)];
		if (settings.isLookingBack) return [gapNotice(gap, settings)];
		const isSame = isReported(gap);
		if (!isSame && gap.to <= before) return [lateNotice()];
		state.gapEnd = Math.max(state.gapEnd ?? -Infinity, gap.to);
		// It does not hide others that end before it.
		state.gapTo = Math.max(state.gapTo ?? -Infinity, Math.min(gap.to, latest));
		return isSame ? [] : [gapNotice(gap, settings)];
	});
}

/** Gaps that touch are one. */
function merge(gaps: readonly Gap[]): Gap[] {
	const merged: Gap[] = [];
	for (const gap of [...gaps].sort((a, b) => b.to - a.to)) {
		const last = merged.at(-1);
		if (last && gap.to >= last.from) last.from = Math.min(last.from, gap.from);
		else merged.push({ ...gap });
	}
	return merged;
}
