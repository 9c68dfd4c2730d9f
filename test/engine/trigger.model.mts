import type { IHttpRequestOptions } from 'n8n-workflow';

/** One envelope of the model, and when it changes. All times are epoch ms of the true time. */
export interface ModelEnvelope {
	id: string;
	/** Ids of its records in the index; some envelopes have two. */
	documents: string[];
	created: number;
	finished: number;
	/** When the index shows that it has ended. */
	searchable: number;
	/** When its second record comes into the index, and says that it ended then; with the first if undefined. */
	again?: number;
	/** When it is started again, and another version counts; never if undefined. */
	replaced?: number;
	status: 'ED_SUCCESS' | 'ED_FAIL_REJECT';
	ward: 'A' | 'B';
	/** Whether its records have the field `ward`. */
	hasWard: boolean;
	/** What its records say of when it ended. */
	says: 'truth' | 'future' | 'microseconds' | 'seconds' | 'nothing';
}

/** What the documents leave open, and how this server does it. */
export interface Dialect {
	from: 'honoured' | 'ignored' | 'refused' | 'rounded' | 'clamped';
	/** Records a page has at the most. */
	cap: number;
	/** Whether any other size than 20 is refused. */
	refusesSize: boolean;
	/** Records within reach of `from` and `size`. */
	window: number;
	total: 'exact' | 'gte' | 'text' | 'none';
	hasSortValues: boolean;
	nulls: 'last' | 'first' | 'sentinel';
	unit: 'ms' | 'wholeSeconds' | 'seconds' | 'microseconds';
	/** How records with equal values are ordered. */
	ties: 'stable' | 'replicas' | 'random';
	hasDate: boolean;
	/** Whether it searches by the status, so that a record leaves the result when its status changes. */
	searchesStatus: boolean;
	/**
	 * ms that a replica lags behind, which answers some of the polls. Not single requests: where pages
	 * cannot overlap, a record between two of them that come from different times is missed by everybody.
	 */
	lag: number;
	/** What it sorts by: whatever is asked for, or always the time of creation. */
	sorts: 'asked' | 'created';
	/** Whether records say when they were created. */
	hasCreated: boolean;
	/** Whether a result is wrapped once more. */
	isWrapped: boolean;
	/** With which status a request is refused. */
	refusal: 200 | 400 | 500;
}

/** What the network and the server do at a time. */
export interface Weather {
	/** ms that an answer takes. */
	latency: number;
	/** Whether requests are refused. */
	isDown: boolean;
	/** Share of requests that are answered 429. */
	throttled: number;
}

interface Row {
	envelope: ModelEnvelope;
	document: string;
	/** What it is sorted by; null if it has none. */
	value: number | null;
}

const SECOND = 1000;

const REFUSAL = { code: '100550400', errorWsid: 'WSID_ERRO_1' };

/** Elasticsearch's value of a record that has none, as JSON in JavaScript. */
const SENTINEL = -9223372036854776000;

/** The true time of a record that says it ends in 2099. */
const FUTURE = Date.UTC(2099, 0, 1);

/**
 * A Yisign as a model: it answers n8n's HTTP layer directly, at a time that only the simulation
 * moves.
 */
export class ServerModel {
	/** The true time, epoch ms; n8n's clock and the server's may differ from it. */
	now = 0;

	requests = 0;

	weather: Weather = { latency: 5, isDown: false, throttled: 0 };

	/** The true time when a record was sent last that shows by which of its times it is not sorted. */
	tellingAt = -Infinity;

	/** Whether the replica answers that lags behind. */
	isLagging = false;

	readonly url = 'http://yisign.model';

	/** ms that the server's clock is ahead. */
	readonly skew: number;

	private readonly dialect: Dialect;

	private readonly random: () => number;

	private readonly envelopes: ModelEnvelope[] = [];

	/** The time whose records the present request sees. */
	private seen = 0;

	/** Rows, and from when to when they are the same. */
	private readonly cache = new Map<string, { since: number; until: number; rows: Row[] }>();

	constructor(dialect: Dialect, skew: number, random: () => number) {
		this.dialect = dialect;
		this.skew = skew;
		this.random = random;
	}

