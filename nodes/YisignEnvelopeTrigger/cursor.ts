import type { Backlog } from './backlog';
import { DAY } from './durations';
import { hasReached } from './events';
import { deriveStatus, toTime } from '../shared/search/envelope';
import { isWanted } from './filter';
import { KnownIds } from './known';
import type { Settings } from './settings';
import { rangeOf } from './settings';
import type { State } from './state';
import type { TimedHit, TimedPage } from './timed';

/** ms; by more than that no clock is wrong. */
const LARGEST_SKEW = DAY;

/**
 * What is new in a reading, by what is remembered. Where a time says nothing (it is missing, or later
 * than now) the envelope's id decides.
 */
export class Cursor {
	private readonly known: KnownIds;

	readonly state: State;

	private readonly settings: Settings;

	constructor(state: State, settings: Settings) {
		this.state = structuredClone(state);
		this.settings = settings;
		this.known = new KnownIds(state.known, rangeOf(settings));
	}

	/** Epoch ms of records from which on they have to be read. */
	oldest(first: TimedPage): number {
		const { overlap, lookback, isLookingBack } = this.settings;
		const { since, forgotten, watermark, asOf } = this.state;
		if (isLookingBack) {
			// What came to the event while n8n was down may have been created long ago.
			return Math.min(lookbackBegin(first, lookback), asOf === 0 ? Infinity : asOf - lookback);
		}
		return Math.max(
			since ?? -Infinity,
			forgotten ?? -Infinity,
			watermark === null ? -Infinity : watermark - overlap,
		);
	}

	/**
	 * Begins: what is there is silent.
	 *
	 * @param waitingSince epoch ms of the server's clock; what came to the event later is new
	 * @param hasWaited whether Yisign did not answer at first, so that there may be something new
	 */
	begin(backlog: Backlog, waitingSince: number, hasWaited: boolean): void {
		const {
			hits,
			first: { serverNow },
		} = backlog;
		this.noteUnclear(backlog);
		if (this.settings.overdue > 0) {
			// The clock alone tells what is overdue; of the end, records may say another time than clocks.
			this.state.since = wholeSecond(waitingSince);
			return;
		}
		const since = this.beginning(backlog, waitingSince, hasWaited);
		this.state.since = since;
		// What has ended meanwhile may seem to lie ahead, by a clock of n8n that is behind.
		const latest = serverNow + (hasWaited ? LARGEST_SKEW : 0);
		for (const timed of hits) {
			const { eventTime } = timed;
			// Where Yisign answers at once, all that it shows had ended before.
			const isThen = isPlausible(eventTime, latest)
				? since !== null && (hasWaited ? eventTime === since : eventTime >= since)
				: this.mayHaveEnded(timed);
			if (isThen) this.silence(timed);
		}
	}

	/** Epoch ms before which everything is silent; null if nothing is. */
	private beginning(backlog: Backlog, waitingSince: number, hasWaited: boolean): number | null {
		const { hits, gaps, first } = backlog;
		const newest = newestUntil(first.serverNow, hits, 'eventTime');
		const since = newest === null ? null : Math.min(newest, waitingSince);
		if (gaps.length === 0 || this.settings.isLookingBack) return since;
		return Math.max(since ?? waitingSince, hasWaited ? -Infinity : outOfReach(backlog));
	}

	/** What is remembered of records of which no time tells whether they are new. */
	private noteUnclear({ showsTimeless, gaps, first }: Backlog): void {
		this.state.timeless = showsTimeless;
		this.state.future = gaps.every(({ to }) => !isBeyondClocks(to, first));
	}

	/**
	 * Goes on with other settings: what had come to the event at the last answered poll is silent.
	 *
	 * @param asOf epoch ms of the server's clock at that poll
	 */
	changeSettings(asOf: number): void {
		this.state.since = wholeSecond(asOf);
		this.state.watermark = null;
		this.state.forgotten = null;
		this.state.gapTo = null;
		this.state.gapEnd = null;
	}

	/** After {@link changeSettings} and a reading: what is there and no time tells about is silent. */
	silenceTimeless(backlog: Backlog): void {
		const {
			hits,
			first: { serverNow },
		} = backlog;
		this.noteUnclear(backlog);
		if (this.settings.overdue > 0) return;
		const newest = newestUntil(serverNow, hits, 'eventTime');
		// n8n's clock may be ahead of the server's, or behind it.
		if (newest !== null && newest < (this.state.since ?? newest)) this.state.since = newest + 1;
		const latest = serverNow + LARGEST_SKEW;
		for (const timed of hits) {
			if (!isPlausible(timed.eventTime, latest) && this.mayHaveEnded(timed)) {
				this.silence(timed);
			}
		}
	}

	/** The records to emit, oldest first, each envelope once; they are known from then on. */
	takeNew(backlog: Backlog): TimedHit[] {
		const { hits, first, hasTimelessFirst } = backlog;
		this.state.timeless ||= hasTimelessFirst;
		const isDue = ({ eventTime }: TimedHit) =>
			this.settings.overdue === 0 || isPlausible(eventTime, first.serverNow);
		const fresh: TimedHit[] = [];
		for (const timed of hits) {
			if (!this.isInReach(timed, backlog) || !isDue(timed) || this.isSilent(timed)) continue;
			if (!isWanted(timed, this.settings)) continue;
			this.know(timed);
			fresh.push(timed);
		}
		return fresh.sort((a, b) => (a.time ?? Infinity) - (b.time ?? Infinity));
	}

	private isInReach({ time }: TimedHit, { oldest, first }: Backlog): boolean {
		if (time === null) return this.state.timeless;
		if (isBeyondClocks(time, first)) return this.state.future;
		// What lies further back came along on a page, and has been read before.
		return time >= oldest;
	}

