import type { YisignClient } from '../shared/api/client';
import type { Condition } from '../shared/search/conditions';
import { satisfies } from '../shared/search/conditions';
import { deriveStatus } from '../shared/search/envelope';
import { PageSize } from '../shared/search/pageSize';
import type { Backlog } from './backlog';
import { DAY, isWithin } from './durations';
import type { Found } from './ended';
import { byCreation, codesOf, readEnded } from './ended';
import { hasReached } from './events';
import type { Look } from './look';
import { isAnswer, startLook, trySee } from './look';
import { Pages } from './pages';
import type { Settings } from './settings';
import type { TimedHit, TimedPage } from './timed';
import { noTimeOf, notSorted, TimedReader } from './timed';

/** ms within which an envelope may become searchable between two requests. */
const LATE = 900_000;

/** How envelopes are looked for that the finished time does not lead to. */
interface FinishedTimesOptions {
	client: YisignClient;
	settings: Settings;
	/** Whether the time for reading is over. */
	isOverdue: () => boolean;
	/** Whether more than the newest of them are looked at. */
	isThorough: boolean;
	/** Part of a look to when Yisign last answered it; in epoch ms of n8n's clock. */
	looked: Map<string, number>;
}

/** Parts that look at more than the newest; each other one is named by its status. */
const ALL_ENDED = 'ended';
const BEHIND = 'behind';

/**
 * Looks through recent envelopes, by creation, for those that the finished time does not lead to.
 *
 * Inferred: the finished time is documented as that of completion, so an envelope that was rejected
 * or has expired may have none.
 *
 * A part that Yisign does not answer, or for which there is no time, is left out; what the others have
 * shown counts.
 *
 * @returns those that have reached the event and stand where no poll reads: without a finished time,
 *   or with one in another unit than that of the others; and whether no part was left out
 * @throws YisignError if Yisign sorts by something else than the finished time, or if envelopes of a
 *   status never have one
 */
export async function findHidden(
	options: FinishedTimesOptions,
	{ first, hasTimelessFirst, unit }: Backlog,
): Promise<Found> {
	const { client, settings, isOverdue } = options;
	const look = startLook(client, isOverdue);
	const recent = await readRecent(look, settings, settings.conditions, true);
	const parts = [
		recent,
		await checkPlaces(look, settings, recent.hits, first),
		await readRare(look, options, recent.hits),
		await readMore(look, options),
	];
	const ended = parts
		.flatMap(({ hits }) => hits)
		.filter(({ hit }) => hasReached(settings.event, deriveStatus(hit.record.envelopeStatus)));
	const timed = new Set(ended.filter(({ eventTime }) => eventTime !== null).map(codeOf));
	const hidden = ended.filter((one) => isHidden(one, hasTimelessFirst));
	const code = hidden.map(codeOf).find((one) => !timed.has(one));
	if (code !== undefined) throw noTimeOf(code);
	const behind = await readBehind(look, options, unit);
	return {
		hits: [...hidden, ...behind.hits],
		isComplete: [...parts, behind].every(({ isComplete }) => isComplete),
	};
}

/** @throws YisignError if recent envelopes do not stand where their finished time belongs */
async function checkPlaces(
	{ client }: Look,
	settings: Settings,
	recent: readonly TimedHit[],
	first: TimedPage,
): Promise<Found> {
	if (!isMissing(recent, first, settings)) return { hits: [], isComplete: true };
	// Some may only have become searchable meanwhile.
	const reader = new TimedReader(client, settings);
	const again = await trySee(reader.read(0, first.asked));
	const isRefuted =
		reader.isSortRefuted || (again.value && isMissing(recent, again.value, settings));
	if (isRefuted) throw notSorted('envelopeFinishedDatetime');
	return { hits: [], isComplete: again.value !== undefined };
}

/** Where those without a time come first, one stands last that has a time in a larger unit. */
function isHidden({ hit, eventTime }: TimedHit, hasTimelessFirst: boolean): boolean {
	const hasValue = (hit.record.envelopeFinishedDatetime ?? null) !== null;
	return eventTime === null && (hasValue || !hasTimelessFirst);
}

