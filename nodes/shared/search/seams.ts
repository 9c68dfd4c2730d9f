import { YisignError } from '../errors';
import { Ending } from './ending';
import type { Hit, SearchPage } from './page';
import { lengthOf, mayHideRecords } from './page';
import type { Span } from './pageReader';
import { endsAt, withinWindow } from './pageReader';
import { Progress } from './progress';
import type { Reading } from './reading';
import { fromNotHonoured, notBeyond, refusedAfter } from './reasons';

/** The values that records are sorted by do not tell whether one is missing between two pages. */
export class NotProvable extends Error {}

/** Records that two neighbouring pages share where no values are equal. */
const USUAL_OVERLAP = 2;

/** Pages of one batch that do not continue the one before, until they are made to share more. */
const TIED_PAGES = 3;

/** How many times as long as a group of equal values a page is that has to reach over it. */
const REACH = 4;

/** Pages that are read, each from further back, to find one that continues what is known. */
const MOST_STEPS_BACK = 14;

/** The page that a reading begins with. */
export interface FirstPage {
	span: Span;
	page: SearchPage;
}

/**
 * Reads a result page after page, each continuing the one before it: its first record stands
 * strictly before the last record of that page, so nothing between them is missing (see
 * `SortOrder`). Each page begins with the last record before the group of equal values at the end
 * of the one before.
 */
export class SeamReading {
	/** Whether the end of the result was reached. */
	hasEnded = false;

	/** The last page that continued the others; several, if all their values are equal. */
	private tail: Hit[] = [];

	/** Number of the record after the tail, as the server counted when that was read. */
	private end: number;

	/** Records that the pages of one batch share with their neighbours. */
	private overlap = USUAL_OVERLAP;

	private tiedPages = 0;

	private readonly progress: Progress;

	private readonly ending: Ending;

	private readonly reading: Reading;

	constructor(reading: Reading) {
		this.reading = reading;
		this.end = reading.options.from;
		this.progress = new Progress(reading);
		this.ending = new Ending(reading, this.progress);
	}

	/**
	 * Reads on until the end of the result, or until as much was found as is wanted.
	 *
	 * @throws NotProvable, or YisignError if a page does not come
	 */
	async run({ span, page }: FirstPage): Promise<void> {
		await this.append(span, page);
		while (!this.isDone) {
			if (!(await this.tryLarger())) await this.readBatch();
		}
	}

	/** Whether the first page was enough, so that nothing can have moved meanwhile. */
	get isOnePage(): boolean {
		return this.progress.pages <= 1;
	}

	private get isDone(): boolean {
		return this.hasEnded || this.reading.isBeyond || this.reading.isLimitReached;
	}

	/** Number of the last record before the group of equal values at the end. */
	private get seam(): number {
		const { order, options } = this.reading;
		return Math.max(options.from, this.end - order.lastGroup(this.tail) - 1);
	}

	/**
	 * One larger page, alone, where that is worth it or where a group of equal values needs it.
	 *
	 * @returns false if pages of the size that works will do
	 */
	private async tryLarger(): Promise<boolean> {
		const { reader } = this.reading;
		const { pageSize } = reader;
		const known = this.end - this.seam;
		const isNeeded = pageSize.current <= known;
		if (isNeeded && pageSize.most <= known) throw new NotProvable();
		const size = isNeeded
			? Math.min(pageSize.most, REACH * (known + 1))
			: pageSize.trial(this.reading.wanted(this.end));
		if (size === undefined) return false;
		const span = withinWindow({ from: this.seam, size }, known);
		const page = await reader.trySize(span);
		if (!page) return true;
		if (lengthOf(page) === 0) pageSize.giveUpGrowing();
		else await this.accept(span, page);
		return true;
	}

	/** As many pages as are wanted, as far as is known, several at the same time. */
	private async readBatch(): Promise<void> {
		const { reader, options, collection } = this.reading;
		const spans = this.plan();
		const { pages, failure } = await reader.readAll(spans);
		for (const [index, page] of pages.entries()) {
			const isWhole = await this.accept(spans[index], page);
			if (isWhole && !this.isDone) continue;
			// The pages behind one that is not whole were asked for from too far behind.
			for (let next = index + 1; next < pages.length; next += 1) {
				this.reading.setAside(spans[next], pages[next]);
			}
			reader.noteBatch(spans.length, index + 1);
			return;
		}
		reader.noteBatch(spans.length, pages.length);
		if (!failure) return;
		const { fault } = failure;
		if (!(fault instanceof YisignError) || fault.kind !== 'refused') throw fault;
		if (reader.pageSize.shrink()) return;
		const isFirstPage = collection.size <= reader.pageSize.current;
		throw refusedAfter(options.from + collection.size, isFirstPage, fault);
	}