	/** Records that no poll has read before, oldest first, whether wanted or not. */
	unread({ hits }: Backlog): TimedHit[] {
		const { watermark } = this.state;
		return hits.filter(({ time }) => time !== null && time > (watermark ?? -Infinity)).reverse();
	}

	/**
	 * Moves on after a reading; never beyond now, for a record that is later says nothing about others.
	 *
	 * @returns the state to store, and whether ids had to be forgotten that are still of use
	 */
	advance({ hits, first }: Backlog): { state: State; isCrowded: boolean } {
		const { state } = this;
		const newest = newestUntil(first.serverNow, hits, 'time');
		if (newest !== null) state.watermark = Math.max(state.watermark ?? -Infinity, newest);
		const oldest = this.oldest(first);
		// It falls again if the newest record leaves the result, or a replica lags behind.
		if (Number.isFinite(oldest)) this.noteForgotten(oldest);
		const forgotten = this.known.fit(oldest);
		// What ends from now on is new, although others of the same minute were forgotten.
		if (forgotten !== null) {
			this.noteForgotten(Math.min(forgotten, (state.watermark ?? Infinity) + 1));
		}
		state.known = this.known.stored();
		state.answered = Date.now();
		state.asOf = first.serverNow;
		return { state, isCrowded: forgotten !== null };
	}

	/** What lies before a time, in epoch ms, is silent from now on. */
	private noteForgotten(time: number): void {
		this.state.forgotten = Math.max(this.state.forgotten ?? -Infinity, time);
	}

	/** Whether a record may have come to the event, although its time does not tell. */
	private mayHaveEnded({ hit }: TimedHit): boolean {
		const status = deriveStatus(hit.record.envelopeStatus);
		return hasReached(this.settings.event, status) || hasReached('ended', status);
	}

	/** What is there at the beginning; with another status, it may come to the event later. */
	private silence(timed: TimedHit): void {
		this.known.add(this.stateOf(timed), this.keyOf(timed));
	}

	private know(timed: TimedHit): void {
		this.known.add(this.nameOf(timed), this.keyOf(timed));
	}

	/** An envelope may start the workflow again where what is watched for happens at another time. */
	private nameOf({ hit }: TimedHit): string {
		const { eventField, overdue } = this.settings;
		return `${eventField} ${overdue} ${hit.envelopeId}`;
	}

	private stateOf(timed: TimedHit): string {
		return `${this.nameOf(timed)} ${deriveStatus(timed.hit.record.envelopeStatus)}`;
	}

	/** By which time, in epoch ms, an id is kept; null if the record has none. */
	private keyOf({ time, eventTime }: TimedHit): number | null {
		if (this.settings.overdue > 0) return time;
		return time === null ? eventTime : Math.max(time, eventTime ?? time);
	}

	/** Epoch ms of a time that is in another unit than that of the others; Infinity if it is not. */
	private ownTimeOf({ hit, eventTime }: TimedHit): number {
		const { eventField, overdue } = this.settings;
		const own = overdue === 0 ? toTime(hit.record[eventField]) : null;
		const isOther = own !== null && Math.abs(own - (eventTime ?? Infinity)) > LARGEST_SKEW;
		return isOther ? own : Infinity;
	}

	/** Whether an envelope has started the workflow, or is not to, by its id. */
	knows(timed: TimedHit): boolean {
		return this.known.has(this.nameOf(timed)) || this.known.has(this.stateOf(timed));
	}

	/** Whether an envelope had ended before what starts the workflow, by its time in a unit of its own. */
	isFormer(timed: TimedHit): boolean {
		const { since } = this.state;
		return since !== null && this.ownTimeOf(timed) < wholeSecond(since);
	}

	private isSilent(timed: TimedHit): boolean {
		const { since, forgotten } = this.state;
		const { eventTime } = timed;
		if (eventTime !== null && since !== null && eventTime < since) return true;
		if (this.isFormer(timed)) return true;
		const key = this.keyOf(timed);
		if (key !== null && forgotten !== null && key < forgotten) return true;
		return this.knows(timed);
	}
}

/** Whether a time, in epoch ms, is so much later than now that no wrong clock explains it. */
export function isBeyondClocks(time: number, { serverNow }: TimedPage): boolean {
	return time > serverNow + LARGEST_SKEW;
}

/**
 * Epoch ms from which on records are read again in each poll.
 *
 * @param lookback ms before the newest of them
 */
export function lookbackBegin({ serverNow, hits }: TimedPage, lookback: number): number {
	return (newestUntil(serverNow, hits, 'time') ?? serverNow) - lookback;
}

/** The newest time that is not later than `limit`; null if there is none. All are epoch ms. */
export function newestUntil(
	limit: number,
	hits: readonly TimedHit[],
	which: 'time' | 'eventTime',
): number | null {
	let newest: number | null = null;
	for (const { [which]: time } of hits) {
		if (isPlausible(time, limit) && time > (newest ?? -Infinity)) newest = time;
	}
	return newest;
}

/**
 * Epoch ms before which lies what the server does not give. Where its clock is ahead of n8n's, this may
 * be later than what n8n takes for now.
 */
function outOfReach({ gaps, first }: Backlog): number {
	const times = gaps.map(({ to }) => to).filter((to) => !isBeyondClocks(to, first));
	return Math.max(-Infinity, ...times) + 1;
}

/** Times of records may be in whole seconds; epoch ms. */
function wholeSecond(time: number): number {
	return Math.floor(time / 1000) * 1000;
}

function isPlausible(time: number | null, serverNow: number): time is number {
	return time !== null && time <= serverNow;
}
