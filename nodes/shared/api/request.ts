import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IPollFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';
import { outcomeOf } from '../errors';
import type { RawReply } from './reply';
import type { AddressField } from './transport';
import { cancelled, tookTooLong, toTransportError } from './transport';

/** The one credential type of this package. */
export const CREDENTIAL = 'yisignApi';

export type ClientContext =
	| IExecuteFunctions
	| ILoadOptionsFunctions
	| IPollFunctions
	| IWebhookFunctions;

/** Aborted when the workflow is stopped; never where n8n does not say. */
export function cancelSignalOf(context: ClientContext): AbortSignal {
	const signal =
		'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	return signal ?? new AbortController().signal;
}

/** What an interface is called with. */
export interface RequestParts {
	/** A parameter with a list is sent once for each of its values. */
	query: Record<string, string | string[]>;
	/** Sent as JSON by POST; without one it is a GET. */
	body?: IDataObject | unknown[];
}

/** A request for an interface. */
export function toRequest(url: string, { query, body }: RequestParts): IHttpRequestOptions {
	const request = { url, qs: query, arrayFormat: 'repeat' } as const;
	if (body === undefined) return { ...request, method: 'GET' };
	// An object without content is left out by n8n's helper, a text is not.
	const text = JSON.stringify(body);
	return {
		...request,
		method: 'POST',
		body: text,
		headers: { 'Content-Type': 'application/json' },
	};
}

/** What ends a request before its answer. */
interface RequestSignals {
	/** The workflow was stopped, or nothing is wanted of the client any more: nothing is sent. */
	cancel: AbortSignal;
	/** The same for what is under way; `cancel` if left out. */
	end?: AbortSignal;
	/** Too much time has passed. It is called when the request is sent. */
	startDeadline: () => AbortSignal;
}

/**
 * Sends one request and returns the answer, whatever its status.
 *
 * @throws YisignError
 */
export type Send = (options: IHttpRequestOptions, signals: RequestSignals) => Promise<RawReply>;

/** n8n's HTTP helper, with App ID and token, and without, for the address of a file. */
export interface Sender {
	sendSigned: Send;
	sendPlain: Send;
}

/** The reply is judged by us, and a redirect would carry the token to another server. */
const AS_IT_COMES = {
	returnFullResponse: true,
	ignoreHttpStatusErrors: true,
	disableFollowRedirect: true,
	// The deadline is a signal: this one would begin again with every byte.
	timeout: 0,
} as const;

/** @param credentials n8n puts a new token into this very object */
export function createSender(
	context: ClientContext,
	credentials: ICredentialDataDecryptedObject,
): Sender {
	// The helper would otherwise read the credential again for each request.
	const more = { credentialsDecrypted: { id: '', name: '', type: CREDENTIAL, data: credentials } };
	const { helpers } = context;
	return {
		sendSigned: guarded('Base URL', async (options) => {
			const send = helpers.httpRequestWithAuthentication;
			return await send.call(context, CREDENTIAL, options, more);
		}),
		sendPlain: guarded('the file address', async (options) => await helpers.httpRequest(options)),
	};
}

/**
 * Nothing is sent after the end, and a fault is described in words of our own.
 *
 * @param field where the address comes from
 */
function guarded(
	field: AddressField,
	request: (options: IHttpRequestOptions) => Promise<RawReply>,
): Send {
	return async (options, { cancel, end = cancel, startDeadline }) => {
		if (cancel.aborted) throw cancelled({ isUnsent: true });
		// Kept until the end: a signal made of it does not keep it alive in Node 20.
		let deadline: AbortSignal | undefined;
		const startSignal = () => {
			deadline = startDeadline();
			return AbortSignal.any([end, deadline]);
		};
		const sending = request(withSignal({ ...AS_IT_COMES, ...options }, startSignal));
		const outcome = await outcomeOf(sending);
		if ('value' in outcome) return outcome.value;
		const fault = toTransportError(outcome.fault, options.url, field);
		if (end.aborted) throw cancelled(fault.details);
		throw deadline?.aborted ? tookTooLong() : fault;
	};
}

/**
 * Options with a signal that n8n's helper cannot replace: it puts the workflow's own in the place of
 * a given one. The signal is made when the helper reads it, after it got a token if it had none; that
 * time is not the request's.
 */
function withSignal(
	options: IHttpRequestOptions,
	startSignal: () => AbortSignal,
): IHttpRequestOptions {
	let signal: AbortSignal | undefined;
	return Object.defineProperty(options, 'abortSignal', {
		enumerable: true,
		get: () => (signal ??= startSignal()),
		set: () => {},
	});
}
