import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IHttpRequestOptions,
} from 'n8n-workflow';
import { normalizeBaseUrl } from '../address';
import { requireCredentialText } from '../credential';
import type { JsonObject } from '../json';
import type { Download } from './download';
import { createDownload } from './download';
import { createLimiter } from './limiter';
import type { RawReply } from './reply';
import { checkReply } from './reply';
import type { ClientContext } from './request';
import { cancelSignalOf, createSender, CREDENTIAL } from './request';
import type { RetryRule } from './retry';
import { isTransient, isTransientAndUnsent, withRetries } from './retry';
import { Session } from './session';

export type { ClientContext };

export interface ClientOptions {
	/**
	 * ms from the sending of a request to the last byte of its answer; of a download, the longest
	 * silence.
	 */
	timeout: number;
	/** How often one request may be sent again. */
	maxRetries: number;
	/** How many requests may be under way at the same time, over all callers. */
	parallelRequests: number;
}

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
	 * @throws YisignError; its `isUnsent` tells whether Yisign can have received anything
	 */
	post(path: string, body: IDataObject): Promise<JsonObject>;

	download: Download;

	/** How many requests may be under way at the same time. */
	readonly parallelRequests: number;

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
	{ timeout, maxRetries, parallelRequests }: ClientOptions,
): Promise<YisignClient> {
	const readCredentials = async () =>
		await context.getCredentials<ICredentialDataDecryptedObject>(CREDENTIAL);
	const credentials = { sessionToken: '', ...(await readCredentials()) };
	const baseUrl = checkCredentials(credentials);

	const workflow = cancelSignalOf(context);
	const stopped = new AbortController();
	const cancel = AbortSignal.any([workflow, stopped.signal]);
	const limit = createLimiter(parallelRequests);
	const sender = createSender(context, credentials);
	const session = new Session({ credentials, readStored: readCredentials, cancel });
	const startDeadline = () => AbortSignal.timeout(timeout);

	/** One request for JSON; `end` is what may cut it off. */
	async function exchange<T>(
		request: IHttpRequestOptions,
		read: (reply: JsonObject, headers: RawReply['headers']) => T,
		{ end, ...rule }: Omit<RetryRule, 'cancel'> & { end: AbortSignal },
	): Promise<T> {
		const send = async () =>
			await sender.sendSigned({ ...request, json: true }, { cancel, end, startDeadline });
		return await withRetries({ ...rule, cancel }, async () => {
			const reply = await limit(async () => await session.send(send));
			return read(checkReply(reply), reply.headers);
		});
	}

	const shared = { credentials, baseUrl, sender, session, limit, timeout, maxRetries, cancel };
	return {
		async get(path, query, read, retries = maxRetries) {
			const request = { method: 'GET', url: baseUrl + path, qs: query } as const;
			const rule = { maxRetries: retries, mayRepeat: isTransient, end: cancel };
			return await exchange(request, read, rule);
		},
		async post(path, body) {
			const request = { method: 'POST', url: baseUrl + path, body } as const;
			const rule = { maxRetries, mayRepeat: isTransientAndUnsent, end: workflow };
			return await exchange(request, (reply) => reply, rule);
		},
		download: createDownload(shared),
		parallelRequests,
		stop: () => stopped.abort(),
	};
}

/** @returns the Base URL in its one spelling */
function checkCredentials(credentials: ICredentialDataDecryptedObject): string {
	const { authentication, appId, appSecret, accessToken } = credentials;
	const baseUrl = normalizeBaseUrl(credentials.baseUrl);
	requireCredentialText(appId, 'App ID');
	if (authentication === 'appSecret') requireCredentialText(appSecret, 'App Secret');
	else requireCredentialText(accessToken, 'Access Token');
	return baseUrl;
}