	private plan(): Span[] {
		const { reader, options } = this.reading;
		const wanted = this.reading.wanted(this.end);
		const target = this.end + (wanted === Infinity ? 1 : wanted);
		const isExact =
			options.limit !== undefined && options.pageSize === undefined && !this.progress.isIdle;
		const { current } = reader.pageSize;
		const overlap = Math.min(this.overlap, current - 1);
		const spans: Span[] = [];
		let from = this.seam;
		let known = this.end - from;
		let covered = 0;
		do {
			const size =
				isExact && !options.isWanted
					? Math.min(current, Math.max(target - from, known + 1))
					: current;
			const span = withinWindow({ from, size }, known);
			spans.push(span);
			covered = span.from + span.size;
			from = covered - overlap;
			known = overlap;
		} while (covered < target && spans.length < this.mostPages);
		return spans;
	}

	/** Pages of one batch. A search that leaves records out does not know how many it needs. */
	private get mostPages(): number {
		const { options, reader } = this.reading;
		const { limit, isWanted, isBeyond, parallelRequests } = options;
		const isUnknown = isBeyond !== undefined || (limit !== undefined && isWanted !== undefined);
		return isUnknown ? Math.min(reader.batchSize, parallelRequests) : reader.batchSize;
	}

	/**
	 * Adds a page, and before it what is missing in front of it.
	 *
	 * @returns whether pages that were asked for behind it can continue it
	 */
	private async accept(span: Span, page: SearchPage): Promise<boolean> {
		if (!this.continues(span, page)) {
			if (mayHideRecords(span.from, page)) await this.readLess();
			else await this.goBack();
			if (this.isDone || !this.continues(span, page)) {
				this.reading.setAside(span, page);
				return false;
			}
		}
		await this.append(span, page);
		return lengthOf(page) >= span.size;
	}

	private continues({ from }: Span, { hits }: SearchPage): boolean {
		const { options, order } = this.reading;
		const last = this.tail.at(-1);
		if (from <= options.from || !last) return true;
		return hits.length > 0 && order.isBefore(hits[0], last);
	}

	/**
	 * Nothing came where records are known: they have left, or the server sends nothing for a page
	 * that reaches beyond a window. Reads the largest page from there that is not empty.
	 */
	private async readLess(): Promise<void> {
		const { reader, collection, options } = this.reading;
		const from = this.seam;
		const known = this.end - from;
		for (let size = reader.pageSize.current; size > known; ) {
			size = Math.max(known, size >> 1);
			const span = { from, size };
			const page = await reader.read(span);
			this.progress.noteUseless();
			if (lengthOf(page) === 0) continue;
			if (size === known) throw notBeyond(options.from + collection.size);
			if (this.continues(span, page)) {
				await this.append(span, page);
				return;
			}
			this.reading.setAside(span, page);
			break;
		}
		await this.goBack();
	}

	/** Records moved, or equal ones lie at the seam: reads from further back until a page continues. */
	private async goBack(): Promise<void> {
		const { reader, options } = this.reading;
		this.tiedPages += 1;
		if (this.tiedPages % TIED_PAGES === 0) {
			this.overlap = Math.min(this.overlap + 1, reader.pageSize.current >> 1);
		}
		let from = this.seam;
		for (let tries = 0; tries < MOST_STEPS_BACK; tries += 1) {
			const span = withinWindow({ from, size: reader.pageSize.current }, this.end - from);
			const page = await reader.read(span);
			this.progress.noteUseless();
			if (this.continues(span, page)) {
				await this.append(span, page);
				return;
			}
			this.reading.setAside(span, page);
			from = Math.max(options.from, from - 2 ** tries);
		}
		throw new NotProvable();
	}

	private async append(span: Span, page: SearchPage): Promise<void> {
		const { order, collection } = this.reading;
		if (this.reading.beginsAgain(span, page)) throw new NotProvable();
		order.observe(page.hits);
		if (!order.isProof) throw new NotProvable();
		if (this.reading.showsFront(page)) throw fromNotHonoured();
		const fresh = collection.add(page);
		this.end = endsAt(span.from, page);
		this.moveTail(page);
		if (!this.progress.note(span.from, page, this.end, fresh, this.overlap)) {
			throw new NotProvable();
		}
		this.reading.isBeyond = this.endsBeyond(page);
		this.hasEnded = !this.reading.isBeyond && (await this.ending.isAt(span, page, fresh));
	}

	/** Whether the end of a page, and so all after it, lies beyond what is wanted. */
	private endsBeyond({ hits }: SearchPage): boolean {
		const { order, options } = this.reading;
		const last = hits.at(-1);
		if (!last || !options.isBeyond || !order.isTrusted) return false;
		return options.isBeyond(last, order.isMissingLast(last));
	}

	private moveTail({ hits }: SearchPage): void {
		const { order } = this.reading;
		const isOneGroup = hits.length > 0 && order.lastGroup(hits) === hits.length;
		const known = new Set(this.tail.map(({ key }) => key));
		this.tail = isOneGroup ? [...this.tail, ...hits.filter(({ key }) => !known.has(key))] : hits;
	}
}
