import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { YisignError } from '../../../nodes/shared/errors.ts';
import type { RawReply } from '../../../nodes/shared/api/reply.ts';
import { checkJson, checkReply, isInvalidToken } from '../../../nodes/shared/api/reply.ts';
import { caught, textOf } from '../caught.mts';
import { readSearchPage } from '../../../nodes/shared/search/page.ts';
import type { EnvelopeRecord } from '../../../nodes/shared/search/envelope.ts';

/** Synthetic values in the shapes of real ones; they must never turn up in a text. */
const TOKEN = '0a1b2c3d-1111-4222-8333-445566778899';
const SECRET = 'sk0123456789abcdef0123456789abcdef';
const ID_CARD = '990000190001011117';
const OLD_ID_CARD = '990000900101000';
const PATIENT = '李某某';

function reply(body: unknown, statusCode = 200, headers: RawReply['headers'] = {}): RawReply {
	return { statusCode, headers, body };
}

function refusal(...args: Parameters<typeof reply>): YisignError {
	return caught(() => checkReply(reply(...args)));
}

const EMPTY_SEARCH = {
	took: 2471,
	timed_out: false,
	_shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
	hits: { total: { value: 0, relation: 'eq' }, max_score: null, hits: [] },
};

describe('an answer that is no error', () => {
	it.each<[string, EnvelopeRecord]>([
		['the documented empty search', EMPTY_SEARCH],
		['code 100550000', { code: '100550000', message: '请求成功', data: {} }],
		['code 100600099, the last success', { code: '100600099' }],
		['a code as number', { code: 100600000 }],
		['a code of fewer than four digits', { code: '0' }],
		['a code that is no number', { code: 'OK' }],
		['error null', { error: null, hits: {} }],
		['error false', { error: false }],
		['an empty object', {}],
		['a code of a department in data', { code: '100550000', data: { code: 'KS2013' } }],
		['a code of five digits in data', { code: 0, data: { code: '20135', success: false } }],
		['resultCode SUCCESS', { resultCode: 'SUCCESS', data: { code: '13579' } }],
		['errcode ok', { errcode: 'ok' }],
		['a resultCode in Chinese', { resultCode: '成功' }],
		['resultCode 200', { resultCode: 200 }],
		['error null in data', { code: '0', data: { error: null, errorWsid: null } }],
		['a result with a code', { result: { code: '20135' } }],
		['a department in data, and nothing else', { data: { code: '20135', name: '儿科' } }],
		['a ward 404 in data, and nothing else', { data: { code: 404 } }],
	])('%s goes through as it is', (_, body) => {
		expect(checkReply(reply(body))).toBe(body);
		expect(checkReply(reply(body, 201))).toBe(body);
	});
});

describe('a refusal of the token', () => {
	it.each([
		['invalid_token with HTTP 200', { error: 'invalid_token' }, 200],
		['invalid_token with HTTP 400', { error: 'invalid_token' }, 400],
		['invalid_token with HTTP 401', { error: 'invalid_token', error_description: TOKEN }, 401],
		['a bare HTTP 401', '', 401],
		['an HTTP 401 with a page', '<html>Unauthorized</html>', 401],
	])('%s asks for another token', (_, body, status) => {
		expect(isInvalidToken(reply(body, status))).toBe(true);
		const error = refusal(body, status);
		expect(error.kind).toBe('unauthorized');
		expect(error.message).toContain('did not accept the credential');
		expect(error.description).toContain('Access Token (or App Secret) and App ID');
		expect(error.details).toMatchObject({ cause: 'credential-invalid', httpStatus: status });
	});

	it('HTTP 403 blames the credential too, but a new token would not help', () => {
		const answer = reply({ error: 'access_denied' }, 403);
		expect(isInvalidToken(answer)).toBe(false);
		const error = caught(() => checkReply(answer));
		expect(error.kind).toBe('unauthorized');
		expect(error.message).toBe(
			'Yisign did not accept the credential (HTTP 403, code access_denied)',
		);
	});

	it.each([
		['another OAuth error', { error: 'invalid_client' }, 400],
		['a success', EMPTY_SEARCH, 200],
		['a server fault', '', 500],
	])('is not read into %s', (_, body, status) => {
		expect(isInvalidToken(reply(body, status))).toBe(false);
	});

	it.each([
		{ error: 'unauthorized', error_description: 'Full authentication is required' },
		{ error: 'invalid_client' },
		{ error: null, message: 'token expired' },
		{ status: 401, error: 'Unauthorized', path: '/v1/open' },
	])('HTTP 401 with %j points to the credential', (body) => {
		expect(refusal(body, 401).kind).toBe('unauthorized');
	});
});

