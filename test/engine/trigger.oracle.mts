import { DAY, HOUR, matches, type Settings } from './trigger.plan.mts';
import type { ModelEnvelope } from './trigger.model.mts';

/** How exactly anything can be known that goes by whole seconds, in ms. */
export const SECONDS = 2000;

/**
 * Whether a history owes an event of an envelope: once, not at all, or either of them; or at the most
 * once, and a failed execution otherwise that says that there are such envelopes.
 */
export type Verdict = 'once' | 'never' | 'either' | 'said';

/** Time under the same settings; what ended up to `low` is silent, what ends after `high` is owed. */
export interface Period {
	settings: Settings;
	low: number;
	high: number;
	/** True time of its first poll that was answered. */
	begun?: number;
}

/** A poll that was answered, in true time. */
export interface Tick {
	begin: number;
	end: number;
	period: Period;
	/** When the first poll of the same reading began: one poll may not have the time for all of it. */
	readBegin: number;
	/** Whether the reading has come to its end. */
	isDone: boolean;
	/** Whether all requests were answered, and soon. */
	isCalm: boolean;
}

/** What an envelope can come to once: its end, or so many hours without it (0 for its end). */
export type Kind = number;

/**
 * What is owed for an envelope that is waiting, and what the workflow may not have been started with.
 *
 * @param due true time at which the trigger takes it for overdue
 * @param lag ms after which every answer shows a change
 */
export function overdueVerdict(
	envelope: ModelEnvelope,
	kind: Kind,
	due: number,
	ticks: readonly Tick[],
	lag: number,
): Verdict {
	const { replaced = Infinity } = envelope;
	const isOfKind = ({ settings }: Period) =>
		settings.overdue === kind && matches(envelope, settings);
	const isPossible = ticks.some((tick) => {
		const isSilent = !isOfKind(tick.period) || due <= tick.period.low - SECONDS;
		return !isSilent && mayBeOverdue(envelope, due, tick, lag);
	});
	if (!isPossible) return 'never';
	// By a clock that is ahead, an envelope may be overdue when it is started.
	const shown = Math.max(due, envelope.created + lag) + SECONDS;
	const first = ticks.find(({ isDone, readBegin }) => isDone && readBegin >= shown);
	if (!first || !isOfKind(first.period) || due <= first.period.high) return 'either';
	return Math.min(envelope.searchable, replaced) > first.end ? 'once' : 'either';
}

/** Whether a poll may have seen that the envelope is overdue. */
export function mayBeOverdue(
	{ searchable, replaced = Infinity }: ModelEnvelope,
	due: number,
	{ readBegin, end }: Pick<Tick, 'readBegin' | 'end'>,
	lag: number,
): boolean {
	return due <= end + SECONDS && Math.min(searchable, replaced) + lag > readBegin;
}

/**
 * What is owed for an envelope that ends, and what the workflow may not have been started with.
 *
 * @param lag ms after which every answer shows a change
 */
export function endVerdict(envelope: ModelEnvelope, ticks: readonly Tick[], lag: number): Verdict {
	const { created, finished, searchable, again = -Infinity, replaced, says } = envelope;
	const isWanted = (settings: Settings) => settings.overdue === 0 && matches(envelope, settings);
	const shown = searchable + lag;
	const first = ticks.find(({ begin }) => begin >= shown);
	if (!first) return 'either';
	const { period } = first;
	const isSeenEarlier = ticks.some(
		(tick) => tick.begin < shown && tick.end >= searchable && tick.period !== period,
	);
	if (isSeenEarlier || replaced !== undefined) return 'either';
	// Of an envelope that ended before, nobody who begins later knows that its second record is one.
	const endsAgain = ticks.some(
		({ end, period: { settings, low } }) =>
			isWanted(settings) && again <= end && again > low - SECONDS,
	);
	if (!isWanted(period.settings)) {
		const isWantedLater = ticks.some(
			({ period: { settings, low } }) =>
				isWanted(settings) && (finished > low || shown > low - SECONDS),
		);
		return isWantedLater || endsAgain ? 'either' : 'never';
	}
	const { detectBy, lookback } = period.settings;
	if (detectBy === 'createdTime' && finished - created > lookback * HOUR) return 'either';
	if (finished > period.high) {
		// Where such records come last, or before a page of others, nobody sees them.
		if (says !== 'truth' && first.begin <= (period.begun ?? Infinity)) return 'either';
		const isHidden = ['nothing', 'seconds'].includes(says) && detectBy === 'finishedTime';
		return isHidden ? 'said' : 'once';
	}
	if (finished > period.low || shown > period.low - SECONDS || endsAgain) return 'either';
	return 'never';
}

/**
 * By when, in true time, a failed execution has to say that an envelope has ended without a time: at a
 * poll a day later at which Yisign answers, and which no other came before within the hour. Undefined
 * where there was no such poll under the same settings.
 *
 * @param lag ms after which every answer shows a change
 */
export function saidUntil(
	{ searchable }: ModelEnvelope,
	ticks: readonly Tick[],
	lag: number,
): number | undefined {
	const shown = searchable + lag;
	const first = ticks.find(({ begin }) => begin >= shown);
	const index = ticks.findIndex(
		({ begin, isDone, isCalm, period }, at) =>
			begin >= shown + DAY + SECONDS &&
			isDone &&
			isCalm &&
			period === first?.period &&
			begin - ticks[at - 1].begin > HOUR + SECONDS,
	);
	return ticks[index]?.end;
}

/**
 * Whether a failed execution has said that this envelope could not be reached.
 *
 * @param skew ms that the server's clock is ahead
 */
export function isReported(
	{ finished, created, searchable }: ModelEnvelope,
	reported: readonly Error[],
	skew: number,
): boolean {
	const isLate = searchable > finished;
	if (isLate && reported.some(({ message }) => message.includes('too few'))) return true;
	const times = [created, finished].map((time) => time + skew);
	return reported.some(({ message, ...error }) => {
		const { description = '' } = error as { description?: string };
		const limits = description.match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g)?.map((text) => Date.parse(text));
		if (!message.includes('out of reach') || !limits) return false;
		const [from, to] = limits.length > 1 ? limits : [-Infinity, limits[0]];
		return times.some((time) => time >= from - SECONDS && time <= to + SECONDS);
	});
}
