import type { Hit, SearchPage } from './page';

/**
 * The hits read so far, in the server's order, each record once.
 *
 * Other people sign, start and remove envelopes while pages are being read, so a page may have moved
 * since its neighbour was read. A page that repeats a record of the chain proves that nothing lies
 * between the two: a record that was there all the time and comes after the repeated one stands in
 * that page too. A page that repeats none may have a gap before it.
 *
 * This holds as long as the sort order of two records never changes. `createdDatetime` never does.
 */
export class Chain {
	private readonly ids = new Set<string>();

	readonly hits: Hit[] = [];

	/** Whether the page repeats a record of the chain. */
	connects(page: SearchPage): boolean {
		return page.hits.some(({ id }) => this.ids.has(id));
	}

	/** Adds the hits of a page that are new, each where the page has it among the known ones. */
	add({ hits }: SearchPage): void {
		const anchor = hits.find(({ id }) => this.ids.has(id));
		let place = anchor ? this.placeOf(anchor) : this.hits.length;
		for (const hit of hits) {
			if (this.ids.has(hit.id)) {
				place = this.placeOf(hit) + 1;
				continue;
			}
			this.ids.add(hit.id);
			this.hits.splice(place, 0, hit);
			place += 1;
		}
	}

	/** A page usually repeats the last record, so the search begins at the end. */
	private placeOf({ id }: Hit): number {
		let place = this.hits.length - 1;
		while (this.hits[place].id !== id) place -= 1;
		return place;
	}
}
