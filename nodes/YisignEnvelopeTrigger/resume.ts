import type { WorkflowActivateMode } from 'n8n-workflow';
import { isObject } from '../shared/json';
import { DAY, HOUR, MINUTE } from './durations';

/** What is known of the polls so far. Times are epoch ms of n8n's clock. */
export interface PollHistory {
	mode: WorkflowActivateMode;
	/** Whether this registration of the trigger has polled before. */
	isRegistered: boolean;
	/** The last poll that was answered, by what is stored or remembered. */
	answered: number;
	/** The last poll in this process; undefined if there was none. */
	attempted?: number;
	/** When this process began. */
	processBegan: number;
	now: number;
	/** ms within which a trigger that is published again goes on. */
	catchUp: number;
	/** The node's field Poll Times. */
	pollTimes: unknown;
}

/**
 * Whether the workflow was published again after so long that it begins from now.
 *
 * n8n's mode says less than it seems: it stays the same for all polls of a registration, a start of
 * n8n is `init`, and where cursors are durable it is `update` always. So `update` counts only where
 * polls in this process have stopped for longer than any of their intervals.
 */
export function isPublishedAgain({
	mode,
	isRegistered,
	answered,
	attempted,
	processBegan,
	now,
	catchUp,
	pollTimes,
}: PollHistory): boolean {
	if (isRegistered || now - answered <= catchUp) return false;
	if (mode === 'activate') return true;
	if (mode !== 'update') return false;
	const longest = Math.max(catchUp, 2 * longestInterval(pollTimes));
	return now - (attempted ?? processBegan) > longest;
}

/** ms between two polls at the most. */
function longestInterval(pollTimes: unknown): number {
	const items: unknown[] =
		isObject(pollTimes) && Array.isArray(pollTimes.item) ? pollTimes.item : [];
	return Math.max(MINUTE, ...items.map(intervalOf));
}

function intervalOf(item: unknown): number {
	if (!isObject(item)) return 31 * DAY;
	switch (item.mode) {
		case 'everyMinute':
			return MINUTE;
		case 'everyHour':
			return HOUR;
		case 'everyDay':
			return DAY;
		case 'everyWeek':
			return 7 * DAY;
		case 'everyX':
			return Number(item.value) * (item.unit === 'minutes' ? MINUTE : HOUR) || 31 * DAY;
		default:
			return 31 * DAY;
	}
}
