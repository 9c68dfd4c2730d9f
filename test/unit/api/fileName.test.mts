import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toFileName } from '../../../nodes/shared/api/fileName.ts';

const PDF = 'application/pdf';
const ADDRESS = 'https://yisign.example/files/WSID_1.pdf?token=x';

const named = (header: string, mimeType = PDF, url = ADDRESS) =>
	toFileName({
		headers: { 'content-disposition': header },
		url,
		fallbackName: '知情同意书-WSID_1',
		mimeType,
	});

/** Text as Node hands over a header: one character for each byte. */
const asBytes = (text: string | Buffer) => Buffer.from(text as string).toString('latin1');
const NAME = '知情同意书.pdf';

describe('a file name out of Content-Disposition', () => {
	it.each([
		['attachment; filename=a.pdf', 'a.pdf'],
		['attachment; filename="a b.pdf"; size=3', 'a b.pdf'],
		['attachment;FILENAME = "a.pdf"', 'a.pdf'],
		['attachment; filename="a;b.pdf"', 'a;b.pdf'],
		['attachment; filename="a \\"quoted\\" b.pdf"', 'a quoted b.pdf'],
		[`attachment; filename*=UTF-8''${encodeURIComponent(NAME)}`, NAME],
		[`attachment; filename*=utf-8'zh-CN'${encodeURIComponent(NAME)}`, NAME],
		["attachment; filename*=GBK''%D6%AA%C7%E9%CD%AC%D2%E2%CA%E9.pdf", NAME],
		[`attachment; filename="x.pdf"; filename*=UTF-8''${encodeURIComponent(NAME)}`, NAME],
		[`attachment; filename*=UTF-8''%FF%FF; filename="fallback.pdf"`, 'fallback.pdf'],
		[`attachment; filename*=nobody-knows''a; filename="fallback.pdf"`, 'fallback.pdf'],
		[`attachment; filename="${encodeURIComponent(NAME)}"`, NAME],
		[`attachment; filename="${asBytes(NAME)}"`, NAME],
		['attachment; filename="100%.pdf"', '100%.pdf'],
	])('%s', (header, expected) => {
		expect(named(header)).toBe(expected);
	});

	it.each([
		['../../etc/passwd', 'passwd.pdf'],
		['..\\\\..\\\\a.pdf', 'a.pdf'],
		['C:\\\\Temp\\\\a.pdf', 'a.pdf'],
		['/abs/a.pdf', 'a.pdf'],
		['%2e%2e%2fa.pdf', 'a.pdf'],
		['a\u0000b\u202Efdp.pdf', 'abfdp.pdf'],
		['.hidden', 'hidden.pdf'],
		['a.pdf. . ', 'a.pdf'],
		['..', 'WSID_1.pdf'],
		['  ', 'WSID_1.pdf'],
		['a/', 'WSID_1.pdf'],
	])('never has a path or a trick in it: %j', (name, expected) => {
		expect(named(`attachment; filename="${name}"`)).toBe(expected);
	});
});

describe('a file name out of the address', () => {
	it.each([
		['https://yisign.example/files/a.pdf', 'a.pdf'],
		['https://yisign.example/files/a.pdf?name=b.pdf#c', 'a.pdf'],
		[`https://yisign.example/${encodeURIComponent(NAME)}`, NAME],
		['https://yisign.example/a%2Fb.pdf', 'b.pdf'],
	])('%s', (url, expected) => {
		expect(named('attachment', PDF, url)).toBe(expected);
	});
});

describe('a file without a name in header or address', () => {
	const address = 'https://yisign.example/WSID_LINK_1/download-file?token=x';

	it.each([
		[address, '知情同意书-WSID_1', '知情同意书-WSID_1.pdf'],
		['https://yisign.example/', '知情同意书-WSID_1', '知情同意书-WSID_1.pdf'],
		[address, '../a/知情同意书', '知情同意书.pdf'],
		[address, '', 'download-file.pdf'],
		['https://yisign.example/', '', 'file.pdf'],
	])('at %s with the document %j', (url, fallbackName, expected) => {
		expect(toFileName({ headers: {}, url, fallbackName, mimeType: PDF })).toBe(expected);
	});
});

describe('the extension of a file name', () => {
	it.each([
		['a.PDF', PDF, 'a.pdf'],
		['a.doc', PDF, 'a.doc.pdf'],
		['a.jpeg', 'image/jpeg', 'a.jpeg'],
		['a', 'image/jpeg', 'a.jpg'],
		['a', 'application/ofd', 'a.ofd'],
		['a.xyz', 'application/octet-stream', 'a.xyz'],
	])('of %s, which is %s, makes it %s', (name, mimeType, expected) => {
		expect(named(`attachment; filename="${name}"`, mimeType)).toBe(expected);
	});

	it.each(['知', '𠮷'])('is kept when the name is too long for a disk: %s', (character) => {
		const name = named(`attachment; filename="${asBytes(character.repeat(300))}.pdf"`);
		expect(name).toBe(`${character.repeat(60)}.pdf`);
		expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
	});
});

describe('any file name', () => {
	const header = fc.oneof(
		fc.string({ unit: 'binary', maxLength: 200 }),
		fc.string({
			unit: fc.constantFrom(...'a/\\\\.%2eF"\';=?*知😀\u0000\u200f\u0301 '),
			maxLength: 200,
		}),
	);
	const form = fc.constantFrom(
		(name: string) => `attachment; filename="${name}"`,
		(name: string) => `attachment; filename=${name}`,
		(name: string) => `attachment; filename*=UTF-8''${name}`,
		(name: string) => `attachment; filename="${asBytes(name)}"`,
		(name: string) => name,
	);
	const mimeType = fc.constantFrom(PDF, 'image/jpeg', 'application/octet-stream');

	it('is not empty, not long, no path, without control characters, and well-formed', () => {
		fc.assert(
			fc.property(header, form, mimeType, fc.webUrl(), (name, write, type, url) => {
				const result = named(write(name), type, url);
				expect(result).not.toMatch(/[\\/\p{Cc}\p{Cf}<>:"|?*]/u);
				expect(result).not.toMatch(/^[.\s]|^$|[.\s]$/);
				expect([...result].length).toBeLessThanOrEqual(65);
				expect(Buffer.byteLength(result)).toBeLessThanOrEqual(255);
				expect(result.isWellFormed()).toBe(true);
			}),
			{ numRuns: 2000 },
		);
	});

	it('stays the same when it is used as a name once more', () => {
		fc.assert(
			fc.property(header, form, mimeType, (name, write, type) => {
				const once = named(write(name), type);
				// As another server would hand it over.
				const again = `attachment; filename*=UTF-8''${encodeURIComponent(once)}`;
				expect(named(again, type)).toBe(once);
			}),
			{ numRuns: 2000 },
		);
	});
});
