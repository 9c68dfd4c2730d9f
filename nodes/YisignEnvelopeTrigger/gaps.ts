import type { Backlog } from './backlog';
import { isBeyondClocks } from './cursor';
import { MINUTE } from './durations';
import type { Notice } from './notices';
import { farGapNotice, gapNotice, lateNotice } from './notices';
import type { Settings } from './settings';
import type { State } from './state';
import type { Gap } from './stretch';

/**
 * What is to be reported of a reading's gaps. Gaps in what is new are reported each, once; others only
 * concern what becomes searchable late.
 *
 * @param covered epoch ms up to which everything has been read before; null if nothing has
 * @param state of it, `gapTo` is brought up to date
 */
export function noticesOfGaps(
	{ gaps, first }: Backlog,
	settings: Settings,
	covered: number | null,
	state: State,
): Notice[] {
	const before = Math.max(covered ?? -Infinity, state.gapTo ?? -Infinity);
	return merge(gaps).map((gap) => {
		// The records of such a gap stay at the top, so that it is there at each poll.
		if (isBeyondClocks(gap.to, first)) return farGapNotice(gap, settings);
		if (settings.isLookingBack) return gapNotice(gap, settings);
		if (gap.to <= before) return lateNotice();
		state.gapTo = Math.max(state.gapTo ?? -Infinity, Math.min(gap.to, first.serverNow + MINUTE));
		return gapNotice(gap, settings);
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
