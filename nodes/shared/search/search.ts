import { Chain } from './chain';
import { outcomeOf, YisignError } from '../errors';
import { runPool } from '../pool';
import type { Hit, SearchPage } from './page';

/** Reads the page that begins at a record number, counted from 0. */
export type ReadPage = (from: number) => Promise<SearchPage>;

export interface SearchOptions {
	/** Number of the first record to read, counted from 0. */
	from: number;
	/** How many kept records are wanted; undefined for all of them. */
	limit?: number;
	/** How many of these hits count towards the limit. */
	countKept: (hits: readonly Hit[]) => number;
	/** Whether the caller checks hits, so that the limit may not be reached before the end. */
	hasChecks: boolean;
	/** How many pages may be under way at the same time. */
	parallelRequests: number;
}

export interface SearchResult {
	/** One hit per record, in the server's order. */
	hits: Hit[];
	/** Why this is not the whole result, in words for the user; undefined if it is. */
	shortfall?: YisignError;
}

/**
 * Reads as many pages as it takes, several at a time, and proves that together they are the whole
 * result.
 *
 * A search that may have to read everything lets each page repeat the last record of the page before
 * (see {@link Chain}): one request more in twenty buys the proof that no record slipped in between.
 * A search that its limit is sure to end earlier is an excerpt; its pages lie side by side, as
 * documented. With a page size of 1 nothing can be repeated, so there is no proof either.
 *
 * @throws YisignError if the first page cannot be had, or the workflow is stopped; what goes wrong
 *   later is told as `shortfall`
 */
export async function search(readPage: ReadPage, options: SearchOptions): Promise<SearchResult> {
	const reading = new Reading(readPage, options);
	const first = await reading.begin();
	const outcome = await outcomeOf(reading.finish(first));
	const { hits } = reading;
	if ('value' in outcome) return { hits };
	const { fault } = outcome;
	if (!(fault instanceof YisignError) || fault.kind === 'cancelled') throw fault;
	return { hits, shortfall: reading.explain(fault) };
}

/** One search under way. */
class Reading {
	private chain = new Chain();

	/** How many records the server really puts on a page, whatever it was asked for. */
	private pageLength = 0;

	/** How many records two neighbouring pages share: 1, or 0 where they lie side by side. */
	private overlap = 0;

	/** How many records match, as the server said last; null if it does not say. */
	private total: number | null = null;

	private isTotalExact = true;

	/** The smallest total since the chain was begun: as many records it must have at least. */
	private smallestTotal = Infinity;

	private hasShrunk = false;

	private emptyHits = 0;

	private readonly readPage: ReadPage;

	private readonly options: SearchOptions;

	constructor(readPage: ReadPage, options: SearchOptions) {
		this.readPage = readPage;
		this.options = options;
	}

	get hits(): Hit[] {
		return this.chain.hits;
	}

	async begin(): Promise<SearchPage> {
		const { from, limit, hasChecks } = this.options;
		const first = await this.read(from);
		this.chain.add(first);
		this.pageLength = lengthOf(first);
		const isExcerpt = limit !== undefined && !hasChecks && limit < (this.total ?? 0) - from;
		this.overlap = isExcerpt || this.pageLength < 2 ? 0 : 1;
		return first;
	}

	/** @throws YisignError if a part of the result cannot be had */
	async finish(first: SearchPage): Promise<void> {
		const isWhole = isEnd(this.options.from, first, this.pageLength);
		const hasEnded = isWhole || (await this.readOn(first));
		if (!this.isSettled(hasEnded)) await this.readAgain();
		if (this.emptyHits > 0) throw emptyHits();
	}

	/** How many there are of how many, why, and what to do. */
	explain({ message, details }: YisignError): YisignError {
		const got = formatCount(this.hits.length);
		const total =
			this.total === null || this.total < this.options.from + this.hits.length
				? 'the'
				: `${this.isTotalExact ? '' : 'at least '}${formatCount(this.total - this.options.from)}`;
		return new YisignError(
			'incomplete',
			`Only ${got} of ${total} matching envelopes could be read`,
			{ ...details, description: `${message}. ${details.description ?? ''}`.trim() },
		);
	}

