import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	IPollFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import { isSameHost, isSameOrigin, normalizeBaseUrl, resolveFileUrl } from '../address';
import { outcomeOf, YisignError } from '../errors';
import type { LoadedFile } from './file';
import { IncomingBody, leadsOn, openReply, readFile, readRedirect } from './file';
import { createLimiter } from './limiter';
import type { RawReply } from './reply';
import { checkReply, isInvalidToken } from './reply';
import { tookTooLong, toTransportError } from './transport';
import type { JsonObject } from '../json';

const CREDENTIAL = 'yisignApi';

export type ClientContext = IExecuteFunctions | IPollFunctions | IWebhookFunctions;

export interface ClientOptions {
	/** ms that one request may take; for a file, ms in which nothing of it comes. */
	timeout: number;
	/** How often one request may be sent again. */
	maxRetries: number;
	/** How many requests may be under way at the same time, over all callers. */
	parallelRequests: number;
}

/** What an operation works with that has no options of its own for it. */
export const DEFAULT_CLIENT_OPTIONS: ClientOptions = {
	timeout: 60_000,
	maxRetries: 4,
	parallelRequests: 4,
};

/** The only way to Yisign: one request in, one checked reply out. */
export interface YisignClient {
	/**
	 * Sends a GET request, again if that can mend a fault, with a new token if the old one expired.
	 *
	 * @param path below Base URL, beginning with a slash
	 * @param read makes of the reply, and of its headers by their names in small letters, what the
	 *   caller wants; a YisignError `unreachable` out of it counts as a fault that another try can mend
	 * @throws YisignError
	 */
	get<T>(
		path: string,
		query: Record<string, string | number>,
		read: (reply: JsonObject, headers: RawReply['headers']) => T,
	): Promise<T>;

	/**
	 * Sends a POST request. It is sent again only if nothing of it can have reached Yisign, or if
	 * Yisign did not accept its token.
	 *
	 * @param path below Base URL, beginning with a slash
	 * @param body sent as JSON
	 * @returns the checked reply
	 * @throws YisignError; its `isUnsent` tells whether Yisign can have received anything
	 */
	post(path: string, body: IDataObject): Promise<JsonObject>;

	/**
	 * Loads a file, again if that can mend a fault. The token goes along to the server of Base URL,
	 * but neither to another one nor along a redirect.
	 *
	 * Inferred: a file on that server wants the token, as its interfaces do.
	 *
	 * @param url absolute, or relative to Base URL
	 * @param maxBytes a larger file is refused: as soon as it is announced, or when so much has come
	 * @param take makes of the file what the caller wants, and reads it to its end
	 * @throws YisignError
	 */
	load<T>(url: string, maxBytes: number, take: (file: LoadedFile) => Promise<T>): Promise<T>;

	/** How many requests are under way at the same time at the most. */
	readonly parallelRequests: number;

	/** Sends nothing any more: whoever waits for a reply gets a YisignError `cancelled`. */
	stop(): void;
}

/** Sends one request and gives the answer, whatever its status. */
type Send = (options: IHttpRequestOptions) => Promise<RawReply>;

/** ms before the second try; doubles with every further one. */
const FIRST_PAUSE = 500;

/** ms; neither our own pauses nor those that Yisign asks for get longer. */
const LONGEST_PAUSE = 60_000;

/** ms after which a waiting request looks whether the workflow was stopped. */
const PAUSE_STEP = 200;

/** How often one request may be told that its token is not valid before that is believed. */
const MOST_REFUSALS = 4;

/** How often a file may be somewhere else on the same server. */
const MOST_REDIRECTS = 5;

/** The status is judged here, and a redirect would carry the token to another server. */
const UNJUDGED = {
	returnFullResponse: true,
	ignoreHttpStatusErrors: true,
	disableFollowRedirect: true,
} as const;

/**
 * A client for the credential of a node. The credential is read once and the client is meant to
 * live as long as one execution.
 *
 * @throws YisignError `input` if the credential is not complete, before anything is sent
 */
