import { formatCount } from '../../../shared/count';
import { toTime, unitOf as msOf } from '../../../shared/search/envelope';
import type { TimeField } from '../../../shared/search/times';
import type { Check } from '../check';
import type { Finding, Question } from '../finding';
import { CannotTell, finding, NOTHING, OPEN } from '../finding';

/** Units of epoch numbers, by their ms. */
const UNITS = new Map([
	[1000, 'seconds'],
	[1, 'milliseconds'],
	[1e-3, 'microseconds'],
	[1e-6, 'nanoseconds'],
]);

/** ms that a clock may be off before a time lies in the future. */
const DAY = 86_400_000;

function unitOf(value: unknown): string {
	if (toTime(value) === null) return 'no time';
	if (typeof value === 'number') return UNITS.get(msOf(value)) ?? 'no time';
	if (typeof value !== 'string') return 'inside a list or an object';
	return /^\d+$/.test(value.trim()) ? 'digits in text' : 'text';
}

function valuesOf({ seen }: Check, field: TimeField): unknown[] {
	return seen.map(({ record }) => record[field] ?? null);
}

function unitQuestionOf(field: TimeField, label: string, isDocumented: boolean): Question {
	return {
		question: `In which unit are ${label} times?`,
		matters: 'Dates and the trigger go by them.',
		ask(check) {
			const all = valuesOf(check, field);
			const values = all.filter((value) => value !== null);
			if (values.length === 0) {
				if (all.length === 0) throw new CannotTell('no envelope was seen', OPEN.more);
				return withoutTime(check, field, label);
			}
			return describeUnits(new Set(values.map(unitOf)), values.length, isDocumented);
		},
	};
}

function withoutTime(check: Check, field: TimeField, label: string): Finding {
	if (field === 'envelopeFinishedDatetime')
		throw new CannotTell('no ended envelope was seen', OPEN.more);
	const isSorted = check.pool.some(({ sortValues }) => toTime(sortValues[0]) !== null);
	return finding(
		isSorted ? 'Records have none, but are sorted by one' : 'Records have none',
		false,
		isSorted
			? 'The node takes the value that a record is sorted by.'
			: `Dates for ${label} times, and Overdue of the trigger, stop with a message.`,
	);
}

function describeUnits(units: Set<string>, count: number, isDocumented: boolean): Finding {
	const all = [...units].sort();
	const isUsual = all.every((unit) => unit === 'milliseconds');
	const isUnderstood = !units.has('no time');
	const seen = `in ${formatCount(count)} ${count === 1 ? 'record' : 'records'} seen`;
	return finding(
		`${all.join(', ')}, ${seen}`,
		isDocumented ? isUsual : null,
		isUsual ? 'Items, Dates and the trigger have the right times.' : describeUnusual(all),
		isUnderstood && all.length === 1 ? NOTHING : OPEN.report,
	);
}

/** What other units than the documented one mean. */
function describeUnusual(units: readonly string[]): string {
	if (units.includes('no time')) {
		return 'Times that cannot be read are empty in items, and Dates and the trigger cannot go by them.';
	}
	return units.length === 1
		? 'The node reads them as well as milliseconds.'
		: 'Items have the right times. Yisign cannot sort by them: Search or the trigger may stop with a message.';
}

const future: Question = {
	question: 'Do finished times lie in the future?',
	matters: 'The trigger does not let such a time hide what ends later.',
	ask(check) {
		const values = valuesOf(check, 'envelopeFinishedDatetime').filter((value) => value !== null);
		const known = values.map(toTime).filter((time) => time !== null);
		if (known.length === 0)
			throw new CannotTell('no finished time was seen that can be read', OPEN.more);
		const latest = check.now() + DAY;
		const ahead = known.filter((time) => time > latest).length;
		return finding(
			ahead === 0
				? `No, in ${formatCount(known.length)} seen`
				: `Yes: ${formatCount(ahead)} of ${formatCount(known.length)} seen`,
			null,
			ahead === 0
				? 'The trigger can go by them.'
				: 'The trigger emits such envelopes once, and still finds what ends later.',
			ahead === 0 ? undefined : 'Ask Yisign for the cause: a wrong clock, or another unit.',
		);
	},
};

/** ms that a callback may differ from n8n's clock, by default. */
const TOLERANCE = 300_000;

/** Seconds; a larger tolerance would let old callbacks be sent again. */
const MOST_TOLERATED = 3600;

const clock: Question = {
	question: "Does Yisign's clock agree with n8n's?",
	matters: 'Callback Trigger refuses a callback whose time differs by more than its tolerance.',
	ask(check) {
		const dated = check.asker.pages.filter(({ page }) => page.serverTime !== undefined);
		if (dated.length === 0) {
			throw new CannotTell(
				'its answers have no header Date',
				'If you use signed callbacks, have the clocks of Yisign and n8n compared.',
			);
		}
		// The header goes by whole seconds, and was written between sending and receiving.
		const low = Math.max(...dated.map(({ page, receivedAt }) => page.serverTime! - receivedAt));
		const high = Math.min(...dated.map(({ page, sentAt }) => page.serverTime! + 1000 - sentAt));
		if (low > high + 1000)
			throw new CannotTell('its clock, or that of n8n, changed meanwhile', OPEN.quiet);
		const seconds = Math.round((low + high) / 2000);
		return describeClock(seconds);
	},
};

function describeClock(seconds: number): Finding {
	const off = Math.abs(seconds);
	const isTolerated = off * 1000 < TOLERANCE - 60_000;
	return finding(
		off <= 2
			? 'Yes, to within 2 seconds'
			: `No: it is ${formatCount(off)} seconds ${seconds > 0 ? 'ahead' : 'behind'}`,
		null,
		isTolerated
			? 'Signed callbacks are accepted.'
			: 'Signed callbacks are refused, unless the tolerance is raised.',
		isTolerated
			? undefined
			: `Have the clocks set right${off > MOST_TOLERATED ? '' : `, or set Tolerance (Seconds) of Callback Trigger to ${off + 300}`}.`,
	);
}

export const timeQuestions = [
	unitQuestionOf('createdDatetime', 'created', false),
	unitQuestionOf('envelopeFinishedDatetime', 'finished', true),
	future,
	clock,
];