	/**
	 * Reads the pages after the first, several at a time.
	 *
	 * @returns whether the end of the result was reached; false if the limit came first
	 */
	private async readOn(first: SearchPage): Promise<boolean> {
		let tail = this.options.from + this.pageLength;
		if (this.pageLength === 0) throw tooFew();
		while (!this.isLimitReached()) {
			const begin = tail;
			const positions = this.nextPositions(tail);
			const { pages, repeatsFirst, failure } = await this.readPages(positions, first);
			let isCut = false;
			for (const [index, page] of pages.entries()) {
				const position = positions[index];
				const isLast = isEnd(position, page, this.pageLength);
				if (lengthOf(page) === 0 && !isLast) throw tooFew();
				if (this.overlap > 0 && !this.chain.connects(page)) {
					const hasEnded = await this.walk(position - 1, () => this.chain.connects(page));
					if (hasEnded) return true;
				}
				this.chain.add(page);
				if (isLast) return true;
				tail = position + lengthOf(page);
				// The pages behind a short one were asked for from too far behind.
				isCut = lengthOf(page) < this.pageLength;
				if (isCut) break;
			}
			if (failure && !isCut) throw failure;
			if (repeatsFirst && !isCut) return await this.walk(tail - 1, () => this.isLimitReached());
			if (tail <= begin) throw tooFew();
		}
		return false;
	}

	/** Something moved, and the seams between the pages do not tell what: once more, in a walk. */
	private async readAgain(): Promise<void> {
		if (this.pageLength < 2) throw unsettled();
		const before = this.chain;
		this.chain = new Chain();
		this.overlap = 1;
		this.smallestTotal = Infinity;
		const outcome = await outcomeOf(this.walk(this.options.from, () => this.isLimitReached()));
		if ('value' in outcome && this.isSettled(outcome.value)) return;
		if (before.hits.length > this.chain.hits.length) this.chain = before;
		throw 'fault' in outcome ? outcome.fault : unsettled();
	}

	/** Where the next pages begin: as many as are needed at the least, so none is read in vain. */
	private nextPositions(tail: number): number[] {
		const { limit } = this.options;
		const left = Math.max((this.total ?? 0) - tail, 1);
		const wanted = limit === undefined ? left : Math.min(left, limit - this.countKept());
		const positions: number[] = [];
		for (let read = tail; read < tail + wanted; ) {
			let position = read - this.overlap;
			// A page that would reach over the edge of the window is moved up to it, not lost.
			if (read < USUAL_WINDOW) position = Math.min(position, USUAL_WINDOW - this.pageLength);
			positions.push(position);
			read = position + this.pageLength;
		}
		return positions;
	}

	/**
	 * Reads the pages at these positions, up to the first that cannot be had or that is the first
	 * page again.
	 */
	private async readPages(positions: number[], first: SearchPage) {
		const pages: SearchPage[] = [];
		let stop = positions.length;
		let repeatsFirst = false;
		let failure: unknown;
		await runPool(positions.length, this.options.parallelRequests, async (index) => {
			if (index >= stop) return;
			const outcome = await outcomeOf(this.read(positions[index]));
			if (index >= stop) return;
			const isFault = 'fault' in outcome;
			if (!isFault) pages[index] = outcome.value;
			if (!isFault && !isSamePage(outcome.value, first)) return;
			stop = index;
			repeatsFirst = !isFault;
			failure = isFault
				? asPageError(outcome.fault, positions[index] + this.overlap, this.pageLength)
				: undefined;
		});
		return { pages: pages.slice(0, stop), repeatsFirst, failure };
	}

	/**
	 * Reads page after page, each repeating a record of the chain; where one does not, it goes back
	 * until one does.
	 *
	 * @param isDone looked at after each page
	 * @returns whether the end of the result was reached; false if `isDone` came first
	 */
	private async walk(position: number, isDone: () => boolean): Promise<boolean> {
		const { from } = this.options;
		const step = Math.max(1, this.pageLength - 1);
		const patience = 50 + 2 * Math.ceil((this.total ?? 0) / step);
		let pagesInVain = 0;
		for (let pages = 0; pages < patience; pages += 1) {
			const start = Math.max(from, position);
			const page = await this.read(start);
			if (start > from && !this.chain.connects(page)) {
				position = start - step;
				continue;
			}
			const known = this.hits.length;
			this.chain.add(page);
			if (isEnd(start, page, this.pageLength)) return true;
			if (isDone()) return false;
			pagesInVain = this.hits.length > known ? 0 : pagesInVain + 1;
			if (pagesInVain >= 3) throw fromIgnored();
			position = start + Math.max(1, lengthOf(page) - 1);
		}
		throw unsettled();
	}

