/** Endings of the file types that a signed file can be expected to have, the usual one first. */
const ENDINGS: Readonly<Record<string, readonly string[]>> = {
	'application/pdf': ['.pdf'],
	'application/ofd': ['.ofd'],
	'application/zip': ['.zip'],
	'image/jpeg': ['.jpg', '.jpeg'],
	'image/png': ['.png'],
};

/** Characters; file systems take 255 bytes, and a rare Chinese character has four. */
const LONGEST_NAME = 60;

/**
 * What to call a file that was loaded: by the header Content-Disposition, otherwise by the last part
 * of its address. Never a path, never a control character, always with an ending if the type is known.
 *
 * @param headers of the answer, names in lower case
 */
export function toFileName(
	headers: Readonly<Record<string, unknown>>,
	url: string,
	mimeType: string,
): string {
	const { pathname } = new URL(url);
	const disposition = headers['content-disposition'];
	const given = typeof disposition === 'string' ? readDisposition(disposition) : undefined;
	const name = clean(given ?? '') || clean(decodePercent(pathname) ?? pathname) || 'file';
	const endings = ENDINGS[mimeType] ?? [''];
	const ending = endings.find((known) => name.toLowerCase().endsWith(known));
	const stem = ending ? name.slice(0, -ending.length) : name;
	return trim([...stem].slice(0, LONGEST_NAME).join('')) + (ending ?? endings[0]);
}

/**
 * The file name in a header Content-Disposition (RFC 6266), in the forms that servers send:
 * `filename*` with its character set (RFC 5987), and `filename` as plain text, percent-encoded, as an
 * encoded word (RFC 2047), or as raw bytes of UTF-8 or GBK, which Node hands over one character each.
 */
function readDisposition(header: string): string | undefined {
	const extended = /(?:^|;)\s*filename\*\s*=\s*"?([\w-]+)'[^']*'([^;"]*)/i.exec(header);
	if (extended) {
		const [, charset, encoded] = extended;
		const name = decodeBytes(unescapePercent(encoded.trim()), charset);
		if (name !== undefined) return name;
	}
	const plain = /(?:^|;)\s*filename\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;]*))/i.exec(header);
	if (!plain) return undefined;
	const text = plain[1]?.replace(/\\(["\\])/g, '$1') ?? plain[2].trim();
	return readEncodedWords(text) ?? decodePercent(text) ?? readRawBytes(text);
}

function readEncodedWords(text: string): string | undefined {
	const words = [...text.matchAll(/=\?([\w-]+)\?([BQ])\?([^?]*)\?=/gi)];
	if (words.length === 0) return undefined;
	return words
		.map(([, charset, encoding, content]) =>
			decodeBytes(
				encoding.toUpperCase() === 'B'
					? Buffer.from(content, 'base64')
					: unescapePercent(content.replaceAll('_', ' ').replaceAll('=', '%')),
				charset,
			),
		)
		.join('');
}

/** Text with percent signs that stand for bytes of UTF-8; undefined if there are none. */
function decodePercent(text: string): string | undefined {
	if (!/%[0-9A-Fa-f]{2}/.test(text)) return undefined;
	return (
		decodeBytes(unescapePercent(text), 'utf-8') ?? decodeBytes(unescapePercent(text), 'gb18030')
	);
}

function unescapePercent(text: string): Buffer {
	return Buffer.from(
		text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
		'latin1',
	);
}

function readRawBytes(text: string): string {
	const bytes = Buffer.from(text, 'latin1');
	const isBytes = /[\x80-\xff]/.test(text) && bytes.toString('latin1') === text;
	if (!isBytes) return text;
	return decodeBytes(bytes, 'utf-8') ?? decodeBytes(bytes, 'gb18030') ?? text;
}

/** @returns undefined if the bytes are not of this character set, or nobody knows it */
function decodeBytes(bytes: Buffer, charset: string): string | undefined {
	try {
		return new TextDecoder(charset, { fatal: true }).decode(bytes);
	} catch {
		return undefined;
	}
}

/** The last part of a path, without characters that a file system or a terminal takes amiss. */
function clean(name: string): string {
	const last = name.split(/[\\/]/).at(-1) ?? '';
	return trim(last.replace(/[\p{Cc}\p{Cf}<>:"|?*]/gu, ''));
}

/** Without dots and blanks at either end: a name that begins with a dot is hidden. */
function trim(name: string): string {
	return name.replace(/^[.\s]+|[.\s]+$/g, '');
}
