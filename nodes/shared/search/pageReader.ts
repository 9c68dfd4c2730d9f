import { outcomeOf, YisignError } from '../errors';
import { runPool } from '../pool';
import type { SearchPage } from './page';
import { lengthOf } from './page';
import type { PageSize } from './pageSize';

/** Which part of a result to read. */
export interface Span {
	/** Number of the first record, counted from 0. */
	from: number;
	/** How many records to ask for. */
	size: number;
}

/**
 * Reads one page.
 *
 * @param isTrial whether it is larger than what is known to work, so that it is not worth a retry
 */
export type ReadPage = (span: Span, isTrial: boolean) => Promise<SearchPage>;

/** Elasticsearch's own limit for `from` + `size`. Inferred: Yisign has not changed it. */
export const USUAL_WINDOW = 10_000;

/** How many times as many pages the next batch may have. */
const GROWTH = 4;

/** Reads pages, and keeps what they say about the whole result. */
export class PageReader {
	/** How many records match, as the server said last; null if it does not say. */
	total: number | null = null;

	isTotalExact = false;

	/** Whether the server said different totals. */
	hasTotalChanged = false;

	/** The smallest total, exact or not: at least so many records there were all the time. */
	smallestTotal = Infinity;

	readonly pageSize: PageSize;

	/**
	 * Pages to ask for before looking at what came: more as long as all of them are of use. Where
	 * pages are short or records move, what was asked for behind such a page is wasted.
	 */
	batchSize: number;

	private readonly readPage: ReadPage;

	private readonly parallelRequests: number;

	/** @param parallelRequests how many pages may be read at the same time */
	constructor(readPage: ReadPage, pageSize: PageSize, parallelRequests: number) {
		this.readPage = readPage;
		this.pageSize = pageSize;
		this.parallelRequests = parallelRequests;
		this.batchSize = parallelRequests;
	}

	/** Forgets the totals: the result is read once more. */
	restart(): void {
		this.total = null;
		this.hasTotalChanged = false;
		this.smallestTotal = Infinity;
	}

	/** @throws YisignError */
	async read(span: Span, isTrial = false): Promise<SearchPage> {
		const begin = Date.now();
		const page = await this.readPage(span, isTrial);
		this.observeTotal(page);
		this.pageSize.note(
			span.size,
			lengthOf(page),
			endsAt(span.from, page) === page.total,
			Date.now() - begin,
		);
		return page;
	}

	/**
	 * Reads a page of another size than is known to work. It is not worth a retry if it is larger.
	 *
	 * @returns undefined if the server refuses it or does not manage it, after which no other is tried
	 * @throws YisignError for what another size would not change
	 */
	async trySize(span: Span): Promise<SearchPage | undefined> {
		const isLarger = span.size > this.pageSize.current;
		const outcome = await outcomeOf(this.read(span, isLarger));
		if ('value' in outcome) return outcome.value;
		const { fault } = outcome;
		if (!mayBeOfSize(fault, isLarger)) throw fault;
		this.pageSize.giveUpGrowing();
		return undefined;
	}

	/**
	 * Reads several pages, some at the same time, up to the first that does not come.
	 *
	 * @returns the pages before that one, and why it did not come
	 */
	async readAll(
		spans: readonly Span[],
	): Promise<{ pages: SearchPage[]; failure?: { fault: unknown } }> {
		const pages: SearchPage[] = [];
		let stop = spans.length;
		let failure: { fault: unknown } | undefined;
		await runPool(spans.length, this.parallelRequests, async (index) => {
			if (index >= stop) return;
			const outcome = await outcomeOf(this.read(spans[index]));
			if ('value' in outcome) {
				pages[index] = outcome.value;
			} else if (index < stop) {
				stop = index;
				failure = outcome;
			}
		});
		return { pages: pages.slice(0, stop), failure };
	}

	/** @param used how many of the pages that were asked for continued the result */
	noteBatch(asked: number, used: number): void {
		this.batchSize = used < asked ? Math.max(1, used) : Math.max(this.batchSize, asked * GROWTH);
	}

	private observeTotal({ total, isTotalExact }: SearchPage): void {
		if (total === null) return;
		this.hasTotalChanged ||= this.total !== null && this.total !== total;
		this.smallestTotal = Math.min(this.smallestTotal, total);
		this.total = total;
		this.isTotalExact = isTotalExact;
	}
}

/**
 * Whether another size may get another answer: a gateway may refuse one in any form. A smaller page
 * is not too much for a server that is busy.
 */
function mayBeOfSize(fault: unknown, isLarger: boolean): boolean {
	if (!(fault instanceof YisignError)) return false;
	const { kind, details } = fault;
	if (kind === 'unauthorized') return details.httpStatus === 403;
	if (kind === 'transient') return isLarger || details.httpStatus === 500;
	return kind !== 'cancelled' && kind !== 'input';
}

/**
 * A span that would reach over the edge of the usual window ends there, so that it is not refused.
 *
 * @param overlap records of it that are known; beyond them there has to be room for another
 */
export function withinWindow({ from, size }: Span, overlap: number): Span {
	const room = USUAL_WINDOW - from;
	return { from, size: room > overlap ? Math.min(size, room) : size };
}

/** The number of the record after a page that begins at `from`. */
export function endsAt(from: number, page: SearchPage): number {
	return from + lengthOf(page);
}
