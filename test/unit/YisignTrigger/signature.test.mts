import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PostedRequest } from '../../../nodes/YisignTrigger/signature.ts';
import { checkSignature, parseJavaDate } from '../../../nodes/YisignTrigger/signature.ts';
import { javaDate, signed, type Signing } from '../../../sandbox/callbacks.mts';

/** The synthetic vector of vendor-api 3.5. */
const SETTINGS = {
	appId: '0000000000000000000000test1',
	appSecret: 'not-a-real-secret',
	toleranceSeconds: 300,
};
const SENT_AT = Date.UTC(2024, 0, 1);
const BODY = '{"event":"dataSignatureCompleted","needCallBack":false,"rawData":"{}"}';
const VECTOR =
	'+AY/duVU4N2tI6dWOZ2uibgHvrDM00/jRe2zfUzGz75/LWOaMYvmsxyyr41xPBpi5pd72yBpnUMJ/IPVyqqUbQ==';
const EMPTY_VECTOR =
	'P87j7bUPXbS53ZClJriCvOuhb2/QQjCEjgsPcE49sfXcIdTmk3/oD73i+6CoSbKg1D7tr9i5QE77vPlRNYjq4g==';

const SIGNED_HEADERS = {
	'content-type': 'application/json',
	'x-signit-date': 'Mon Jan 01 08:00:00 CST 2024',
	'x-signit-host': 'hooks.example.org',
	'x-signit-nonce': 'AbCdEf0123456789AbCdEf01',
	'x-signit-resource': '',
	'x-signit-scheme': 'https',
};

function vector(body = BODY, signature = VECTOR): PostedRequest {
	return {
		method: 'POST',
		headers: {
			...SIGNED_HEADERS,
			'x-signit-signature': `HmacSHA512 ${SETTINGS.appId}:${signature}`,
		},
		rawBody: Buffer.from(body),
	};
}

const check = (request: PostedRequest, changes: Partial<typeof SETTINGS> = {}, now = SENT_AT) =>
	checkSignature(request, { ...SETTINGS, ...changes }, now);

/** `genuine`, or why not. */
function verdict(...args: Parameters<typeof check>): string {
	const result = check(...args);
	return result.isGenuine ? 'genuine' : result.reason;
}

function withHeader(name: string, value: string | undefined): PostedRequest {
	const request = vector();
	return { ...request, headers: { ...request.headers, [name]: value } };
}

/** What the sandbox signs, as n8n receives it. */
function received(body: string, signing: Signing): PostedRequest {
	const { headers } = signed(body, { ...SETTINGS, sentAt: SENT_AT, ...signing });
	return {
		method: 'POST',
		headers: Object.fromEntries(
			Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
		),
		rawBody: Buffer.from(body),
	};
}

describe('a genuine callback', () => {
	it('is the documented vector, with its date and a hash of its nonce', () => {
		expect(check(vector())).toEqual({
			isGenuine: true,
			nonce: { hash: expect.stringMatching(/^[0-9a-f]{12}$/), sentAt: SENT_AT / 1000 },
		});
	});

	it('may have an empty body, which then is no part of what is signed', () => {
		expect(verdict(vector('', EMPTY_VECTOR))).toBe('genuine');
		expect(verdict(vector('', VECTOR))).toBe('wrongSignature');
		expect(verdict(vector(BODY, EMPTY_VECTOR))).toBe('wrongSignature');
	});

	it('may leave out a header that is signed as empty', () => {
		expect(verdict(withHeader('x-signit-resource', undefined))).toBe('genuine');
	});

	it('may name its method in lower case', () => {
		expect(verdict({ ...vector(), method: 'post' })).toBe('genuine');
	});

	it('is whatever a sender signs, byte by byte, escapes and all', () => {
		fc.assert(
			fc.property(
				fc.string({ unit: 'binary' }),
				fc.stringMatching(/^[!-~]{0,30}$/),
				(body, host) => {
					expect(verdict(received(body, { host }))).toBe('genuine');
				},
			),
		);
		expect(verdict(received('{"a":"\\u5b8c\\u6210"}', {}))).toBe('genuine');
		expect(
			verdict({ ...received('{"a":"\\u5b8c"}', {}), rawBody: Buffer.from('{"a":"完"}') }),
		).toBe('wrongSignature');
	});
});

