import { DOCUMENTED_PAGE_SIZE } from '../api/endpoints';

/** Records; the largest page that is asked for. */
export const LARGEST_PAGE_SIZE = 1000;

/** How many times as many records a trial asks for as the page size that is known to work. */
const GROWTH = 10;

/** A trial is worth its request if more than so many pages of the size that works are wanted. */
const FEW_PAGES = 4;

/** A trial that takes longer than this, in ms, and … */
const SLOW = 1000;

/** … so many times as long as the first page: the server is better asked for less. */
const MUCH_SLOWER = 5;

/**
 * How many records to ask for on a page. Yisign documents 20 and may cap, ignore or refuse any
 * other number, so it grows in steps, one lone request each, and goes by what really comes.
 */
export class PageSize {
	/** Records that a page really had, or will have as far as is known. */
	current: number;

	/** Records; larger pages are not asked for (any more). */
	most: number;

	/** ms that the first page took. */
	private usual: number | undefined;

	/** @param explicit the user's own number, which is never exceeded; undefined for automatic */
	constructor(explicit?: number) {
		this.current = explicit ?? DOCUMENTED_PAGE_SIZE;
		this.most = explicit ?? LARGEST_PAGE_SIZE;
	}

	/**
	 * The size of a page to try, alone, before going on; undefined if it is not worth it.
	 *
	 * @param wanted how many records are still to be read, as far as is known
	 */
	trial(wanted: number): number | undefined {
		if (this.most <= this.current || wanted <= FEW_PAGES * this.current) return undefined;
		return Math.min(this.most, this.current * GROWTH);
	}

	/**
	 * Notes what came.
	 *
	 * @param asked records that were asked for
	 * @param came records that the page had
	 * @param isLast whether the result ended with it, so that its length says nothing
	 * @param duration ms
	 */
	note(asked: number, came: number, isLast: boolean, duration: number): void {
		const isShort = came < asked && !isLast;
		if (this.usual === undefined) {
			this.usual = duration;
			if (isShort && came > 0) this.current = came;
		} else if (asked > this.current) {
			const isSlow = duration > Math.max(SLOW, MUCH_SLOWER * this.usual);
			if (!isSlow) this.current = Math.max(this.current, Math.min(asked, came));
			if (isSlow || isShort) this.most = this.current;
		}
	}

	/** A larger page was refused, or did not come: back to what worked. */
	giveUpGrowing(): void {
		this.most = this.current;
	}

	/**
	 * A page of the size that worked was refused: back to the documented one.
	 *
	 * @returns false if it was no larger than that
	 */
	shrink(): boolean {
		if (this.current <= DOCUMENTED_PAGE_SIZE) return false;
		this.current = DOCUMENTED_PAGE_SIZE;
		this.most = DOCUMENTED_PAGE_SIZE;
		return true;
	}
}
