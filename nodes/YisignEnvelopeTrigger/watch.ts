import type { IPollFunctions } from 'n8n-workflow';
import type { YisignClient } from '../shared/api/client';
import { YisignError } from '../shared/errors';
import { deriveStatus } from '../shared/search/envelope';
import type { Gap } from './stretch';
import { Backlog } from './backlog';
import { Cursor, newestUntil } from './cursor';
import { hasReached } from './events';
import { checkFields, countLacking } from './filter';
import type { Memory } from './memory';
import type { Notice } from './notices';
import { crowdedNotice, emptyNotice, gapNotice, lackingNotice, lateNotice } from './notices';
import type { Beginning } from './load';
import { loadState } from './load';
import { checkFindable } from './names';
import type { Settings } from './settings';
import { hashSettings } from './settings';
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
	if (isState(stored)) {
		const cursor = new Cursor(stored, settings);
		const isChanged = stored.settings !== hashSettings(settings);
		if (isChanged) changeSettings(context, stored, cursor, memory);
		const backlog = await read(watching, stored.unit, (first) => cursor.floor(first));
		if (!backlog) return UNFINISHED;
		if (isChanged) cursor.silenceTimeless(backlog);
		return finish(cursor, backlog, watching, cursor.state.watermark ?? cursor.state.since);
	}
	return await begin(context, watching, stored);
}

/** Also where Yisign does not answer this time, n8n stores when it last did: this is an activation. */
function changeSettings(
	context: IPollFunctions,
	stored: State,
	cursor: Cursor,
	memory: Memory,
): void {
	const asOf = Math.max(stored.asOf, memory.asOf ?? -Infinity);
	new Storage(context).save({ ...stored, asOf });
	cursor.changeSettings(asOf);
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
		if (settings.isLookingBack) return cursor.floor(first);
		const newest = newestUntil(first.serverNow, first.hits, 'time');
		return Math.min(newest ?? -Infinity, since(first));
	});
	if (!backlog) return UNFINISHED;
	checkFields(backlog.first.hits, settings.conditions);
	checkTimes(backlog.first, settings);
	await checkFindable(watching.client, settings.conditions, backlog.first.hits.length);
	if (settings.isLookingBack && backlog.gaps.length > 0) throw lookbackTooLong();
	cursor.begin(backlog, since(backlog.first), hasWaited);
	return finish(cursor, backlog, watching, since(backlog.first));
}

/** @returns undefined if time ran out; the next poll goes on */
async function read(
	{ client, settings, memory, server, isOverdue }: Watching,
	unit: number | null,
	floor: (first: TimedPage) => number,
): Promise<Backlog | undefined> {
	const reader = new TimedReader(client, settings, unit);
	const ties = new TieProof(memory.ties, isOverdue);
	const of = `${server} ${hashSettings(settings)}`;
	const earlier = memory.reading?.of === of ? memory.reading.backlog : undefined;
	const options = { floor, isOverdue, ties };
	const backlog = await (earlier
		? earlier.goOn(reader.read, options)
		: Backlog.readSince(reader.read, options));
	backlog.unit = reader.unit;
	memory.reading = backlog.isDone ? undefined : { of, backlog };
	return backlog.isDone ? backlog : undefined;
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
	const lacking = countLacking(unread, settings.conditions, cursor.state.lacking);
	const { state, isCrowded } = cursor.advance(backlog);
	Object.assign(state, { server, settings: hashSettings(settings), unit: backlog.unit, lacking });
	return {
		state,
		fresh,
		provenTies: backlog.provenTies,
		notices: [
			...noticesOf(backlog.gaps, settings, covered),
			...Object.entries(lacking)
				.filter(([, count]) => count >= MANY_LACKING)
				.map(([field, count]) => lackingNotice(field, count)),
			...(isCrowded ? [crowdedNotice()] : []),
			...(backlog.emptyHits > 0 ? [emptyNotice()] : []),
		],
	};
}

/** Gaps in what is new are reported each; others only concern what becomes searchable late. */
function noticesOf(gaps: readonly Gap[], settings: Settings, covered: number | null): Notice[] {
	return gaps.map((gap) =>
		settings.isLookingBack || gap.to > (covered ?? -Infinity)
			? gapNotice(gap, settings)
			: lateNotice(),
	);
}

/** @throws YisignError if envelopes that have ended have no time, and none has */
function checkTimes({ hits }: TimedPage, { sortField }: Settings): void {
	const isEnded = ({ hit }: TimedHit) =>
		hasReached('ended', deriveStatus(hit.record.envelopeStatus));
	if (hits.every(({ time }) => time === null) && hits.some(isEnded)) throw noTimes(sortField);
}

function lookbackTooLong(): YisignError {
	return new YisignError('input', 'Yisign does not give all envelopes of Look Back (Hours)', {
		description: 'Lower Look Back (Hours), or add a condition that fits fewer envelopes.',
		cause: 'configuration-invalid',
	});
}
