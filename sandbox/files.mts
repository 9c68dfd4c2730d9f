import { Readable } from 'node:stream';
import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import { SIGNED, type Envelope } from './envelopes.mts';
import { makePdf } from './pdf.mts';
import { vendorRefusal } from './refusals.mts';
import type { SearchSettings } from './search.mts';

/** How signed files are served. No document says any of it. */
export type FileSettings = {
	/** How `Content-Disposition` names a file, if at all (README, File names). Default `none`. */
	fileName: keyof typeof DISPOSITIONS;
	/** `Content-Type`, or `none` for no such header. Default `application/pdf`. */
	fileType: string;
	/** Bytes of every file, made while it is sent; 0, the default, serves the real one. */
	fileSize: number;
	/** Whether a file is only given to an authenticated request. Default false. */
	filesNeedToken: boolean;
	/** Whether every link to a file has expired: HTTP 403. Default false. */
	fileLinksExpired: boolean;
};

/** What the file route is given by the server. */
export type FileContext = {
	/** Throws a `Refusal` unless the request is authenticated. */
	authenticate: (request: FastifyRequest) => void;
	/** Every envelope there is. */
	envelopes: readonly Envelope[];
	/** Looked up on every request. */
	options: FileSettings & Pick<SearchSettings, 'filesPerEnvelope'>;
	/** PDFs that were uploaded to be signed, by `envelopeWsid`. */
	uploads: ReadonlyMap<string, Buffer>;
};

/**
 * `Content-Disposition` by kind; `id` is the file's name in its address, `title` its template's name,
 * in Chinese.
 */
const DISPOSITIONS = {
	none: () => undefined,
	plain: (id: string) => `attachment; filename="${id}"`,
	encoded: (_id: string, title: string) =>
		`attachment; filename*=UTF-8''${encodeURIComponent(title)}`,
	both: (id: string, title: string) =>
		`attachment; filename="${id}"; filename*=UTF-8''${encodeURIComponent(title)}`,
	percent: (_id: string, title: string) => `attachment; filename="${encodeURIComponent(title)}"`,
	// UTF-8 as it is: Node takes each character of a header for one byte.
	bytes: (_id: string, title: string) =>
		`attachment; filename="${Buffer.from(title).toString('latin1')}"`,
	path: (id: string) => `attachment; filename="../../${id}"`,
};

/** All values of {@link FileSettings.fileName}. */
export const FILE_NAMES = Object.keys(DISPOSITIONS) as Array<FileSettings['fileName']>;

/** The addresses of an envelope's files, out of that of the first: `x.pdf`, `x-2.pdf`, … */
export function fileAddresses(first: string, count: number): string[] {
	return Array.from({ length: count }, (_, index) =>
		index === 0 ? first : first.replace(/\.pdf$/, `-${index + 1}.pdf`),
	);
}

/** The signed files, at `/files/….pdf`. */
export const serveFiles: FastifyPluginCallback<FileContext> = (routes, context, done) => {
	const { authenticate, envelopes, options, uploads } = context;
	routes.get('/files/:name.pdf', async (request, reply) => {
		if (options.filesNeedToken) authenticate(request);
		if (options.fileLinksExpired) {
			throw vendorRefusal(403, '链接已过期', 'the link to the file has expired');
		}
		const { name } = request.params as { name: string };
		const [, wsid, suffix = ''] = /^(.+?)(-\d+)?$/.exec(name) ?? [];
		const number = Number(suffix.slice(1) || 1);
		const source = envelopes.find((envelope) => envelope.source.envelopeWsid === wsid)?.source;
		if (source?.envelopeStatus !== SIGNED || number > options.filesPerEnvelope) {
			throw vendorRefusal(404, '文件不存在', `no signed file ${name}`);
		}

		const title = `${source.serviceTypeZhName}${suffix}.pdf`;
		const disposition = DISPOSITIONS[options.fileName](`${name}.pdf`, title);
		if (disposition) reply.header('content-disposition', disposition);
		if (options.fileType !== 'none') reply.type(options.fileType);
		if (options.fileSize > 0) {
			reply.header('content-length', options.fileSize);
			return Readable.from(fill(options.fileSize));
		}
		// A real server would stamp the PDF. The signature is all that is made up here, so the page
		// that was uploaded comes back as it is, and a caller can tell that it is the same.
		const uploaded = number === 1 ? uploads.get(source.envelopeWsid) : undefined;
		const bytes = uploaded ?? (await makePdf(source, number));
		reply.header('content-length', bytes.length);
		// A buffer would be given a type.
		return Readable.from([bytes]);
	});
	done();
};

const HEAD = Buffer.from('%PDF-1.4\n');
const TAIL = Buffer.from('\n%%EOF');
const BLANKS = Buffer.alloc(64 * 1024, ' ');

/** `size` bytes, 15 at least, that begin and end as a PDF does, one piece at a time. */
export function* fill(size: number): Generator<Buffer> {
	yield HEAD;
	for (let left = size - HEAD.length - TAIL.length; left > 0; left -= BLANKS.length) {
		yield BLANKS.subarray(0, left);
	}
	yield TAIL;
}
