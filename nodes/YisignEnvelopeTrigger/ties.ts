import type { ReadTimedPage, TimedPage } from './timed';

/** How many pages are read again at the most to see each of their records once. */
const MOST_READS = 200;

/** Epoch ms to how many records with this time have been seen; they need not be proven again. */
export type ProvenTies = Map<number, number>;

/** So many groups are remembered; older ones are out of a poll's reach. */
const MOST_PROVEN = 100;

/**
 * Proves that pages which lie side by side have shown every record, although the server may order
 * records with equal times differently from one request to the next: there are as many distinct
 * records with the time as places. Until then the pages are read again.
 */
export class TieProof {
	/** What has been proven now; of use to later polls only if this one emits what it has read. */
	readonly proven: ProvenTies = new Map();

	private readonly before: ProvenTies;

	private readonly isOverdue: () => boolean;

	/** @param before what earlier polls have proven */
	constructor(before: ProvenTies, isOverdue: () => boolean) {
		this.before = before;
		this.isOverdue = isOverdue;
	}

	/**
	 * @param run pages one beside the other, the first of them a proven one
	 * @param time epoch ms that these records have in common
	 * @returns the pages that were read again, and whether all records were seen
	 */
	async prove(
		read: ReadTimedPage,
		run: readonly TimedPage[],
		time: number | null,
	): Promise<{ isProven: boolean; pages: TimedPage[] }> {
		const others = run.flatMap(({ hits }) => hits).filter((timed) => timed.time !== time).length;
		const tied = placesOf(run) - others;
		const pages: TimedPage[] = [];
		if (time !== null && this.before.get(time) === tied) return { isProven: true, pages };
		while (countDistinct([...run, ...pages], time) < tied) {
			if (pages.length >= MOST_READS || this.isOverdue()) return { isProven: false, pages };
			for (const { from, asked } of run) pages.push(await read(from, asked));
		}
		if (time !== null) this.proven.set(time, tied);
		return { isProven: true, pages };
	}
}

/** Remembers what a poll has proven. */
export function rememberTies(known: ProvenTies, proven: ProvenTies): void {
	for (const [time, tied] of proven) {
		known.set(time, tied);
		const [oldest] = known.keys();
		if (known.size > MOST_PROVEN) known.delete(oldest);
	}
}

/** How many records with a time the pages have, each counted once. */
function countDistinct(pages: readonly TimedPage[], time: number | null): number {
	const tied = pages.flatMap(({ hits }) => hits).filter((timed) => timed.time === time);
	return new Set(tied.map(({ hit }) => hit.key)).size;
}

function placesOf(run: readonly TimedPage[]): number {
	const last = run[run.length - 1];
	return last.from + last.hits.length - run[0].from;
}