describe('a callback is refused', () => {
	it.each([
		['without a signature', withHeader('x-signit-signature', undefined), 'unsigned'],
		['with an empty signature', withHeader('x-signit-signature', ''), 'unsigned'],
		[
			'signed for another App ID',
			withHeader('x-signit-signature', `HmacSHA512 0000000000000000000000test2:${VECTOR}`),
			'otherAppId',
		],
		['with the signature alone', withHeader('x-signit-signature', VECTOR), 'wrongSignature'],
		[
			'with another algorithm',
			withHeader('x-signit-signature', `HmacSHA256 ${SETTINGS.appId}:${VECTOR}`),
			'wrongSignature',
		],
		['with another method', { ...vector(), method: 'PUT' }, 'wrongSignature'],
	])('%s', (_name, request, reason) => {
		expect(verdict(request)).toBe(reason);
	});

	it('if there is no secret to check it with, whatever it carries', () => {
		expect(verdict(vector(), { appSecret: '' })).toBe('noSecret');
		expect(verdict(vector(), { appId: '' })).toBe('noSecret');
		expect(verdict(received(BODY, { appSecret: '' }), { appSecret: '' })).toBe('noSecret');
	});

	it('if its secret is another', () => {
		expect(verdict(vector(), { appSecret: 'not-a-real-secreT' })).toBe('wrongSignature');
	});

	it('if a single byte of the body is changed, added or taken away', () => {
		const length = Buffer.byteLength(BODY);
		fc.assert(
			fc.property(
				fc.nat(length - 1),
				fc.integer({ min: 1, max: 255 }),
				fc.constantFrom('change', 'add', 'remove'),
				(place, by, how) => {
					const bytes = [...Buffer.from(BODY)];
					if (how === 'change') bytes[place] = (bytes[place] + by) % 256;
					if (how === 'add') bytes.splice(place, 0, by);
					if (how === 'remove') bytes.splice(place, 1);
					expect(verdict({ ...vector(), rawBody: Uint8Array.from(bytes) })).toBe('wrongSignature');
				},
			),
		);
		expect(verdict({ ...vector(), rawBody: Buffer.from(`${BODY}\n`) })).toBe('wrongSignature');
	});

	it('if a single character of the signature is changed', () => {
		const header = vector().headers['x-signit-signature'] as string;
		fc.assert(
			fc.property(fc.nat(header.length - 1), fc.stringMatching(/^[ -~]$/), (place, character) => {
				const changed = header.slice(0, place) + character + header.slice(place + 1);
				fc.pre(changed !== header);
				expect(verdict(withHeader('x-signit-signature', changed))).toMatch(
					/^(wrongSignature|otherAppId)$/,
				);
			}),
		);
	});

	it.each(Object.keys(SIGNED_HEADERS))('if %s is anything else', (name) => {
		const right = SIGNED_HEADERS[name as keyof typeof SIGNED_HEADERS];
		fc.assert(
			fc.property(fc.string(), (value) => {
				fc.pre(value !== right);
				expect(verdict(withHeader(name, value))).toBe('wrongSignature');
			}),
		);
	});

	it('if two signed parts change places', () => {
		const request = vector();
		const headers = {
			...request.headers,
			'x-signit-host': SIGNED_HEADERS['x-signit-nonce'],
			'x-signit-nonce': SIGNED_HEADERS['x-signit-host'],
		};
		expect(verdict({ ...request, headers })).toBe('wrongSignature');
	});

	it('if its date is further from now than the tolerance, either way', () => {
		const at = (seconds: number) => verdict(vector(), {}, SENT_AT + seconds * 1000);
		expect([300, -300].map(at)).toEqual(['genuine', 'genuine']);
		expect([301, -301, 14 * 3600, -14 * 3600].map(at)).toEqual(
			Array.from({ length: 4 }, () => 'outsideTolerance'),
		);
		expect(verdict(vector(), { toleranceSeconds: 3600 }, SENT_AT + 3_599_000)).toBe('genuine');
		expect(verdict(vector(), { toleranceSeconds: NaN })).toBe('outsideTolerance');
	});

	it('if its date is signed but missing', () => {
		const request = withHeader('x-signit-date', undefined);
		expect(verdict(request)).toBe('wrongSignature');
	});
});

describe('the date of a callback', () => {
	it.each<[string, string | null]>([
		['Mon Jan 01 08:00:00 CST 2024', '2024-01-01T00:00:00.000Z'],
		['Mon Dec 17 09:44:28 CST 2018', '2018-12-17T01:44:28.000Z'],
		['Thu Feb 29 23:59:59 CST 2024', '2024-02-29T15:59:59.000Z'],
		['Mon Jan 01 00:00:00 GMT 2024', '2024-01-01T00:00:00.000Z'],
		['Mon Jan 01 00:00:00 UTC 2024', '2024-01-01T00:00:00.000Z'],
		['Mon Jan 01 08:00:00 GMT+08:00 2024', '2024-01-01T00:00:00.000Z'],
		['Sun Dec 31 20:30:00 GMT-03:30 2023', '2024-01-01T00:00:00.000Z'],
		['no date', null],
		['Mon Jan 01 08:00:00 XYZ 2024', null],
		['', null],
	])('%j is %j', (text, expected) => {
		const time = parseJavaDate(text);
		expect(time === null ? null : new Date(time).toISOString()).toBe(expected);
	});

	it('is read back as it was written, at any second', () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), (seconds) => {
				expect(parseJavaDate(javaDate(seconds * 1000))).toBe(seconds * 1000);
			}),
		);
	});
});

it('distinguishes callbacks with different nonces, and requests without one', () => {
	const hashOf = (signing: Signing) => {
		const result = check(received(BODY, signing));
		return result.isGenuine ? result.nonce.hash : result.reason;
	};
	expect(hashOf({ nonce: 'a' })).not.toBe(hashOf({ nonce: 'b' }));
	expect(hashOf({ nonce: 'a', host: 'x' })).toBe(hashOf({ nonce: 'a', host: 'y' }));
	expect(hashOf({ nonce: '', host: 'x' })).not.toBe(hashOf({ nonce: '', host: 'y' }));
});
