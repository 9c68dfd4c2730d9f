import type { IPollFunctions } from 'n8n-workflow';
import type { YisignClient } from '../shared/api/client';
import { DOCUMENTED_PAGE_SIZE } from '../shared/api/endpoints';
import { tookTooLong } from '../shared/api/transport';
import { outcomeOf, YisignError } from '../shared/errors';
import { deriveStatus } from '../shared/search/envelope';
import { CHECK_SERVER } from '../shared/search/reasons';
import { Backlog } from './backlog';
import { Cursor, lookbackBegin, newestUntil } from './cursor';
import { DAY, HOUR, isWithin } from './durations';
import { hasReached } from './events';
import { checkFields, countLacking, isWanted } from './filter';
import { findHidden } from './finishedTimes';
import { noticesOfGaps } from './gaps';
import type { Memory } from './memory';
import type { Notice } from './notices';
import {
	crowdedNotice,
	emptyNotice,
	foundNotice,
	isDue,
	lackingNotice,
	rangeFields,
	timelessNotice,
} from './notices';
import type { Beginning } from './load';
import { loadState } from './load';
import { checkFindable } from './names';
import type { Settings } from './settings';
import { hashSettings } from './settings';
import { checkSort, noteSort } from './sortProof';
import type { State } from './state';
import { emptyState, isState, Storage } from './state';
import type { TimedHit, TimedPage } from './timed';
import { noTimes, TimedReader } from './timed';
import type { ProvenTies } from './ties';
import { TieProof } from './ties';

/** What a poll works with. */
export interface Watching {
	client: YisignClient;
	settings: Settings;
	memory: Memory;
	/** Hash of what names the server. */
	server: string;
	/** Whether the time for reading is over. */
	isOverdue: () => boolean;
}

/** What a poll has come to. */
export interface Watched {
	/** To be stored; undefined if the reading goes on at the next poll. */
	state?: State;
	/** Records to emit, oldest first. */
	fresh: TimedHit[];
	notices: Notice[];
	/** Groups of equal times of which all records have been seen. */
	provenTies: ProvenTies;
}

/** The reading goes on at the next poll. */
const UNFINISHED: Watched = { fresh: [], notices: [], provenTies: new Map() };

/** So many polls in a row that end with a server error: it will not give what lies there. */
const MANY_ERRORS = 3;

/** So many records in a row without the field of a condition are reported. */
const MANY_LACKING = 20;

/**
 * Reads what is new and decides what of it starts the workflow. Stores nothing.
 *
 * @throws YisignError
 */
export async function watch(context: IPollFunctions, watching: Watching): Promise<Watched> {
	const { settings, memory } = watching;
	const stored = loadState(context, watching);
	if (!isState(stored)) return await begin(context, watching, stored);
	const hash = hashSettings(settings);
	if (stored.settings === hash) return await goOn(stored, watching, false);
	// Also where Yisign does not answer this time, n8n stores when it last did: this is an activation.
	// Polls since then under the same settings are not stored if they found nothing.
	const isKnown = memory.settings === hash;
	const asOf = isKnown ? stored.asOf : Math.max(stored.asOf, memory.asOf ?? -Infinity);
	new Storage(context).save({ ...stored, asOf });
	return await goOn({ ...stored, asOf }, watching, true);
}

async function goOn(stored: State, watching: Watching, isChanged: boolean): Promise<Watched> {
	const cursor = new Cursor(stored, watching.settings);
	if (isChanged) cursor.changeSettings(stored.asOf);
	const backlog = await read(watching, stored.unit, (first) => cursor.oldest(first));
	if (!backlog) return UNFINISHED;
	await checkSort(watching, backlog);
	const notices = isChanged ? await check(watching, backlog, cursor) : [];
	if (isChanged) cursor.silenceTimeless(backlog);
	const covered = cursor.state.watermark ?? cursor.state.since;
	const watched = finish(cursor, backlog, watching, covered);
	if (!isChanged) notices.push(...(await checkDaily(watching, backlog, cursor)));
	return withNotices(notices, watched);
}

