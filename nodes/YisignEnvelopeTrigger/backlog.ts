import { Chain } from '../shared/search/chain';
import { outcomeOf, YisignError } from '../shared/errors';
import { runPool } from '../shared/pool';
import { fromIgnored, isEnd, isSamePage } from '../shared/search/search';
import type { Hit, SearchPage } from '../shared/search/page';
import type { ReadPage } from '../shared/search/pageReader';
import { lengthOf } from '../shared/search/page';

export interface FeedOptions {
	/**
	 * From which time on records are wanted, inclusive.
	 *
	 * @param newest epoch ms of the newest record there is; null if there is none with a time
	 * @returns epoch ms
	 */
	floor: (newest: number | null) => number;
	/** What the server sorts by, newest first; null if a record has no such time. */
	timeOf: (hit: Hit) => number | null;
	/** What the user may do if the server does not sort by it; a sentence. */
	wayOut: string;
	/** How many pages may be under way at the same time. */
	parallelRequests: number;
	/** Whether the time for reading is over. */
	isOverdue: () => boolean;
}

export interface Feed {
	/** Oldest first, with nothing left out between the floor and the last of them. */
	hits: Hit[];
	/** Whether the newest record was reached; false if time ran out before. */
	isWhole: boolean;
	/** Epoch ms up to which this is everything; null if there is nothing at all. */
	upTo: number | null;
	/** Epoch ms from which on it is. */
	floor: number;
}

/** How often a page may have to be read again, because records moved, before the rest is left. */
const PATIENCE = 20;

/**
 * Reads a result that is sorted newest first from a point in time on, oldest first: when time runs
 * out there is no gap in what was read, and the next reading goes on where this one stopped.
 *
 * One page is one request. Where the first page does not reach back to the floor, the page that does
 * is found by probing at growing and then shrinking distances, and from there it goes up, each page
 * repeating a record of the one below (see {@link Chain}).
 *
 * @throws YisignError, also if the server does not sort as asked
 */
export async function readSince(readPage: ReadPage, options: FeedOptions): Promise<Feed> {
	const { timeOf, parallelRequests, isOverdue } = options;
	const chain = new Chain();

	/** Pages that were read on the way to the floor; on the way up they need not be read again. */
	const known = new Map<number, SearchPage>();

	async function read(position: number): Promise<SearchPage> {
		const page = known.get(position) ?? (await readPage(position));
		checkOrder(page.hits.map(timeOf), options.wayOut);
		known.set(position, page);
		return page;
	}

	const first = await read(0);
	const pageLength = lengthOf(first);
	const step = Math.max(1, pageLength - 1);
	const newest = first.hits.length > 0 ? timeOf(first.hits[0]) : null;
	const floor = options.floor(newest);

	function reachesFloor(position: number, page: SearchPage): boolean {
		const last = page.hits.at(-1);
		const time = last ? timeOf(last) : null;
		return time === null || time < floor || isEnd(position, page, pageLength);
	}

	function feed(isWhole: boolean): Feed {
		const wanted = chain.hits.filter((hit) => (timeOf(hit) ?? -Infinity) >= floor).toReversed();
		// A record that is gone by now may stand in the chain beside its place.
		const hits = wanted.sort((a, b) => (timeOf(a) ?? 0) - (timeOf(b) ?? 0));
		const last = hits.at(-1);
		const reached = last ? timeOf(last) : null;
		return { hits, isWhole, upTo: isWhole ? (reached ?? newest) : reached, floor };
	}

	/**
	 * The number, in steps, of the first page that reaches the floor; it is put into the chain. Pages
	 * beyond the server's window are refused; they count as too far.
	 */
	async function findFloor(): Promise<number> {
		let near = 0;
		let far = Infinity;
		let repetitions = 0;
		let found: { value: SearchPage } | { fault: unknown } | undefined;

		async function probe(numbers: number[]): Promise<void> {
			const outcomes = await Promise.all(
				numbers.map(async (number) => await outcomeOf(read(number * step))),
			);
			for (const [index, outcome] of outcomes.entries()) {
				const number = numbers[index];
				const isPage = 'value' in outcome;
				if (!isPage && !isRefusal(outcome.fault)) throw outcome.fault;
				if (!isPage || reachesFloor(number * step, outcome.value)) {
					far = number;
					found = outcome;
					return;
				}
				// Once may be new records that pushed the first page down; twice is not.
				if (isSamePage(outcome.value, first)) repetitions += 1;
				if (repetitions > 1) throw fromIgnored();
				near = number;
			}
		}

		await probe([1]);
		for (let number = 2; far === Infinity; number *= 2 ** parallelRequests) {
			await probe(Array.from({ length: parallelRequests }, (_, index) => number * 2 ** index));
		}
		while (far - near > 1) {
			const gap = far - near;
			const parts = Math.min(gap, parallelRequests + 1);
			const begin = near;
			await probe(
				Array.from({ length: parts - 1 }, (_, index) =>
					Math.floor(begin + (gap * (index + 1)) / parts),
				),
			);
		}
		if (found && 'value' in found) chain.add(found.value);
		else throw found?.fault;
		return far;
	}

	if (reachesFloor(0, first)) {
		chain.add(first);
		return feed(true);
	}
	let position = (await findFloor()) * step;
	let patience = PATIENCE;
	while (!isOverdue() && patience > 0) {
		const pages: SearchPage[] = [];
		const positions: number[] = [];
		for (let next = position - step; positions.length < parallelRequests; next -= step) {
			positions.push(Math.max(0, next));
			if (next <= 0) break;
		}
		await runPool(positions.length, parallelRequests, async (index) => {
			pages[index] = await read(positions[index]);
		});
		for (const [index, page] of pages.entries()) {
			if (!chain.connects(page)) {
				// New records came in front and pushed the known ones down: begin again below.
				position = positions[index] + 2 * step;
				patience -= 1;
				known.clear();
				break;
			}
			chain.add(page);
			position = positions[index];
			if (position === 0) return feed(true);
		}
	}
	return feed(false);
}

function isRefusal(fault: unknown): boolean {
	return fault instanceof YisignError && fault.kind === 'refused';
}

function checkOrder(times: Array<number | null>, wayOut: string): void {
	for (const [index, time] of times.entries()) {
		const before = index === 0 ? time : times[index - 1];
		if (time !== null && (before === null || before < time)) {
			throw new YisignError('notYisign', 'Yisign does not sort by the time that is asked for', {
				description: wayOut,
				cause: 'configuration-invalid',
			});
		}
	}
}