	add(envelope: ModelEnvelope): void {
		this.envelopes.push(envelope);
		this.cache.clear();
	}

	/** All times are in another unit from now on. */
	changeUnit(unit: Dialect['unit']): void {
		this.dialect.unit = unit;
		this.cache.clear();
	}

	/** Stands in for n8n's HTTP layer: `OutboundHttp.requests().request`. */
	request = async ({ qs }: IHttpRequestOptions): Promise<unknown> => {
		this.requests += 1;
		await Promise.resolve();
		// Up to four requests are under way at a time, so each moves the clock by a part.
		this.now += this.weather.latency / 3;
		if (this.weather.isDown) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
		if (this.random() < this.weather.throttled) {
			return { statusCode: 429, headers: { 'retry-after': '1' }, body: {} };
		}
		const { q, sort, from, size } = qs as Record<string, string | number>;
		const { lag, sorts } = this.dialect;
		this.seen = this.now - (this.isLagging ? lag : 0);
		const isByCreation = sorts === 'created' || String(sort).startsWith('createdDatetime');
		const rows = this.search(String(q ?? ''), isByCreation);
		const range = this.rangeOf(Number(from), Number(size), rows.length);
		const { hasDate, isWrapped, refusal } = this.dialect;
		if (!range) return { statusCode: refusal, headers: {}, body: REFUSAL };
		const page = this.cut(rows, ...range);
		if (page.some(({ envelope }) => this.isTelling(envelope))) this.tellingAt = this.now;
		const hits = page.map((row) => this.hitOf(row));
		const date = new Date(this.now + this.skew).toUTCString();
		const result = { hits: { ...this.totalOf(rows.length), hits } };
		return {
			statusCode: 200,
			headers: hasDate ? { date } : {},
			body: isWrapped ? { code: '100550000', data: result } : result,
		};
	};

	/** First row and row after the last of a page; undefined if it is refused. */
	private rangeOf(from: number, size: number, count: number): [number, number] | undefined {
		const { dialect } = this;
		if (dialect.refusesSize && size !== 20) return undefined;
		const length = Math.min(size, dialect.cap);
		if (dialect.from === 'ignored') return [0, length];
		if (dialect.from === 'refused' && from !== 0) return undefined;
		const reach = Math.min(dialect.window, count);
		if (dialect.from === 'clamped') {
			const start = Math.min(from, Math.max(0, reach - length));
			return [start, start + length];
		}
		if (from + size > dialect.window) return undefined;
		const start = dialect.from === 'rounded' ? Math.floor(from / length) * length : from;
		return [start, start + length];
	}

	/** A page, with the groups of equal values at its edges in whichever order this request meets. */
	private cut(rows: Row[], start: number, end: number): Row[] {
		const { ties } = this.dialect;
		if (ties === 'stable') return rows.slice(start, end);
		const isTie = (index: number) => rows[index - 1].value === rows[index].value;
		let low = Math.min(start, rows.length);
		while (low > 0 && low < rows.length && isTie(low)) low -= 1;
		let high = Math.min(end, rows.length);
		while (high > 0 && high < rows.length && isTie(high)) high += 1;
		const replica = this.random();
		const rank = (row: Row) =>
			ties === 'random'
				? this.random()
				: (hash(row.document) * (replica < 0.5 ? 1 : 7919)) % 104_729;
		const ranked = rows.slice(low, high).map((row) => ({ row, rank: rank(row) }));
		ranked.sort((a, b) => (b.row.value ?? 0) - (a.row.value ?? 0) || a.rank - b.rank);
		const nulls = ranked.filter(({ row }) => row.value === null);
		const others = ranked.filter(({ row }) => row.value !== null);
		const ordered = this.dialect.nulls === 'first' ? [...nulls, ...others] : [...others, ...nulls];
		return ordered.map(({ row }) => row).slice(start - low, end - low);
	}

