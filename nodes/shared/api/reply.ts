import type { YisignErrorDetails } from '../errors';
import { YisignError } from '../errors';
import type { JsonObject } from '../json';
import { isObject } from '../json';

/** An answer as it came in: the HTTP helper has parsed JSON, anything else is still text. */
export interface RawReply {
	statusCode: number;
	headers: Record<string, unknown>;
	body: unknown;
}

/**
 * Whether Yisign says that the token is not valid (any more). It may say so with any HTTP status.
 *
 * Inferred: any 401 means the same.
 */
export function isInvalidToken({ statusCode, body }: RawReply): boolean {
	return statusCode === 401 || saysInvalidToken(body);
}

/** Whether a body names the token as the reason for a refusal. */
export function saysInvalidToken(body: unknown): boolean {
	return isObject(body) && body.error === 'invalid_token';
}

/**
 * The JSON object of an answer, after every known way of saying no has been looked for.
 *
 * @throws YisignError
 */
export function checkReply(reply: RawReply): JsonObject {
	const body = checkJson(reply);
	if (isObject(body)) return body;
	throw notYisign('a list instead of an object');
}

/**
 * The same for an interface of which the answer is not known: it may be a list, too.
 *
 * @throws YisignError
 */
export function checkJson(reply: RawReply): JsonObject | unknown[] {
	const refused = refusalOf(reply);
	if (refused) throw refused;
	const { body } = reply;
	if (isObject(body) || Array.isArray(body)) return body;
	const text = typeof body === 'string' ? body.trim() : JSON.stringify(body ?? null);
	if (text !== '' && text !== 'null' && !text.startsWith('{')) {
		throw notYisign('a page that is not JSON (a login page, perhaps)');
	}
	throw new YisignError('transient', 'The answer of Yisign broke off', {
		description:
			'Nothing, or only a part of the answer arrived. Try again later; if it happens again, ask the IT of your hospital about the connection to Yisign.',
		cause: 'temporarily-unavailable',
	});
}

/**
 * What an answer says no with, in every known way; undefined if it does not.
 *
 * Error texts of the server are not repeated: they may echo the address with its token. The error
 * code is, if it is a plain word or number.
 */
export function refusalOf(reply: RawReply): YisignError | undefined {
	const { statusCode, body } = reply;
	const code = isObject(body) ? findErrorCode(body) : undefined;
	const isRefused = code !== undefined || statusCode < 200 || statusCode > 299;
	if (!isInvalidToken(reply) && !isRefused) return undefined;
	const facts = [statusCode === 200 ? '' : `HTTP ${statusCode}`, code ? `code ${code}` : ''];
	const known = facts.filter((fact) => fact !== '').join(', ');
	return refusal(reply, known === '' ? '' : ` (${known})`, code !== undefined);
}

/**
 * The part of a search reply that has the hits.
 *
 * Inferred: a reply that is wrapped once more, in `data`, is one, too.
 *
 * @throws YisignError `notYisign` if there is no list of hits
 */
export function openSearchReply(reply: JsonObject): {
	body: JsonObject;
	outer: JsonObject;
	hits: unknown[];
} {
	const body = !isObject(reply.hits) && isObject(reply.data) ? reply.data : reply;
	const outer = body.hits;
	if (isObject(outer) && Array.isArray(outer.hits)) return { body, outer, hits: outer.hits };
	throw notYisign('JSON that is not a search result');
}

/**
 * @param because what the answer said, in brackets after a blank; or nothing
 * @param isSaid whether the body says that it is a refusal; a server error without it may pass
 */
function refusal(reply: RawReply, because: string, isSaid: boolean): YisignError {
	const { statusCode, headers } = reply;
	const details = { httpStatus: statusCode, isSaid };
	const retryAfterMs = parseRetryAfter(headers['retry-after']);
	if (isInvalidToken(reply) || statusCode === 403) return notAccepted(because, details);
	if (statusCode === 429) return tooManyRequests({ ...details, retryAfterMs });
	const isGateway = statusCode >= 502 && statusCode <= 504;
	if (statusCode === 408 || isGateway || (statusCode >= 500 && !isSaid)) {
		return notAvailable(because, { ...details, retryAfterMs });
	}
	if (statusCode >= 300 && statusCode < 400) return redirected(because, reply);
	if (statusCode === 404) return noSuchInterface(details);
	return new YisignError('refused', `Yisign refused the request${because}`, {
		...details,
		description: 'Check the fields and the options of this node.',
	});
}

