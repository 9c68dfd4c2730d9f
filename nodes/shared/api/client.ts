import type { IDataObject, IHttpRequestOptions } from 'n8n-workflow';
import { resolveFileUrl } from '../address';
import type { JsonObject } from '../json';
import type { DownloadOptions } from './download';
import { download } from './download';
import type { DownloadedFile } from './file';
import type { RawReply } from './reply';
import { checkJson, checkReply } from './reply';
import type { ClientContext, RequestParts } from './request';
import { toRequest } from './request';
import { withRetries } from './retry';
import type { ClientOptions, ClientSettings } from './settings';
import { readSettings } from './settings';

export type { ClientContext, ClientOptions, RequestParts };

/** For an operation that has no options of its own. */
export const DEFAULT_CLIENT_OPTIONS: ClientOptions = {
	timeout: 60_000,
	maxRetries: 4,
	parallelRequests: 4,
};

/** The only way to Yisign: one request in, one checked reply out. */
export interface YisignClient {
	/**
	 * Sends a GET request, again if that can help, with a new token if the old one expired.
	 *
	 * @param path below Base URL, beginning with a slash
	 * @param read makes of the reply, and of its headers by their names in small letters, what the
	 *   caller wants; a YisignError `transient` out of it counts as a fault that another try can cure
	 * @param retries how often it may be sent again; as the options say if left out
	 * @throws YisignError
	 */
	get<T>(
		path: string,
		query: Record<string, string | number>,
		read: (reply: JsonObject, headers: RawReply['headers']) => T,
		retries?: number,
	): Promise<T>;

	/**
	 * Sends a POST request. It is sent again only if nothing of it can have reached Yisign, or if
	 * Yisign did not accept its token.
	 *
	 * @param path below Base URL, beginning with a slash
	 * @param body sent as JSON
	 * @returns the checked reply
	 * @throws YisignError; its `isUnsent` says whether Yisign can have received anything
	 */
	post(path: string, body: IDataObject): Promise<JsonObject>;

	/**
	 * Calls any interface: by POST, like {@link post}, if it has a body; otherwise like {@link get}.
	 *
	 * @param path below Base URL, beginning with a slash
	 * @returns the checked reply
	 * @throws YisignError
	 */
	call(path: string, parts: RequestParts): Promise<JsonObject | unknown[]>;

	/** Downloads what an interface answers as a file; otherwise like {@link call}. */
	callForFile<T>(
		path: string,
		parts: RequestParts,
		options: DownloadOptions,
		take: (file: DownloadedFile) => Promise<T>,
	): Promise<T>;

	/**
	 * Downloads a file, again if that can help. The token goes to the origin of Base URL only, and not
	 * along a redirect.
	 *
	 * Inferred: a file at that origin wants the token, as its interfaces do.
	 *
	 * @param url absolute, or relative to Base URL
	 * @param take makes of the file what the caller wants, and reads it to its end
	 * @throws YisignError
	 */
	download<T>(
		url: string,
		options: DownloadOptions,
		take: (file: DownloadedFile) => Promise<T>,
	): Promise<T>;

	/** How many requests may be under way at the same time. */
	readonly parallelRequests: number;

	/** How many requests were sent so far, those that were repeated and those for tokens included. */
	readonly sent: number;

	/**
	 * Sends nothing any more. A caller that waits for a reply gets a YisignError `cancelled`; only a
	 * POST that is under way still gets its reply, so that it is known what became of it.
	 */
	stop(): void;
}

/**
 * A client for the credential of a node. The credential is read once and the client is meant to
 * live as long as one execution.
 *
 * @throws YisignError `input` if the credential is not complete, before anything is sent
 */
export async function createClient(
	context: ClientContext,
	options: ClientOptions,
): Promise<YisignClient> {
	const stopped = new AbortController();
	const settings = await readSettings(context, options, stopped.signal);
	const { baseUrl } = settings;
	return {
		async get(path, query, read, retries) {
			const request = { method: 'GET', url: baseUrl + path, qs: query } as const;
			const readReply = (reply: RawReply) => read(checkReply(reply), reply.headers);
			return await exchange(settings, request, readReply, retries);
		},
		async post(path, body) {
			return await exchange(settings, { method: 'POST', url: baseUrl + path, body }, checkReply);
		},
		async call(path, parts) {
			const read = (reply: RawReply) => checkJson(reply, parts.body !== undefined);
			return await exchange(settings, toRequest(baseUrl + path, parts), read);
		},
		async callForFile(path, parts, wanted, take) {
			const request = toRequest(baseUrl + path, parts);
			return await download(settings, request, { ...wanted, isOfInterface: true }, take);
		},
		async download(url, wanted, take) {
			const request = { method: 'GET', url: resolveFileUrl(url, baseUrl) } as const;
			return await download(settings, request, wanted, take);
		},
		parallelRequests: options.parallelRequests,
		get sent() {
			return settings.session.sent;
		},
		stop: () => stopped.abort(),
	};
}

/** One request for JSON. */
async function exchange<T>(
	{ sender, session, limit, timeout, maxRetries, cancel, ruleOf }: ClientSettings,
	request: IHttpRequestOptions,
	read: (reply: RawReply) => T,
	retries = maxRetries,
): Promise<T> {
	const { mayRepeat, end } = ruleOf(request);
	const startDeadline = () => AbortSignal.timeout(timeout);
	const send = async () =>
		await sender.sendSigned({ ...request, json: true }, { cancel, end, startDeadline });
	return await withRetries({ maxRetries: retries, mayRepeat, cancel }, async () =>
		read(await limit(async () => await session.send(send))),
	);
}
