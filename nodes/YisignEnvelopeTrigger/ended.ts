import type { YisignClient } from '../shared/api/client';
import { outcomeOf, YisignError } from '../shared/errors';
import type { Condition } from '../shared/search/conditions';
import { satisfies } from '../shared/search/conditions';
import { deriveStatus, STATUS_CODES } from '../shared/search/envelope';
import { PageSize } from '../shared/search/pageSize';
import { buildQuery } from '../shared/search/query';
import { Backlog } from './backlog';
import { DAY } from './durations';
import type { TriggerEvent } from './events';
import { hasReached } from './events';
import type { Settings } from './settings';
import { TieProof } from './ties';
import type { ReadTimedPage, TimedHit } from './timed';
import { TimedReader } from './timed';

/** ms; envelopes that were started earlier are not looked at. */
const REACH = 14 * DAY;

/** After so many requests no other page is begun. */
const MOST_REQUESTS = 50;

/** What is looked at, and how long. */
interface Circumstances {
	client: YisignClient;
	settings: Settings;
	isOverdue: () => boolean;
}

/**
 * Envelopes that have ended, by creation: whatever their finished time is, they are among these, and
 * so are some others. Yisign is asked for the first condition, and without one that it can be asked for
 * for each status, so that those under way take no room.
 *
 * @throws YisignError if a page does not come
 */
export async function readEnded({
	client,
	settings,
	isOverdue,
}: Circumstances): Promise<TimedHit[]> {
	let requests = 0;
	const isOver = () => requests >= MOST_REQUESTS || isOverdue();
	const readAll = async (conditions: Condition[]): Promise<TimedHit[]> => {
		const reader = new TimedReader(client, byCreation(settings, conditions));
		const read: ReadTimedPage = async (from, size) => {
			requests += 1;
			return await reader.read(from, size);
		};
		return isOver() ? [] : await readSince(read, isOver);
	};
	if (buildQuery(settings.conditions) !== '') return await readAll(settings.conditions);
	const found: TimedHit[] = [];
	for (const value of codesOf(settings.event)) {
		const condition = { field: 'envelopeStatus', value };
		const hits = await readAll([condition]);
		found.push(...hits);
		// A server that does not search by status has given those of all of them.
		if (hits.some(({ hit }) => !satisfies(hit.record, condition))) return found;
	}
	return found.length > 0 ? found : await readAll([]);
}

/** Settings with which envelopes are found by creation. */
export function byCreation(settings: Settings, conditions: Condition[]): Settings {
	return { ...settings, conditions, sortField: 'createdDatetime' };
}

/** Status codes that an envelope has which has reached an event, the usual one last. */
export function codesOf(event: TriggerEvent): string[] {
	return STATUS_CODES.filter((code) => hasReached(event, deriveStatus(code))).reverse();
}

/** @throws any fault but those that show that Yisign does not search or sort so */
export async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
	const outcome = await outcomeOf(work);
	if ('value' in outcome) return outcome.value;
	const { fault } = outcome;
	const isTelling = fault instanceof YisignError && ['refused', 'notYisign'].includes(fault.kind);
	if (!isTelling) throw fault;
	return undefined;
}

async function readSince(read: ReadTimedPage, isOverdue: () => boolean): Promise<TimedHit[]> {
	const backlog = await unlessRefused(
		Backlog.readSince(read, {
			oldest: ({ serverNow }) => serverNow - REACH,
			isOverdue,
			pageSize: new PageSize(),
			ahead: 0,
			isStuck: false,
			ties: new TieProof(new Map(), isOverdue),
		}),
	);
	return backlog?.hits ?? [];
}
