import { toWebAddress } from '../address';
import { outcomeOf, YisignError } from '../errors';
import { parseJson } from '../json';
import { toFileName } from './fileName';
import type { FileStream } from './incomingBody';
import { brokenOff, HEAD_LENGTH, IncomingBody, tooLarge } from './incomingBody';
import type { RawReply } from './reply';
import { parseRetryAfter, refusalOf, saysInvalidToken } from './reply';

/** A file as far as it is known before the most of it has come in. */
export interface DownloadedFile {
	/** Without a path, with an extension. */
	name: string;
	/** By content, as far as that shows it; otherwise as the server says. */
	mimeType: string;
	/** A stream, or the bytes of a very small file. */
	content: FileStream | Buffer;
	/** Bytes that have come in; all of them once the content was read to its end. */
	readonly bytes: number;
}

/**
 * An answer as it can be judged: if it is an error or a text, its body is read and, where it is JSON,
 * parsed; otherwise the body stays an {@link IncomingBody}.
 *
 * @throws YisignError
 */
export async function openReply(reply: RawReply & { body: IncomingBody }): Promise<RawReply> {
	const { statusCode, body } = reply;
	await body.open();
	const isFile = statusCode >= 200 && statusCode <= 299 && !isTextual(body.head);
	if (isFile && body.head.length > 0) return reply;
	const text = await body.readText();
	return { ...reply, body: parseJson(text) ?? text };
}

