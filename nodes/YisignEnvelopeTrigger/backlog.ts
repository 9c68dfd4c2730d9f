import { DOCUMENTED_PAGE_SIZE } from '../shared/api/endpoints';
import { outcomeOf, YisignError } from '../shared/errors';
import { PageSize } from '../shared/search/pageSize';
import type { ReadTimedPage, TimedHit, TimedPage } from './timed';
import type { TieProof } from './ties';

export interface BacklogOptions {
	/**
	 * From which time on records are wanted, inclusive, in epoch ms.
	 *
	 * @param first the newest records there are
	 */
	floor: (first: TimedPage) => number;
	/** Whether the time for reading is over. */
	isOverdue: () => boolean;
	/** Proves groups of equal times that no page can hold. */
	ties: TieProof;
}

/** A stretch of time, in epoch ms, of which not all records could be read. */
export interface Gap {
	from: number;
	to: number;
}

/** What came of reading on: another page, the end of the result, or that of what the server gives. */
type Step = 'next' | 'end' | 'outOfReach';

/** Elasticsearch's own limit for `from` + `size`. Inferred: Yisign has not changed it. */
const USUAL_WINDOW = 10_000;

/** After so many pages without a new record nothing more is to come. */
const PAGES_IN_VAIN = 3;

/**
 * A result that is sorted newest first, read back to a point in time.
 *
 * A page has every record whose time lies strictly between those of its first and its last. So a page
 * continues the one above it if its first record is strictly newer than the last record of that one,
 * whichever way records with equal times are ordered. Where time runs out, what was read is kept:
 * {@link goOn} reads what has come in front meanwhile and goes on below.
 */
export class Backlog {
	/** Newest first, each record once. */
	hits: TimedHit[] = [];

	/** Whether nothing is left to read. */
	isDone = false;

	readonly gaps: Gap[] = [];

	/** Epoch ms from which on everything is read. */
	floor = -Infinity;

	/** Hits that came without their content. */
	emptyHits = 0;

	/** ms of one unit of the server's times; null if not known. */
	unit: number | null = null;

	/** The newest page when the reading began. */
	first!: TimedPage;

	private last!: TimedPage;

	private readonly ids = new Set<string>();

	private readonly size = new PageSize();

	private readonly read: ReadTimedPage;

	private readonly options: BacklogOptions;

	private constructor(read: ReadTimedPage, options: BacklogOptions) {
		this.read = read;
		this.options = options;
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
		const later = new Backlog(read, { ...options, floor: () => this.floor });
		await later.readFirst();
		await later.readOn(this);
		// What became searchable since the earlier reading began may lie in what it had read.
		later.first = this.first;
		return later;
	}

	/** Whether the server puts records without a time before the others. */
	get hasTimelessFirst(): boolean {
		const { hits } = this.first;
		return hits.length > 0 && hits[0].time === null;
	}

	/** Whether all records without a time are among those that were read. */
	get showsTimeless(): boolean {
		return this.hasTimelessFirst || this.isWhole();
	}

	private get tail(): number | null {
		return this.last.hits.at(-1)?.time ?? null;
	}

	private async readFirst(): Promise<void> {
		this.start(await this.timed(0, DOCUMENTED_PAGE_SIZE));
		this.floor = this.options.floor(this.first);
		for (;;) {
			const trial = this.isAtFloor() ? undefined : this.size.trial(Infinity);
			if (trial === undefined) return;
			const outcome = await outcomeOf(this.timed(0, trial));
			if ('fault' in outcome) {
				if (isCancelled(outcome.fault)) throw outcome.fault;
				this.size.giveUpGrowing();
			} else if (outcome.value.hits.length >= this.hits.length) {
				this.start(outcome.value);
			}
		}
	}

