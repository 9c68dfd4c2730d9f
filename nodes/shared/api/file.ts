import type { IExecuteFunctions } from 'n8n-workflow';
import { isSameOrigin } from '../address';
import { outcomeOf, YisignError } from '../errors';
import { toFileName } from './fileName';
import { parseJson } from '../json';
import type { RawReply } from './reply';
import { notAccepted, parseRetryAfter, saysInvalidToken } from './reply';

/** Node's `Readable`, by way of n8n's types: shipped code may not import `stream`. */
export type FileStream = Exclude<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	Buffer
>;

/** A file as far as it is known before the most of it has come in. */
export interface LoadedFile {
	/** Without a path, with an ending. */
	name: string;
	/** By content, as far as that tells; otherwise as the server says. */
	mimeType: string;
	/** A stream, or the bytes of a very small file. */
	content: FileStream | Buffer;
	/** Bytes that have come in; all of them once the content was read to its end. */
	readonly bytes: number;
}

/** What is looked at to tell what a file is, in bytes. PDF allows its mark to stand as far behind. */
const HEAD_LENGTH = 1024;

/** What is looked at to tell whether a file is whole, in bytes; some are filled up with blanks. */
const TAIL_LENGTH = 8192;

/** Bytes of an answer that is no file; an error message is shorter. */
const LONGEST_TEXT = 65_536;

/** A body on its way in: counted, bounded, and with a look at its beginning. */
export class IncomingBody {
	/** How many have come in. */
	bytes = 0;

	/** The beginning, or all of it if that is shorter; known once it was opened. */
	head: Buffer = Buffer.alloc(0);

	/** The last that came in. */
	tail: Buffer = Buffer.alloc(0);

	/** The whole body from its beginning on; the bytes themselves if they are all there. */
	content: FileStream | Buffer;

	/** Why it ended before its end, in words for the user. */
	fault: YisignError | undefined;

	private readonly source: FileStream;

	private readonly stream: FileStream;

	private readonly disconnect: () => void;

	private isLetGo = false;

	/**
	 * @param maxBytes when more than that have come in, the body is closed
	 * @param disconnect ends the connection, on which a stream of n8n's helper waits even when it is
	 *   destroyed
	 */
	constructor(body: unknown, maxBytes: number, disconnect: () => void) {
		this.disconnect = disconnect;
		this.source = body as FileStream;
		this.stream = this.source.map((chunk: Buffer) => {
			this.bytes += chunk.length;
			this.tail = Buffer.concat([this.tail, chunk.subarray(-TAIL_LENGTH)]).subarray(-TAIL_LENGTH);
			if (this.bytes > maxBytes) throw tooLarge(maxBytes);
			return chunk;
		});
		this.content = this.stream;
		// A stream that fails while nobody listens would take n8n down with it.
		this.source.on('error', (error) => this.close(error));
		this.stream.on('error', (error) => this.close(error));
	}

	/** Whether no more will come in. */
	get isClosed(): boolean {
		return this.stream.destroyed;
	}

	/** Lets the connection go. Whoever is reading gets an error. */
	close(reason?: Error): void {
		if (this.isLetGo) return;
		this.isLetGo = true;
		if (reason) this.fault = reason instanceof YisignError ? reason : brokenOff();
		this.disconnect();
		this.source.destroy(this.fault);
		this.stream.destroy(this.fault);
	}

	/**
	 * Reads the beginning, which stays part of the content.
	 *
	 * @throws YisignError
	 */
	async open(): Promise<void> {
		const chunks: Buffer[] = [];
		const isWhole = await new Promise<boolean>((resolve, reject) => {
			const { stream } = this;
			const onReadable = () => {
				for (let chunk = readChunk(stream); chunk; chunk = readChunk(stream)) {
					chunks.push(chunk);
					if (lengthOf(chunks) < HEAD_LENGTH) continue;
					stream.off('readable', onReadable);
					// At once: a stream that was read to its end takes nothing back.
					stream.unshift(Buffer.concat(chunks));
					resolve(false);
					return;
				}
			};
			stream.on('readable', onReadable);
			stream.once('end', () => resolve(true));
			stream.once('close', () => reject(this.fault ?? brokenOff()));
		});
		this.head = Buffer.concat(chunks);
		if (isWhole) this.content = this.head;
	}

	/** The beginning of a body that is no file, as text; what breaks off is judged by what came. */
	async readText(): Promise<string> {
		const { content } = this;
		const chunks: Buffer[] = [];
		if (Buffer.isBuffer(content)) return content.toString('utf8');
		await outcomeOf(
			(async () => {
				for await (const chunk of content) {
					chunks.push(chunk as Buffer);
					if (lengthOf(chunks) >= LONGEST_TEXT) break;
				}
			})(),
		);
		this.close();
		return Buffer.concat(chunks).toString('utf8');
	}
}

function readChunk(stream: FileStream): Buffer | null {
	return stream.read() as Buffer | null;
}

function lengthOf(chunks: readonly Buffer[]): number {
	return chunks.reduce((sum, { length }) => sum + length, 0);
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
	return /^<(!doctype html|html|head|body|script|!--)/i.test(text);
}

/**
 * Where an answer says that the file is; undefined if it is no redirect.
 *
 * @param url where the answer came from
 * @throws YisignError `refused` if that is another server
 */
export function readRedirect({ statusCode, headers }: RawReply, url: string): string | undefined {
	const location = headers.location;
	if (statusCode < 300 || statusCode > 399 || typeof location !== 'string') return undefined;
	const target = URL.canParse(location, url) ? new URL(location, url) : undefined;
	if (target && isSameOrigin(target.href, url)) return target.href;
	throw new YisignError(
		'refused',
		`The file's address leads to another server (HTTP ${statusCode})`,
		{
			httpStatus: statusCode,
			description: `It is not followed there. ${target ? `It points to ${target.origin}. ` : ''}Ask Yisign for an address that leads to the file, or load it with the HTTP Request node if you know that server.`,
		},
	);
}

