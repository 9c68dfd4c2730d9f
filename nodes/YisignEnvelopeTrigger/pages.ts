import { DOCUMENTED_PAGE_SIZE } from '../shared/api/endpoints';
import { isRefusal, outcomeOf, YisignError } from '../shared/errors';
import { lengthOf } from '../shared/search/page';
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

	/**
	 * @param ahead how many records come before those that are wanted, as far as is known
	 * @throws YisignError
	 */
	async readFirst(ahead = 0): Promise<TimedPage> {
		const size = Math.min(this.size.current, ahead + DOCUMENTED_PAGE_SIZE);
		if (ahead > 0 && size > DOCUMENTED_PAGE_SIZE) {
			const outcome = await outcomeOf(this.readTimed(0, size));
			if ('value' in outcome) return outcome.value;
			if (isFinal(outcome.fault)) throw outcome.fault;
		}
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
		const most = this.mostAt(from);
		return await this.readAny(from, halvesOf(most), { from, size: most });
	}

	/**
	 * The same, of a length that the position is a multiple of: also where the server rounds `from`
	 * down to a whole page, it begins there. Where the server gives no such page, the usual one that has
	 * the position in it.
	 *
	 * @throws YisignError
	 */
	async readWhole(from: number): Promise<TimedPage | 'outOfReach'> {
		const most = this.mostAt(from);
		const sizes = new Set(halvesOf(most).map((size) => divisorOf(from, size)));
		return await this.readAny(from, sizes, { from: from - (from % most), size: most });
	}

	private mostAt(from: number): number {
		const { current } = this.size;
		const isAcross = from < USUAL_WINDOW && from + current > USUAL_WINDOW;
		return isAcross ? USUAL_WINDOW - from : current;
	}

	/** @param last what to try last, once it is known that the server refuses not everything */
	private async readAny(
		from: number,
		sizes: Iterable<number>,
		last: { from: number; size: number },
	): Promise<TimedPage | 'outOfReach'> {
		for (const size of sizes) {
			const page = await this.readIfAllowed(from, size);
			if (page) return page;
		}
		// A server in trouble refuses more than what lies far back.
		await this.read(0, DOCUMENTED_PAGE_SIZE);
		return (await this.readIfAllowed(last.from, last.size)) ?? 'outOfReach';
	}

	private async readIfAllowed(from: number, size: number): Promise<TimedPage | undefined> {
		const outcome = await outcomeOf(this.readTimed(from, size));
		if ('value' in outcome) return outcome.value;
		const { fault } = outcome;
		if (!isRefusal(fault) && !(this.isStuck && isServerError(fault))) throw fault;
		return undefined;
	}

	private async readTimed(from: number, size: number): Promise<TimedPage> {
		const begin = Date.now();
		const page = await this.read(from, size);
		const length = lengthOf(page);
		const isLast = page.total !== null && from + length >= page.total;
		this.size.note(size, length, isLast, Date.now() - begin);
		return page;
	}
}

/** A number, half of it, and so on down to 1. */
function halvesOf(number: number): number[] {
	const halves: number[] = [];
	for (let half = number; half >= 1; half = Math.floor(half / 2)) halves.push(half);
	return halves;
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
