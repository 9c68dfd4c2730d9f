import type { IHttpRequestOptions } from 'n8n-workflow';

/** One envelope of the model, with the moments at which it changes. All times are epoch ms. */
export interface ModelEnvelope {
	id: string;
	created: number;
	/** When it completes; never if undefined. */
	finished?: number;
	/** When the index shows that. */
	searchable?: number;
	/** When it is started again, and another version counts; never if undefined. */
	replaced?: number;
}

/** What the network and the server do at a moment. */
export interface Weather {
	/** ms that an answer takes. */
	latency: number;
	/** Whether requests are refused. */
	isDown: boolean;
	/** Share of requests that are answered 429. */
	throttled: number;
}

const BASE = 'http://yisign.model';

/**
 * A hospital's Yisign as a model: it answers n8n's HTTP layer directly, at a time that only the
 * simulation moves.
 */
export class Hospital {
	/** The true time; n8n's clock and the server's may differ from it. */
	now = 0;

	requests = 0;

	weather: Weather = { latency: 5, isDown: false, throttled: 0 };

	readonly url = BASE;

	private readonly envelopes: ModelEnvelope[] = [];

	/** ms that the server's clock is ahead. */
	private readonly serverSkew: number;

	private readonly random: () => number;

	private cache: { until: number; key: string; found: ModelEnvelope[] } | undefined;

	constructor(serverSkew: number, random: () => number) {
		this.serverSkew = serverSkew;
		this.random = random;
	}

	add(envelope: ModelEnvelope): void {
		this.envelopes.push(envelope);
		this.cache = undefined;
	}

	/** Whether the index shows the envelope as completed. */
	shows({ searchable }: ModelEnvelope): boolean {
		return searchable !== undefined && searchable <= this.now;
	}

	/** Stands in for n8n's HTTP layer: `OutboundHttp.requests().request`. */
	request = async ({ qs }: IHttpRequestOptions): Promise<unknown> => {
		this.requests += 1;
		await Promise.resolve();
		// Four requests are under way at a time, so each moves the clock by a quarter.
		this.now += this.weather.latency / 4;
		if (this.weather.isDown) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
		if (this.random() < this.weather.throttled) {
			return { statusCode: 429, headers: { 'retry-after': '1' }, body: {} };
		}
		const { q, sort, from, size } = qs as Record<string, string | number>;
		const found = this.search(q !== undefined, sort === 'createdDatetime:desc');
		const hits = found.slice(Number(from), Number(from) + Number(size));
		const total = { value: found.length, relation: 'eq' };
		return {
			statusCode: 200,
			headers: {},
			body: { hits: { total, hits: hits.map((envelope) => this.hitOf(envelope)) } },
		};
	};

	private search(isCompletedOnly: boolean, isByCreation: boolean): ModelEnvelope[] {
		const key = `${isCompletedOnly} ${isByCreation}`;
		if (this.cache?.key === key && this.now < this.cache.until) return this.cache.found;
		const found = this.envelopes.filter(
			(envelope) => envelope.created <= this.now && (!isCompletedOnly || this.shows(envelope)),
		);
		const timeOf = (envelope: ModelEnvelope) =>
			isByCreation ? envelope.created : this.shows(envelope) ? (envelope.finished ?? 0) : -Infinity;
		found.sort((a, b) => timeOf(b) - timeOf(a) || (a.id < b.id ? -1 : 1));
		const until = Math.min(
			...this.envelopes.flatMap(({ created, searchable = Infinity }) =>
				[created, searchable].filter((time) => time > this.now),
			),
			Infinity,
		);
		this.cache = { until, key, found };
		return found;
	}

	private hitOf(envelope: ModelEnvelope) {
		const isCompleted = this.shows(envelope);
		return {
			_id: envelope.id,
			_source: {
				envelopeWsid: envelope.id,
				envelopeStatus: isCompleted ? 'ED_SUCCESS' : 'ING_SENT_WAIT_FILLOUT',
				hospitalBusinessLastVersion: (envelope.replaced ?? Infinity) > this.now,
				createdDatetime: envelope.created + this.serverSkew,
				envelopeFinishedDatetime: isCompleted ? (envelope.finished ?? 0) + this.serverSkew : null,
			},
		};
	}
}
