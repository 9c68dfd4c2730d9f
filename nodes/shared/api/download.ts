import type { IHttpRequestOptions } from 'n8n-workflow';
import { isSameOrigin } from '../address';
import type { DownloadedFile, FileRules } from './file';
import {
	notAFile,
	notAFileOfInterface,
	openReply,
	readFile,
	readRedirect,
	tooManyRedirects,
	withoutSecrets,
} from './file';
import { readFileServers } from './fileServers';
import { IncomingBody } from './incomingBody';
import type { RawReply } from './reply';
import { refusalOf } from './reply';
import type { Send } from './request';
import { withRetries } from './retry';
import type { ClientSettings } from './settings';
import { Silence } from './silence';

/** How often a file may be somewhere else. */
const MOST_REDIRECTS = 5;

export interface DownloadOptions extends Omit<FileRules, 'explain'> {
	/** Whether an interface is called for the file; otherwise it is behind a link, with its own token. */
	isOfInterface?: boolean;
}

/**
 * Asks for a file, and hands it on.
 *
 * @param request to the address of the file; with what else it is asked for, at the origin of Base URL
 * @param take makes of the file what the caller wants, and reads it to its end
 * @throws YisignError
 */
export async function download<T>(
	settings: ClientSettings,
	request: IHttpRequestOptions,
	{ isOfInterface = false, ...options }: DownloadOptions,
	take: (file: DownloadedFile) => Promise<T>,
): Promise<T> {
	const { credentials, baseUrl, limit, maxRetries, cancel, ruleOf } = settings;
	const servers = readFileServers(credentials.fileServers, baseUrl);
	servers.check(request.url);
	const { mayRepeat, end } = ruleOf(request);
	const { maxBytes } = options;
	return await withRetries({ maxRetries, mayRepeat, cancel }, async () =>
		limit(async () => {
			const ask = async (send: Send, next: IHttpRequestOptions) =>
				await open(settings, send, next, { maxBytes, end });
			const first = await askFirst(settings, request, ask, { isFile: !isOfInterface });
			const { reply, target } = await follow(settings, request, first, ask, servers.check);
			const gotToken = reply === first && isSameOrigin(request.url, baseUrl);
			const explain = isOfInterface
				? notAFileOfInterface
				: (answer: RawReply) => notAFile(answer, { gotToken });
			return await readFile(reply, target, { ...options, explain }, take);
		}),
	);
}

/** Sends one request, and waits until the answer has begun. */
type Ask = (send: Send, request: IHttpRequestOptions) => Promise<RawReply>;

/**
 * Asks for a file, at the origin of Base URL with the token.
 *
 * @throws YisignError `unauthorized` if it is known that Yisign does not accept the token
 */
async function askFirst(
	{ sender, session, baseUrl }: ClientSettings,
	request: IHttpRequestOptions,
	ask: Ask,
	{ isFile }: { isFile: boolean },
): Promise<RawReply> {
	if (!isSameOrigin(request.url, baseUrl)) return await ask(sender.sendPlain, request);
	const reply = await session.send(async () => await ask(sender.sendSigned, request), { isFile });
	const refused = reply === session.refusal ? refusalOf(reply) : undefined;
	if (refused) throw refused;
	return reply;
}

/**
 * Follows an answer wherever redirects lead to; that of a POST is not followed.
 *
 * @param first the answer to the request
 * @param check throws for a server that files may not come from
 * @returns the answer with a body that is yet to be read, and the address it came from
 */
async function follow(
	{ credentials, sender, baseUrl }: ClientSettings,
	request: IHttpRequestOptions,
	first: RawReply,
	ask: Ask,
	check: (url: string) => void,
): Promise<{ reply: RawReply; target: string }> {
	let target = request.url;
	let reply = first;
	for (let redirects = 0; ; redirects += 1) {
		const next = request.method === 'POST' ? undefined : readRedirect(reply, target);
		if (next === undefined) return { reply, target };
		if (redirects === MOST_REDIRECTS) throw tooManyRedirects(reply);
		check(next);
		const { accessToken, sessionToken } = credentials;
		const isOwn = isSameOrigin(next, baseUrl);
		target = isOwn ? next : withoutSecrets(next, [accessToken, sessionToken], reply);
		reply = await ask(sender.sendPlain, { method: 'GET', url: target });
	}
}

async function open(
	{ credentials, timeout, cancel }: ClientSettings,
	send: Send,
	request: IHttpRequestOptions,
	{ maxBytes, end }: { maxBytes: number; end: AbortSignal },
): Promise<RawReply> {
	const silence = new Silence(timeout);
	const { statusCode, headers, body } = await send(
		{
			...request,
			encoding: 'stream',
			// The credential's own switch, for the servers that it names.
			skipSslCertificateValidation: credentials.allowUnauthorizedCerts === true,
		},
		{ cancel, end, startDeadline: () => silence.start() },
	);
	const incoming = new IncomingBody(body, { maxBytes, silence, cancel: end });
	return await openReply({ statusCode, headers, body: incoming });
}
