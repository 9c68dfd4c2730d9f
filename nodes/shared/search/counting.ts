import { YisignError } from '../errors';
import type { Hit, SearchPage } from './page';
import { lengthOf } from './page';
import type { Span } from './pageReader';
import { endsAt } from './pageReader';
import type { Reading } from './reading';
import {
	fewerThanCounted,
	fromIgnored,
	fromNotHonoured,
	keptChanging,
	notProvable,
	refusedAfter,
} from './reasons';

/** How often the whole result is read at the most. */
const MOST_PASSES = 5;

/** Pages in a row without a record that is new to the pass, after which there are no others. */
const MOST_IDLE_PAGES = 2;

/**
 * Reads a result whose records do not tell by their values whether one is missing: page beside page,
 * until as many have been seen as the server counts, and once more without seeing another. Between
 * two pages, one record may go and another come; the same twice, at the same place, is not assumed.
 *
 * @throws YisignError if they are not all there, or it cannot be known
 */
export async function readByCounting(reading: Reading): Promise<void> {
	const { reader, collection, options } = reading;
	for (let pass = 0; pass < MOST_PASSES; pass += 1) {
		const known = collection.size;
		const { hasMoved } = await readSideBySide(reading);
		if (reading.isLimitReached && !hasMoved) return;
		if (reading.isLimitReached) throw notProvable(options.pageSize);
		const isSame = collection.size === known;
		if (isSame && isAllCounted(reading)) return;
		if (isSame || !reader.isTotalExact || reader.hasTotalChanged) break;
	}
	if (reader.total === null || !reader.isTotalExact) throw notProvable(options.pageSize);
	if (reader.hasTotalChanged) throw keptChanging();
	const isTooFew = reading.collection.rows < reader.total - options.from;
	throw isTooFew && options.pageSize === undefined
		? fewerThanCounted()
		: notProvable(options.pageSize);
}

function isAllCounted({ reader, collection, options }: Reading): boolean {
	const { total, isTotalExact, hasTotalChanged } = reader;
	if (total === null || !isTotalExact || hasTotalChanged) return false;
	return collection.rows === total - options.from;
}

/**
 * One pass through the result. Pages lie side by side, as a server needs it that moves `from` to the
 * beginning of a page.
 */
async function readSideBySide(reading: Reading): Promise<Pass> {
	const { reader, options } = reading;
	const pass = new Pass(reading);
	while (!pass.isOver) {
		const spans = pass.plan();
		const { pages, failure } = await reader.readAll(spans);
		const broken = pages.findIndex((page, index) => !pass.add(spans[index], page));
		reader.noteBatch(spans.length, broken === -1 ? pages.length : broken + 1);
		if (pass.isOver || broken !== -1 || !failure) continue;
		const { fault } = failure;
		if (!(fault instanceof YisignError) || fault.kind !== 'refused') throw fault;
		if (reader.pageSize.shrink()) continue;
		const isFirstPage = pass.end <= options.from + reader.pageSize.current;
		throw refusedAfter(pass.end, isFirstPage, fault);
	}
	return pass;
}

/** One reading from the first page to the last. */
class Pass {
	hasEnded = false;

	/**
	 * Whether pages asked for at different records began with the same one: a server that moves them
	 * so may have left out what is between the end of one and the beginning of the next.
	 */
	hasMoved = false;

	/** Number of the record after the last page. */
	end: number;

	/** Keys of the first records of the pages. */
	private readonly begins = new Set<string>();

	private readonly seen = new Set<string>();

	private longestPage = 0;

	private idlePages = 0;

	private readonly reading: Reading;

	constructor(reading: Reading) {
		this.reading = reading;
		this.end = reading.options.from;
	}

	get isOver(): boolean {
		return this.hasEnded || this.reading.isLimitReached;
	}

	/** From one page to the next: some servers send more records than they are asked for. */
	private get stride(): number {
		return Math.max(this.reading.reader.pageSize.current, this.longestPage);
	}

	/** As many pages as are wanted, as far as is known; one by one until paging is seen to work. */
	plan(): Span[] {
		const { batchSize, pageSize } = this.reading.reader;
		const size = pageSize.current;
		const { stride } = this;
		const wanted = this.reading.wanted(this.end);
		const isSure = this.seen.size > this.longestPage && wanted !== Infinity;
		const length = isSure ? Math.min(Math.ceil(wanted / stride), batchSize) : 1;
		return Array.from({ length }, (_, index) => ({
			from: this.end + index * stride,
			size,
		}));
	}

	/**
	 * @returns whether the page after it may be added
	 * @throws YisignError if the server sends nothing but its first page, or what stands before From
	 */
	add(span: Span, page: SearchPage): boolean {
		const { hits, total, isTotalExact } = page;
		if (this.reading.beginsAgain(span, page)) {
			this.hasEnded = true;
			return false;
		}
		if (this.reading.showsFront(page)) throw fromNotHonoured();
		const known = this.seen.size;
		const { stride } = this;
		for (const { key } of hits) this.seen.add(key);
		this.noteBegin(hits);
		// Whether the values that the first pages were in order by hold for these, too.
		this.reading.order.observe(hits);
		this.idlePages = this.seen.size > known ? 0 : this.idlePages + 1;
		this.longestPage = Math.max(this.longestPage, hits.length);
		this.reading.collection.add(page);
		this.end = endsAt(span.from, page);

		const length = lengthOf(page);
		const isAtTotal = total !== null && isTotalExact && this.end >= total;
		const isIdle = this.idlePages >= MOST_IDLE_PAGES;
		const isOnePage = length > 0 && this.seen.size <= this.longestPage;
		if (isIdle && isOnePage) throw fromIgnored();
		this.hasEnded = length === 0 || isAtTotal || isIdle;
		return !this.isOver && length >= stride;
	}

	private noteBegin([first]: readonly Hit[]): void {
		if (first === undefined) return;
		this.hasMoved ||= this.begins.has(first.key);
		this.begins.add(first.key);
	}
}
