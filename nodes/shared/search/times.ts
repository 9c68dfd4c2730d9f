import { deriveStatus, EPOCH_DIGITS, toTime } from './envelope';
import type { Hit } from './page';
import type { SortRule } from './query';
import { DEFAULT_SORT_RULE } from './query';

/** The points in time of an envelope, by their wire names. */
export type TimeField = 'createdDatetime' | 'envelopeFinishedDatetime';

/**
 * When an envelope was started or ended: by its record, or, of the created time that the documents
 * leave out of it, by what the server sorted by.
 *
 * @returns epoch ms; null if neither says
 */
export function timeOf(
	hit: Pick<Hit, 'record' | 'sortValues'>,
	field: TimeField,
	rules: readonly SortRule[],
): number | null {
	const own = toTime(hit.record[field]);
	// A server that sorts by created time, whatever it is asked for, gives that as its sort value.
	if (own !== null || field !== 'createdDatetime') return own;
	return toTime(hit.sortValues[rules.findIndex((rule) => rule.field === field)]);
}

/**
 * When an envelope was started that was read in the documented order.
 *
 * @returns epoch ms; null if neither the record nor its sort value says
 */
export function createdTimeOf(hit: Hit): number | null {
	return timeOf(hit, 'createdDatetime', [DEFAULT_SORT_RULE]);
}

/** The time in an envelope's id, in ms; vendor-api 4.2. */
const ID_TIME = /^WSID_[A-Z]{4}_([0-9a-f]{16})/i;

/** Epoch ms; what says an earlier time is in another unit, or no time. */
export const OLDEST = Date.UTC(2000, 0, 1);

/** Epoch ms; what says a later time is no time. */
export const LATEST = Date.UTC(2100, 0, 1);

/**
 * When an envelope was started, as it stands in its record, or by its sort value, or else by its id.
 *
 * Inferred: the first 16 digits of an id are the time at which it was made. Used as evidence only,
 * where all else is silent; an id that is younger than the end of its envelope came with an import.
 *
 * @returns a value for {@link isSameTime}; null if nothing says
 */
export function creationOf(hit: Hit, rules: readonly SortRule[]): unknown {
	const { createdDatetime, envelopeWsid, envelopeFinishedDatetime } = hit.record;
	if (toTime(createdDatetime) !== null) return createdDatetime;
	const sorted = timeOf(hit, 'createdDatetime', rules);
	if (sorted !== null) return sorted;
	const made = parseInt(ID_TIME.exec(String(envelopeWsid))?.[1] ?? '', 16);
	const finished = toTime(envelopeFinishedDatetime) ?? LATEST;
	return made >= OLDEST && made < LATEST && made <= finished ? made : null;
}

/** ms; times may be rounded to seconds in one place and not in another. */
export const SECOND = 1000;

/** ms; time zones differ by multiples of it. */
const HALF_HOUR = 1_800_000;

/**
 * Whether a time of a record may be the one that it is sorted by. A text may be of another time zone.
 *
 * @param sorted epoch ms
 */
export function isSameTime(value: unknown, sorted: number): boolean {
	const time = toTime(value);
	if (time === null) return false;
	const apart = Math.abs(sorted - time);
	if (typeof value !== 'string' || EPOCH_DIGITS.test(value)) return apart < SECOND;
	const rest = apart % HALF_HOUR;
	return Math.min(rest, HALF_HOUR - rest) < SECOND;
}

/** From when to when a time has to lie; epoch ms. */
export interface TimeRange {
	field: TimeField;
	/** Inclusive. */
	after: number;
	/** Exclusive. */
	before: number;
}

/** Checks ranges of time on every record, and says when no more can fit. */
export class TimeCheck {
	/** Ranges whose time some record should have, and whether one has had it. */
	private readonly seen = new Map<TimeRange, boolean>();

	/** Whether a record says when it was created, or would if it were sorted by that. */
	isCreatedSaid = false;

	/** Keys of the records that may lie in all ranges, or not: nothing says when they were created. */
	private readonly unsaid = new Set<string>();

	private readonly ranges: readonly TimeRange[];

	private readonly rules: readonly SortRule[];

	constructor(ranges: readonly TimeRange[], rules: readonly SortRule[]) {
		this.ranges = ranges;
		this.rules = rules;
	}

	/** Fields that no record has, although a range is asked for and records should have them. */
	get missingFields(): TimeField[] {
		return [...this.seen].flatMap(([{ field }, isSeen]) => (isSeen ? [] : [field]));
	}

	/** How many records may lie in all ranges, which cannot be said without a created time. */
	get uncheckable(): number {
		return this.unsaid.size;
	}

	/** Whether the record lies in all ranges; one without the time does not. */
	matches(hit: Hit): boolean {
		const { record, sortValues } = hit;
		this.isCreatedSaid ||= sortValues.length > 0 || toTime(record.createdDatetime) !== null;
		return this.ranges
			.map((range) => {
				const time = timeOf(hit, range.field, this.rules);
				if (time !== null) this.seen.set(range, true);
				else if (shouldHave(hit, range.field)) this.seen.set(range, this.seen.get(range) ?? false);
				return isWithin(time, range);
			})
			.every(Boolean);
	}

	/**
	 * Notes a record that nothing but a range of the created time may leave out, and that does not say
	 * when it was created. One that was sorted by that and has none says so.
	 */
	noteUncheckable(hit: Hit): void {
		const { key, sortValues } = hit;
		const others = this.ranges.filter(({ field }) => field !== 'createdDatetime');
		if (others.length === this.ranges.length) return;
		const index = this.rules.findIndex(({ field }) => field === 'createdDatetime');
		if (sortValues[index] !== undefined || timeOf(hit, 'createdDatetime', this.rules) !== null) {
			return;
		}
		if (others.every((range) => isWithin(timeOf(hit, range.field, this.rules), range))) {
			this.unsaid.add(key);
		}
	}

	/** Whether only ranges of the finished time leave a record out, which ended without one. */
	isUntimed(hit: Pick<Hit, 'record' | 'sortValues'>): boolean {
		const finished = this.ranges.filter(({ field }) => field === 'envelopeFinishedDatetime');
		const others = this.ranges.filter((range) => !finished.includes(range));
		return (
			finished.length > 0 &&
			toTime(hit.record.envelopeFinishedDatetime) === null &&
			deriveStatus(hit.record.envelopeStatus) !== 'unknown' &&
			shouldHave(hit, 'envelopeFinishedDatetime') &&
			others.every((range) => isWithin(timeOf(hit, range.field, this.rules), range))
		);
	}

	/**
	 * Whether neither this record nor any after it can lie in the range, by the order asked for.
	 *
	 * Inferred: all times of an index are in one unit, so that their order is that of time.
	 *
	 * @param isWithout whether neither it nor any after it has the time that is sorted by
	 */
	isBeyond(hit: Hit, isWithout: boolean): boolean {
		const [rule] = this.rules;
		return this.ranges.some(({ field, after, before }) => {
			if (field !== rule.field) return false;
			const time = timeOf(hit, field, this.rules);
			if (time === null) return isWithout;
			return rule.direction === 'desc' ? time < after : time >= before;
		});
	}
}

function isWithin(time: number | null, { after, before }: TimeRange): boolean {
	return time !== null && time >= after && time < before;
}

/** An envelope that is under way has no finished time yet. */
function shouldHave({ record }: Pick<Hit, 'record'>, field: TimeField): boolean {
	const status = deriveStatus(record.envelopeStatus);
	return field === 'createdDatetime' || (status !== 'waiting' && status !== 'processing');
}