/** An answer that is a redirect once more, after as many as are followed. */
export function leadsOn({ statusCode }: RawReply): YisignError {
	return new YisignError('refused', "The file's address leads from one address to the next", {
		httpStatus: statusCode,
		description: 'It may lead round in a circle. Ask Yisign for an address that leads to the file.',
	});
}

/**
 * Hands the file of an answer on, and makes sure that it was all of it.
 *
 * @param url where the answer came from
 * @throws YisignError
 */
export async function readFile<T>(
	reply: RawReply,
	url: string,
	maxBytes: number,
	take: (file: LoadedFile) => Promise<T>,
): Promise<T> {
	const { headers, body } = reply;
	if (!(body instanceof IncomingBody)) throw notAFile(reply);
	const length = Number(headers['content-length']);
	if (length > maxBytes) {
		const fault = tooLarge(maxBytes, length);
		body.close(fault);
		throw fault;
	}
	const mimeType = toMimeType(body.head, headers['content-type']);
	const name = toFileName(headers, url, mimeType);
	const { content } = body;
	const file: LoadedFile = {
		name,
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
	// HTTP says where a body ends, unless the server does not know; a PDF tells it by its last line.
	if (mimeType === PDF && !body.tail.includes('%%EOF')) throw brokenOff();
	return outcome.value;
}

const PDF = 'application/pdf';

/** What the bytes at the beginning say, tried in this order. */
const MARKS: ReadonlyArray<[mimeType: string, isMarked: (head: Buffer) => boolean]> = [
	[PDF, isPdf],
	['image/png', startsWith('\x89PNG\r\n')],
	['image/jpeg', startsWith('\xff\xd8\xff')],
	// China's own format for fixed documents is a ZIP archive with this file first.
	['application/ofd', (head) => isZip(head) && head.subarray(30).indexOf('OFD.xml') === 0],
	['application/zip', isZip],
];

/** Whether these are the first bytes of a PDF; its mark may stand a little behind. */
export function isPdf(head: Buffer): boolean {
	return head.subarray(0, HEAD_LENGTH).includes('%PDF-');
}

function isZip(head: Buffer): boolean {
	return startsWith('PK\x03\x04')(head);
}

function startsWith(mark: string): (head: Buffer) => boolean {
	return (head) => head.toString('latin1', 0, mark.length) === mark;
}

function toMimeType(head: Buffer, contentType: unknown): string {
	const known = MARKS.find(([, isMarked]) => isMarked(head))?.[0];
	const declared = /^[\w.+-]+\/[\w.+-]+/.exec(String(contentType ?? '').trim())?.[0].toLowerCase();
	return known ?? declared ?? 'application/octet-stream';
}

function notAFile({ statusCode, headers, body }: RawReply): YisignError {
	const status = statusCode === 200 ? '' : ` (HTTP ${statusCode})`;
	const details = statusCode === 200 ? {} : { httpStatus: statusCode };
	if (saysInvalidToken(body)) return notAccepted(status, details);
	if ([401, 403, 404, 410].includes(statusCode)) {
		return new YisignError('refused', `The file is not to be had at its address${status}`, {
			...details,
			description:
				'The address may have expired. Take a fresh one: set Source to "Envelope", or search again just before. If it stays so, ask Yisign whether this App ID may load files.',
		});
	}
	if (statusCode === 408 || statusCode === 429 || statusCode >= 500) {
		return new YisignError('unreachable', `The file cannot be had right now${status}`, {
			...details,
			description: 'Try again later, or ask the IT of your hospital whether the server is up.',
			cause: statusCode === 429 ? 'rate-limited' : 'temporarily-unavailable',
			retryAfterMs: parseRetryAfter(headers['retry-after']),
		});
	}
	if (body === '' && statusCode < 300) {
		return new YisignError('refused', `The file is empty${status}`, {
			...details,
			description: 'Look at the envelope in Yisign. If the file is there, tell Yisign about it.',
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

function describe(body: unknown): string {
	if (body === '') return 'nothing';
	if (typeof body !== 'string') return 'JSON';
	return isPage(startOf(Buffer.from(body))) ? 'a web page' : 'text';
}

/** The fault is of n8n's storage; its text may hold a path, so only its code is told. */
function notStored(fault: unknown): YisignError {
	const code = String((fault as { code?: unknown } | null)?.code ?? '');
	return new YisignError('refused', 'n8n could not store the file', {
		description: `Ask whoever runs n8n whether there is room for binary data.${/^[A-Z]+$/.test(code) ? ` (${code})` : ''}`,
	});
}

function tooLarge(maxBytes: number, length?: number): YisignError {
	const size = length === undefined ? '' : ` (${toMegabytes(length)} MB)`;
	return new YisignError('refused', `The file is larger than ${toMegabytes(maxBytes)} MB${size}`, {
		description: 'Raise Max File Size (MB) under Options if n8n has room for it.',
	});
}

/** @returns with one digit behind the point if it has one */
function toMegabytes(bytes: number): string {
	return (bytes / 2 ** 20).toLocaleString('en-US', { maximumFractionDigits: 1 });
}

function brokenOff(): YisignError {
	return new YisignError('unreachable', 'The file broke off on its way', {
		description:
			'Try again later; if it goes on, ask the IT of your hospital about the connection.',
		cause: 'temporarily-unavailable',
	});
}
