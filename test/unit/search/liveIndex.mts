import { YisignError } from '../../../nodes/shared/errors.ts';
import type { SearchPage } from '../../../nodes/shared/search/page.ts';
import { readSearchPage } from '../../../nodes/shared/search/page.ts';
import type { Span } from '../../../nodes/shared/search/pageReader.ts';

/** A record of the index, and when it came and went. */
export interface Live {
	id: string;
	envelope: string;
	created: number | null;
	matches: boolean;
}

/** How a server may behave where the documents leave it open. */
export interface Dialect {
	/** Behind the last record, `restarts` begins with the first one again. */
	paging: 'honoured' | 'ignored' | 'rounded' | 'tens' | 'clamped' | 'restarts';
	/** Rows that a page has at the most. */
	largestPage: number;
	/** What happens to a larger size: less comes, or it is refused. */
	tooLarge: 'capped' | 'refused';
	/** Rows within reach. */
	window: number;
	/** What becomes of a page beyond the window. */
	pastWindow: 'refused' | 'empty';
	/** How many of the last records one of two copies of the index does not have yet. */
	lag: number;
	total: 'exact' | 'gte' | 'none';
	/** Bound of an exact count where larger ones are "at least". */
	countedTo: number;
	/** How records with the same time are ordered: always alike, as one of two replicas, at random. */
	ties: 'stable' | 'replicas' | 'random';
	sortValues: boolean;
	createdInRecord: boolean;
	ids: boolean;
	missing: 'first' | 'last';
	direction: 'asc' | 'desc';
	/** The page of this number is shorter than asked for; none if 0. */
	shortPage: number;
}

/** As the documents and Elasticsearch have it, but for equal times. */
export const USUAL: Dialect = {
	paging: 'honoured',
	largestPage: 1000,
	tooLarge: 'capped',
	window: 10_000,
	pastWindow: 'refused',
	lag: 0,
	total: 'exact',
	countedTo: 40,
	ties: 'random',
	sortValues: true,
	createdInRecord: true,
	ids: true,
	missing: 'last',
	direction: 'desc',
	shortPage: 0,
};

/** Something that other people do while pages are being read. */
export type Change =
	/** A new envelope is started: newer than all others. */
	| { kind: 'start' }
	/** An envelope comes to match the query late: it stands anywhere. */
	| { kind: 'enter'; created: number | null }
	/** An envelope is removed, or stops to match. */
	| { kind: 'leave'; at: number }
	/** An envelope without a time gets one later than all others: it is signed, where that sorts. */
	| { kind: 'end'; at: number };

/** A search index that changes while it is read. */
export class LiveIndex {
	changes = 0;

	requests = 0;

	private records: Live[] = [];

	/** The first records that have not left since. */
	private readonly stayed = new Set<string>();

	/** Records that a copy did not have when it was asked, and those that were sent. */
	private readonly lacked = new Set<string>();

	private readonly sent = new Set<string>();

	private serial = 0;

	private readonly dialect: Dialect;

	private readonly random: () => number;

	constructor(records: ReadonlyArray<Omit<Live, 'id'>>, dialect: Dialect, random: () => number) {
		this.dialect = dialect;
		this.random = random;
		for (const record of records) this.stayed.add(this.enter(record));
	}

	apply(change: Change): void {
		this.changes += 1;
		if (change.kind === 'start') {
			const newest = Math.max(0, ...this.records.map(({ created }) => created ?? 0));
			this.enter({ created: newest + 1, envelope: `e${this.serial}x`, matches: true });
		} else if (change.kind === 'enter') {
			this.enter({ created: change.created, envelope: `e${this.serial}x`, matches: true });
		} else if (change.kind === 'end') {
			const open = this.records.filter(({ created }) => created === null);
			const newest = Math.max(0, ...this.records.map(({ created }) => created ?? 0));
			if (open.length > 0) open[change.at % open.length].created = newest + 1;
		} else if (this.records.length > 0) {
			const [left] = this.records.splice(change.at % this.records.length, 1);
			this.stayed.delete(left.id);
		}
	}

	/** @throws YisignError as the client does when the server refuses */
	page({ from, size }: Span): SearchPage {
		this.requests += 1;
		const { paging, largestPage, tooLarge, window, pastWindow, shortPage } = this.dialect;
		if (tooLarge === 'refused' && size > largestPage) throw refused();
		const isBeyond = paging !== 'ignored' && from + size > window;
		if (isBeyond && pastWindow === 'refused') throw refused();
		const rows = isBeyond ? 0 : Math.min(size, largestPage);
		const sorted = this.sorted(this.copy());
		const lastFull = Math.max(0, sorted.length - rows);
		const start = {
			honoured: from,
			ignored: 0,
			rounded: from - (from % Math.max(1, rows)),
			tens: from - (from % 10),
			clamped: Math.min(from, lastFull),
			restarts: from < sorted.length ? from : 0,
		}[paging];
		const isShort = shortPage > 0 && this.requests === shortPage;
		const found = sorted.slice(start, start + (isShort ? Math.ceil(rows / 2) : rows));
		for (const { id } of found) this.sent.add(id);
		const total = this.total(sorted.length);
		return readSearchPage({ hits: { total, hits: found.map((r) => this.hit(r)) } });
	}

	/**
	 * Envelopes that have matched all the time. Of one that a copy did not have when it was asked,
	 * no client can know if it was never sent.
	 */
	permanent(): Set<string> {
		return new Set(
			this.records
				.filter(({ id, matches }) => matches && this.stayed.has(id))
				.filter(({ id }) => this.sent.has(id) || !this.lacked.has(id))
				.map(({ envelope }) => envelope),
		);
	}

	private enter(record: Omit<Live, 'id'>): string {
		this.serial += 1;
		const id = `r${this.serial}`;
		this.records.push({ id, ...record });
		return id;
	}

	/** The records of the copy that answers. */
	private copy(): Live[] {
		const { lag } = this.dialect;
		if (lag === 0 || this.random() < 0.5) return this.records;
		for (const { id } of this.records.slice(-lag)) this.lacked.add(id);
		return this.records.slice(0, -lag);
	}

	private sorted(records: readonly Live[]): Live[] {
		const { ties, missing, direction } = this.dialect;
		const replica = this.random() < 0.5;
		const rank = new Map(
			records.map((record, index) => {
				if (ties === 'random') return [record, this.random()];
				return [record, ties === 'replicas' && replica ? -index : index];
			}),
		);
		const sign = direction === 'asc' ? 1 : -1;
		return records.toSorted((a, b) => {
			const isTie = a.created === b.created;
			if (isTie) return (rank.get(a) ?? 0) - (rank.get(b) ?? 0);
			if (a.created === null) return missing === 'first' ? -1 : 1;
			if (b.created === null) return missing === 'first' ? 1 : -1;
			return (a.created - b.created) * sign;
		});
	}

	private total(length: number) {
		const { total, countedTo } = this.dialect;
		if (total === 'none') return undefined;
		if (total === 'gte' && length > countedTo) return { value: countedTo, relation: 'gte' };
		return { value: length, relation: 'eq' };
	}

	private hit({ id, envelope, created, matches }: Live) {
		const { ids, sortValues, createdInRecord } = this.dialect;
		return {
			...(ids && { _index: 'i', _id: id }),
			_source: {
				envelopeWsid: envelope,
				matches,
				...(createdInRecord && { createdDatetime: created, time: created }),
			},
			...(sortValues && { sort: [created] }),
		};
	}
}

function refused(): YisignError {
	return new YisignError('refused', 'Yisign refused the request', { httpStatus: 400 });
}
