import { YisignError } from './errors';

/**
 * The credential's Base URL in one spelling: no blanks around it, no slash at its end.
 *
 * @returns for example `http://10.0.0.5:2576/gw`
 * @throws YisignError `input` if it is missing or cannot be the base of a Yisign server
 */
export function normalizeBaseUrl(baseUrl: unknown): string {
	return parse(baseUrl, 'Base URL').href.replace(/\/+$/, '');
}

/**
 * Where to get a token: the credential's Token URL, or the documented path below the base.
 *
 * @throws YisignError `input` if a Token URL is given and is none
 */
export function resolveTokenUrl(tokenUrl: unknown, defaultUrl: string): string {
	const isEmpty = tokenUrl === undefined || tokenUrl === null || String(tokenUrl).trim() === '';
	return isEmpty ? defaultUrl : parse(tokenUrl, 'Token URL').href;
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
	const base = `${baseUrl}/`;
	if (url.trim() !== '' && URL.canParse(url, base)) {
		const { protocol, href } = new URL(url, base);
		if (protocol === 'http:' || protocol === 'https:') return href;
	}
	throw new YisignError('input', 'File URLs has to hold addresses that begin with http', {
		description: 'Check the field, or the expression: the list fileUrls of an envelope fits.',
		cause: 'configuration-invalid',
	});
}

/** Whether both addresses have the same scheme, host and port. */
export function isSameOrigin(left: string, right: string): boolean {
	return new URL(left).origin === new URL(right).origin;
}

/** Whether both addresses are of the same machine, on whatever port. */
export function isSameHost(left: string, right: string): boolean {
	return new URL(left).hostname === new URL(right).hostname;
}

function parse(value: unknown, label: string): URL {
	const text = typeof value === 'string' ? value.trim() : '';
	if (text === '') {
		throw invalid(`The credential has no ${label}`);
	}
	if (!URL.canParse(text)) {
		throw invalid(`The credential's ${label} is not a URL`);
	}
	const url = new URL(text);
	if (url.protocol !== 'http:' && url.protocol !== 'https:') {
		throw invalid(`The credential's ${label} has to start with http:// or https://`);
	}
	if (url.username !== '' || url.password !== '') {
		throw invalid(`The credential's ${label} must not contain a user name or password`);
	}
	if (/[?#]/.test(text)) {
		throw invalid(`The credential's ${label} must not contain "?" or "#"`);
	}
	return url;
}

function invalid(message: string): YisignError {
	return new YisignError('input', message, {
		description:
			'Open the Yisign API credential and enter the address you got from Yisign or the IT of your hospital, for example https://yisign.hospital.example or http://10.0.0.5:2576/gw.',
		cause: 'configuration-invalid',
	});
}
