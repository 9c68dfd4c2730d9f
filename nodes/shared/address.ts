import { requireCredentialText } from './credential';
import { YisignError } from './errors';
import { withUsualWidth } from './identifier';

/**
 * The credential's Base URL in one spelling: no blanks around it, no slash at its end.
 *
 * @returns for example `http://10.0.0.5:2576/gw`
 * @throws YisignError `input` if it is missing or cannot be the base of a Yisign server
 */
export function normalizeBaseUrl(baseUrl: unknown): string {
	const { href } = parse(baseUrl, 'Base URL');
	let end = href.length;
	while (href.endsWith('/', end)) end -= 1;
	return href.slice(0, end);
}

/**
 * Where to get a token: the credential's Token URL, or the documented path below the base.
 *
 * @throws YisignError `input` if a Token URL is given and is none
 */
export function resolveTokenUrl(tokenUrl: unknown, defaultUrl: string): string {
	return hasTokenUrl(tokenUrl) ? parse(tokenUrl, 'Token URL').href : defaultUrl;
}

/** Whether the field Token URL of the credential is filled in. */
export function hasTokenUrl(tokenUrl: unknown): boolean {
	return String(tokenUrl ?? '').trim() !== '';
}

/**
 * The address of a file: as it stands, or relative to the Base URL.
 *
 * Inferred: a relative address is meant as in a web page, so that one with a slash in front begins
 * at the server's root.
 *
 * @throws YisignError `input` if it is none, or not of the web
 */
export function resolveFileUrl(url: string, baseUrl: string): string {
	const address = url.trim() === '' ? undefined : toWebAddress(url, `${baseUrl}/`);
	if (address !== undefined) return address;
	throw new YisignError('input', 'File URLs has to hold addresses that begin with http', {
		description: 'Check the field, or the expression: the list fileUrls of an envelope fits.',
		cause: 'configuration-invalid',
	});
}

/** An address of http or https, seen from another one; undefined if it is none. */
export function toWebAddress(url: string, base: string): string | undefined {
	if (!URL.canParse(url, base)) return undefined;
	const { protocol, href } = new URL(url, base);
	return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}

/** Whether both addresses have the same scheme, host and port. */
export function isSameOrigin(left: string, right: string): boolean {
	return new URL(left).origin === new URL(right).origin;
}

const HOW_TO_ENTER =
	'Open the Yisign API credential and enter the address you got from Yisign or the IT of your hospital, for example https://yisign.hospital.example or http://10.0.0.5:2576/gw.';

function parse(value: unknown, label: string): URL {
	const typed = requireCredentialText(value, label, { description: HOW_TO_ENTER });
	const text = withUsualWidth(typed, FULL_WIDTH);
	if (!/^https?:\/\//i.test(text)) {
		const start = `The credential's ${label} has to start with http:// or https://`;
		throw invalid(start, suggest(text));
	}
	if (!URL.canParse(text)) {
		throw invalid(`The credential's ${label} is not a URL`);
	}
	const url = new URL(text);
	if (url.username !== '' || url.password !== '') {
		throw invalid(`The credential's ${label} must not contain a user name or password`);
	}
	if (/[?#]/.test(text)) {
		throw invalid(`The credential's ${label} must not contain "?" or "#"`);
	}
	return url;
}

/** Full stop, slash and colon as a Chinese keyboard types them. */
const FULL_WIDTH = /[\uFF0E\uFF0F\uFF1A]/g;

/** What may stand before a server's name, with a slip in it. */
const SCHEME = /^(https?)(?::\/*|\/+)/i;

/** A server's name or IP address, and what may stand behind it; a token is longer, or has no dot. */
const SERVER = /^(?=.{1,60}$)(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d+)?(?:\/[\w./-]*)?$/i;

/** The address that a text without http:// may stand for; nothing if it may hold a secret. */
function suggest(text: string): string {
	const scheme = SCHEME.exec(text)?.[1].toLowerCase() ?? 'http';
	const server = text.replace(SCHEME, '').replace(/\/$/, '');
	return SERVER.test(server) ? `Did you mean ${scheme}://${server}? ` : '';
}

function invalid(message: string, suggestion = ''): YisignError {
	return new YisignError('input', message, {
		description: suggestion + HOW_TO_ENTER,
		cause: 'configuration-invalid',
	});
}
