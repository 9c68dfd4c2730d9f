import { Readable } from 'node:stream';
import type { FastifyError, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { fill, type FileSettings } from './files.mts';
import { malformed, Refusal, vendorRefusal } from './refusals.mts';

/** Path of interface 1.2, the state of a login, below the base URL (vendor-api 5.1). */
export const LOGIN_STATE_PATH = '/v1/open/users/sso/check-ca-login-task';
/** Path of interface 8.1, a patient's signature image (vendor-api 5). */
export const SIGNATURE_IMAGE_PATH = '/v1/open/seal/third-person-seal/file-wsid';
/** Path of interface 10, archiving without appearance (vendor-api 5). */
export const ARCHIVE_PATH = '/v1/open/hospital/hospitals/signature/archive';

/** How the interfaces reply whose pages show no reply. */
export type InterfaceSettings = {
	/**
	 * What they send: what was asked for (`wrapped` in `data`, or `flat` beside `code` and
	 * `message`), a `list` and nothing around it, or a `file`. Default `wrapped`.
	 */
	otherReply: 'wrapped' | 'flat' | 'list' | 'file';
};

/** What these routes are given by the server. */
export type InterfaceContext = {
	/** Path before all others; Fastify puts it before those here. */
	prefix: string;
	/** Throws a `Refusal` unless the request is authenticated. */
	authenticate: (request: FastifyRequest) => void;
	/** Looked up on every request. */
	options: InterfaceSettings & Pick<FileSettings, 'fileSize'>;
	/** Where to note each POST that was carried out. */
	posted: Posted[];
};

/** One POST to these interfaces that was carried out. */
export type Posted = {
	/** As sent, with the prefix and without the query. */
	path: string;
	body: unknown;
};

/** Where the interfaces without a page of their own lie; the record system has roots of its own. */
const ROOTS = ['/v1/open', '/collect', '/document', '/emr'];

/**
 * The interfaces of which little more than the path is documented, and an echo for those of which
 * not even that is. Inferred: every reply; no page shows one.
 */
export const serveInterfaces: FastifyPluginCallback<InterfaceContext> = (routes, context, done) => {
	const { prefix, authenticate, options, posted } = context;
	routes.addHook('onRequest', (request, _reply, next) => {
		authenticate(request);
		next();
	});
	// A refusal that is thrown here is sent by the server's own handler.
	routes.setErrorHandler((error: FastifyError) => {
		const { statusCode = 500, code } = error;
		throw error instanceof Refusal || statusCode >= 500 ? error : malformed(code, statusCode);
	});

	routes.get(LOGIN_STATE_PATH, (request) => {
		const ids = queryOf(request).getAll('loginId');
		return success({ tasks: ids.map((loginId) => ({ loginId, status: 'WAITING' })) });
	});
	routes.get(SIGNATURE_IMAGE_PATH, () =>
		success({ fileWsid: 'WSID_FILE_00000193000000000000000000000001' }),
	);
	routes.post(ARCHIVE_PATH, (request) => {
		posted.push(note(request));
		return success({ signWsid: 'WSID_SIGN_00000193000000000000000000000001', status: 'SIGNED' });
	});

	for (const root of ROOTS) {
		routes.route({
			method: ['GET', 'POST'],
			url: `${root}/*`,
			handler: (request, reply) => {
				const { path } = note(request);
				// A base URL that holds too much: such a path no server has.
				if (path.slice(prefix.length + root.length).startsWith('/v1/')) {
					throw vendorRefusal(404, '资源不存在', `no route ${request.method} ${path}`);
				}
				if (request.method === 'POST') posted.push(note(request));
				if (options.otherReply === 'file') return sendFile(reply, options.fileSize);
				const asked = echoOf(request);
				if (options.otherReply === 'list') return [asked, asked];
				return options.otherReply === 'flat' ? { ...success(), ...asked } : success(asked);
			},
		});
	}
	done();
};

/** A picture, or a PDF of so many bytes. */
function sendFile(reply: FastifyReply, size: number): FastifyReply {
	if (size === 0) return reply.type('image/png').send(Readable.from([PIXEL]));
	reply.type('application/pdf').header('content-length', size);
	return reply.send(Readable.from(fill(size)));
}

/** What was asked for: parameters with several values as lists, and nothing of the token. */
function echoOf(request: FastifyRequest) {
	const query = queryOf(request);
	query.delete('access_token');
	const parameters = [...new Set(query.keys())].map((name) => {
		const values = query.getAll(name);
		return [name, values.length === 1 ? values[0] : values] as const;
	});
	const { path, body = null } = note(request);
	return { method: request.method, path, query: Object.fromEntries(parameters), body };
}

function note({ url, body }: FastifyRequest): Posted {
	return { path: url.split('?', 1)[0], body };
}

function queryOf({ url }: FastifyRequest): URLSearchParams {
	return new URL(url, 'http://sandbox').searchParams;
}

/** Success as the general platform says it (vendor-api 1.4). */
function success(data?: object): object {
	return { code: '100600000', message: '操作成功', ...(data && { data }) };
}

/** A transparent picture of one pixel. */
const PIXEL = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64',
);
