import { setTimeout as sleep } from 'node:timers/promises';
import ValidatorCompiler from '@fastify/ajv-compiler';
import Fastify, { type FastifyRequest } from 'fastify';
import { serveCreates, type Created, type CreateSettings } from './creates.mts';
import { ACCESS_TOKEN, APP_ID, APP_SECRET } from './credential.mts';
import { makeEndings, type End } from './endings.mts';
import { makeEnvelopes, type DataSettings, type Envelope } from './envelopes.mts';
import { tryFaults, type Fault, type FaultRequest } from './faults.mts';
import { serveFiles, type FileSettings } from './files.mts';
import { serveInterfaces, type InterfaceSettings, type Posted } from './interfaces.mts';
import { makeOutbox, type OutboxSettings, type SentCallback } from './outbox.mts';
import { isPageRequest, page } from './page.mts';
import { moveTo } from './recent.mts';
import { oauthRefusal, Refusal, refusing, vendorRefusal } from './refusals.mts';
import { makeSearch } from './search.mts';
import { SEARCH_DEFAULTS, type SearchSettings } from './settings.mts';
import { makeTokens, type Tokens } from './tokens.mts';

export { ACCESS_TOKEN, APP_ID, APP_SECRET };

/** Path of the search below the base URL (vendor-api 2.1). */
export const SEARCH_PATH = '/v1/open/es/signit_envelope/envelope_hospital_patient/_search';
/** Path of the token call below the base URL (vendor-api 1.2); the doubled `oauth` is right. */
export const TOKEN_PATH = '/v1/oauth/oauth/token';

type Settings = SearchSettings & CreateSettings & InterfaceSettings & FileSettings & OutboxSettings;

/** One for all sandboxes of a process: compiling the schemas takes longer than all else at a start. */
const buildValidator = ValidatorCompiler();

/** Options that are looked up on every request, so that a change takes effect at once. */
export type LiveOptions = Settings & {
	/** Expected in the header `X-Signit-App-Id` and as `client_id`. Default {@link APP_ID}. */
	appId: string;
	/** Expected as `client_secret`. Default {@link APP_SECRET}. */
	appSecret: string;
	/** Life of an issued token in seconds. Default 7200, one client's guess (vendor-api 1.2). */
	tokenLifetime: number;
	/** Whether issuing a token revokes all others (open: vendor-api 1.2). Default false. */
	newTokenRevokesOld: boolean;
	/** HTTP status that comes with `invalid_token` (open: vendor-api 1.4). Default 401. */
	invalidTokenStatus: number;
	/** Time in ms that every request waits first. Default 0. */
	delay: number;
	/** Tried in order on every request. Default none. */
	faults: Fault[];
};

/** Everything a sandbox can be started with. */
export type SandboxOptions = Partial<LiveOptions & DataSettings> & {
	/** TCP port on 127.0.0.1; 0, the default, takes a free one. */
	port?: number;
	/** Path before all others, such as `/gw`: begins with a slash, ends without. Default none. */
	prefix?: string;
	/** Key and certificate (PEM) to speak HTTPS with; plain HTTP if left out. */
	tls?: { key: string; cert: string };
	/** Envelopes to serve instead of made ones. */
	envelopes?: Envelope[];
	/** When the newest time in the made envelopes is, epoch ms; as they are made if left out. */
	newest?: number;
	/** ms after which, again and again, the newest envelope under way is signed; 0, never. */
	signEvery?: number;
	/** A token that holds until revoked, as from the operator. Default {@link ACCESS_TOKEN}. */
	accessToken?: string;
};

/** One request the server has received. */
export type LoggedRequest = {
	method: string;
	/** As sent, with the prefix and without the query. */
	path: string;
	/** Decoded; the values of `access_token` and `client_secret` are replaced by `***`. */
	query: Record<string, string>;
	/** The header `X-Signit-App-Id`. */
	appId: string | undefined;
	/** HTTP status answered; 0 while unanswered and after a fault took the connection over. */
	status: number;
};

