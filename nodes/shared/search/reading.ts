import { Collection } from './collection';
import { SortOrder } from './order';
import type { Hit, SearchPage } from './page';
import type { ReadPage, Span } from './pageReader';
import { PageReader } from './pageReader';
import { PageSize } from './pageSize';
import type { SortRule } from './query';

export interface SearchOptions {
	/** The order that pages are asked for in; at least one rule. */
	sortRules: readonly SortRule[];
	/** Number of the first record to read, counted from 0. */
	from: number;
	/** How many envelopes are wanted; undefined for all of them. */
	limit?: number;
	/** Whether a record is wanted; asked once for each time the result is read. Undefined if all are. */
	isWanted?: (hit: Hit) => boolean;
	/**
	 * Whether neither a record nor any that comes after it in the order asked for can be wanted.
	 * Undefined if the end is not known beforehand.
	 *
	 * @param isWithout whether neither it nor any after it has a value for the first sort rule
	 */
	isBeyond?: (hit: Hit, isWithout: boolean) => boolean;
	/** Pages of it that were read before, in another order: what they show may not come again. */
	shown?: readonly SearchPage[];
	/** Records on a page; undefined for automatic. */
	pageSize?: number;
	/** How many pages may be read at the same time. */
	parallelRequests: number;
}

/** One search under way: what the ways of reading a result share. */
export class Reading {
	readonly options: SearchOptions;

	readonly reader: PageReader;

	readonly order: SortOrder;

	collection: Collection;

	/** Pages that were not read on from. What they show is there, and may not come again. */
	private readonly aside: SearchPage[];

	/** Keys of the first records in front of From, where the server does not count them. */
	private front: ReadonlySet<string> = new Set();

	/** Whether nothing more can be wanted, by the order asked for. */
	isBeyond = false;

	constructor(readPage: ReadPage, options: SearchOptions) {
		this.options = options;
		this.reader = new PageReader(
			readPage,
			new PageSize(options.pageSize),
			options.parallelRequests,
		);
		this.order = new SortOrder(options.sortRules);
		this.collection = new Collection(options.isWanted);
		this.aside = [...(options.shown ?? [])];
	}

	/** Whether as many envelopes were found as are wanted. */
	get isLimitReached(): boolean {
		return this.missing <= 0;
	}

	/** Whether fewer records were read than there were all the time. */
	get isShort(): boolean {
		const { smallestTotal } = this.reader;
		const expected = smallestTotal - this.options.from;
		const { hasIds, rows } = this.collection;
		return hasIds && Number.isFinite(expected) && rows < expected;
	}

	/**
	 * How many more records to read, as far as is known.
	 *
	 * @param end number of the record after the last that was read
	 * @returns Infinity if nothing is known
	 */
	wanted(end: number): number {
		const { total, isTotalExact } = this.reader;
		const isEnd = total === end && isTotalExact;
		const left = total !== null && total > end ? total - end : Infinity;
		const { wantedCount, size } = this.collection;
		// As many as it takes at the rate of those that were read.
		const rate = this.options.isWanted ? (wantedCount + 1) / (size + 1) : 1;
		return Math.min(isEnd ? 1 : left, Math.ceil(this.missing / rate));
	}

	/** @param page the first of all records */
	noteFront({ hits }: SearchPage): void {
		this.front = new Set(hits.slice(0, this.options.from).map(({ key }) => key));
	}

	/**
	 * Whether a page from behind From shows what stands in front of it: behind the last record, some
	 * servers begin again with the first one.
	 */
	beginsAgain({ from }: Span, { hits, total, isTotalExact }: SearchPage): boolean {
		if (this.options.from === 0 || from <= this.options.from || hits.length === 0) return false;
		if (total !== null && isTotalExact && from >= total) return true;
		const { front } = this;
		return front.size > 0 && hits.slice(0, front.size).every(({ key }) => front.has(key));
	}

	/**
	 * Whether a page shows records in front of the first one, where From says to begin: some servers
	 * move a page to the beginning of one.
	 */
	showsFront({ hits }: SearchPage): boolean {
		const { first } = this.collection;
		if (this.options.from === 0 || first === undefined || hits.length === 0) return false;
		const position = hits.findIndex(({ key }) => key === first.key);
		return position > 0 || this.order.isBefore(hits[0], first);
	}

	/** Keeps a page that is not read on from. */
	setAside(span: Span, page: SearchPage): void {
		if (!this.beginsAgain(span, page) && !this.showsFront(page)) this.aside.push(page);
	}

	/** Adds what only pages showed that were not read on from: a copy of the index may lack it. */
	addAside(): void {
		for (const { hits } of this.aside) this.collection.add({ hits, emptyHits: 0 });
	}

	/** Begins once more, with nothing read and no total. */
	restart(): void {
		this.forget();
		this.reader.restart();
	}

	/** Begins once more, with nothing read. What the server has counted stays. */
	forget(): void {
		this.collection = new Collection(this.options.isWanted);
	}

	private get missing(): number {
		const { limit = Infinity } = this.options;
		return limit - this.collection.wantedCount;
	}
}
