import type { Condition } from '../shared/search/conditions';
import { satisfies } from '../shared/search/conditions';
import { deriveStatus, STATUS_CODES } from '../shared/search/envelope';
import { PageSize } from '../shared/search/pageSize';
import { buildQuery } from '../shared/search/query';
import { Backlog } from './backlog';
import { DAY } from './durations';
import type { TriggerEvent } from './events';
import { hasReached } from './events';
import type { Look } from './look';
import { isAnswer, trySee } from './look';
import type { Settings } from './settings';
import { TieProof } from './ties';
import type { ReadTimedPage, TimedHit } from './timed';
import { TimedReader } from './timed';

/** ms; envelopes that were started earlier are not looked at. */
const REACH = 14 * DAY;

/** Records that were found, and whether Yisign has answered all that was asked. */
export interface Found {
	hits: TimedHit[];
	isComplete: boolean;
}

/**
 * Envelopes that have ended, by creation: whatever their finished time is, they are among these, and
 * so are some others. Yisign is asked for the first condition, and without one that it can be asked for
 * for each status, so that those under way take no room. What was read before the look is over, or
 * before a page does not come, is among them.
 */
export async function readEnded(look: Look, settings: Settings): Promise<Found> {
	const readAll = async (conditions: Condition[]) => await readSince(look, settings, conditions);
	if (buildQuery(settings.conditions) !== '') return await readAll(settings.conditions);
	const found: Found = { hits: [], isComplete: true };
	for (const value of codesOf(settings.event)) {
		const condition = { field: 'envelopeStatus', value };
		const { hits, isComplete } = await readAll([condition]);
		found.hits.push(...hits);
		found.isComplete &&= isComplete;
		// A server that does not search by status has given those of all of them.
		if (hits.some(({ hit }) => !satisfies(hit.record, condition))) return found;
	}
	if (found.isComplete && found.hits.length > 0) return found;
	// Inferred: some servers have HTTP 500 for what they do not search by.
	const { hits, isComplete } = await readAll([]);
	return {
		hits: [...found.hits, ...hits],
		isComplete: isComplete && (found.isComplete || hits.length > 0),
	};
}

/** Settings with which envelopes are found by creation. */
export function byCreation(settings: Settings, conditions: Condition[]): Settings {
	return { ...settings, conditions, sortField: 'createdDatetime' };
}

/** Status codes that an envelope has which has reached an event, the usual one last. */
export function codesOf(event: TriggerEvent): string[] {
	return STATUS_CODES.filter((code) => hasReached(event, deriveStatus(code))).reverse();
}

async function readSince(
	{ client, isOver }: Look,
	settings: Settings,
	conditions: Condition[],
): Promise<Found> {
	const reader = new TimedReader(client, byCreation(settings, conditions));
	const hits: TimedHit[] = [];
	const read: ReadTimedPage = async (from, size) => {
		const page = await reader.read(from, size);
		hits.push(...page.hits);
		return page;
	};
	const seen = await trySee(
		Backlog.readSince(read, {
			oldest: ({ serverNow }) => serverNow - REACH,
			isOverdue: isOver,
			pageSize: new PageSize(),
			ahead: 0,
			isStuck: false,
			ties: new TieProof(new Map(), isOver),
		}),
	);
	// What lies behind the last page that there was time for is not looked at.
	return { hits, isComplete: isAnswer(seen) || seen.fault?.kind === 'incomplete' };
}
