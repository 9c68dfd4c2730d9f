import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { isSameOrigin, resolveFileUrl } from '../address';
import type { DownloadedFile } from './file';
import { openReply, readFile, readRedirect, tooManyRedirects } from './file';
import { readFileServers } from './fileServers';
import { IncomingBody } from './incomingBody';
import type { Limiter } from './limiter';
import type { RawReply } from './reply';
import type { Send, Sender } from './request';
import { isTransient, withRetries } from './retry';
import type { Session } from './session';
import { Silence } from './silence';

/** How often a file may be somewhere else. */
const MOST_REDIRECTS = 5;

/** What a download shares with the other requests of its client. */
export interface DownloadSettings {
	/** Of Base URL, File Servers and the switch for certificates. */
	credentials: ICredentialDataDecryptedObject;
	/** In its one spelling. */
	baseUrl: string;
	sender: Sender;
	session: Session;
	limit: Limiter;
	/** ms; the longest silence. */
	timeout: number;
	maxRetries: number;
	/** Ends a download when it is aborted. */
	cancel: AbortSignal;
}

export interface DownloadOptions {
	/** A larger file is refused: as soon as it is announced, or when so much has come. */
	maxBytes: number;
	/** What to call the file where neither the answer nor its address does; without an extension. */
	fallbackName: string;
}

/**
 * Downloads a file, again if that can help. The token goes to the origin of Base URL only, and not
 * along a redirect.
 *
 * Inferred: a file at that origin wants the token, as its interfaces do.
 *
 * @param url absolute, or relative to Base URL
 * @param take makes of the file what the caller wants, and reads it to its end
 * @throws YisignError
 */
export type Download = <T>(
	url: string,
	options: DownloadOptions,
	take: (file: DownloadedFile) => Promise<T>,
) => Promise<T>;

export function createDownload(settings: DownloadSettings): Download {
	const { credentials, baseUrl, limit, maxRetries, cancel } = settings;
	return async (url, options, take) => {
		const servers = readFileServers(credentials.fileServers, baseUrl);
		const address = resolveFileUrl(url, baseUrl);
		servers.check(address);
		return await withRetries({ maxRetries, mayRepeat: isTransient, cancel }, async () =>
			limit(async () => {
				const { reply, target } = await follow(settings, address, options.maxBytes, servers.check);
				return await readFile(reply, target, options, take);
			}),
		);
	};
}

/**
 * Asks for a file, wherever redirects lead to.
 *
 * @param check throws for a server that files may not come from
 * @returns the answer with a body that is yet to be read, and the address it came from
 */
async function follow(
	settings: DownloadSettings,
	address: string,
	maxBytes: number,
	check: (url: string) => void,
): Promise<{ reply: RawReply; target: string }> {
	const { sender, session, baseUrl } = settings;
	const ask = async (send: Send, url: string) => await open(settings, send, url, maxBytes);
	let target = address;
	let reply = isSameOrigin(address, baseUrl)
		? await session.send(async () => await ask(sender.sendSigned, address))
		: await ask(sender.sendPlain, address);
	for (let redirects = 0; ; redirects += 1) {
		const next = readRedirect(reply, target);
		if (next === undefined) return { reply, target };
		if (redirects === MOST_REDIRECTS) throw tooManyRedirects(reply);
		check(next);
		target = next;
		reply = await ask(sender.sendPlain, target);
	}
}

/** Sends one request, and waits until the answer has begun. */
async function open(
	{ credentials, timeout, cancel }: DownloadSettings,
	send: Send,
	url: string,
	maxBytes: number,
): Promise<RawReply> {
	const silence = new Silence(timeout);
	const { statusCode, headers, body } = await send(
		{
			method: 'GET',
			url,
			encoding: 'stream',
			// The credential's own switch, for the servers that it names.
			skipSslCertificateValidation: credentials.allowUnauthorizedCerts === true,
		},
		{ cancel, startDeadline: () => silence.start() },
	);
	const incoming = new IncomingBody(body, { maxBytes, silence, cancel });
	return await openReply({ statusCode, headers, body: incoming });
}
