import type { TimedHit, TimedPage } from './timed';

/** A stretch of time, in epoch ms, of which not all records could be read. */
export interface Gap {
	from: number;
	to: number;
}

/** Records that were read one page after the other, and what they show of the rest. */
export class Stretch {
	/** Newest first, each record once. */
	hits: TimedHit[] = [];

	readonly gaps: Gap[] = [];

	/** Epoch ms from which on everything is read. */
	oldest = -Infinity;

	/** Hits that came without their content. */
	emptyHits = 0;

	/** The newest page when the reading began. */
	first!: TimedPage;

	protected last!: TimedPage;

	protected readonly ids = new Set<string>();

	/** Whether records can be counted: without an id, one that changes looks like two. */
	private hasIds = true;

	/** Whether the server puts records without a time before the others. */
	get hasTimelessFirst(): boolean {
		const { hits } = this.first;
		return hits.length > 0 && hits[0].time === null;
	}

	/** Whether all records without a time are among those that were read. */
	get showsTimeless(): boolean {
		return this.hasTimelessFirst || this.isWhole();
	}

	protected get tail(): number | null {
		return this.last.hits.at(-1)?.time ?? null;
	}

	protected start(page: TimedPage): void {
		this.first ??= page;
		this.hits = [];
		this.emptyHits = 0;
		this.ids.clear();
		this.take(page);
	}

	protected take(page: TimedPage): void {
		this.last = page;
		this.emptyHits += page.emptyHits;
		this.add(page);
	}

	protected add({ hits }: Pick<TimedPage, 'hits'>): void {
		for (const timed of hits) {
			if (this.ids.has(timed.hit.key)) continue;
			this.ids.add(timed.hit.key);
			this.hasIds &&= timed.hit.hasId;
			this.hits.push(timed);
		}
	}

	/** Whether what was read reaches into an earlier reading, so that nothing can lie between. */
	protected isAbove({ hits }: Stretch): boolean {
		const top = hits.find(({ time }) => time !== null)?.time ?? null;
		return top !== null && this.tail !== null && this.tail < top;
	}

	/** Adds an earlier reading, of which some records have been read again. */
	protected join(earlier: Stretch): void {
		const before = this.hits.length;
		this.add(earlier);
		const shift = before - (earlier.hits.length - (this.hits.length - before));
		this.gaps.push(...earlier.gaps);
		this.emptyHits += earlier.emptyHits;
		this.last = { ...earlier.last, from: earlier.last.from + Math.max(0, shift) };
	}

	/** Whether the page continues the last one: it overlaps with it, and leads further back. */
	protected continues({ hits }: TimedPage): boolean {
		return isOlder(this.tail, topOf(hits)) && isOlder(hits.at(-1)?.time ?? null, this.tail);
	}

	/** Whether everything down to `oldest` is read. */
	protected isReadBack(): boolean {
		if (this.last.hits.length === 0 || this.isWhole()) return true;
		// Records without a time come first or last, and the first page has one with a time.
		return this.tail === null || this.tail < this.oldest;
	}

	/** Whether the whole result is read, by the server's count; not if records have gone meanwhile. */
	protected isWhole(): boolean {
		const { total } = this.last;
		if (total === null || !this.hasIds) return false;
		return total >= (this.first.total ?? 0) && this.ids.size >= total;
	}
}

/**
 * The newest time of a page; Infinity where it begins with records that have none and come first.
 *
 * @param hits one at least
 */
export function topOf(hits: readonly TimedHit[]): number | null {
	return hits[0].time ?? (hits.some(({ time }) => time !== null) ? Infinity : null);
}

/** Whether a time comes after another in a result with the newest first; no time comes last. */
export function isOlder(left: number | null, right: number | null): boolean {
	return (left ?? -Infinity) < (right ?? -Infinity);
}