/** A web page or JSON, by its first characters that are not blank. */
function isTextual(head: Buffer): boolean {
	const text = startOf(head);
	return isPage(text) || /^[{[]/.test(text);
}

function startOf(head: Buffer): string {
	return head
		.toString('utf8')
		.replace(/^\uFEFF/, '')
		.trimStart();
}

function isPage(text: string): boolean {
	return /^<[!?a-z]/i.test(text);
}

/**
 * Where an answer says that the file is; undefined if it is no redirect.
 *
 * @param url where the answer came from
 * @throws YisignError `refused` if that is no address
 */
export function readRedirect(reply: RawReply, url: string): string | undefined {
	const { statusCode, headers } = reply;
	const { location } = headers;
	if (statusCode < 300 || statusCode > 399 || typeof location !== 'string') return undefined;
	const target = toWebAddress(location, url);
	if (target !== undefined) return target;
	throw badRedirect('the redirect leads nowhere', reply);
}

/**
 * The address of a redirect to another server, without the access token: a gateway may copy the
 * query that it got.
 *
 * @param secrets that must not reach another server
 * @throws YisignError if a secret stands elsewhere in the address
 */
export function withoutSecrets(target: string, secrets: unknown[], reply: RawReply): string {
	const texts = secrets.map((secret) => String(secret ?? '')).filter((text) => text !== '');
	const hasSecret = (address: string) =>
		texts.some((text) => address.includes(text) || address.includes(encodeURIComponent(text)));
	if (!hasSecret(target)) return target;
	const url = new URL(target);
	for (const [name, value] of [...url.searchParams]) {
		if (texts.includes(value)) url.searchParams.delete(name);
	}
	if (hasSecret(url.href)) throw badRedirect('the redirect carries the access token', reply);
	return url.href;
}

/** An answer that is a redirect once more, after as many as are followed. */
export function tooManyRedirects(reply: RawReply): YisignError {
	return badRedirect('too many redirects', reply);
}

function badRedirect(why: string, { statusCode }: RawReply): YisignError {
	return new YisignError('refused', `The file could not be downloaded: ${why}`, {
		httpStatus: statusCode,
		description: 'Search for the envelope again, or ask Yisign for an address that works.',
	});
}

/** What to make of an answer. */
export interface FileRules {
	/** A larger file is refused. */
	maxBytes: number;
	/** What to call the file where neither the answer nor its address does; without an extension. */
	fallbackName: string;
	/** Why an answer is no file. */
	explain: (reply: RawReply) => YisignError;
}

/**
 * Hands on the file of an answer, and makes sure that it is complete.
 *
 * @param url where the answer came from
 * @throws YisignError
 */
export async function readFile<T>(
	reply: RawReply,
	url: string,
	{ maxBytes, fallbackName, explain }: FileRules,
	take: (file: DownloadedFile) => Promise<T>,
): Promise<T> {
	const { headers, body } = reply;
	if (!(body instanceof IncomingBody)) throw explain(reply);
	const length = Number(headers['content-length']);
	if (length > maxBytes) {
		const fault = tooLarge(maxBytes, length);
		body.close(fault);
		throw fault;
	}
	const mimeType = toMimeType(body.head, headers['content-type']);
	if (isText(mimeType)) {
		const text = await body.readText();
		throw explain({ ...reply, body: text });
	}
	// Nobody asked for a part.
	if (reply.statusCode === 206) {
		body.close(brokenOff());
		throw brokenOff();
	}
	const { content } = body;
	const file: DownloadedFile = {
		name: toFileName({ headers, url, fallbackName, mimeType }),
		mimeType,
		content,
		get bytes() {
			return body.bytes;
		},
	};
	const outcome = await outcomeOf(take(file));
	body.close();
	if (body.fault) throw body.fault;
	if ('fault' in outcome) throw notStored(outcome.fault);
	// HTTP says where a body ends, unless the server does not know; a PDF says it in its last line.
	if (mimeType === PDF && !body.tail.includes('%%EOF')) throw brokenOff();
	return outcome.value;
}

const PDF = 'application/pdf';

/** How files begin, tried in this order. */
const FILE_SIGNATURES: ReadonlyArray<[mimeType: string, hasSignature: (head: Buffer) => boolean]> =
	[
		[PDF, isPdf],
		['image/png', startsWith('\x89PNG\r\n')],
		['image/jpeg', startsWith('\xff\xd8\xff')],
		// China's own format for fixed documents is a ZIP archive with this file first.
		['application/ofd', (head) => isZip(head) && head.subarray(30).indexOf('OFD.xml') === 0],
		['application/zip', isZip],
	];

/** Whether these are the first bytes of a PDF, which may begin a little behind. */
export function isPdf(head: Buffer): boolean {
	return head.subarray(0, HEAD_LENGTH).includes('%PDF-');
}

function isZip(head: Buffer): boolean {
	return startsWith('PK\x03\x04')(head);
}

function startsWith(signature: string): (head: Buffer) => boolean {
	return (head) => head.toString('latin1', 0, signature.length) === signature;
}

function toMimeType(head: Buffer, contentType: unknown): string {
	const known = FILE_SIGNATURES.find(([, hasSignature]) => hasSignature(head))?.[0];
	const declared = /^[\w.+-]+\/[\w.+-]+/.exec(String(contentType ?? '').trim())?.[0].toLowerCase();
	return known ?? declared ?? 'application/octet-stream';
}

/** What a signed file never is: text, whatever it says. */
function isText(mimeType: string): boolean {
	return mimeType.startsWith('text/') || /^application\/(json|xml|xhtml\+xml)$/.test(mimeType);
}

/**
 * Why what a link to a file led to is no file.
 *
 * @param gotToken whether the server got the credential's token, beside one that the link may have
 */
export function notAFile(
	{ statusCode, headers, body }: RawReply,
	{ gotToken }: { gotToken: boolean },
): YisignError {
	const status = statusCode === 200 ? '' : ` (HTTP ${statusCode})`;
	const details = statusCode === 200 ? {} : { httpStatus: statusCode };
	const isOfToken = saysInvalidToken(body);
	if ([401, 403, 404, 410].includes(statusCode) || isOfToken) {
		const either = 'The address may have expired, or the token: test the Yisign API credential.';
		return new YisignError('refused', `The file could not be downloaded${status}`, {
			...details,
			description: `${isOfToken && gotToken ? either : 'The address may have expired.'} Use a fresh one: set Source to "Envelope", or search again just before. If that does not help, ask Yisign whether this App ID may download files.`,
		});
	}
	if (statusCode === 408 || statusCode === 429 || statusCode >= 500) {
		return new YisignError('transient', `The file cannot be downloaded right now${status}`, {
			...details,
			description: 'Try again later, or ask the IT of your hospital whether the server is up.',
			cause: statusCode === 429 ? 'rate-limited' : 'temporarily-unavailable',
			retryAfterMs: parseRetryAfter(headers['retry-after']),
		});
	}
	if (body === '' && statusCode < 300) {
		return new YisignError('refused', `The file is empty${status}`, {
			...details,
			description: 'Look at the envelope in Yisign. If the file is there, report it to Yisign.',
		});
	}
	return new YisignError(
		'refused',
		`The server sent ${describe(body)} instead of a file${status}`,
		{
			...details,
			description:
				'It may be a login page or a message that the address has expired. Open the address in a browser to see it.',
		},
	);
}

/** Why what an interface answered is no file. */
export function notAFileOfInterface(reply: RawReply): YisignError {
	const refused = refusalOf(reply);
	if (refused) return refused;
	const found = describe(reply.body);
	return new YisignError('refused', `Yisign sent ${found} instead of a file`, {
		description:
			'If the answer of this interface is JSON, remove Response Format under Options. Otherwise ask Yisign what it sends.',
		cause: 'configuration-invalid',
		isReceived: true,
	});
}

function describe(body: unknown): string {
	if (body === '') return 'nothing';
	if (typeof body !== 'string') return 'JSON';
	return isPage(startOf(Buffer.from(body))) ? 'a web page' : 'text';
}

/** The fault is of n8n's storage; its text may hold a path, so only its code is shown. */
function notStored(fault: unknown): YisignError {
	const code = String((fault as { code?: unknown } | null)?.code ?? '');
	return new YisignError('refused', 'n8n could not store the file', {
		description: `Ask the administrator of n8n whether there is room for binary data.${/^[A-Z]+$/.test(code) ? ` (${code})` : ''}`,
		isReceived: true,
	});
}
