import type { SortOrder } from './order';
import type { Hit, SearchPage } from './page';

/** The records read so far, each once. */
export class Collection {
	/** In the order in which they were first seen. */
	private readonly hits: Hit[] = [];

	/** Where each record stands in `hits`, by its key. */
	private readonly positions = new Map<string, number>();

	/** Hits that are wanted, by the envelope they speak of: the first of each. */
	private readonly wanted = new Map<string, Hit>();

	/** How many records have an id. */
	private withIds = 0;

	/** Where the first record without an id of each envelope stands in `hits`. */
	private readonly withoutIds = new Map<string, number>();

	/** Rows of one page that are counted as one. */
	private doubles = 0;

	/** How many hits came without their content (`_source`). */
	emptyHits = 0;

	private readonly isWanted: (hit: Hit) => boolean;

	/** @param isWanted asked once for each record that is added */
	constructor(isWanted: (hit: Hit) => boolean = () => true) {
		this.isWanted = isWanted;
	}

	/** Whether all records have ids, so that their number is exact. */
	get hasIds(): boolean {
		return this.withIds === this.hits.length;
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
		return this.withIds + this.withoutIds.size + this.doubles + this.emptyHits;
	}

	/** The first record that was read. */
	get first(): Hit | undefined {
		return this.hits[0];
	}

	/** The position of a record among those read; -1 if it was not. */
	positionOf({ key }: Hit): number {
		return this.positions.get(key) ?? -1;
	}

	/** @returns how many records of the page are new */
	add({ hits, emptyHits }: Pick<SearchPage, 'hits' | 'emptyHits'>): number {
		const before = this.hits.length;
		for (const hit of hits) {
			const { key, hasId, envelopeId } = hit;
			const known = this.positions.get(key);
			// Without an id of its own a record is counted by its envelope, for it may look otherwise
			// when it comes again. Two rows of one page are two, even if they look the same.
			const counted = hasId ? known : this.withoutIds.get(envelopeId);
			if (counted !== undefined && counted >= before) this.doubles += 1;
			if (known !== undefined) continue;
			const position = this.hits.push(hit) - 1;
			this.positions.set(key, position);
			if (hasId) this.withIds += 1;
			else if (counted === undefined) this.withoutIds.set(envelopeId, position);
			if (this.isWanted(hit) && !this.wanted.has(envelopeId)) this.wanted.set(envelopeId, hit);
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
