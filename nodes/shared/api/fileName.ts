/** Extensions that a signed file can be expected to have, the usual one first. */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
	'application/pdf': ['.pdf'],
	'application/ofd': ['.ofd'],
	'application/zip': ['.zip'],
	'image/jpeg': ['.jpg', '.jpeg'],
	'image/png': ['.png'],
};

/** Characters; file systems take 255 bytes, and a rare Chinese character has four. */
const LONGEST_NAME = 60;

/** What is known about a file that was downloaded. */
interface FileOrigin {
	/** Of the answer, names in lower case. */
	headers: Readonly<Record<string, unknown>>;
	/** Where it came from. */
	url: string;
	/** What to call it where neither of them does; without an extension. */
	fallbackName: string;
	mimeType: string;
}

/**
 * What to call a file: by the header Content-Disposition, by the last part of its address if that has
 * an extension, or as the caller says. Never a path, never a control character, always with an
 * extension if the type is known.
 */
export function toFileName({ headers, url, fallbackName, mimeType }: FileOrigin): string {
	const { pathname } = new URL(url);
	const inAddress = clean(decodePercent(pathname) ?? pathname);
	const name =
		clean(readDisposition(headers['content-disposition']) ?? '') ||
		(inAddress.includes('.') ? inAddress : '') ||
		clean(fallbackName) ||
		inAddress ||
		'file';
	const extensions = EXTENSIONS[mimeType] ?? [''];
	const extension = extensions.find((known) => name.toLowerCase().endsWith(known));
	const stem = extension ? name.slice(0, -extension.length) : name;
	return trim([...stem].slice(0, LONGEST_NAME).join('')) + (extension ?? extensions[0]);
}

/**
 * The file name in a header Content-Disposition (RFC 6266): `filename*` with its character set
 * (RFC 5987), and `filename` as plain text, percent-encoded, or as bytes of UTF-8, which Node hands
 * over one character each.
 */
function readDisposition(header: unknown): string | undefined {
	if (typeof header !== 'string') return undefined;
	const extended = /(?:^|;)\s*filename\*\s*=\s*"?([\w-]+)'[^']*'([^;"]*)/i.exec(header);
	if (extended) {
		const [, charset, encoded] = extended;
		const name = decodeBytes(unescapePercent(encoded.trim()), charset);
		if (name !== undefined) return name;
	}
	const plain = /(?:^|;)\s*filename\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;]*))/i.exec(header);
	if (!plain) return undefined;
	const text = plain[1]?.replace(/\\(["\\])/g, '$1') ?? plain[2].trim();
	return decodePercent(text) ?? decodeRawBytes(text) ?? text;
}

/** Text with percent signs that stand for bytes of UTF-8; undefined if there are none. */
function decodePercent(text: string): string | undefined {
	return /%[0-9A-Fa-f]{2}/.test(text) ? decodeBytes(unescapePercent(text), 'utf-8') : undefined;
}

function unescapePercent(text: string): Buffer {
	return Buffer.from(
		text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
		'latin1',
	);
}

/** Text of which each character stands for a byte of UTF-8; undefined if it does not. */
function decodeRawBytes(text: string): string | undefined {
	const bytes = Buffer.from(text, 'latin1');
	return bytes.toString('latin1') === text ? decodeBytes(bytes, 'utf-8') : undefined;
}

/** @returns undefined if the bytes are not of this character set, or it is not known */
function decodeBytes(bytes: Buffer, charset: string): string | undefined {
	try {
		return new TextDecoder(charset, { fatal: true }).decode(bytes);
	} catch {
		return undefined;
	}
}

/** The last part of a path, without characters that trouble a file system or a terminal. */
function clean(name: string): string {
	const last = name.split(/[\\/]/).at(-1) ?? '';
	return trim(last.replace(/[\p{Cc}\p{Cf}<>:"|?*]/gu, ''));
}

/** Without dots and blanks at either end: a name that begins with a dot is hidden. */
function trim(name: string): string {
	const isKept = (character: string) => character !== '.' && character.trim() !== '';
	const characters = [...name];
	const first = characters.findIndex(isKept);
	return characters.slice(first, characters.findLastIndex(isKept) + 1).join('');
}