/** Whether an envelope has ended lately and does not stand where its finished time belongs. */
function isMissing(recent: readonly TimedHit[], first: TimedPage, settings: Settings): boolean {
	const tail = first.hits.findLast(({ time }) => time !== null)?.time ?? null;
	if (tail === null) return false;
	const ids = new Set(first.hits.map(({ hit }) => hit.envelopeId));
	const latest = first.serverNow - Math.max(LATE, settings.overlap);
	const [sent] = settings.conditions;
	return recent.some(({ hit, eventTime }) => {
		const isAsked = !sent || satisfies(hit.record, sent);
		const belongs = eventTime !== null && eventTime > tail && eventTime <= latest;
		return isAsked && belongs && !ids.has(hit.envelopeId);
	});
}

/** Failed envelopes may be rare: the newest of each status that none of the recent ones has. */
async function readRare(
	look: Look,
	{ settings, looked }: FinishedTimesOptions,
	recent: readonly TimedHit[],
): Promise<Found> {
	const found: Found = { hits: [], isComplete: true };
	const known = new Set(recent.map(codeOf));
	for (const value of codesOf(settings.event).filter((code) => !known.has(code))) {
		if (!isDue(looked, value)) continue;
		const condition = { field: 'envelopeStatus', value };
		const { hits, isComplete } = await readRecent(look, settings, [condition], false);
		if (isComplete) looked.set(value, Date.now());
		found.isComplete &&= isComplete;
		found.hits.push(...hits.filter(({ hit }) => satisfies(hit.record, condition)));
	}
	return found;
}

async function readMore(
	look: Look,
	{ settings, isThorough, looked }: FinishedTimesOptions,
): Promise<Found> {
	if (!isThorough || !isDue(looked, ALL_ENDED)) return { hits: [], isComplete: true };
	if (look.isOver()) return { hits: [], isComplete: false };
	const found = await readEnded(look, settings);
	if (found.isComplete) looked.set(ALL_ENDED, Date.now());
	return found;
}

/** Envelopes whose finished time is in a larger unit than that of the others; they stand behind all. */
async function readBehind(
	look: Look,
	{ settings, isThorough, looked }: FinishedTimesOptions,
	unit: number | null,
): Promise<Found> {
	if (!isThorough || !isDue(looked, BEHIND)) return { hits: [], isComplete: true };
	const seen = await trySee(new TimedReader(look.client, settings, unit).readInLargerUnit());
	const isComplete = isAnswer(seen);
	if (isComplete) looked.set(BEHIND, Date.now());
	return { hits: seen.value ?? [], isComplete };
}

/** Whether a part of a look is to be looked at; where another one failed, there is one each hour. */
function isDue(looked: ReadonlyMap<string, number>, part: string): boolean {
	return !isWithin(looked.get(part), DAY);
}

/**
 * The newest envelopes by creation, with the times at which they have ended.
 *
 * @param isLarge whether more than the documented page is wanted
 * @returns none if Yisign does not search or sort so
 */
async function readRecent(
	{ client, isOver }: Look,
	settings: Settings,
	conditions: Condition[],
	isLarge: boolean,
): Promise<Found> {
	const { read } = new TimedReader(client, byCreation(settings, conditions));
	const pages = new Pages(read, new PageSize(), false);
	const seen = await trySee(pages.readFirst());
	if (!seen.value) return { hits: [], isComplete: isAnswer(seen) };
	const { hits, total } = seen.value;
	if (!isLarge || (total !== null && total <= hits.length)) return { hits, isComplete: true };
	if (isOver()) return { hits, isComplete: false };
	const { value: larger } = await trySee(pages.readLarger());
	return {
		hits: larger && larger.hits.length > hits.length ? larger.hits : hits,
		isComplete: true,
	};
}

function codeOf({ hit }: TimedHit): string {
	return String(hit.record.envelopeStatus);
}
