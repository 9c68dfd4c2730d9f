import type {
	ICredentialDataDecryptedObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	IPollFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import { normalizeBaseUrl } from './address';
import { settle, YisignError } from './errors';
import { createLimiter } from './limiter';
import type { EnvelopeRecord } from './query';
import type { RawReply } from './reply';
import { checkReply, isInvalidToken } from './reply';

const CREDENTIAL = 'yisignApi';

export type ClientContext = IExecuteFunctions | IPollFunctions | IWebhookFunctions;

export interface ClientOptions {
	/** ms that one request may take. */
	timeout: number;
	/** How often one request may be sent again. */
	maxRetries: number;
	/** How many requests may be under way at the same time, over all callers. */
	parallelRequests: number;
}

/** The only way to Yisign: one request in, one checked reply out. */
export interface YisignClient {
	/**
	 * Sends a GET request, again if that can mend a fault, with a new token if the old one expired.
	 *
	 * @param path below Base URL, beginning with a slash
	 * @param read makes of the reply what the caller wants; a YisignError `unreachable` out of it
	 *   counts as a fault that another try can mend
	 * @throws YisignError
	 */
	get<T>(
		path: string,
		query: Record<string, string | number>,
		read: (reply: EnvelopeRecord) => T,
	): Promise<T>;

	/** Sends nothing any more: whoever waits for a reply gets a YisignError `cancelled`. */
	stop(): void;
}

/** ms before the second try; doubles with every further one. */
const FIRST_PAUSE = 500;

/** ms; neither our own pauses nor those that Yisign asks for get longer. */
const LONGEST_PAUSE = 60_000;

/** ms after which a waiting request looks whether the workflow was stopped. */
const PAUSE_STEP = 200;

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

	async function send(options: IHttpRequestOptions): Promise<RawReply> {
		if (isOver()) throw cancelled();
		try {
			return await context.helpers.httpRequestWithAuthentication.call(
				context,
				CREDENTIAL,
				{ ...options },
				// The helper would read the credential anew for each request. It asks for a session
				// token if there is none, stores it, and puts it into this very object.
				{ credentialsDecrypted: { id: '', name: '', type: CREDENTIAL, data: credentials } },
			);
		} catch (error) {
			if (isOver()) throw cancelled();
			throw asYisignError(error, baseUrl);
		}
	}

	async function sendWithToken(options: IHttpRequestOptions): Promise<RawReply> {
		if (!usesSessionToken) return await send(options);

		while (renewal) await renewal;
		if (credentials.sessionToken === '') return await sendAsRenewal(options);

		const token = credentials.sessionToken;
		const reply = await send(options);
		if (!isInvalidToken(reply)) return reply;

		while (renewal) await renewal;
		if (credentials.sessionToken !== token) return await send(options);
		credentials.sessionToken = '';
		return await sendAsRenewal(options);
	}

	async function sendAsRenewal(options: IHttpRequestOptions): Promise<RawReply> {
		const sent = send(options);
		renewal = sent
			.catch(() => {})
			.finally(() => {
				renewal = undefined;
			});
		return await sent;
	}

	async function get<T>(
		path: string,
		query: Record<string, string | number>,
		read: (reply: EnvelopeRecord) => T,
	): Promise<T> {
		const options: IHttpRequestOptions = {
			method: 'GET',
			url: baseUrl + path,
			qs: query,
			json: true,
			timeout,
			// The status is judged here, and a redirect would carry the token to another server.
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
		};
		const attempt = async () =>
			read(checkReply(await limit(async () => await sendWithToken(options))));
		for (let tries = 0; ; tries += 1) {
			const outcome = await settle(attempt());
			if ('value' in outcome) return outcome.value;
			const { fault } = outcome;
			if (!(fault instanceof YisignError) || fault.kind !== 'unreachable' || tries >= maxRetries) {
				throw fault;
			}
			await pause(Math.max(backOff(tries), fault.details.retryAfterMs ?? 0));
		}
	}

	/** Waits in short steps, because n8n's `sleep` does not wake up when the workflow is stopped. */
	async function pause(ms: number): Promise<void> {
		for (let left = Math.min(ms, LONGEST_PAUSE); left > 0; left -= PAUSE_STEP) {
			await sleep(Math.min(left, PAUSE_STEP));
			if (isOver()) throw cancelled();
		}
	}

	return {
		get,
		stop() {
			isStopped = true;
		},
	};
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

/**
 * An error of the HTTP helper in words of our own. Nothing of it is kept: it holds the request with
 * its token, and the answer.
 */
function asYisignError(error: unknown, baseUrl: string): YisignError {
	const cause = (error as { cause?: unknown }).cause;
	if (cause instanceof YisignError) return cause;
	if (error instanceof YisignError) return error;

	const code = String((cause as { code?: unknown })?.code ?? (error as { code?: unknown }).code);
	const { origin } = new URL(baseUrl);
	const details = { cause: 'temporarily-unavailable' as const };
	if (String((cause as { name?: unknown })?.name).startsWith('Ssrf')) {
		return new YisignError('refused', `n8n does not allow requests to ${origin}`, {
			description:
				'Its protection against requests to private addresses is on. Ask whoever runs n8n to list the Yisign server in N8N_SSRF_ALLOWED_HOSTNAMES or N8N_SSRF_ALLOWED_IP_RANGES.',
			cause: 'configuration-invalid',
		});
	}
	switch (code) {
		case 'EPROTO':
			return new YisignError('refused', `${origin} does not speak HTTPS`, {
				description:
					'Check in the Yisign API credential whether Base URL begins with http or https.',
				cause: 'configuration-invalid',
			});
		case 'ECONNREFUSED':
			return new YisignError('unreachable', `Nothing listens at ${origin}`, {
				...details,
				description:
					'Check Base URL in the Yisign API credential, or ask the IT of your hospital whether the Yisign server is up.',
			});
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return new YisignError('unreachable', `The host name of ${origin} is not known`, {
				...details,
				description: 'Check Base URL in the Yisign API credential for a typing slip.',
			});
		case 'ECONNABORTED':
		case 'ETIMEDOUT':
		case 'ERR_CANCELED':
			return new YisignError('unreachable', 'Yisign took too long to answer', {
				...details,
				description: 'Try again later, or raise Timeout under Options.',
			});
		case 'DEPTH_ZERO_SELF_SIGNED_CERT':
		case 'SELF_SIGNED_CERT_IN_CHAIN':
		case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
		case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
		case 'CERT_HAS_EXPIRED':
		case 'ERR_TLS_CERT_ALTNAME_INVALID':
			return new YisignError('refused', `The certificate of ${origin} cannot be checked`, {
				description:
					'If this is your hospital\'s own server with a self-signed certificate, switch on "Ignore SSL Issues (Insecure)" in the Yisign API credential.',
				cause: 'configuration-invalid',
			});
		default:
			return new YisignError('unreachable', `The connection to ${origin} broke`, {
				...details,
				description: `Try again later, or ask the IT of your hospital about the way to Yisign.${/^[A-Z_]+$/.test(code) ? ` (${code})` : ''}`,
			});
	}
}

function cancelled(): YisignError {
	return new YisignError('cancelled', 'The workflow was stopped before Yisign answered');
}