export async function createClient(
	context: ClientContext,
	{ timeout, maxRetries, parallelRequests }: ClientOptions,
): Promise<YisignClient> {
	const credentials: ICredentialDataDecryptedObject = {
		sessionToken: '',
		...(await context.getCredentials(CREDENTIAL)),
	};
	const baseUrl = checkCredentials(credentials);
	const limit = createLimiter(parallelRequests);
	const cancelSignal =
		'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	const usesSessionToken = credentials.authentication === 'appSecret';

	let isStopped = false;
	const isOver = () => isStopped || cancelSignal?.aborted === true;

	/** The request that gets a new token on its way; the others wait for it. */
	let renewal: Promise<unknown> | undefined;

	/** Nothing is sent once the workflow is over, and what goes wrong is said in our own words. */
	const guarded =
		(send: Send): Send =>
		async (options) => {
			if (isOver()) throw cancelled({ isUnsent: true });
			try {
				return await send(options);
			} catch (error) {
				if (isOver()) throw cancelled();
				throw toTransportError(error, options.url);
			}
		};

	const sendSigned = guarded(
		async (options) =>
			await context.helpers.httpRequestWithAuthentication.call(
				context,
				CREDENTIAL,
				forHelper(options),
				// The helper would read the credential anew for each request. It asks for a session
				// token if there is none, stores it, and puts it into this very object.
				{ credentialsDecrypted: { id: '', name: '', type: CREDENTIAL, data: credentials } },
			),
	);

	const sendPlain = guarded(async (options) => await context.helpers.httpRequest(options));

	/**
	 * With a session token, and with another one if Yisign does not accept it (any more).
	 *
	 * Other executions have the same credential, and a server may end the old token when it gives out
	 * a new one. So what they have stored meanwhile is tried before a further one is asked for.
	 */
	async function sendWithToken(options: IHttpRequestOptions, send: Send): Promise<RawReply> {
		if (!usesSessionToken) return await send(options);
		for (let refusals = 0; ; refusals += 1) {
			while (renewal) await renewal;
			const token = credentials.sessionToken;
			const sending = send(options);
			// Without a token, n8n asks for one and puts it into the credential.
			if (token === '') renew(sending);
			const reply = await sending;
			if (!isInvalidToken(reply) || refusals >= MOST_REFUSALS) return reply;

			const refused = token === '' ? credentials.sessionToken : token;
			while (renewal) await renewal;
			if (credentials.sessionToken === refused) await renew(replaceToken(refused, refusals));
		}
	}

	/** Has the others wait for the one that changes the token. */
	function renew(change: Promise<unknown>): Promise<unknown> {
		renewal = change
			.catch(() => {})
			.finally(() => {
				renewal = undefined;
			});
		return change;
	}

	/** Takes the token that is stored; none, so that one is asked for, if it is the refused one. */
	async function replaceToken(refused: unknown, refusals: number): Promise<void> {
		// Another execution stores its token a moment after it got it.
		if (refusals > 0) await pause(backOff(refusals) / 4);
		const { sessionToken = '' } = await context.getCredentials(CREDENTIAL);
		credentials.sessionToken = sessionToken === refused ? '' : sessionToken;
	}

	async function get<T>(
		path: string,
		query: Record<string, string | number>,
		read: (reply: JsonObject, headers: RawReply['headers']) => T,
	): Promise<T> {
		const options: IHttpRequestOptions = {
			...UNJUDGED,
			method: 'GET',
			url: baseUrl + path,
			qs: query,
			json: true,
			timeout,
		};
		return await repeat(async () => {
			const reply = await limit(async () => await sendWithToken(options, sendSigned));
			return read(checkReply(reply), reply.headers);
		}, isPassing);
	}

	async function post(path: string, body: IDataObject): Promise<JsonObject> {
		const options: IHttpRequestOptions = {
			...UNJUDGED,
			method: 'POST',
			url: baseUrl + path,
			body,
			json: true,
			timeout,
		};
		return await repeat(
			async () => checkReply(await limit(async () => await sendWithToken(options, sendSigned))),
			(fault) => isPassing(fault) && fault.details.isUnsent === true,
		);
	}

	async function load<T>(
		url: string,
		maxBytes: number,
		take: (file: LoadedFile) => Promise<T>,
	): Promise<T> {
		const address = resolveFileUrl(url, baseUrl);
		return await repeat(
			async () =>
				await limit(async () => {
					const { reply, target } = await open(address, maxBytes);
					return await readFile(reply, target, maxBytes, take);
				}),
			isPassing,
		);
	}

	/** @returns the answer with a body that is yet to be read, and the address it came from */
	async function open(
		address: string,
		maxBytes: number,
	): Promise<{ reply: RawReply; target: string }> {
		const sendAndOpen =
			(send: Send): Send =>
			async (options) => {
				const connection = new AbortController();
				const signals = cancelSignal ? [connection.signal, cancelSignal] : [connection.signal];
				const abortSignal = AbortSignal.any(signals);
				const { statusCode, headers, body } = await send({ ...options, abortSignal });
				const incoming = new IncomingBody(body, maxBytes, () => connection.abort());
				void watch(incoming);
				return await openReply({ statusCode, headers, body: incoming });
			};
		const ask = (target: string): IHttpRequestOptions => ({
			...UNJUDGED,
			method: 'GET',
			url: target,
			encoding: 'stream',
			timeout,
			// The credential's own switch, for the server that it names.
			skipSslCertificateValidation:
				credentials.allowUnauthorizedCerts === true && isSameHost(target, baseUrl),
		});

		let target = address;
		let reply = isSameOrigin(address, baseUrl)
			? await sendWithToken(ask(address), sendAndOpen(sendSigned))
			: await sendAndOpen(sendPlain)(ask(address));
		for (let redirects = 0; ; redirects += 1) {
			const next = readRedirect(reply, target);
			if (next === undefined) return { reply, target };
			if (redirects === MOST_REDIRECTS) throw leadsOn(reply);
			target = next;
			reply = await sendAndOpen(sendPlain)(ask(target));
		}
	}

	/** Ends a body when nothing of it has come for the time that a request may take. */
	async function watch(body: IncomingBody): Promise<void> {
		let known = -1;
		for (let idle = 0; !body.isClosed; idle += PAUSE_STEP) {
			if (body.bytes > known) idle = 0;
			known = body.bytes;
			if (isOver()) body.close(cancelled());
			else if (idle > timeout) body.close(tookTooLong());
			await sleep(PAUSE_STEP);
		}
	}

	/** @throws the last fault, when it may not be repeated or was too often */
	async function repeat<T>(
		attempt: () => Promise<T>,
		mayRepeat: (fault: YisignError) => boolean,
	): Promise<T> {
		for (let tries = 0; ; tries += 1) {
			const outcome = await outcomeOf(attempt());
			if ('value' in outcome) return outcome.value;
			const { fault } = outcome;
			if (!(fault instanceof YisignError) || !mayRepeat(fault) || tries >= maxRetries) throw fault;
			await pause(Math.max(backOff(tries), fault.details.retryAfterMs ?? 0));
		}
	}

	/** Waits in short steps, because n8n's `sleep` does not wake up when the workflow is stopped. */
	async function pause(ms: number): Promise<void> {
		for (let left = Math.min(ms, LONGEST_PAUSE); left > 0; left -= PAUSE_STEP) {
			await sleep(Math.min(left, PAUSE_STEP));
			if (isOver()) throw cancelled({ isUnsent: true });
		}
	}

	return {
		get,
		post,
		load,
		parallelRequests,
		stop() {
			isStopped = true;
		},
	};
}

