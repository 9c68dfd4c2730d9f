import { matches, type Settings } from './trigger.plan.mts';
import type { ModelEnvelope } from './trigger.model.mts';

/** How exactly anything can be known that goes by whole seconds, in ms. */
export const SECONDS = 2000;

/** Whether a history owes an envelope: once, not at all, or either of them. */
export type Verdict = 'once' | 'never' | 'either';

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
}

/** What is owed for an envelope, and what the workflow may not have been started with. */
export function verdictOf(envelope: ModelEnvelope, ticks: readonly Tick[]): Verdict {
	const { finished, searchable, replaced, says } = envelope;
	const first = ticks.find(({ begin }) => begin >= searchable);
	if (!first) return 'either';
	const { period } = first;
	const isSeenEarlier = ticks.some(
		(tick) => tick.begin < searchable && tick.end >= searchable && tick.period !== period,
	);
	if (isSeenEarlier || replaced !== undefined) return 'either';
	if (!matches(envelope, period.settings)) {
		const isWantedLater = ticks.some(
			({ period: { settings, low } }) =>
				matches(envelope, settings) && (finished > low || searchable > low - SECONDS),
		);
		return isWantedLater ? 'either' : 'never';
	}
	if (finished > period.high) {
		// Where such records come last, or before a page of others, nobody sees them.
		const isOdd = says !== 'truth' && first.begin <= (period.begun ?? Infinity);
		const isHidden = says === 'nothing' && period.settings.detectBy === 'finishedTime';
		return isOdd || isHidden ? 'either' : 'once';
	}
	if (finished > period.low || searchable > period.low - SECONDS) return 'either';
	return 'never';
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