async function begin(
	context: IPollFunctions,
	watching: Watching,
	{ waitingSince, hasWaited = false }: Beginning,
): Promise<Watched> {
	const { settings, server } = watching;
	const since = (page: TimedPage) => waitingSince + page.serverNow - page.localNow;
	const cursor = new Cursor(
		emptyState(context.getNode().id, server, hashSettings(settings)),
		settings,
	);
	const backlog = await read(watching, null, (first) => {
		if (settings.isLookingBack) {
			// The first answer may come days after publishing.
			return Math.min(cursor.oldest(first), since(first) - settings.lookback);
		}
		const newest = newestUntil(first.serverNow, first.hits, 'time');
		return Math.min(newest ?? -Infinity, since(first));
	});
	if (!backlog) return UNFINISHED;
	await checkSort(watching, backlog);
	const notices = await check(watching, backlog, cursor);
	cursor.begin(backlog, since(backlog.first), hasWaited);
	return withNotices(notices, finish(cursor, backlog, watching, since(backlog.first)));
}

function withNotices(notices: readonly Notice[], watched: Watched): Watched {
	return { ...watched, notices: [...notices, ...watched.notices] };
}

/**
 * Stops settings with which the trigger would miss envelopes, or wait in vain.
 *
 * @returns what is to be reported, although it need not stop the trigger
 * @throws YisignError
 */
async function check(watching: Watching, backlog: Backlog, cursor: Cursor): Promise<Notice[]> {
	const { client, settings, memory } = watching;
	const { first, gaps } = backlog;
	checkFields(first.hits, settings.conditions);
	checkTimes(first, settings);
	const notices = await checkFindable(client, settings.conditions, first.hits);
	// Beyond this, a poll after a downtime reads once only.
	const begin = lookbackBegin(first, settings.lookback);
	if (settings.isLookingBack && gaps.some(({ to }) => to >= begin)) throw tooLong(settings);
	memory.looked.clear();
	return [...notices, ...(await checkFinished(watching, backlog, cursor, false))];
}

/**
 * Once a day, and when n8n has started: what could not be seen at publishing, as no envelope had been
 * rejected yet, and what has ended since where no poll reads. What is found does not stop the trigger,
 * which goes on with the others.
 *
 * @param cursor knows what has started the workflow, in this poll too
 */
async function checkDaily(watching: Watching, backlog: Backlog, cursor: Cursor): Promise<Notice[]> {
	const { memory, isOverdue } = watching;
	if (isWithin(memory.checked, DAY) || isOverdue() || !isDue('timeless', cursor.state.reported))
		return [];
	const outcome = await outcomeOf(checkFinished(watching, backlog, cursor, true));
	if ('value' in outcome) return outcome.value;
	const { fault } = outcome;
	return fault instanceof YisignError && fault.kind === 'notYisign' ? [foundNotice(fault)] : [];
}

/**
 * Where envelopes are found by their finished time, whether it leads to all that have ended. Those that
 * it does not lead to are reported once, as far as this process remembers.
 *
 * @throws YisignError
 */
async function checkFinished(
	watching: Watching,
	backlog: Backlog,
	cursor: Cursor,
	isThorough: boolean,
): Promise<Notice[]> {
	const { settings, memory } = watching;
	if (settings.sortField !== 'envelopeFinishedDatetime') return [];
	// What Yisign does not answer, or there is no time for, is looked at after an hour.
	memory.checked = Date.now() - DAY + HOUR;
	// Times of creation may be in another unit.
	const inUnit = { ...settings, eventUnit: backlog.unit };
	const { looked } = memory;
	const { hits, isComplete } = await findHidden(
		{ ...watching, settings: inUnit, isThorough, looked },
		backlog,
	);
	if (isComplete) memory.checked = Date.now();
	const ids = hits
		.filter((timed) => isWanted(timed, settings) && !cursor.knows(timed) && !cursor.isFormer(timed))
		.map(({ hit }) => hit.envelopeId);
	const isNew = ids.some((id) => !memory.hidden?.has(id));
	if (!isNew || !isDue('timeless', cursor.state.reported)) return [];
	memory.hidden = new Set([...(memory.hidden ?? []), ...ids]);
	return [timelessNotice()];
}

