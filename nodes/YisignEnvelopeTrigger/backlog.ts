import { DOCUMENTED_PAGE_SIZE } from '../shared/api/endpoints';
import { lengthOf } from '../shared/search/page';
import type { PageSize } from '../shared/search/pageSize';
import { Pages } from './pages';
import { isOlder, Stretch, topOf } from './stretch';
import type { ReadTimedPage, TimedPage } from './timed';
import type { ProvenTies, TieProof } from './ties';

interface BacklogOptions {
	/**
	 * From which time on records are wanted, inclusive, in epoch ms.
	 *
	 * @param first the newest records there are
	 */
	oldest: (first: TimedPage) => number;
	/** Whether the time for reading is over. */
	isOverdue: () => boolean;
	/** What is known of the pages that the server gives; kept over polls. */
	pageSize: PageSize;
	/** How many records with a time later than now come first, as far as is known. */
	ahead: number;
	/** Whether a server error counts as a refusal, after many polls that ended with one. */
	isStuck: boolean;
	/** Proves groups of equal times that no page can hold. */
	ties: TieProof;
}

/** What came of reading on: another page, the end of the result, or that of what the server gives. */
type Step = 'next' | 'end' | 'outOfReach';

/** After so many pages without a new record nothing more is to come. */
const PAGES_IN_VAIN = 2;

/** How often pages are tried to overlap before `from` counts as rounded. */
const MOST_ATTEMPTS = 4;

/** How often the place of the next page is looked for. */
const MOST_TRIES = 20;

/**
 * A result that is sorted newest first, read back to a point in time.
 *
 * A page has every record whose time lies strictly between those of its first and its last. So a page
 * continues the one above it if its first record is strictly newer than the last record of that one,
 * whichever way records with equal times are ordered. Where time runs out, what was read is kept:
 * {@link goOn} reads what has come in front meanwhile and goes on below.
 */
export class Backlog extends Stretch {
	/** Whether nothing is left to read. */
	isDone = false;

	/** ms of one unit of the server's times; null if not known. */
	unit: number | null = null;

	/** Whether pages cannot be made to overlap. */
	private isRounded = false;

	private readonly pages: Pages;

	private readonly options: BacklogOptions;

	private constructor(read: ReadTimedPage, options: BacklogOptions) {
		super();
		this.pages = new Pages(read, options.pageSize, options.isStuck);
		this.options = options;
	}

	/** Groups of equal times of which this reading has seen all records. */
	get provenTies(): ProvenTies {
		return this.options.ties.proven;
	}

	/** @throws YisignError if a page does not come */
	static async readSince(read: ReadTimedPage, options: BacklogOptions): Promise<Backlog> {
		const backlog = new Backlog(read, options);
		await backlog.readFirst();
		await backlog.readOn();
		return backlog;
	}

	/**
	 * Goes on with a reading that was not done; the later one is done, or can be gone on with.
	 *
	 * @throws YisignError if a page does not come
	 */
	async goOn(read: ReadTimedPage, options: BacklogOptions): Promise<Backlog> {
		const oldest = Number.isFinite(this.oldest) ? () => this.oldest : options.oldest;
		const later = new Backlog(read, { ...options, oldest });
		await later.readFirst();
		await later.readOn(this);
		// What became searchable since the earlier reading began may lie in what it had read.
		later.first = this.first;
		return later;
	}

	private async readFirst(): Promise<void> {
		this.start(await this.pages.readFirst(this.options.ahead));
		while (!this.isReadBack()) {
			const larger = await this.pages.readLarger();
			if (larger === undefined) return;
			if (larger.hits.length >= this.hits.length) this.start(larger);
		}
	}

	/** Where all that has been read is later than now, the next page may tell how far to read. */
	protected override take(page: TimedPage): void {
		super.take(page);
		if (Number.isFinite(this.oldest)) return;
		this.oldest = this.options.oldest({ ...this.first, hits: this.hits });
	}

	/** Reads page after page until the oldest time wanted, the end, or the end of what the server gives. */
	private async readOn(earlier?: Backlog): Promise<void> {
		let pending = earlier;
		while (!this.isReadBack()) {
			if (pending && this.isAbove(pending)) {
				this.join(pending);
				pending = undefined;
				continue;
			}
			if (this.options.isOverdue()) return;
			const step = await this.readNext();
			if (step === 'outOfReach') this.noteOutOfReach();
			if (step !== 'next') break;
		}
		this.isDone = true;
	}

	private async readNext(): Promise<Step> {
		const { from, hits } = this.last;
		const beside = from + lengthOf(this.last);
		const tied = hits.length - 1 - hits.findLastIndex(({ time }) => time !== this.tail);
		// The last record before a group of equal times goes into both pages, and the group with it.
		const overlapping = beside - tied - 1;
		// Records that come and go meanwhile can spoil a few attempts, but not each of them.
		const attempts = overlapping > from ? (this.isRounded ? 1 : MOST_ATTEMPTS) : 0;
		for (let attempt = 0; attempt < attempts; attempt += 1) {
			const step = await this.readOverlapping(overlapping, beside);
			if (step) return step;
		}
		this.isRounded ||= attempts > 0;
		return await this.readBeside(Math.max(from, overlapping));
	}