describe('a vendor error, with whatever HTTP status', () => {
	it.each<[string, object, string]>([
		['errorWsid alone', { errorWsid: 'WSID_ERRO_1', userMessage: PATIENT }, ''],
		['errorWsid null', { errorWsid: null }, ''],
		['errorWsid with a code', { errorWsid: 'W', code: '100550400' }, 'code 100550400'],
		['a success code beside errorWsid', { errorWsid: 'W', code: '100550000' }, 'code 100550000'],
		['code 0100, the first error', { code: '100550100', message: TOKEN }, 'code 100550100'],
		['code 9999 as number', { code: 9999 }, 'code 9999'],
		['an OAuth word', { error: 'invalid_request', error_description: TOKEN }, 'invalid_request'],
		['an error object', { error: { reason: TOKEN }, status: 400 }, ''],
		['an error sentence', { error: `no such token ${TOKEN}` }, ''],
		['resultCode that is no success', { resultCode: 'FAILED' }, 'code FAILED'],
		['success "false"', { success: 'false' }, ''],
		['error in data', { code: '100550000', data: { error: 'no_such_id' } }, 'code no_such_id'],
		['error in resultData', { resultData: { error: { reason: TOKEN } } }, ''],
		['errorWsid in result', { result: { errorWsid: 'W', code: '100550400' } }, 'code 100550400'],
		['a code of the vendor in data', { data: { code: '100550400' } }, 'code 100550400'],
		['a code and a message in data', { data: { code: 9999, message: PATIENT } }, 'code 9999'],
		['a list of refusals', [{ errorWsid: 'W', userMessage: PATIENT }], ''],
		['a code that is a token', { code: TOKEN.replaceAll('-', '') + '9999' }, ''],
		['a code that is an identity number', { code: ID_CARD }, ''],
	])('%s is reported as a refusal, with the code if it is a plain one', (_, body, shown) => {
		for (const status of [200, 400, 500]) {
			const error = refusal(body, status);
			expect(error.kind).toBe('refused');
			const parts = [status === 200 ? '' : `HTTP ${status}`, shown && `code ${shown}`]
				.filter((part) => part !== '')
				.join(', ')
				.replace('code code', 'code');
			expect(error.message).toBe(`Yisign refused the request${parts && ` (${parts})`}`);
			expect(error.details.httpStatus).toBe(status);
			expect(textOf(error)).not.toMatch(new RegExp(`${TOKEN}|${ID_CARD}|${PATIENT}`));
		}
	});
});

describe('an HTTP status', () => {
	it.each([
		[400, 'refused', 'Check the fields', undefined],
		[404, 'notYisign', 'ends before /v1/open', 'configuration-invalid'],
		[405, 'refused', 'Check the fields', undefined],
		[408, 'transient', 'Try again later', 'temporarily-unavailable'],
		[429, 'transient', 'lower Parallel Requests', 'rate-limited'],
		[500, 'transient', 'Try again later', 'temporarily-unavailable'],
		[502, 'transient', 'Try again later', 'temporarily-unavailable'],
		[503, 'transient', 'Try again later', 'temporarily-unavailable'],
		[504, 'transient', 'Try again later', 'temporarily-unavailable'],
	])('%d is %s and says what to do, with a page or JSON below it', (status, kind, hint, cause) => {
		for (const body of ['', `<html>${TOKEN}</html>`, { message: TOKEN }, EMPTY_SEARCH]) {
			const error = refusal(body, status);
			expect(error.kind).toBe(kind);
			expect(error.description).toContain(hint);
			expect(error.details.cause).toBe(cause);
			expect(error.details.httpStatus).toBe(status);
			expect(textOf(error)).not.toContain(TOKEN);
		}
	});

	it.each([301, 302, 307, 308])(
		'%d, a redirect, is not followed; only the host is named',
		(status) => {
			const location = `https://user:${SECRET}@sso.example:8443/${TOKEN}?access_token=${TOKEN}`;
			const error = refusal('', status, { location });
			expect(error.kind).toBe('notYisign');
			expect(error.message).toContain('redirect');
			expect(error.description).toContain('It points to https://sso.example:8443. ');
			expect(error.description).toContain('Check Base URL');
			expect(textOf(error)).not.toMatch(new RegExp(`${TOKEN}|${SECRET}`));
		},
	);

	it.each([undefined, '/login', ['https://a.example']])(
		'a redirect to %j is reported without an address',
		(location) => {
			expect(refusal('', 302, { location }).description).not.toContain('It points to');
		},
	);
});

describe('Retry-After', () => {
	afterEach(() => {
		vi.useRealTimers();
	});

	it.each([
		['7', 7000],
		[' 0 ', 0],
		['Sun, 12 May 2024 12:35:13 GMT', 60_000],
		['Sun, 12 May 2024 12:00:00 GMT', 0],
		['soon', undefined],
		['', undefined],
		[undefined, undefined],
		[['7'], undefined],
	])('%j means to wait %j ms', (value, ms) => {
		vi.useFakeTimers({ now: Date.parse('2024-05-12T12:34:13Z') });
		for (const status of [429, 503]) {
			expect(refusal('', status, { 'retry-after': value }).details.retryAfterMs).toBe(ms);
		}
	});
});

