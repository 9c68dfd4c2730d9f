import { createHash, createHmac, timingSafeEqual } from 'crypto';
import type { Nonce } from './nonces';

/**
 * Headers of a signed callback, in lower case as Node gives them.
 *
 * Inferred: the hospital product signs like the vendor's general platform (vendor-api 3.5).
 */
const CALLBACK_HEADERS = {
	contentType: 'content-type',
	date: 'x-signit-date',
	host: 'x-signit-host',
	nonce: 'x-signit-nonce',
	resource: 'x-signit-resource',
	scheme: 'x-signit-scheme',
	signature: 'x-signit-signature',
} as const;

/** What the signature header of a callback begins with; App ID, a colon and the signature follow. */
const SIGNATURE_SCHEME = 'HmacSHA512 ';

/** What of a posted request the signature speaks of. */
export interface PostedRequest {
	/** HTTP method, in any case. */
	method: string;
	/** Names in lower case, as Node gives them. */
	headers: Readonly<Record<string, string | string[] | undefined>>;
	/** The body byte by byte as it came: parsing and writing it again would change escapes. */
	rawBody: Uint8Array;
}

export interface SignatureSettings {
	appId: string;
	appSecret: string;
	/** s that the date of a callback may differ from the clock of n8n, either way. */
	toleranceSeconds: number;
}

/** Why a callback is refused; fit for a log. */
export type RefusalReason =
	/** There is nothing to check with. */
	| 'noSecret'
	/** The request carries no signature. */
	| 'unsigned'
	/** The signature names another App ID. */
	| 'otherAppId'
	/** App Secret, body or a signed header differ from what was signed. */
	| 'wrongSignature'
	/** Signed, but its date is missing or cannot be read. */
	| 'unreadableDate'
	/** Signed, but further from now than the tolerance. */
	| 'outsideTolerance'
	/** Signed and in time, but its nonce has been used before. */
	| 'replayed';

export type Verdict =
	| { isGenuine: true; nonce: Nonce }
	| { isGenuine: false; reason: RefusalReason };

/**
 * Whether Yisign itself made this callback, by the scheme of vendor-api 3.5.
 *
 * Everything is decided here, but whether the nonce has been used before. Host and scheme are the
 * signed headers and are never rebuilt from the request, which a proxy may have changed.
 *
 * @param now epoch ms
 */
export function checkSignature(
	request: PostedRequest,
	{ appId, appSecret, toleranceSeconds }: SignatureSettings,
	now: number,
): Verdict {
	if (appId === '' || appSecret === '') return refuse('noSecret');
	const given = headerOf(request, 'signature');
	if (given === '') return refuse('unsigned');
	if (given.startsWith(SIGNATURE_SCHEME) && !given.startsWith(`${SIGNATURE_SCHEME}${appId}:`)) {
		return refuse('otherAppId');
	}
	const expected = `${SIGNATURE_SCHEME}${appId}:${sign(request, appId, appSecret)}`;
	if (!isSameText(given, expected)) return refuse('wrongSignature');

	const sentAt = parseJavaDate(headerOf(request, 'date'));
	if (sentAt === null) return refuse('unreadableDate');
	if (!(Math.abs(now - sentAt) <= toleranceSeconds * 1000)) return refuse('outsideTolerance');
	// Without a nonce, only the very same request counts as a replay.
	const hash = shortHash(headerOf(request, 'nonce') || given);
	return { isGenuine: true, nonce: { hash, sentAt: Math.floor(sentAt / 1000) } };
}

function refuse(reason: RefusalReason): Verdict {
	return { isGenuine: false, reason };
}

/** A missing header counts as empty. */
function headerOf({ headers }: PostedRequest, name: keyof typeof CALLBACK_HEADERS): string {
	const value = headers[CALLBACK_HEADERS[name]] ?? '';
	return Array.isArray(value) ? value.join(', ') : value;
}

/** @returns standard base64 */
function sign(request: PostedRequest, appId: string, appSecret: string): string {
	const hmac = createHmac('sha512', appSecret);
	const part = (content: string | Uint8Array) => hmac.update(content).update('\n');
	part(appId);
	part(headerOf(request, 'contentType'));
	part(headerOf(request, 'date'));
	part(headerOf(request, 'host'));
	part(request.method.toUpperCase());
	part(headerOf(request, 'nonce'));
	if (request.rawBody.length > 0) part(request.rawBody);
	part(headerOf(request, 'resource'));
	part(headerOf(request, 'scheme'));
	return hmac.digest('base64');
}

/** Takes the same time wherever the texts differ; only their length shows, which is no secret. */
function isSameText(left: string, right: string): boolean {
	const [a, b] = [Buffer.from(left), Buffer.from(right)];
	return a.length === b.length && timingSafeEqual(a, b);
}

/** 12 hex digits: enough that two of some ten thousand nonces do not meet. */
function shortHash(text: string): string {
	return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/**
 * Reads a date as Java writes it by default, such as `Mon Jan 01 08:00:00 CST 2024`. It is signed, so
 * looser forms do no harm.
 *
 * CST is China Standard Time here. JavaScript's own `Date` takes it for US Central, 14 hours off.
 *
 * @returns epoch ms; null if the text is no date
 */
export function parseJavaDate(text: string): number | null {
	const time = Date.parse(text.replace(/\bCST\b/, 'GMT+0800'));
	return Number.isNaN(time) ? null : time;
}