	/** @returns undefined if no page can be made to overlap and to lead further back */
	private async readOverlapping(place: number, beside: number): Promise<Step | undefined> {
		let isBeyondEnd = false;
		for (let tries = 0, next = place; tries < MOST_TRIES; tries += 1) {
			const page = await this.pages.readAt(next);
			if (page === 'outOfReach') return tries === 0 ? page : undefined;
			if (page.emptyHits > 0 && page.hits.length === 0) return 'outOfReach';
			isBeyondEnd ||= page.hits.length === 0;
			if (isBeyondEnd && next === beside) return 'end';
			if (page.hits.length > 0 && this.continues(page)) {
				this.take({ ...page, from: placeOf(page, this.last) });
				return 'next';
			}
			if (page.hits.length === 0 || !isOlder(this.tail, topOf(page.hits))) {
				// Records have gone, or were fewer than thought: what comes next stands further up.
				next = Math.max(0, next - Math.max(1, this.last.hits.length - 2));
			} else if (next === place) {
				next = beside;
			} else {
				if (isBeyondEnd) return 'end';
				if (next !== beside || !isSame(page, this.last)) return undefined;
				return await this.lookBeyond();
			}
		}
		return undefined;
	}

	/** The last page comes again: at the end, a server that rounds `from` has none a whole page on. */
	private async lookBeyond(): Promise<Step> {
		const page = await this.pages.readWhole(this.last.from + this.last.asked);
		if (page === 'outOfReach') return page;
		return lengthOf(page) === 0 ? 'end' : 'outOfReach';
	}

	/**
	 * Reads on where pages cannot be made to overlap: in a group of equal times longer than a page, or
	 * where the server rounds `from`. Then the number of distinct records has to prove it, and the
	 * place of each page has to be right.
	 *
	 * @param seam place of the last record before the group, or of the first that is known of it
	 */
	private async readBeside(seam: number): Promise<Step> {
		const { tail } = this;
		const { run, stop } = await this.readRun(seam);
		await this.proveRun(run, tail);
		return stop ?? (isOlder(this.tail, tail) ? 'next' : await this.lookBeyond());
	}

	/**
	 * Pages side by side until one leads further back, the page of the seam once more among them: so the
	 * places of all are those of the same time.
	 */
	private async readRun(seam: number): Promise<{ run: TimedPage[]; stop?: Step }> {
		const { tail } = this;
		const { asked } = this.last;
		let run: TimedPage[] = [];
		let reached: number | null = Infinity;
		let inVain = 0;
		for (let place = seam - (seam % asked); inVain < PAGES_IN_VAIN; ) {
			const page = await this.pages.readWhole(place);
			if (page === 'outOfReach') return { run, stop: page };
			if (run.length === 0 && place > 0 && isBelow(page, tail)) {
				// So many records have gone that the seam stands further up.
				place = Math.max(0, place - asked);
				continue;
			}
			if (page.hits.length === 0) return { run, stop: page.emptyHits > 0 ? 'outOfReach' : 'end' };
			place = page.from + lengthOf(page);
			const end = page.hits.at(-1)?.time ?? null;
			const hasNew = page.hits.some(({ hit }) => !this.ids.has(hit.key));
			const isAbove = isOlder(tail, end);
			const isBeside = !isOlder(reached, topOf(page.hits));
			const isUseful = run.length === 0 || hasNew || (isAbove && isOlder(end, reached));
			inVain = isBeside && isUseful ? 0 : inVain + 1;
			if (!isBeside) continue;
			// What is newer than the group has been read before, and a page may be the last one again.
			run = isAbove ? [page] : [...run.filter(({ from }) => from < page.from), page];
			reached = isAbove ? end : tail;
			this.take(page);
			if (isOlder(end, tail)) break;
		}
		return { run };
	}

	private async proveRun(run: TimedPage[], tail: number | null): Promise<void> {
		if (run.length <= 1) return;
		const { isProven, pages } = await this.options.ties.prove(this.pages.read, run, tail);
		for (const page of pages) this.add(page);
		if (isProven || tail === null || tail < this.oldest) return;
		this.gaps.push({ from: run[run.length - 1].hits[0].time ?? tail, to: tail });
	}

	private noteOutOfReach(): void {
		const isSmall = this.last.total === null && this.hits.length < DOCUMENTED_PAGE_SIZE;
		if (!isSmall && this.tail !== null) this.gaps.push({ from: this.oldest, to: this.tail });
	}
}

/**
 * Where a page really begins that has records of the one before: if they stand as far apart as they do
 * where the server rounds `from` down to a multiple of the page's length, it does.
 */
function placeOf({ from, asked, hits }: TimedPage, before: TimedPage): number {
	const rounded = from - (from % asked);
	const places = new Map(before.hits.map(({ hit }, index) => [hit.key, before.from + index]));
	const isRounded = hits.some(({ hit }, index) => places.get(hit.key) === rounded + index);
	return isRounded ? rounded : from;
}

/** Whether both have the same records in the same order. */
function isSame(left: TimedPage, right: TimedPage): boolean {
	return (
		left.hits.length === right.hits.length &&
		left.hits.every(({ hit }, index) => hit.key === right.hits[index].hit.key)
	);
}

/** Whether a page has nothing as new as a time any more. */
function isBelow({ hits }: TimedPage, time: number | null): boolean {
	return hits.length === 0 || isOlder(topOf(hits), time);
}
