import type { IExecuteFunctions } from 'n8n-workflow';
import { outcomeOf, YisignError } from '../errors';
import type { Silence } from './silence';
import { cancelled, tookTooLong } from './transport';

/** Node's `Readable`, by way of n8n's types: shipped code may not import `stream`. */
export type FileStream = Exclude<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	Buffer
>;

/** Bytes that are looked at to tell what a file is. A PDF may begin as far behind. */
export const HEAD_LENGTH = 1024;

/** Bytes that are looked at to tell whether a file is complete; some are padded with blanks. */
const TAIL_LENGTH = 8192;

/** Bytes of an answer that is no file; an error message is shorter. */
const LONGEST_TEXT = 65_536;

interface BodyLimits {
	/** When more than that have come in, the body is closed. */
	maxBytes: number;
	/**
	 * Ends the body when nothing comes. It is ended itself to close the connection, on which a stream
	 * of n8n's helper waits even when it is destroyed.
	 */
	silence: Silence;
	/** Aborted when the workflow is stopped. */
	cancel: AbortSignal;
}

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

	private readonly limits: BodyLimits;

	private isClosed = false;

	constructor(body: unknown, limits: BodyLimits) {
		this.limits = limits;
		this.source = body as FileStream;
		this.stream = this.source.map((chunk: Buffer) => this.count(chunk));
		this.content = this.stream;
		// A stream that fails while nobody listens would take n8n down with it.
		this.source.on('error', (error) => this.close(error));
		this.stream.on('error', (error) => this.close(error));
	}

	/** Closes the connection. A reader gets an error if there is a reason. */
	close(reason?: Error): void {
		if (this.isClosed) return;
		this.isClosed = true;
		if (reason) this.fault = this.explain(reason);
		this.limits.silence.end();
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

	private count(chunk: Buffer): Buffer {
		const { silence, maxBytes } = this.limits;
		silence.touch();
		this.bytes += chunk.length;
		this.tail = Buffer.concat([this.tail, chunk.subarray(-TAIL_LENGTH)]).subarray(-TAIL_LENGTH);
		if (this.bytes > maxBytes) throw tooLarge(maxBytes);
		return chunk;
	}

	private explain(reason: Error): YisignError {
		if (reason instanceof YisignError) return reason;
		if (this.limits.cancel.aborted) return cancelled();
		return this.limits.silence.isTooLong ? tookTooLong() : brokenOff();
	}
}

function readChunk(stream: FileStream): Buffer | null {
	return stream.read() as Buffer | null;
}

function lengthOf(chunks: readonly Buffer[]): number {
	return chunks.reduce((sum, { length }) => sum + length, 0);
}

/** @param length how large the file is, if the server has said so */
export function tooLarge(maxBytes: number, length?: number): YisignError {
	const size = length === undefined ? '' : ` (${toMegabytes(length)} MB)`;
	return new YisignError('refused', `The file is larger than ${toMegabytes(maxBytes)} MB${size}`, {
		description: 'Raise Max File Size (MB) under Options if n8n has room for it.',
		isReceived: true,
	});
}

/** @returns with one digit behind the point if it has one */
function toMegabytes(bytes: number): string {
	return (bytes / 2 ** 20).toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** The connection ended before the file did. */
export function brokenOff(): YisignError {
	return new YisignError('transient', 'The download broke off', {
		description:
			'Try again later; if it happens again, ask the IT of your hospital about the connection.',
		cause: 'temporarily-unavailable',
	});
}