describe('an answer with HTTP 200 that is not JSON', () => {
	it.each([
		['nothing', ''],
		['blanks', ' \r\n'],
		['JSON that breaks off', '{"took":3,"hits":{"hits":[{"_source":{"idCard":"9900'],
	])('%s is worth another try', (_, body) => {
		const error = refusal(body);
		expect(error.kind).toBe('transient');
		expect(error.message).toBe('The answer of Yisign broke off');
		expect(error.details.cause).toBe('temporarily-unavailable');
	});

	it.each<[string, unknown]>([
		['a login page', `<!DOCTYPE html><form>${TOKEN}</form>`],
		['text', `ok ${PATIENT}`],
		['a list', [PATIENT]],
		['a JSON list as text', `[${TOKEN}]`],
		['a number', 5],
		['true', true],
	])('%s is not Yisign', (_, body) => {
		const error = refusal(body);
		expect(error.kind).toBe('notYisign');
		expect(error.message).toContain('What answered is not Yisign');
		expect(error.description).toContain('Check Base URL');
		expect(textOf(error)).not.toMatch(new RegExp(`${TOKEN}|${PATIENT}`));
	});

	it.each([undefined, null])('a body of %j is worth another try', (body) => {
		expect(refusal(body).kind).toBe('transient');
	});
});

describe('a single value that an interface of any kind may send', () => {
	it.each<[unknown, RawReply['headers']?]>([
		[''],
		[undefined],
		[' '],
		['{"took":3'],
		['[1,'],
		['"te'],
		['<!DOCTYPE html>'],
		['Hello,\nthis is a page'],
		['x'.repeat(201)],
		['Please log in', { 'content-type': 'text/html' }],
	])('is not %j', (body, headers) => {
		expect(() => checkJson(reply(body, 200, headers), true)).toThrow(YisignError);
	});

	it.each([true, 0, null, 'OK'])('is %j, but not where an object is expected', (body) => {
		expect(checkJson(reply(body), false)).toEqual({ value: body });
		expect(() => checkReply(reply(body))).toThrow(YisignError);
	});
});

describe('whatever the server sends', () => {
	const marker = fc.constantFrom(TOKEN, SECRET, ID_CARD, OLD_ID_CARD, PATIENT, Number(OLD_ID_CARD));
	const planted = fc.oneof(
		marker,
		marker.map((found) => `GET /_search?access_token=${found} failed`),
		marker.map((found) => [{ reason: found, [String(found)]: found }]),
		fc.jsonValue(),
	);
	const keys = fc.constantFrom(
		...['code', 'error', 'errorWsid', 'userMessage', 'developerMessage', 'message', 'moreInfo'],
		...['error_description', 'data', 'hits', 'total', 'timed_out', '_shards', TOKEN, ID_CARD],
	);
	const object = fc.dictionary(keys, planted);
	const search = fc.record({
		timed_out: fc.constantFrom(true, false, TOKEN),
		_shards: fc.record({ failed: fc.constantFrom(0, 1, ID_CARD) }),
		hits: fc.record({
			total: planted,
			hits: fc.array(fc.record({ _id: planted, _source: planted })),
		}),
	});
	const body = fc.oneof(
		object,
		search,
		search.map((data) => ({ data })),
		planted,
		object.map((page) => `<html>${JSON.stringify(page)}</html>`),
		search.map((whole) => JSON.stringify(whole).slice(0, -1)),
	);
	const answer = fc.record({
		statusCode: fc.constantFrom(200, 200, 200, 204, 302, 400, 401, 403, 404, 429, 500, 503),
		headers: fc.record({
			location: marker.map((found) => `https://sso.example/${found}?t=${found}`),
			'retry-after': marker,
		}),
		body,
	});

	it('is either read or refused in our words, with no token and nothing about a patient', () => {
		const seen = new Set<string>();
		fc.assert(
			fc.property(answer, (raw) => {
				try {
					readSearchPage(checkReply(raw));
					seen.add('read');
				} catch (error) {
					if (!(error instanceof YisignError)) throw error;
					seen.add(error.kind);
					const { message, description = '' } = error;
					for (const found of [TOKEN, SECRET, ID_CARD, OLD_ID_CARD, PATIENT]) {
						expect(message + description).not.toContain(found);
					}
				}
			}),
			{ numRuns: 3000 },
		);
		expect([...seen].sort()).toEqual(['notYisign', 'read', 'refused', 'transient', 'unauthorized']);
	});
});
