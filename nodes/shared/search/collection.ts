import type { SortOrder } from './order';
import type { Hit, SearchPage } from './page';

/** The records read so far, each once. */
export class Collection {
	/** In the order in which they were first seen. */
	private readonly hits: Hit[] = [];

	private readonly keys = new Set<string>();

	/** Hits that are wanted, by the envelope they speak of: the first of each. */
	private readonly wanted = new Map<string, Hit>();

	/** Ids of the records, for counting: those of their envelopes where the index gives none. */
	private readonly countKeys = new Set<string>();

	/** Rows of one page that are counted by the same id. */
	private doubles = 0;

	/** Whether all records have ids, so that their number is exact. */
	hasIds = true;

	/** How many hits came without their content (`_source`). */
	emptyHits = 0;

	private readonly isWanted: (hit: Hit) => boolean;

	/** @param isWanted asked once for each record that is added */
	constructor(isWanted: (hit: Hit) => boolean = () => true) {
		this.isWanted = isWanted;
	}

	/** How many records have been read. */
	get size(): number {
		return this.hits.length;
	}

	/** How many envelopes are wanted. */
	get wantedCount(): number {
		return this.wanted.size;
	}

	/** How many of the rows that the server counts have been seen. */
	get rows(): number {
		return this.countKeys.size + this.doubles + this.emptyHits;
	}

	/** The first record that was read. */
	get first(): Hit | undefined {
		return this.hits[0];
	}

	/** The position of a record among those read; -1 if it was not. */
	positionOf({ key }: Hit): number {
		return this.hits.findIndex((hit) => hit.key === key);
	}

	/** @returns how many records of the page are new */
	add({ hits, emptyHits }: Pick<SearchPage, 'hits' | 'emptyHits'>): number {
		const before = this.hits.length;
		const freshInPage = new Set<string>();
		for (const hit of hits) {
			// Without an id of its own a record is counted by its envelope, for it may look otherwise
			// when it comes again. Two rows of one page are two, even if they look the same.
			const countKey = hit.hasId ? hit.key : hit.envelopeId;
			if (freshInPage.has(countKey)) this.doubles += 1;
			if (this.keys.has(hit.key)) continue;
			this.keys.add(hit.key);
			this.hits.push(hit);
			this.hasIds &&= hit.hasId;
			if (!this.countKeys.has(countKey)) freshInPage.add(countKey);
			this.countKeys.add(countKey);
			if (this.isWanted(hit) && !this.wanted.has(hit.envelopeId)) {
				this.wanted.set(hit.envelopeId, hit);
			}
		}
		this.emptyHits += emptyHits;
		return this.hits.length - before;
	}

	/** Adds what an earlier reading of the same result had found, and this one has not. */
	addMissing(earlier: Collection): void {
		this.add({ hits: earlier.hits, emptyHits: 0 });
	}

	/** The envelopes that are wanted, in the order asked for; equal ones as they came. */
	list(order: SortOrder): Hit[] {
		const hits = [...this.wanted.values()];
		return order.isProof ? hits.sort((a, b) => order.compare(a, b) ?? 0) : hits;
	}
}
