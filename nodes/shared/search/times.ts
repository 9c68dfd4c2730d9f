import { toTime } from './envelope';
import type { Hit } from './page';
import type { SortRule } from './query';

/** The points in time of an envelope, by their wire names. */
export type TimeField = 'createdDatetime' | 'envelopeFinishedDatetime';

/**
 * When an envelope was started or ended: by its record, or by what the server sorted by.
 *
 * @returns epoch ms; null if neither says
 */
export function timeOf(hit: Hit, field: TimeField, rules: readonly SortRule[]): number | null {
	const index = rules.findIndex((rule) => rule.field === field);
	return toTime(hit.record[field]) ?? toTime(hit.sortValues[index]);
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
	/** Ranges whose time no record has had so far. */
	private readonly unseen: Set<TimeRange>;

	private hasRecords = false;

	private readonly ranges: readonly TimeRange[];

	private readonly rules: readonly SortRule[];

	constructor(ranges: readonly TimeRange[], rules: readonly SortRule[]) {
		this.ranges = ranges;
		this.rules = rules;
		this.unseen = new Set(ranges);
	}

	/** Fields that no record has, although a range is asked for; empty if there were no records. */
	get missingFields(): TimeField[] {
		return this.hasRecords ? [...this.unseen].map(({ field }) => field) : [];
	}

	/** Whether the record lies in all ranges; one without the time does not. */
	matches(hit: Hit): boolean {
		this.hasRecords = true;
		return this.ranges
			.map((range) => {
				const time = timeOf(hit, range.field, this.rules);
				if (time !== null) this.unseen.delete(range);
				return time !== null && time >= range.after && time < range.before;
			})
			.every(Boolean);
	}

	/** Whether neither this record nor any after it can lie in the range, by the order asked for. */
	isBeyond(hit: Hit): boolean {
		const [rule] = this.rules;
		return this.ranges.some(({ field, after, before }) => {
			if (field !== rule.field) return false;
			const time = timeOf(hit, field, this.rules);
			if (time === null) return false;
			return rule.direction === 'desc' ? time < after : time >= before;
		});
	}
}
