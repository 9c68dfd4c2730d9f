import type { SearchPage } from './page';
import type { Reading } from './reading';

/** Pages without a new record, one after the other, after which reading on leads nowhere. */
const MOST_IDLE_PAGES = 5;

/** So many times as many pages as the records that were found fill, and … */
const MOST_ROUNDS = 4;

/** … so many more: it goes in a circle. */
const MOST_WASTE = 40;

/** Pages that seem to be the last and are not, with fewer new records than … */
const MOST_ENDS = 10;

/** … so much of a page. */
const FEW = 4;

/** Whether a reading gets anywhere: some servers send the same pages over and over. */
export class Progress {
	/** Pages that were looked at in all. */
	pages = 0;

	/** Records of the first page that may come first, since their values are equal. */
	private firstGroup = Infinity;

	/** How often the first page came again. */
	private repetitions = 0;

	/** Number of the record after the last page with a new record. */
	private reached: number;

	/** Pages since then. */
	private idlePages = 0;

	/** Pages with few new records that seemed to be the last. */
	private ends = 0;

	private readonly reading: Reading;

	constructor(reading: Reading) {
		this.reading = reading;
		this.reached = reading.options.from;
	}

	/** Whether the last page had no new record. */
	get isIdle(): boolean {
		return this.idlePages > 0;
	}

	/** Counts a page that may be of no use. */
	noteUseless(): void {
		this.pages += 1;
	}

	/**
	 * @param from number of the record that the page was asked for from
	 * @param end number of the record after it
	 * @param fresh how many of its records are new
	 * @param overlap records that neighbouring pages share
	 * @returns whether reading on may find more
	 */
	note(from: number, { hits }: SearchPage, end: number, fresh: number, overlap: number): boolean {
		const { collection, options, order, reader } = this.reading;
		const stride = Math.max(1, reader.pageSize.current - overlap);
		if (from === options.from) this.firstGroup = order.firstGroup(hits);
		this.pages += 1;
		if (this.pages > MOST_WASTE + (MOST_ROUNDS * collection.size) / stride) return false;
		if (fresh > 0) {
			this.idlePages = 0;
			this.reached = end;
			return true;
		}
		this.idlePages += 1;
		// Once may be new records that pushed the first page down; twice is not.
		const isBehind = from >= options.from + this.firstGroup;
		if (isBehind && hits[0]?.key === collection.first?.key) this.repetitions += 1;
		const knownPages = Math.max(0, this.reached - end) / stride;
		return this.repetitions <= 1 && this.idlePages <= MOST_IDLE_PAGES + 2 * knownPages;
	}

	/**
	 * Counts a page that seems to be the last. Records may come at the end as fast as it can be
	 * looked whether there are more.
	 *
	 * @returns whether looking again may find the end
	 */
	noteEnd(size: number, fresh: number): boolean {
		if (fresh * FEW < size) this.ends += 1;
		return this.ends <= MOST_ENDS;
	}
}