	private async read(position: number): Promise<SearchPage> {
		const page = await this.readPage(position);
		this.emptyHits += page.emptyHits;
		if (page.total !== null) {
			this.hasShrunk ||= page.total < (this.total ?? 0);
			this.total = page.total;
			this.isTotalExact = page.isTotalExact;
			this.smallestTotal = Math.min(this.smallestTotal, page.total);
		}
		return page;
	}

	/** Whether nothing can be missing from the chain, as far as seams and numbers tell. */
	private isSettled(hasEnded: boolean): boolean {
		if (this.overlap === 0 && this.hasShrunk) return false;
		if (!hasEnded || this.total === null) return true;
		return this.hits.length + this.emptyHits >= this.smallestTotal - this.options.from;
	}

	private isLimitReached(): boolean {
		const { limit } = this.options;
		return limit !== undefined && this.countKept() >= limit;
	}

	private countKept(): number {
		return this.options.countKept(this.hits);
	}
}

function formatCount(count: number): string {
	return count.toLocaleString('en-US');
}

/** How many places of the result the page covers. */
export function lengthOf({ hits, emptyHits }: SearchPage): number {
	return hits.length + emptyHits;
}

/**
 * Whether nothing comes after the page: by the server's count, or because it is not full. A count
 * that is smaller than what the page itself shows counts for nothing.
 */
export function isEnd(position: number, page: SearchPage, pageLength: number): boolean {
	const length = lengthOf(page);
	const end = position + length;
	if (page.total !== null && page.isTotalExact && end <= page.total) return end === page.total;
	return length === 0 || length < pageLength;
}

/** Whether both hold the same records in the same order. */
export function isSamePage(left: SearchPage, right: SearchPage): boolean {
	return (
		left.hits.length === right.hits.length &&
		left.hits.every(({ id }, index) => id === right.hits[index].id)
	);
}

/** Elasticsearch's own limit for `from` + `size`. Inferred: Yisign has not changed it. */
const USUAL_WINDOW = 10_000;

/** A refusal of a later page says more about the server than about the query. */
function asPageError(error: unknown, position: number, pageLength: number): unknown {
	if (!(error instanceof YisignError) || error.kind !== 'refused') return error;
	const { httpStatus } = error.details;
	const status = httpStatus === undefined ? '' : ` (HTTP ${httpStatus})`;
	return new YisignError(
		'refused',
		`Yisign refuses to send more than the first ${formatCount(position)}${status}`,
		{
			...error.details,
			description:
				position <= pageLength
					? 'It seems to allow the first page only. Narrow the search with conditions until its result fits on one page.'
					: 'There is a limit to what one search gives. Split it into several with conditions, for example by department.',
		},
	);
}

/** The server sends the first page whatever is asked for. */
export function fromIgnored(): YisignError {
	return new YisignError(
		'refused',
		'Yisign sends the same records again instead of the next ones: it ignores "from"',
		{
			description: 'Narrow the search with conditions until its result fits on one page.',
			cause: 'configuration-invalid',
		},
	);
}

function tooFew(): YisignError {
	return new YisignError('refused', 'Yisign counts more matching envelopes than it sends', {
		description: 'Try again. If it stays so, show this message to Yisign.',
	});
}

function emptyHits(): YisignError {
	return new YisignError('refused', 'Some results came without their content', {
		description: 'They have no "_source". Show this message to Yisign.',
	});
}

function unsettled(): YisignError {
	return new YisignError(
		'transient',
		'The envelopes kept changing while they were read, so none can be said to be missing or not',
		{
			description: 'Try again at a quieter time, or narrow the search with conditions.',
			cause: 'temporarily-unavailable',
		},
	);
}