	private search(q: string, isByCreation: boolean): Row[] {
		const { searchesStatus, lag, nulls } = this.dialect;
		const ward = /\(ward=(\w)\)/.exec(q)?.[1];
		const status = searchesStatus ? /\(envelopeStatus=(\w+)\)/.exec(q)?.[1] : undefined;
		const key = `${ward} ${status} ${isByCreation} ${this.seen < this.now}`;
		const cached = this.cache.get(key);
		if (cached && this.seen >= cached.since && this.seen < cached.until) return cached.rows;
		const found = this.envelopes.filter(
			(envelope) =>
				envelope.created <= this.seen &&
				(!ward || (envelope.hasWard && envelope.ward === ward)) &&
				(!status || this.statusOf(envelope) === status),
		);
		const rows = found.flatMap((envelope) =>
			this.documentsOf(envelope).map((document) => ({
				envelope,
				document,
				value: isByCreation ? this.inUnit(envelope.created) : this.finishedOf(envelope, document),
			})),
		);
		const empty = nulls === 'first' && !isByCreation ? Infinity : -Infinity;
		rows.sort((a, b) => {
			const [left, right] = [a.value ?? empty, b.value ?? empty];
			return left === right ? (a.document < b.document ? -1 : 1) : right - left;
		});
		let until = Infinity;
		for (const { created, searchable, again = 0 } of this.envelopes) {
			for (const change of [created, searchable, again]) {
				if (change > this.seen) until = Math.min(until, change);
			}
		}
		// Without a lag, time only goes forward.
		const since = lag > 0 ? this.seen : -Infinity;
		this.cache.set(key, { since, until, rows });
		return rows;
	}

	private hasEnded({ searchable }: ModelEnvelope): boolean {
		return searchable <= this.seen;
	}

	/** Whether it was not signed as soon as it was started: its times show which of them is sorted by. */
	private isTelling(envelope: ModelEnvelope): boolean {
		return !this.hasEnded(envelope) || envelope.finished - envelope.created >= 2 * SECOND;
	}

	private statusOf(envelope: ModelEnvelope): string {
		return this.hasEnded(envelope) ? envelope.status : 'ING_SENT_WAIT_FILLOUT';
	}

	private documentsOf({ documents, again = 0 }: ModelEnvelope): string[] {
		return again > this.seen ? documents.slice(0, 1) : documents;
	}

	private finishedOf(envelope: ModelEnvelope, document: string): number | null {
		const { documents, again } = envelope;
		if (again !== undefined && document !== documents[0]) return this.inUnit(again);
		if (!this.hasEnded(envelope) || envelope.says === 'nothing') return null;
		if (envelope.says === 'future') return this.inUnit(FUTURE);
		if (envelope.says === 'microseconds') return (envelope.finished + this.skew) * 1000;
		if (envelope.says === 'seconds') return Math.floor((envelope.finished + this.skew) / 1000);
		return this.inUnit(envelope.finished);
	}

	private inUnit(time: number): number {
		const ms = time + this.skew;
		switch (this.dialect.unit) {
			case 'seconds':
				return Math.floor(ms / 1000);
			case 'wholeSeconds':
				return Math.floor(ms / 1000) * 1000;
			case 'microseconds':
				return Math.floor(ms) * 1000;
			default:
				return Math.floor(ms);
		}
	}

	private totalOf(count: number): object {
		const { total } = this.dialect;
		if (total === 'none') return {};
		if (total === 'text') return { total: String(count) };
		const isCapped = total === 'gte' && count > 40;
		return { total: { value: isCapped ? 40 : count, relation: isCapped ? 'gte' : 'eq' } };
	}

	private hitOf({ envelope, document, value }: Row): object {
		const { nulls, hasSortValues } = this.dialect;
		return {
			_id: document,
			...(hasSortValues && { sort: [value ?? (nulls === 'sentinel' ? SENTINEL : null)] }),
			_source: {
				envelopeWsid: envelope.id,
				...(envelope.hasWard && { ward: envelope.ward }),
				envelopeStatus: this.statusOf(envelope),
				hospitalBusinessLastVersion: (envelope.replaced ?? Infinity) > this.seen,
				...(this.dialect.hasCreated && { createdDatetime: this.inUnit(envelope.created) }),
				envelopeFinishedDatetime: this.finishedOf(envelope, document),
			},
		};
	}
}

function hash(text: string): number {
	let sum = 7;
	for (const character of text) sum = (sum * 31 + character.charCodeAt(0)) % 104_729;
	return sum + 1;
}