/** @returns undefined if time ran out; the next poll goes on */
async function read(
	{ client, settings, memory, server, isOverdue }: Watching,
	unit: number | null,
	oldest: (first: TimedPage) => number,
): Promise<Backlog | undefined> {
	const reader = new TimedReader(client, settings, unit);
	const ties = new TieProof(seenTies(settings, memory), isOverdue);
	const of = `${server} ${hashSettings(settings)}`;
	const earlier = memory.reading?.of === of ? memory.reading.backlog : undefined;
	const { pageSize, ahead } = memory;
	const isStuck = memory.serverErrors >= MANY_ERRORS;
	const options = { oldest, isOverdue, ties, pageSize, ahead, isStuck };
	const known = earlier?.hits.length ?? 0;
	const outcome = await outcomeOf(
		earlier ? earlier.goOn(reader.read, options) : Backlog.readSince(reader.read, options),
	);
	noteSort(memory, settings, reader);
	if ('fault' in outcome) throw outcome.fault;
	const { value: backlog } = outcome;
	backlog.unit = reader.unit;
	memory.reading = backlog.isDone ? undefined : { of, backlog };
	const { hits, first } = backlog;
	memory.ahead = hits.filter(({ time }) => time !== null && time > first.serverNow).length;
	if (backlog.isDone) return backlog;
	// Time ran out without a record more: as if Yisign had not answered.
	if (backlog.hits.length <= Math.max(known, DOCUMENTED_PAGE_SIZE)) throw tookTooLong();
	return undefined;
}

/**
 * Groups of equal times of which no record has to be read again. Looking back, a record that has been
 * read may come to the event later, and under other settings one that was left out is wanted.
 */
function seenTies(settings: Settings, memory: Memory): ProvenTies {
	const isSame = memory.settings === hashSettings(settings);
	return isSame && !settings.isLookingBack ? memory.ties : new Map();
}

/** @param covered epoch ms up to which everything has been read before; null if nothing has */
function finish(
	cursor: Cursor,
	backlog: Backlog,
	{ settings, server }: Watching,
	covered: number | null,
): Watched {
	const unread = cursor.unread(backlog);
	const fresh = cursor.takeNew(backlog);
	const isKnown = (timed: TimedHit) => !fresh.includes(timed) && cursor.knows(timed);
	const lacking = countLacking(unread, settings.conditions, cursor.state.lacking);
	const { state, isCrowded } = cursor.advance(backlog);
	Object.assign(state, { server, settings: hashSettings(settings), unit: backlog.unit, lacking });
	return {
		state,
		fresh,
		provenTies: backlog.provenTies,
		notices: [
			...noticesOfGaps(backlog, settings, covered, state, isKnown),
			...Object.entries(lacking)
				.filter(([, count]) => count >= MANY_LACKING)
				.map(([field, count]) => lackingNotice(field, count)),
			...(isCrowded ? [crowdedNotice()] : []),
			...(backlog.emptyHits > 0 ? [emptyNotice()] : []),
		],
	};
}

/** @throws YisignError if envelopes that have ended have no time, and none has */
function checkTimes({ hits }: TimedPage, { sortField }: Settings): void {
	const isEnded = ({ hit }: TimedHit) =>
		hasReached('ended', deriveStatus(hit.record.envelopeStatus));
	if (hits.every(({ time }) => time === null) && hits.some(isEnded)) throw noTimes(sortField);
}

function tooLong(settings: Settings): YisignError {
	const range = rangeFields(settings);
	return new YisignError('input', `Yisign does not give all envelopes of ${range}`, {
		description: `Lower ${range}, or add a condition that fits fewer envelopes. ${CHECK_SERVER}`,
		cause: 'configuration-invalid',
	});
}
