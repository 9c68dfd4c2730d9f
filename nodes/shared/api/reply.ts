import type { YisignErrorDetails } from '../errors';
import { YisignError } from '../errors';
import type { JsonObject } from '../json';
import { isObject } from '../json';
import { findErrorCode, saysSuccess } from './errorCode';

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
	checkAnswer(reply);
	const { body } = reply;
	if (isObject(body)) return body;
	if (Array.isArray(body)) throw notYisign('a list instead of an object');
	throw unreadable(body);
}

/**
 * The same for an interface of which the answer is not known: it may be a list, a single value,
 * which becomes that of the key `value`, or nothing at all.
 *
 * @param isPost whether HTTP 200 with nothing is a success: asked for again, a GET may get more
 * @throws YisignError
 */
export function checkJson(reply: RawReply, isPost: boolean): JsonObject | unknown[] {
	checkAnswer(reply);
	const { body } = reply;
	if (isObject(body) || Array.isArray(body)) return body;
	if (isEmpty(reply, isPost)) return {};
	if (isSingleValue(reply)) return { value: body };
	throw unreadable(body);
}

/** @throws YisignError if it says no, or if characters of it are lost */
function checkAnswer(reply: RawReply): void {
	const refused = refusalOf(reply);
	if (refused) throw refused;
	const charset = /charset="?([\w-]+)/i.exec(String(reply.headers['content-type'] ?? ''))?.[1];
	if (charset === undefined || /^utf-?8$/i.test(charset)) return;
	if (JSON.stringify(reply.body ?? null).includes(LOST)) throw notInUtf8();
}

/** What stands for bytes that are no UTF-8. */
const LOST = '\uFFFD';

/** Whether it is a success without content, and not one that broke off. */
function isEmpty({ statusCode, headers, body }: RawReply, isPost: boolean): boolean {
	const isNothing = body === undefined || body === '';
	return isNothing && (statusCode === 204 || (isPost && headers['content-length'] === '0'));
}

/** Whether it is a value of its own: no page, and no JSON that broke off. */
function isSingleValue({ headers, body }: RawReply): boolean {
	if (typeof body !== 'string') return body !== undefined;
	if (String(headers['content-type'] ?? '').includes('html')) return false;
	return /^[^\s<{["]/.test(body) && body.length <= LONGEST_WORD && !body.includes('\n');
}

/** Characters; a page or a log is longer. */
const LONGEST_WORD = 200;

/** Why what is no JSON object cannot be used. */
function unreadable(body: unknown): YisignError {
	const text = typeof body === 'string' ? body.trim() : JSON.stringify(body ?? null);
	if (text !== '' && text !== 'null' && !text.startsWith('{')) {
		return notYisign('a page that is not JSON (a login page, perhaps)');
	}
	return new YisignError('transient', 'The answer of Yisign broke off', {
		description:
			'Nothing, or only a part of the answer arrived. Try again later; if it happens again, ask the IT of your hospital about the connection to Yisign.',
		cause: 'temporarily-unavailable',
	});
}

function notInUtf8(): YisignError {
	return new YisignError('notYisign', 'The reply is not in UTF-8', {
		description:
			'Some of its characters would be lost. Ask Yisign, or the IT of your hospital if a gateway stands in between, to send UTF-8.',
		cause: 'configuration-invalid',
		isReceived: true,
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
	const code = findErrorCode(body);
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
	// An answer that says yes, and no within, may come from a request that was carried out.
	const isReceived = statusCode < 300 && saysSuccess(reply.body);
	return new YisignError('refused', `Yisign refused the request${because}`, {
		...details,
		...(isReceived && { isReceived }),
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

/** @param because what the answer said, in brackets after a blank; or nothing */
function notAccepted(because: string, details: { httpStatus?: number }): YisignError {
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
