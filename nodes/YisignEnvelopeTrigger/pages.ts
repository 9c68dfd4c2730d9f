import { DOCUMENTED_PAGE_SIZE } from '../shared/api/endpoints';
import { outcomeOf, YisignError } from '../shared/errors';
import { USUAL_WINDOW } from '../shared/search/pageReader';
import { PageSize } from '../shared/search/pageSize';
import type { ReadTimedPage, TimedPage } from './timed';

/** Pages of a size that the server turns out to give. */
export class Pages {
	readonly read: ReadTimedPage;

	/** Whether polls have ended with a server error for so long that it counts as a refusal. */
	private readonly isStuck: boolean;

	private readonly size: PageSize;

	/**
	 * @param size what is known of the pages that the server gives
	 * @param isStuck whether a server error counts as a refusal
	 */
	constructor(read: ReadTimedPage, size: PageSize, isStuck: boolean) {
		this.read = read;
		this.size = size;
		this.isStuck = isStuck;
	}

	/** @throws YisignError */
	async readFirst(): Promise<TimedPage> {
		return await this.readTimed(0, DOCUMENTED_PAGE_SIZE);
	}

	/**
	 * The first page once more, with more records.
	 *
	 * @returns undefined if there is no larger one
	 * @throws YisignError only if the server would not answer any other request either
	 */
	async readLarger(): Promise<TimedPage | undefined> {
		const trial = this.size.trial(Infinity);
		if (trial === undefined) return undefined;
		const outcome = await outcomeOf(this.readTimed(0, trial));
		if ('value' in outcome) return outcome.value;
		if (isFinal(outcome.fault)) throw outcome.fault;
		this.size.giveUpGrowing();
		return undefined;
	}

	/**
	 * The page from a position on, or as much of it as the server gives.
	 *
	 * @throws YisignError
	 */
	async readAt(from: number): Promise<TimedPage | 'outOfReach'> {
		return await this.readFitting(from, (size) => size);
	}

	/**
	 * The same, of a length that the position is a multiple of: also where the server rounds `from`
	 * down to a whole page, it begins there.
	 *
	 * @throws YisignError
	 */
	async readWhole(from: number): Promise<TimedPage | 'outOfReach'> {
		return await this.readFitting(from, (size) => divisorOf(from, size));
	}

	/** @param fit the largest size that will do, and is not larger than another; 0 if there is none */
	private async readFitting(
		from: number,
		fit: (size: number) => number,
	): Promise<TimedPage | 'outOfReach'> {
		let most = this.size.current;
		if (from < USUAL_WINDOW && from + most > USUAL_WINDOW) most = USUAL_WINDOW - from;
		for (let size = fit(most); size >= 1; size = fit(Math.floor(size / 2))) {
			const page = await this.readIfAllowed(from, size);
			if (page) return page;
		}
		// A server in trouble refuses more than what lies far back.
		await this.read(0, DOCUMENTED_PAGE_SIZE);
		// And some servers give pages of one length only.
		return (await this.readIfAllowed(from, most)) ?? 'outOfReach';
	}

	private async readIfAllowed(from: number, size: number): Promise<TimedPage | undefined> {
		const outcome = await outcomeOf(this.readTimed(from, size));
		if ('value' in outcome) return outcome.value;
		const { fault } = outcome;
		const isRefused = fault instanceof YisignError && fault.kind === 'refused';
		if (!isRefused && !(this.isStuck && isServerError(fault))) throw fault;
		return undefined;
	}

	private async readTimed(from: number, size: number): Promise<TimedPage> {
		const begin = Date.now();
		const page = await this.read(from, size);
		const length = page.hits.length + page.emptyHits;
		const isLast = page.total !== null && from + length >= page.total;
		this.size.note(size, length, isLast, Date.now() - begin);
		return page;
	}
}

/** The largest divisor of a number that is not larger than `most`. */
function divisorOf(number: number, most: number): number {
	let divisor = most;
	while (divisor > 1 && number % divisor !== 0) divisor -= 1;
	return divisor;
}

/** What some servers answer where others refuse a page beyond their window. */
export function isServerError(fault: unknown): boolean {
	return fault instanceof YisignError && fault.details.httpStatus === 500;
}

function isFinal(fault: unknown): boolean {
	if (!(fault instanceof YisignError)) return true;
	return fault.kind === 'cancelled' || fault.kind === 'unauthorized';
}