/**
 * A copy, which n8n's helper may change; only the signal is kept from it, since it puts the
 * workflow's own in the place of a given one.
 */
function forHelper({ abortSignal, ...options }: IHttpRequestOptions): IHttpRequestOptions {
	if (!abortSignal) return options;
	return Object.defineProperty(options, 'abortSignal', {
		enumerable: true,
		get: () => abortSignal,
		set: () => {},
	});
}

function isPassing({ kind }: YisignError): boolean {
	return kind === 'unreachable';
}

/** ms to wait after a number of tries: doubling, and spread so that callers do not meet again. */
function backOff(tries: number): number {
	return FIRST_PAUSE * 2 ** tries * (0.5 + Math.random() / 2);
}

/** @returns the Base URL in its one spelling */
function checkCredentials(credentials: ICredentialDataDecryptedObject): string {
	const baseUrl = normalizeBaseUrl(credentials.baseUrl);
	const required =
		credentials.authentication === 'appSecret'
			? { 'App ID': credentials.appId, 'App Secret': credentials.appSecret }
			: { 'App ID': credentials.appId, 'Access Token': credentials.accessToken };
	for (const [label, value] of Object.entries(required)) {
		if (typeof value !== 'string' || value.trim() === '') {
			throw new YisignError('input', `The credential has no ${label}`, {
				description: `Open the Yisign API credential and enter ${label}.`,
				cause: 'configuration-invalid',
			});
		}
	}
	return baseUrl;
}

function cancelled(details: { isUnsent?: boolean } = {}): YisignError {
	return new YisignError('cancelled', 'The workflow was stopped before Yisign answered', details);
}