	/** Reads page after page until the floor, the end, or the end of what the server gives. */
	private async readOn(earlier?: Backlog): Promise<void> {
		let pending = earlier;
		while (!this.isAtFloor()) {
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
		const { from, hits, emptyHits } = this.last;
		const length = hits.length + emptyHits;
		const beside = from + length;
		const tied = hits.length - 1 - hits.findLastIndex(({ time }) => time !== this.tail);
		// The last record before a group of equal times goes into both pages, and the group with it;
		// where that does not lead on, records may have gone, or `from` is rounded.
		const places = tied < length - 1 ? [beside - tied - 1, beside, from] : [beside];
		for (const place of places) {
			const page = await this.tryRead(place);
			if (page === 'outOfReach' && place !== from) return page;
			if (page === 'outOfReach') continue;
			if (page.hits.length === 0) return 'end';
			if (this.continues(page)) {
				this.take(page);
				return 'next';
			}
		}
		return await this.readBeside(beside);
	}

	/**
	 * Reads on where pages cannot be made to overlap: in a group of equal times longer than a page, or
	 * where the server rounds `from`. Then the number of distinct records has to prove it.
	 */
	private async readBeside(begin: number): Promise<Step> {
		const { tail } = this;
		const run = [this.last];
		let isEnd = false;
		let inVain = 0;
		for (let place = begin; inVain < PAGES_IN_VAIN; ) {
			const page = await this.tryRead(place);
			isEnd = page !== 'outOfReach' && page.hits.length === 0;
			if (page === 'outOfReach' || isEnd) break;
			place += page.hits.length;
			const hasNew = page.hits.some(({ hit }) => !this.ids.has(hit.key));
			const isBeside = isOlder(tail, page.hits[0].time) === false;
			inVain = hasNew && isBeside ? 0 : inVain + 1;
			if (this.continues(page) && run.length === 1) {
				this.take(page);
				return 'next';
			}
			if (!isBeside) continue;
			run.push(page);
			this.take(page);
			if (isOlder(page.hits.at(-1)?.time ?? null, tail)) break;
		}
		await this.proveRun(run, tail);
		if (isEnd) return 'end';
		return isOlder(this.tail, tail) ? 'next' : 'outOfReach';
	}

	private async proveRun(run: TimedPage[], tail: number | null): Promise<void> {
		if (run.length === 1) return;
		const { isProven, pages } = await this.options.ties.prove(this.read, run, tail);
		for (const page of pages) this.add(page);
		if (isProven || tail === null || tail < this.floor) return;
		this.gaps.push({ from: run[run.length - 1].hits[0].time ?? tail, to: tail });
	}

	/** A page, or as much of it as the server gives; if it gives any from there on. */
	private async tryRead(from: number): Promise<TimedPage | 'outOfReach'> {
		let size = this.size.current;
		if (from < USUAL_WINDOW && from + size > USUAL_WINDOW) size = USUAL_WINDOW - from;
		for (let tried = size; tried >= 1; tried = Math.floor(tried / 2)) {
			const outcome = await outcomeOf(this.timed(from, tried));
			if ('value' in outcome) return outcome.value;
			if (!isRefused(outcome.fault)) throw outcome.fault;
		}
		// A server in trouble refuses more than what lies far back.
		await this.read(0, DOCUMENTED_PAGE_SIZE);
		const outcome = await outcomeOf(this.read(from, size));
		if ('value' in outcome) return outcome.value;
		if (!isRefused(outcome.fault)) throw outcome.fault;
		return 'outOfReach';
	}

	private async timed(from: number, size: number): Promise<TimedPage> {
		const begin = Date.now();
		const page = await this.read(from, size);
		const length = page.hits.length + page.emptyHits;
		this.size.note(
			size,
			length,
			page.total !== null && from + length >= page.total,
			Date.now() - begin,
		);
		return page;
	}

	private start(page: TimedPage): void {
		this.first ??= page;
		this.hits = [];
		this.ids.clear();
		this.take(page);
	}

	private take(page: TimedPage): void {
		this.last = page;
		this.emptyHits += page.emptyHits;
		this.add(page);
	}

	private add({ hits }: Pick<TimedPage, 'hits'>): void {
		for (const timed of hits) {
			if (this.ids.has(timed.hit.key)) continue;
			this.ids.add(timed.hit.key);
			this.hits.push(timed);
		}
	}

	/** Whether what was read reaches into an earlier reading, so that nothing can lie between. */
	private isAbove({ hits }: Backlog): boolean {
		const top = hits.find(({ time }) => time !== null)?.time ?? null;
		return top !== null && this.tail !== null && this.tail < top;
	}

	private join(earlier: Backlog): void {
		const before = this.hits.length;
		this.add(earlier);
		const shift = before - (earlier.hits.length - (this.hits.length - before));
		this.gaps.push(...earlier.gaps);
		this.emptyHits += earlier.emptyHits;
		this.last = { ...earlier.last, from: earlier.last.from + Math.max(0, shift) };
	}

	/** Whether the page continues the last one: it overlaps with it, and leads further back. */
	private continues({ hits }: TimedPage): boolean {
		return isOlder(this.tail, hits[0].time) && isOlder(hits.at(-1)?.time ?? null, this.tail);
	}

	/** Whether everything down to the floor is read. */
	private isAtFloor(): boolean {
		if (this.last.hits.length === 0 || this.isWhole()) return true;
		// Records without a time come first or last, and the first page has one with a time.
		return this.tail === null || this.tail < this.floor;
	}

	/** Whether the whole result is read, by the server's count. */
	private isWhole(): boolean {
		const { total } = this.last;
		return total !== null && this.ids.size + this.emptyHits >= total;
	}

	private noteOutOfReach(): void {
		const isSmall = this.last.total === null && this.hits.length < DOCUMENTED_PAGE_SIZE;
		if (!isSmall && this.tail !== null) this.gaps.push({ from: this.floor, to: this.tail });
	}
}

/** Whether a time comes after another in a result with the newest first; no time comes last. */
function isOlder(left: number | null, right: number | null): boolean {
	return (left ?? -Infinity) < (right ?? -Infinity);
}

function isRefused(fault: unknown): boolean {
	return fault instanceof YisignError && fault.kind === 'refused';
}

function isCancelled(fault: unknown): boolean {
	return (
		!(fault instanceof YisignError) || fault.kind === 'cancelled' || fault.kind === 'unauthorized'
	);
}
