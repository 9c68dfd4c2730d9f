import type { INodeProperties } from 'n8n-workflow';
import { YisignError } from '../errors';
import { toFields } from './input';

/** Points in time that a search is bounded by, epoch ms; undefined where there is no bound. */
export interface DateBounds {
	/** Inclusive. */
	createdAfter?: number;
	/** Exclusive. */
	createdBefore?: number;
	/** Inclusive. */
	finishedAfter?: number;
	/** Exclusive. */
	finishedBefore?: number;
}

/** The field Dates of the search. */
export const datesField: INodeProperties = {
	displayName: 'Dates',
	name: 'dates',
	type: 'collection',
	placeholder: 'Add Date',
	default: {},
	description:
		'From when to when envelopes were started, or ended. In the time zone of the workflow; the times in the result are in UTC, 8 hours behind China.',
	options: [
		{
			displayName: 'Created After',
			name: 'createdAfter',
			type: 'dateTime',
			default: '',
			description:
				'Only envelopes that were started at this time or later, such as 2026-11-23 00:00:00',
		},
		{
			displayName: 'Created Before',
			name: 'createdBefore',
			type: 'dateTime',
			default: '',
			description:
				'Only envelopes that were started before this time; for all of November 23, 2026-11-24 00:00:00',
		},
		{
			displayName: 'Finished After',
			name: 'finishedAfter',
			type: 'dateTime',
			default: '',
			description: 'Only envelopes that ended at this time or later, such as 2026-11-23 00:00:00',
		},
		{
			displayName: 'Finished Before',
			name: 'finishedBefore',
			type: 'dateTime',
			default: '',
			description:
				'Only envelopes that ended before this time; for all of November 23, 2026-11-24 00:00:00',
		},
	],
};

const BOUNDS = ['createdAfter', 'createdBefore', 'finishedAfter', 'finishedBefore'] as const;

/** What the user filled in, and whether the time zone of the workflow was needed to read it. */
interface ReadDates {
	bounds: DateBounds;
	usesZone: boolean;
}

/**
 * The bounds that the user filled in. A field that was added and holds nothing is refused: without its
 * bound, envelopes of all times would come.
 *
 * @param value what n8n gives for the field
 * @param timeZone of the workflow (IANA), for a value without an offset
 * @throws YisignError `input`, naming the field
 */
export function readDates(value: unknown, timeZone: string): ReadDates {
	const fields = toFields(value, 'Dates');
	const bounds: DateBounds = {};
	let usesZone = false;
	for (const name of BOUNDS) {
		if (!Object.hasOwn(fields, name)) continue;
		const given = fields[name];
		if (isNothing(given)) throw hasNothing(labelOf(name));
		const time = toBound(given, timeZone);
		if (time === null) throw notADate(labelOf(name));
		bounds[name] = time.time;
		usesZone ||= time.usesZone;
	}
	for (const [after, before] of [
		['createdAfter', 'createdBefore'],
		['finishedAfter', 'finishedBefore'],
	] as const) {
		const [begin, end] = [bounds[after], bounds[before]];
		if (begin !== undefined && end !== undefined && begin >= end) throw isReversed(after, before);
	}
	return { bounds, usesZone };
}

/** Whether a field that is there holds no date at all. */
export function isNothing(value: unknown): boolean {
	return (
		value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
	);
}

function labelOf(name: (typeof BOUNDS)[number]): string {
	const field = datesField.options?.find((option) => option.name === name);
	return field && 'displayName' in field ? field.displayName : name;
}

/** Date, optional time, optional offset of at most 14 hours; `T` or a blank between them. */
const DATE_TEXT =
	/^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?$/i;

/** A date text of the editor, a Date or epoch ms of an expression, a Luxon date. */
function toBound(value: unknown, timeZone: string): { time: number; usesZone: boolean } | null {
	if (typeof value === 'number') return plausible(value);
	if (typeof value === 'object' && value !== null) return plausible(Number(value));
	const match = DATE_TEXT.exec(String(value).trim());
	if (!match) return null;
	const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset] =
		match;
	const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
	const numbers = [year, month, day, hour, minute, second].map(Number);
	const local = Date.UTC(numbers[0], numbers[1] - 1, ...numbers.slice(2), milliseconds);
	const written = new Date(local).toISOString().slice(0, 19);
	if (written !== `${year}-${month}-${day}T${hour}:${minute}:${second}`) return null;
	if (offset === undefined) return { time: fromZone(local, timeZone), usesZone: true };
	return { time: local - minutesOf(offset) * 60_000, usesZone: false };
}

/** A smaller number would be before 1973: it is of another unit, or no time at all. */
const SMALLEST_TIME = 1e11;

function plausible(time: number): { time: number; usesZone: boolean } | null {
	return time >= SMALLEST_TIME && time <= 8.64e15 ? { time, usesZone: false } : null;
}

function minutesOf(offset: string): number {
	if (/^z$/i.test(offset)) return 0;
	const [hours, minutes] = [offset.slice(1, 3), offset.slice(-2)].map(Number);
	return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/**
 * What a clock in a time zone shows, as a point in time. What it skips when summer time begins counts
 * by the offset before, as in n8n's expressions (Luxon): half past two is half past three.
 *
 * @param local what it shows, as if it were UTC; epoch ms
 */
function fromZone(local: number, timeZone: string): number {
	const first = offsetAt(local, timeZone);
	const second = offsetAt(local - first, timeZone);
	if (first === second) return local - first;
	// The offset is that of the time looked for, so it is looked up again.
	const third = offsetAt(local - second, timeZone);
	return local - Math.min(second, third);
}

/** ms that the clocks of a time zone are ahead of UTC. */
function offsetAt(time: number, timeZone: string): number {
	const parts = new Intl.DateTimeFormat('en-US', {
		timeZone,
		hourCycle: 'h23',
		year: 'numeric',
		month: 'numeric',
		day: 'numeric',
		hour: 'numeric',
		minute: 'numeric',
		second: 'numeric',
	}).formatToParts(time);
	const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
	const shown = Date.UTC(
		part('year'),
		part('month') - 1,
		part('day'),
		part('hour'),
		part('minute'),
		part('second'),
	);
	return shown - Math.floor(time / 1000) * 1000;
}

/** Whether a time zone is that of China, where a hospital's times need no explanation. */
export function isChinaTime(timeZone: string, now: number): boolean {
	return offsetAt(now, timeZone) === 8 * 3_600_000;
}

function notADate(label: string): YisignError {
	return new YisignError('input', `${label} is not a date`, {
		description:
			'Choose a date in the editor. An expression has to give a date, such as {{ $now.minus({ days: 7 }) }}, or text such as 2026-11-25T08:00:00.',
		toolDescription: 'It has to be text such as 2026-11-25T08:00:00.',
		cause: 'configuration-invalid',
	});
}

function hasNothing(label: string): YisignError {
	return new YisignError('input', `${label} is empty`, {
		description:
			'Choose a date, or remove the field. If it is an expression, it gave nothing for this item.',
		cause: 'configuration-invalid',
	});
}

function isReversed(
	after: 'createdAfter' | 'finishedAfter',
	before: 'createdBefore' | 'finishedBefore',
) {
	return new YisignError('input', `${labelOf(after)} is not earlier than ${labelOf(before)}`, {
		description: 'No envelope can fit both. Swap them, or remove one.',
		cause: 'configuration-invalid',
	});
}
