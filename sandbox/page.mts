import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { byAge, isUnderWay, type End, type Ending } from './endings.mts';
import type { Envelope } from './envelopes.mts';
import { plainAddress, type SentCallback } from './outbox.mts';
import type { LoggedRequest, Sandbox } from './server.mts';

/** What the page shows: parts of the running sandbox. */
export type PageOptions = Pick<Sandbox, 'options' | 'envelopes' | 'requests' | 'callbacks'> & {
	endings: Record<Ending, End>;
	/** Path before all others. */
	prefix: string;
};

/** Part of the list of envelopes that is asked for. */
export type PageQuery = {
	/** Words, each of which has to be somewhere in a row; case does not count. */
	search?: string;
	/** A status of vendor-api 4.1; any if empty. */
	status?: string;
	/** Rows to leave out first. */
	from?: string;
};

/** One envelope in the page: no identity number, no age, no sex. */
export type Row = Pick<Envelope['source'], (typeof SHOWN)[number]> & {
	/** Whether it can still be ended. */
	underWay: boolean;
};

/** Everything the page shows at one time. Logs are cut to their newest part, newest first. */
export type PageState = {
	baseUrl: string;
	appId: string;
	accessToken: string;
	appSecret: string;
	/** Where callbacks go; empty if nowhere. */
	callbackAddress: string;
	/** How many envelopes fit the search, by status. */
	counts: Record<string, number>;
	/** How many envelopes fit search and status. */
	found: number;
	/** Rows a page has at the most. */
	size: number;
	envelopes: Row[];
	requests: Array<Numbered<LoggedRequest>>;
	callbacks: Array<Numbered<SentCallback>>;
};

/** An entry of a log with its running number; the first is 1. */
type Numbered<Entry> = Entry & { number: number };

const SHOWN = [
	'envelopeWsid',
	'customTagID',
	'serviceTypeZhName',
	'admissionNo',
	'hospitalDepartment',
	'doctorName',
	'envelopeStatus',
	'createdDatetime',
	'envelopeFinishedDatetime',
] as const;

const SIZE = 12;
const LOGGED = 20;
const FILE = new URL('./page.html', import.meta.url);

/** Marks the page's own routes. */
const OWN = { config: { page: true } };

/** Nothing is loaded from anywhere else, whatever a record says. */
const POLICY =
	"default-src 'none'; connect-src 'self'; img-src data:; " +
	"style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/** Whether a request comes from the page: such are not logged, and no fault spoils them. */
export function isPageRequest({ routeOptions }: FastifyRequest): boolean {
	return 'page' in routeOptions.config;
}

/**
 * The sandbox's page at `/`, what it shows at `/sandbox/state`, and its buttons at
 * `/sandbox/envelopes/<envelopeWsid>/<ending>`, all below the prefix. No interface of Yisign
 * begins so.
 */
export function page(app: FastifyInstance, sandbox: PageOptions, ready: () => void): void {
	const { envelopes, endings } = sandbox;

	app.get('/', OWN, async (_request, reply) =>
		reply
			.type('text/html; charset=utf-8')
			.header('content-security-policy', POLICY)
			.send(await readFile(FILE)),
	);

	app.get<{ Querystring: PageQuery }>('/sandbox/state', OWN, (request, reply) => {
		reply.header('cache-control', 'no-store');
		const baseUrl = `${request.protocol}://${request.host}${sandbox.prefix}`;
		return { baseUrl, ...describe(sandbox, request.query) };
	});

	app.post<{ Params: { wsid: string; ending: Ending } }>(
		'/sandbox/envelopes/:wsid/:ending',
		OWN,
		({ params: { wsid, ending } }, reply) => {
			const envelope = envelopes.find(({ source }) => source.envelopeWsid === wsid);
			if (!envelope || !Object.hasOwn(endings, ending)) {
				return reply.code(404).send({ message: 'There is no such envelope or ending' });
			}
			if (!isUnderWay(envelope)) return reply.code(409).send({ message: 'It has already ended' });
			endings[ending](envelope);
			return makeRow(envelope);
		},
	);
	ready();
}

function describe(
	{ options, envelopes, requests, callbacks }: PageOptions,
	{ search = '', status = '', from = '0' }: PageQuery,
): Omit<PageState, 'baseUrl'> {
	const { appId, accessToken, appSecret, callbackUrl } = options;
	const words = search.toLowerCase().split(/\s+/).filter(Boolean);
	const fits = envelopes.filter(({ source }) => {
		if (words.length === 0) return true;
		const text = SHOWN.map((name) => source[name])
			.join('\n')
			.toLowerCase();
		return words.every((word) => text.includes(word));
	});
	const counts: Record<string, number> = {};
	for (const { source } of fits) {
		counts[source.envelopeStatus] = (counts[source.envelopeStatus] ?? 0) + 1;
	}
	const found = status ? fits.filter(({ source }) => source.envelopeStatus === status) : fits;
	const first = Number(from) || 0;
	return {
		appId,
		accessToken,
		appSecret,
		callbackAddress: plainAddress(callbackUrl),
		counts,
		found: found.length,
		size: SIZE,
		envelopes: found
			.sort(byAge)
			.slice(first, first + SIZE)
			.map(makeRow),
		requests: newest(requests),
		callbacks: newest(callbacks),
	};
}

function makeRow(envelope: Envelope): Row {
	const shown = SHOWN.map((name) => [name, envelope.source[name]]);
	return { ...(Object.fromEntries(shown) as Row), underWay: isUnderWay(envelope) };
}

function newest<Entry>(log: readonly Entry[]): Array<Numbered<Entry>> {
	const first = Math.max(0, log.length - LOGGED);
	return log
		.slice(first)
		.map((entry, index) => ({ ...entry, number: first + index + 1 }))
		.reverse();
}
