import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';
import { normalizeBaseUrl } from '../address';
import { requireCredentialText } from '../credential';
import { setTokenTimeout, usesAppSecret } from './authentication';
import type { Limiter } from './limiter';
import { createLimiter } from './limiter';
import type { ClientContext, Sender } from './request';
import { cancelSignalOf, createSender, CREDENTIAL } from './request';
import type { RetryRule } from './retry';
import { isTransient, isTransientAndUnsent } from './retry';
import { Session } from './session';

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

/** What all requests of one client share. */
export interface ClientSettings {
	/** Of Base URL, File Servers and the switch for certificates. */
	credentials: ICredentialDataDecryptedObject;
	/** In its one spelling. */
	baseUrl: string;
	sender: Sender;
	session: Session;
	limit: Limiter;
	/** ms to the last byte of an answer; of a download, the longest silence. */
	timeout: number;
	maxRetries: number;
	/** Ends a pause when it is aborted, and sends nothing any more. */
	cancel: AbortSignal;
	/** Whether a request may be repeated, and what ends it. */
	ruleOf: (request: IHttpRequestOptions) => Pick<RetryRule, 'mayRepeat'> & { end: AbortSignal };
}

/**
 * Reads the credential of a node.
 *
 * @param stopped aborted when nothing is wanted of the client any more
 * @throws YisignError `input` if the credential is not complete
 */
export async function readSettings(
	context: ClientContext,
	{ timeout, maxRetries, parallelRequests }: ClientOptions,
	stopped: AbortSignal,
): Promise<ClientSettings> {
	const readStored = async () =>
		await context.getCredentials<ICredentialDataDecryptedObject>(CREDENTIAL);
	const credentials = { sessionToken: '', ...(await readStored()) };
	setTokenTimeout(credentials, timeout);
	const baseUrl = checkCredentials(credentials);
	const workflow = cancelSignalOf(context);
	const cancel = AbortSignal.any([workflow, stopped]);
	return {
		credentials,
		baseUrl,
		sender: createSender(context, credentials),
		session: new Session({ credentials, readStored, cancel }),
		limit: createLimiter(parallelRequests),
		timeout,
		maxRetries,
		cancel,
		// A POST may have done something, so nothing but the end of the workflow cuts it off.
		ruleOf: ({ method }) =>
			method === 'POST'
				? { mayRepeat: isTransientAndUnsent, end: workflow }
				: { mayRepeat: isTransient, end: cancel },
	};
}

/** @returns the Base URL in its one spelling */
function checkCredentials(credentials: ICredentialDataDecryptedObject): string {
	const { appId, appSecret, accessToken } = credentials;
	const baseUrl = normalizeBaseUrl(credentials.baseUrl);
	requireCredentialText(appId, 'App ID');
	if (usesAppSecret(credentials)) requireCredentialText(appSecret, 'App Secret');
	else requireCredentialText(accessToken, 'Access Token');
	return baseUrl;
}