function tooManyRequests(details: YisignErrorDetails): YisignError {
	return new YisignError('transient', 'Yisign is receiving too many requests', {
		...details,
		description:
			'Try again later with fewer items, or lower Parallel Requests if it is under Options.',
		cause: 'rate-limited',
	});
}

function notAvailable(because: string, details: YisignErrorDetails): YisignError {
	return new YisignError('transient', `Yisign is not available right now${because}`, {
		...details,
		description: 'Try again later, or ask the IT of your hospital whether the server is up.',
		cause: 'temporarily-unavailable',
	});
}

function redirected(because: string, { statusCode, headers }: RawReply): YisignError {
	return new YisignError('notYisign', `The server answered with a redirect${because}`, {
		httpStatus: statusCode,
		description: `No redirect is followed, so that the token stays with the server it is for. ${redirectHint(headers.location)}Check Base URL in the Yisign API credential.`,
		cause: 'configuration-invalid',
	});
}

function noSuchInterface(details: YisignErrorDetails): YisignError {
	return new YisignError(
		'notYisign',
		'There is no such Yisign interface at this address (HTTP 404)',
		{
			...details,
			description:
				'Check Base URL in the Yisign API credential: it ends before /v1/open, and a path prefix of your hospital belongs to it. With Call Interface, check Path too.',
			cause: 'configuration-invalid',
		},
	);
}

/**
 * The code of an error reply, empty if it carries none; undefined if the reply is none.
 *
 * Inferred: the rules of the vendor's general platform hold, also one level down in `data`: the keys
 * `error` and `errorWsid` stand for errors, and so does a code whose last four digits are 0100 or
 * more. So do `success: false`, a `resultCode` or `errcode` that is not 0, and a code that is an HTTP
 * status of an error, or negative.
 */
function findErrorCode(body: JsonObject): string | undefined {
	const own = ownErrorCode(body);
	return own ?? (isObject(body.data) ? ownErrorCode(body.data) : undefined);
}

function ownErrorCode(body: JsonObject): string | undefined {
	const { code, resultStatusCode, resultCode, errcode, error } = body;
	const isError =
		Boolean(error) ||
		'errorWsid' in body ||
		body.success === false ||
		[resultCode, errcode].some((value) => Number(value ?? 0) !== 0) ||
		[code, resultStatusCode].some(isErrorCode);
	if (!isError) return undefined;
	const codes = [code, resultStatusCode, error, errcode, resultCode];
	return codes.map((value) => String(value ?? '')).find(isPlainCode) ?? '';
}

function isErrorCode(code: unknown): boolean {
	if (typeof code !== 'string' && typeof code !== 'number') return false;
	const text = String(code);
	if (/\d{4}$/.test(text)) return Number(text.slice(-4)) >= 100;
	return /^-\d+$/.test(text) || /^[45]\d\d$/.test(text);
}

/** Words and short numbers only: nothing that could be a token or an identity-card number. */
function isPlainCode(text: string): boolean {
	return /^([A-Za-z_]{1,40}|\d{1,10})$/.test(text);
}

/** @param because what the answer said, in brackets after a blank; or nothing */
export function notAccepted(because: string, details: { httpStatus?: number }): YisignError {
	return new YisignError('unauthorized', `Yisign did not accept the credential${because}`, {
		...details,
		description:
			'Open the Yisign API credential and check Access Token (or App Secret) and App ID. A token that worked before may have expired: ask Yisign for a new one.',
		cause: 'credential-invalid',
	});
}

/**
 * The Retry-After header in ms, undefined if there is none that can be read.
 *
 * @param value delay in seconds, or an HTTP date
 */
export function parseRetryAfter(value: unknown): number | undefined {
	if (typeof value !== 'string') return undefined;
	if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
	const time = Date.parse(value);
	return Number.isNaN(time) ? undefined : Math.max(0, time - Date.now());
}

function redirectHint(location: unknown): string {
	if (typeof location !== 'string' || !URL.canParse(location)) return '';
	return `It points to ${new URL(location).origin}. `;
}

/** What came back is not a reply of Yisign. */
export function notYisign(found: string): YisignError {
	return new YisignError('notYisign', `What answered is not Yisign: it sent ${found}`, {
		description:
			'Check Base URL in the Yisign API credential, and whether a proxy or a login page stands in between.',
		cause: 'configuration-invalid',
	});
}
