import type { Envelope } from '../../sandbox/envelopes.mts';
import type { Hit } from '../../sandbox/hits.mts';
import { selectBy } from '../../sandbox/query.mts';
import { newestOf } from '../../sandbox/search.mts';
import type { SearchSettings } from '../../sandbox/settings.mts';
import type { Wish } from './search.wish.mts';

/** Sees everything that happens on a server during one search; knows envelopes by their ids. */
export class Witness {
	/** Envelopes that matched at some time. */
	readonly everMatched = new Set<string>();

	/** Those that were removed. */
	readonly gone = new Set<string>();

	/** Those that did not match at some time. */
	private readonly lapsed = new Set<string>();

	/** Those that one of two copies lacked at some time. */
	private readonly lagging = new Set<string>();

	/** Those that some reply showed. */
	private readonly shown = new Set<string>();

	private readonly first: ReadonlySet<string>;

	private readonly envelopes: readonly Envelope[];

	private readonly wish: Wish;

	private readonly dialect: SearchSettings;

	constructor(envelopes: readonly Envelope[], wish: Wish, dialect: SearchSettings) {
		this.envelopes = envelopes;
		this.wish = wish;
		this.dialect = dialect;
		this.first = new Set(envelopes.map(idOf));
	}

	/** To be called with each request, before it is answered. */
	noteRequest(): void {
		for (const envelope of this.envelopes) {
			(this.wish.matches(envelope) ? this.everMatched : this.lapsed).add(idOf(envelope));
		}
		const late = newestOf(this.envelopes, this.dialect.replicaLag);
		for (const envelope of late) this.lagging.add(idOf(envelope));
	}

	/** To be called with each answer to the search. */
	noteReply(answer: unknown): void {
		const { data = answer } = answer as { data?: unknown };
		const { hits } = data as { hits?: { hits: Hit[] } };
		for (const { _source } of hits?.hits ?? []) this.shown.add(_source.envelopeWsid);
	}

	/**
	 * Those that matched all the time, and that the server finds by the query. What a copy of the index
	 * does not have yet, no client can know of if no reply shows it.
	 */
	permanent(): string[] {
		return selectBy(this.wish.q, [...this.envelopes], this.dialect)
			.filter((envelope) => this.wish.matches(envelope))
			.map(idOf)
			.filter((id) => this.first.has(id) && !this.lapsed.has(id) && !this.gone.has(id))
			.filter((id) => this.shown.has(id) || !this.lagging.has(id));
	}
}

function idOf({ source }: Envelope): string {
	return source.envelopeWsid;
}
