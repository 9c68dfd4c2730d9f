import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toPath } from '../../../nodes/YisignEnvelope/actions/callInterface.path.ts';
import { findAdded } from '../../../nodes/YisignEnvelope/actions/callInterface.query.ts';
import { YisignError } from '../../../nodes/shared/errors.ts';
import { typedPaths } from './paths.mts';

const BASES = ['http://10.0.0.5:2576', 'https://yisign.example/gw', 'http://[::1]:80/a/b'];

/** Every reading of a path that a server, or a proxy in front of it, may have. */
function readings(pathname: string): string[] {
	const seen = new Set<string>();
	const look = (text: string) => {
		if (seen.has(text) || seen.size > 50) return;
		seen.add(text);
		try {
			look(decodeURIComponent(text));
		} catch {
			// Not encoded.
		}
		look(text.normalize('NFKC'));
		look(text.replaceAll('\\', '/'));
		look(text.replace(/;[^/]*/g, ''));
		look(text.replace(/\p{C}/gu, ''));
	};
	look(pathname);
	return [...seen];
}

it('leads nowhere but below Base URL, whatever is typed, or is refused by its label', () => {
	let sent = 0;
	fc.assert(
		fc.property(typedPaths, fc.constantFrom(...BASES), (typed, base) => {
			let result: string;
			try {
				result = toPath(typed);
			} catch (error) {
				expect(error).toBeInstanceOf(YisignError);
				expect((error as YisignError).message).toMatch(/^Path /);
				return;
			}
			sent += 1;
			const url = new URL(base + result);
			const { origin, pathname } = new URL(base);
			expect([url.origin, url.search, url.hash, url.username]).toEqual([origin, '', '', '']);
			expect(url.pathname).toBe((pathname === '/' ? '' : pathname) + result);
			for (const reading of readings(result)) {
				expect(reading).toMatch(/^\/(?!\/)/);
				expect(reading.split('/').filter((segment) => /^\.+$/.test(segment))).toEqual([]);
				expect(reading).not.toMatch(/[\\?#;]|\/\//);
			}
		}),
		{ numRuns: Number(process.env.FC_RUNS ?? 3000) },
	);
	expect(sent).toBeGreaterThan(50);
});

it('keeps a path that the documents could print', () => {
	const segment = fc.stringMatching(/^[A-Za-z0-9_~:@-][A-Za-z0-9._~:@-]{0,20}$/);
	fc.assert(
		fc.property(fc.array(segment, { minLength: 1, maxLength: 8 }), (segments) => {
			const printed = `/${segments.join('/')}`;
			expect(toPath(printed)).toBe(printed);
		}),
	);
});

it('knows the names that the node adds, in any disguise, and no others', () => {
	const disguises: Array<(text: string) => string> = [
		(text) => text.toUpperCase(),
		(text) => ` ${text}`,
		(text) => `${text}[]`,
		(text) => text.replace(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0)),
		(text) => encodeURIComponent(text),
		(text) => text.replace(/_|-/, (char) => `%${char.charCodeAt(0).toString(16)}`),
		(text) => text.split('').join('\u200b'),
	];
	const names = fc.constantFrom('access_token', 'X-Signit-App-Id');
	fc.assert(
		fc.property(
			names,
			fc.array(fc.constantFrom(...disguises), { maxLength: 4 }),
			(name, chosen) => {
				expect(findAdded(chosen.reduce<string>((text, disguise) => disguise(text), name))).toBe(
					name,
				);
			},
		),
		{ numRuns: 500 },
	);
	for (const name of [
		'access',
		'token',
		'accessToken',
		'access_tokens',
		'appId',
		'X-App-Id',
		'%',
		'',
	]) {
		expect(findAdded(name)).toBeUndefined();
	}
});