/** A running sandbox. */
export type Sandbox = {
	/** Base URL, prefix included, no slash at the end. */
	url: string;
	/** The options in effect; all but the access token may be changed at any time. */
	options: LiveOptions & { readonly accessToken: string };
	/** What is served. After changing the list or a record in it, call {@link Sandbox.touch}. */
	envelopes: Envelope[];
	/** The last signer of an envelope acts; a callback goes out if `callbackUrl` is set. */
	sign: End;
	/** A signer of an envelope refuses. */
	reject: End;
	/** The time of an envelope is over. */
	expire: End;
	/** Forgets earlier search results, so that changed envelopes are seen. */
	touch(): void;
	/** Every create that was carried out, oldest first. */
	created: Created[];
	/** Every other POST that was carried out, oldest first. */
	posted: Posted[];
	/** Every request so far, oldest first. */
	requests: LoggedRequest[];
	/** Empties {@link Sandbox.requests}. */
	clearRequests(): void;
	/** Every callback the sandbox has sent so far, oldest first. */
	callbacks: SentCallback[];
	/** Ends the life of every token, the fixed one included. */
	expireTokens(): void;
	/** How many tokens the token call has given out. */
	readonly tokensIssued: number;
	/** Stops the server and cuts the connections that are still open. */
	close(): Promise<void>;
};

type Query = Record<string, string>;

/**
 * Starts a server on 127.0.0.1 that answers like Yisign, as far as the vendor's documents go
 * (vendor-api 1, 2, 5): the search and the signed files it links to, the creates, the token call, and an
 * echo for the interfaces of which nothing but the number is readable.
 * Rejects with the system's error (`EADDRINUSE`, …) if it cannot listen.
 */
export async function startSandbox(given: SandboxOptions = {}): Promise<Sandbox> {
	const {
		port = 0,
		prefix = '',
		tls,
		count,
		seed,
		grain,
		oddStatuses,
		oddNames,
		silent,
		newest,
		envelopes = moveTo(
			makeEnvelopes({ count, seed, grain, oddStatuses, oddNames, silent }),
			newest,
		),
		signEvery = 0,
		accessToken = ACCESS_TOKEN,
		...live
	} = given;
	const options: Sandbox['options'] = {
		appId: APP_ID,
		appSecret: APP_SECRET,
		tokenLifetime: 7200,
		newTokenRevokesOld: false,
		invalidTokenStatus: 401,
		...SEARCH_DEFAULTS,
		createReply: 'wrapped',
		invalidCreateStatus: 400,
		indexLag: 0,
		otherReply: 'wrapped',
		fileName: 'none',
		fileType: 'application/pdf',
		fileSize: 0,
		filesNeedToken: false,
		fileLinksExpired: false,
		callbackUrl: '',
		callbackEvent: 'dataSignatureCompleted',
		callbackSigned: true,
		delay: 0,
		faults: [],
		...live,
		accessToken,
	};
	const now = () => Date.now() + options.clockOffset;
	const tokens = makeTokens(accessToken);
	const search = makeSearch(envelopes);
	const requests: LoggedRequest[] = [];
	const created: Created[] = [];
	const posted: Posted[] = [];
	const uploads = new Map<string, Buffer>();

	const app = Fastify({
		https: tls ?? null,
		// A caller's kept-alive connections would otherwise hold the server open for a minute.
		forceCloseConnections: true,
		// A body is checked as it is, not made to fit.
		ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
		schemaController: { compilersFactory: { buildValidator } },
		routerOptions: {
			querystringParser: (text) => Object.fromEntries(new URLSearchParams(text)),
		},
	});

	const known = new WeakMap<FastifyRequest, { entry: LoggedRequest; asked: FaultRequest }>();
	let received = 0;
	app.addHook('onRequest', async (request, reply) => {
		if (isPageRequest(request)) return;
		const query = request.query as Query;
		const path = pathOf(request);
		const appId = appIdOf(request);
		const entry = { method: request.method, path, query: mask(query), appId, status: 0 };
		requests.push(entry);
		const asked = { path, query, number: ++received };
		known.set(request, { entry, asked });
		if (options.delay > 0) await sleep(options.delay);
		if (await tryFaults(options.faults, 'early', asked, reply)) return reply;
	});
	// Around every handler, so that a late fault finds the request carried out and nothing answered.
	app.addHook('onRoute', (route) => {
		const { handler } = route;
		route.handler = async function (request, reply) {
			const result: unknown = await handler.call(this, request, reply);
			const asked = known.get(request)?.asked;
			const { faults } = options;
			return asked && (await tryFaults(faults, 'late', asked, reply, result)) ? reply : result;
		};
	});
	// Before the reply leaves, so that a client that has received it finds the status in the log.
	app.addHook('onSend', async (request, reply) => {
		const entry = known.get(request)?.entry;
		if (entry) entry.status = reply.statusCode;
		if (options.dateHeader === 'none') reply.raw.sendDate = false;
		else if (options.clockOffset !== 0) reply.header('date', new Date(now()).toUTCString());
	});
	app.setErrorHandler((error, _request, reply) =>
		error instanceof Refusal ? reply.code(error.status).send(error.body) : reply.send(error),
	);
	app.setNotFoundHandler((request) => {
		throw vendorRefusal(404, '资源不存在', `no route ${request.method} ${pathOf(request)}`);
	});

	const authenticate = (request: FastifyRequest) => checkAccess(request, tokens, options);

	app.get(prefix + SEARCH_PATH, async (request) => {
		authenticate(request);
		const base = `${request.protocol}://${request.host}${prefix}`;
		const result = refusing(options.refusals, () =>
			search.run(request.query as Query, options, base),
		);
		const wait = (result.hits.hits.length - 20) * options.delayPerRow;
		if (wait > 0) await sleep(wait);
		return options.reply === 'wrapped' ? wrapped(result) : result;
	});

	app.get(prefix + TOKEN_PATH, (request) => {
		const query = request.query as Query;
		if (query.grant_type !== 'client_credentials') {
			throw oauthRefusal(400, 'unsupported_grant_type', 'only client_credentials is known');
		}
		if (query.client_id !== options.appId || query.client_secret !== options.appSecret) {
			throw oauthRefusal(401, 'invalid_client', 'wrong client id or secret');
		}
		const { tokenLifetime, newTokenRevokesOld } = options;
		return {
			access_token: tokens.issue(tokenLifetime, newTokenRevokesOld),
			token_type: 'bearer',
			expires_in: tokenLifetime,
			scope: 'read write',
		};
	});

	function add(envelope: Envelope, lag: number): void {
		envelopes.push(envelope);
		search.hold(envelope, lag);
	}

	app.register(serveFiles, { prefix, authenticate, envelopes, options, uploads });
	app.register(serveCreates, { prefix, authenticate, add, envelopes, options, created, uploads });

	app.register(serveInterfaces, { prefix, authenticate, options, posted });

	const outbox = makeOutbox(options);
	app.addHook('onClose', () => outbox.close());
	const endings = makeEndings(envelopes, now, (envelope, ending) => {
		search.touch();
		if (ending === 'sign') outbox.send(envelope);
	});
	const signing = signEvery > 0 ? setInterval(() => endings.sign(), signEvery) : undefined;
	app.addHook('onClose', () => clearInterval(signing));

	const callbacks = outbox.log;
	app.register(page, { prefix, options, envelopes, endings, requests, callbacks });

	const origin = await app.listen({ host: '127.0.0.1', port });
	return {
		url: origin + prefix,
		options,
		envelopes,
		...endings,
		touch: () => search.touch(),
		created,
		posted,
		requests,
		clearRequests: () => void requests.splice(0),
		callbacks,
		expireTokens: () => tokens.expire(),
		get tokensIssued() {
			return tokens.issued;
		},
		close: () => app.close(),
	};
}

/** Inferred: the code and the message that the general platform puts around a result. */
function wrapped(data: object): object {
	return { code: '100550000', message: '请求成功', data };
}

/** Throws unless token and app id are right (vendor-api 1.1, error styles of 1.4). */
function checkAccess(
	request: FastifyRequest,
	tokens: Tokens,
	{ appId, invalidTokenStatus }: LiveOptions,
): void {
	if (!tokens.accept((request.query as Query).access_token)) {
		throw oauthRefusal(
			invalidTokenStatus,
			'invalid_token',
			'the access token is missing, wrong or expired',
		);
	}
	if (appIdOf(request) !== appId) {
		throw vendorRefusal(401, '应用未授权', 'X-Signit-App-Id is missing or wrong');
	}
}

function appIdOf(request: FastifyRequest): string | undefined {
	return request.headers['x-signit-app-id'] as string | undefined;
}

function pathOf(request: FastifyRequest): string {
	return request.url.split('?', 1)[0];
}

/** The secret travels in the URL (vendor-api 1.2), so logs must not repeat it. */
function mask(query: Query): Query {
	const masked = { ...query };
	for (const name of ['access_token', 'client_secret']) if (name in masked) masked[name] = '***';
	return masked;
}
