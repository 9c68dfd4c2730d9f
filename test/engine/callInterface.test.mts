import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { SIGNED } from '../../sandbox/envelopes.mts';
import { answer, cut, echo, meanwhile, reset, silence, slow } from '../../sandbox/faults.mts';
import { ARCHIVE_PATH, LOGIN_STATE_PATH, SIGNATURE_IMAGE_PATH } from '../../sandbox/interfaces.mts';
import { SEARCH_PATH, startSandbox } from '../../sandbox/server.mts';
import { typedPaths } from '../unit/YisignEnvelope/paths.mts';
import { readCalled, readRows } from './interfaces.rows.mts';
import { startOtherServer } from './otherServer.mts';
import { hintsOf, messageOf, NODE, startSetup, useSetup, type RunOptions } from './support.mts';

const setup = useSetup({ count: 5 });

const call = (parameters: INodeParameters, options: RunOptions = {}) =>
	setup.run({ operation: 'callInterface', ...parameters }, options);

const ECHO = '/v1/open/hospital/echo';
const get = (more: INodeParameters = {}, options: RunOptions = {}) =>
	call({ interface: 'other', path: ECHO, ...more }, options);
const post = (more: INodeParameters = {}, options: RunOptions = {}) =>
	call({ interface: 'other', method: 'POST', path: ECHO, ...more }, options);

const rows = (...parameter: IDataObject[]) => ({
	query: { parameter: parameter as INodeParameters[] },
});
const jsonOf = (result: Awaited<ReturnType<typeof call>>) =>
	result.items(NODE).map(({ json }) => json);
const dataOf = (result: Awaited<ReturnType<typeof call>>) => jsonOf(result)[0]?.data as IDataObject;
const numbered = (count: number) => Array.from({ length: count }, (_, number) => ({ number }));

const goOn = { onError: 'continueRegularOutput' } as const;

describe('an interface of the documents', () => {
	const called = readCalled();

	it('has a row each, and all but callbacks and pages can be called', () => {
		expect(readRows().length).toBeGreaterThan(50);
		const others = readRows().filter(({ choice }) => choice === '');
		for (const { here, printed } of others) {
			expect(`${printed} ${here}`).toMatch(/to you|a page|none listed/);
		}
		expect(new Set(called.map(({ name }) => name)).size).toBe(readRows().length - others.length);
	});

	it.each(called)('$name: $method with $choice', async ({ choice, method, path }) => {
		const isKnown = choice !== 'Other';
		const result = await call({
			...(isKnown ? { interface: choice } : { interface: 'other', method, path }),
			...rows({ name: 'size', value: '1' }),
			...(method === 'POST' && { body: '={{ { template: { wsid: "WSID_TEMP_1" } } }}' }),
		});
		const { sandbox } = setup;
		expect(sandbox.requests).toMatchObject([
			{ method, path, query: { size: '1', access_token: '***' }, appId: sandbox.options.appId },
		]);
		// 4.1 wants a PDF: its refusal has come from Yisign.
		if (choice === '4.1') {
			expect(messageOf(result)).toMatch(/^Yisign refused the request \(HTTP 400, code 100550400\)/);
			return;
		}
		expect(messageOf(result)).toBe(' | ');
		expect(jsonOf(result)).toHaveLength(1);
		if (!isKnown) expect(dataOf(result)).toMatchObject({ method, path });
	});
});

describe('what is sent to Yisign', () => {
	/** What the node sends to a server that only writes it down. */
	async function sentBy(parameters: INodeParameters, base = '') {
		const other = await startOtherServer((_request, response) => response.end('{"code":"0"}'));
		const credential = { baseUrl: other.url + base };
		const result = await call({ interface: 'other', ...parameters }, { credential });
		expect(messageOf(result)).toBe(' | ');
		const [{ head, body = '' }, ...more] = other.requests;
		expect(more).toEqual([]);
		const [method, url] = head.split(' ');
		return { method, url: new URL(url, other.url), head, body };
	}

	it('is token and App ID, below the Base URL with its prefix', async () => {
		const { appId, accessToken } = setup.sandbox.options;
		const { method, url, head } = await sentBy({ path: '/v1/open/x' }, '/gw/');
		expect(method).toBe('GET');
		expect(url.pathname).toBe('/gw/v1/open/x');
		expect([...url.searchParams]).toEqual([['access_token', accessToken]]);
		expect(head).toContain(`X-Signit-App-Id ${appId}`);
	});

	it('is each parameter as typed, and one with several values once for each', async () => {
		const { url } = await sentBy({
			path: '/v1/open/x',
			...rows(
				{ name: 'loginId', value: 'a&b=c #?+%41' },
				{ name: 'loginId', value: '={{ ["二", 3] }}' },
				{ name: 'ｆｌａｇ', value: '={{ true }}' },
				{ name: 'empty', value: '' },
			),
		});
		url.searchParams.delete('access_token');
		expect([...url.searchParams]).toEqual([
			['loginId', 'a&b=c #?+%41'],
			['loginId', '二'],
			['loginId', '3'],
			['flag', 'true'],
			['empty', ''],
		]);
	});

	it.each<[string, unknown, unknown]>([
		[
			'a text of JSON',
			'{"a":{"b":["1",2.5,null]},"名":"值"}',
			{ a: { b: ['1', 2.5, null] }, 名: '值' },
		],
		[
			'an object out of an expression',
			'={{ { a: null, b: DateTime.fromMillis(0).toUTC() } }}',
			{ a: null, b: '1970-01-01T00:00:00.000Z' },
		],
		['a list', '[{"a":1},2]', [{ a: 1 }, 2]],
		['an empty object', '{}', {}],
		['an empty list', '={{ [] }}', []],
	])('by POST is %s as JSON', async (_name, body, expected) => {
		const sent = await sentBy({ method: 'POST', path: '/v1/open/x', body: body as string });
		expect(sent.method).toBe('POST');
		expect(sent.head).toMatch(/content-type application\/json/i);
		expect(JSON.parse(sent.body)).toEqual(expected);
	});

	it('is no body by GET, whatever stands in the field', async () => {
		const { method, body, head } = await sentBy({ path: '/v1/open/x', body: '{"a":1}' });
		expect([method, body]).toEqual(['GET', '']);
		expect(head).not.toMatch(/content-type/i);
	});

	it('is a path with letters of any script, encoded', async () => {
		const { url } = await sentBy({ path: '／v1／open/签名/a-b_c.d~e:f@g' });
		expect(decodeURI(url.pathname)).toBe('/v1/open/签名/a-b_c.d~e:f@g');
	});
});

it('never reaches anything but what lies below Base URL, on the wire', async () => {
	const decoy = await startOtherServer((_request, response) => response.end('{}'));
	const other = await startOtherServer((_request, response) => response.end('{}'));
	const host = new URL(decoy.url).host;
	const paths = fc
		.sample(typedPaths, 400)
		.flatMap((path) => [path, path.replaceAll('evil.example', host)]);
	const result = await get(
		{ path: '={{ $json.path }}' },
		{
			input: paths.map((path) => ({ path })),
			node: goOn,
			credential: { baseUrl: `${other.url}/gw` },
		},
	);
	const errors = jsonOf(result)
		.map(({ error }) => error)
		.filter((error) => typeof error === 'string');
	expect(errors.filter((error) => !error.startsWith('Path '))).toEqual([]);
	expect(decoy.requests).toEqual([]);
	expect(other.requests.length).toBe(paths.length - errors.length);
	expect(other.requests.length).toBeGreaterThan(10);
	for (const { head } of other.requests) {
		expect(head).toMatch(/^GET \/gw\/[^?#\\]*\?access_token=/);
		expect(decodeURIComponent(head.split(' ')[1])).not.toMatch(/\/\.+[/?]/);
	}
});

describe('what is returned', () => {
	it('is the reply as it is, linked to its item', async () => {
		const input = numbered(20);
		const parameters = rows({ name: 'number', value: '={{ $json.number }}' });
		const result = await get(parameters, { input });
		expect(jsonOf(result)).toEqual(
			input.map(({ number }) => ({
				code: '100600000',
				message: '操作成功',
				data: { method: 'GET', path: ECHO, query: { number: String(number) }, body: null },
			})),
		);
		expect(result.items(NODE).map(({ pairedItem }) => pairedItem)).toEqual(
			input.map((_, item) => ({ item })),
		);
	});

	it('is an item for each entry of a reply that is a list', async () => {
		setup.sandbox.options.otherReply = 'list';
		const result = await get({}, { input: [{}, {}] });
		expect(jsonOf(result)).toHaveLength(4);
		expect(result.items(NODE).map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 0, 1, 1].map((item) => ({ item })),
		);
	});

	it.each(['tasks', 'data.tasks', ' tasks '])(
		'is the list %j of 1.2, entry by entry',
		async (splitOut) => {
			const result = await call({
				interface: '1.2',
				...rows({ name: 'loginId', value: '={{ ["a", "b"] }}' }),
				options: { splitOut },
			});
			expect(messageOf(result)).toBe(' | ');
			expect(jsonOf(result)).toEqual([
				{ loginId: 'a', status: 'WAITING' },
				{ loginId: 'b', status: 'WAITING' },
			]);
		},
	);

	it('is the list of hits of a search', async () => {
		const result = await call({ interface: '2.2', options: { splitOut: 'hits' } });
		expect(jsonOf(result)).toHaveLength(setup.sandbox.envelopes.length);
	});

	it('is an entry under the name of its list where it is no object', async () => {
		setup.sandbox.options.faults = [answer({ status: 200, body: { data: { urls: ['a', 'b'] } } })];
		const result = await get({ options: { splitOut: 'urls' } });
		expect(jsonOf(result)).toEqual([{ urls: 'a' }, { urls: 'b' }]);
	});

	it.each<[string, string, Record<string, string>, unknown]>([
		['true', 'true', {}, { value: true }],
		['a number', '42', {}, { value: 42 }],
		['null', 'null', {}, { value: null }],
		['a text in quotes', '"text"', {}, { value: 'text' }],
		['a plain word', 'OK', { 'content-type': 'text/plain' }, { value: 'OK' }],
	])('is a success that is %s, asked for once', async (_name, body, headers, expected) => {
		const other = await startOtherServer((_request, response) => {
			response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);
		});
		for (const ask of [get, post]) {
			const result = await ask({}, { credential: { baseUrl: other.url } });
			expect(messageOf(result)).toBe(' | ');
			expect(jsonOf(result)).toEqual([expected]);
		}
		expect(other.requests).toHaveLength(2);
	});

	it('is an empty item where Yisign has nothing to send (HTTP 204)', async () => {
		const other = await startOtherServer((_request, response) => response.writeHead(204).end());
		for (const ask of [get, post]) {
			const result = await ask({}, { credential: { baseUrl: other.url } });
			expect([messageOf(result), jsonOf(result)]).toEqual([' | ', [{}]]);
			expect(hintsOf(result)).toEqual([expect.stringMatching(/^Yisign answered without content/)]);
		}
		expect(other.requests).toHaveLength(2);
	});

	it('is an empty item, and a hint, where a POST is answered with a length of 0', async () => {
		setup.sandbox.options.faults = [answer({ status: 200, late: true })];
		const result = await post();
		expect([messageOf(result), jsonOf(result)]).toEqual([' | ', [{}]]);
		expect(hintsOf(result)).toEqual([expect.stringMatching(/^Yisign answered without content/)]);
		expect(setup.sandbox.posted).toHaveLength(1);
	});

	it('is said to have lost digits where a number is too long for n8n', async () => {
		const body = (id: string) => `{"data":{"list":[{"id":1},{"id":${id}}]}}`;
		const ids = ['1234567890123456789', '9007199254740991'];
		for (const splitOut of ['', 'list']) {
			setup.sandbox.options.faults = ids.map((id) => answer({ status: 200, body: body(id) }));
			const [long, exact] = [await get({ options: { splitOut } }), await get()];
			expect(hintsOf(long)).toEqual([
				expect.stringMatching(/^Some numbers in the reply have more digits than n8n can keep/),
			]);
			expect(hintsOf(exact)).toEqual([]);
		}
	});

	it('is nothing, and a hint, where the list is empty', async () => {
		const result = await call({ interface: '1.2', options: { splitOut: 'tasks' } });
		expect([messageOf(result), jsonOf(result)]).toEqual([' | ', []]);
		expect(hintsOf(result)).toEqual(['The list in the reply is empty.']);
	});

	it.each<[IDataObject | IDataObject[], RegExp]>([
		[
			{ data: { rows: [], total: 3, more: { parts: [] } } },
			/Lists in it: data\.rows, data\.more\.parts\. Enter/,
		],
		[{ a: { list: [] }, b: { list: [] } }, /Lists in it: a\.list, b\.list\. Enter/],
		[{ total: 3 }, /There is no list in it/],
		[{ '1429202208055492': [], 刘: [], A00034616: [] }, /There is no list in it/],
		[[{ list: [] }], /is a list by itself/],
	])('is no guess where Split Out names none of the lists in %j', async (body, description) => {
		setup.sandbox.options.faults = [answer({ status: 200, body })];
		const result = await get({ options: { splitOut: 'list' } });
		expect(messageOf(result)).toMatch(/^Split Out names no list in the reply \|/);
		expect(result.error?.description).toMatch(description);
	});

	it('after a POST says that it was carried out, although its list is not there', async () => {
		const result = await post({ options: { splitOut: 'list' } });
		expect(messageOf(result)).toMatch(
			/^Yisign carried out the request, but Split Out names no list .* Yisign carried out the request of item 0: leave/,
		);
	});
});

describe('a file', () => {
	const file = { options: { responseFormat: 'file' } };
	const signed = () =>
		setup.sandbox.envelopes.find(({ source }) => source.envelopeStatus === SIGNED)!;

	it.each([get, post])(
		'comes into the binary field data, with name, type and size',
		async (ask) => {
			setup.sandbox.options.otherReply = 'file';
			const result = await ask({ ...file, ...rows({ name: 'a', value: '1' }) });
			expect(messageOf(result)).toBe(' | ');
			const [{ json, binary = {} }] = result.items(NODE);
			expect(Object.keys(binary)).toEqual(['data']);
			const bytes = Buffer.from(binary.data.data, 'base64');
			expect(bytes.subarray(1, 4).toString()).toBe('PNG');
			expect(json).toEqual({ fileName: 'echo.png', mimeType: 'image/png', fileSize: bytes.length });
			expect(binary.data).toMatchObject({ fileName: 'echo.png', mimeType: 'image/png' });
			expect(setup.sandbox.requests).toMatchObject([{ query: { a: '1', access_token: '***' } }]);
		},
	);

	it('is downloaded again when it breaks off, and is complete then', async () => {
		const path = `/files/${signed().source.envelopeWsid}.pdf`;
		setup.sandbox.options.filesNeedToken = true;
		setup.sandbox.options.faults = [cut({ path })];
		const result = await get({ ...file, path });
		expect(messageOf(result)).toBe(' | ');
		expect(jsonOf(result)).toMatchObject([{ mimeType: 'application/pdf' }]);
		expect(setup.sandbox.requests).toHaveLength(2);
	});

	it.each([get, post])('above Max File Size (MB) is not returned', async (ask) => {
		Object.assign(setup.sandbox.options, { otherReply: 'file', fileSize: 3 * 2 ** 20 });
		const result = await ask({ options: { responseFormat: 'file', maxFileSizeMb: 1 } });
		const isPost = ask === post;
		expect(messageOf(result)).toMatch(
			isPost
				? /^It is not known whether Yisign carried out the request: The file is larger than 1 MB .* not known for item 0/
				: /^The file is larger than 1 MB \(3 MB\)/,
		);
		expect(setup.sandbox.posted).toHaveLength(isPost ? 1 : 0);
	});

	it('that is JSON is said to be, and a refusal in a 200 is one', async () => {
		expect(messageOf(await get(file))).toMatch(
			/^Yisign sent JSON instead of a file \| .*Response Format/,
		);
		setup.sandbox.options.faults = [echo({ status: 200 })];
		expect(messageOf(await get(file))).toMatch(/^Yisign refused the request \(code 100550400\)/);
	});

	it('by POST that breaks off is not asked for again', async () => {
		setup.sandbox.options.faults = [cut({ late: true })];
		const result = await post(file);
		expect(messageOf(result)).toMatch(/^It is not known whether .*: The download broke off/);
		expect(setup.sandbox.posted).toHaveLength(1);
	});

	it('after a POST is not looked for where a redirect leads to', async () => {
		const location = { location: '/v1/open/elsewhere' };
		setup.sandbox.options.faults = [answer({ status: 302, headers: location })];
		expect(messageOf(await post(file))).toMatch(
			/^The server answered with a redirect \(HTTP 302\)/,
		);
		expect(setup.sandbox.requests).toHaveLength(1);
	});
});

describe('bad input', () => {
	const elsewhere = /^Path must not|^Path has to begin with \//;

	it.each<[string, INodeParameters, RegExp]>([
		['no path', { path: ' ' }, /^Path is empty/],
		['a path without its slash', { path: 'v1/open/x' }, elsewhere],
		['an address', { path: 'http://yisign.example/v1/open/x' }, elsewhere],
		['another host', { path: '//yisign.example/x' }, /^Path must not have an empty part/],
		['a host behind @', { path: '@yisign.example/x' }, elsewhere],
		['a port', { path: ':8080/x' }, elsewhere],
		[
			'dots',
			{ path: '/v1/open/../../admin' },
			/^Path must not have a part that is nothing but dots/,
		],
		[
			'a value in it that is not there',
			{ path: '=/v1/open/{{ $json.x }}/y' },
			/^Path must not have an empty part \| If an expression/,
		],
		['one at its end', { path: '=/v1/open/{{ $json.x }}' }, /^Path must not have an empty part/],
		['a single dot', { path: '/v1/./x' }, elsewhere],
		['dots at the end', { path: '/v1/..' }, elsewhere],
		['dots behind a semicolon', { path: '/v1/..;/x' }, /^Path must not contain the character ;/],
		[
			'encoded dots',
			{ path: '/v1/%2e%2E/x' },
			/^Path must not contain the character % \| .*encodes/,
		],
		['an encoded slash', { path: '/v1/..%2fx' }, /^Path must not contain the character %/],
		['full-width dots', { path: '/v1/．．/x' }, elsewhere],
		['dots in one character', { path: '/v1/‥/x' }, elsewhere],
		['dots with an invisible character', { path: '/v1/.\u200b./x' }, elsewhere],
		['a backslash', { path: '/v1\\..\\x' }, /^Path must not contain the character \\/],
		[
			'a query',
			{ path: '/v1/open/x?id=1' },
			/^Path must not contain the character \? \| .*Query Param/,
		],
		['a fragment', { path: '/v1/open/x#y' }, /^Path must not contain the character #/],
		[
			'a placeholder',
			{ path: '/v1/open/{id}' },
			/^Path must not contain the character \{ \| .*braces/,
		],
		['a line break', { path: '/v1/open\nx' }, /^Path must not contain a blank/],
		[
			'a control character',
			{ path: '/v1/open\u0000x' },
			/^Path must not contain a control character/,
		],
		[
			'a token in the path',
			{ path: '/v1/open/x?a=1&Access_Token=2' },
			/^Path must not contain access_token \| .*are added by the node/,
		],
		[
			'a token by hand',
			rows({ name: 'access_token', value: '1' }),
			/^Query Parameter 1: Name must not be access_token/,
		],
		[
			'in capitals',
			rows({ name: 'a', value: '' }, { name: 'ACCESS_TOKEN', value: '' }),
			/^Query Parameter 2: Name must not be access_token/,
		],
		[
			'in full-width letters',
			rows({ name: 'ａｃｃｅｓｓ＿ｔｏｋｅｎ', value: '' }),
			/must not be access_token/,
		],
		['encoded', rows({ name: 'access%5Ftoken', value: '' }), /must not be access_token/],
		['encoded twice', rows({ name: '%2561ccess_token', value: '' }), /must not be access_token/],
		['as a list', rows({ name: 'access_token[]', value: '' }), /must not be access_token/],
		[
			'in the body',
			{ method: 'POST', body: '{ "Access_Token": "1" }' },
			/^Body must not contain access_token/,
		],
		[
			'an App ID by hand',
			rows({ name: 'x-signit-app-id', value: '' }),
			/must not be X-Signit-App-Id/,
		],
		[
			'a parameter without a name',
			rows({ name: '', value: 'x' }),
			/^Query Parameter 1: Name is empty/,
		],
		[
			'a value that is not there',
			rows({ name: 'a', value: '={{ $json.x }}' }),
			/^Query Parameter 1: Value has to be text/,
		],
		[
			'a number that is too long',
			rows({ name: 'a', value: '={{ 990000190001010007 }}' }),
			/^Query Parameter 1: Value has to be text/,
		],
		[
			'a format of another name',
			{ options: { responseFormat: 'xml' } },
			/^Response Format does not offer/,
		],
		[
			'a list of a file',
			{ options: { responseFormat: 'file', splitOut: 'a' } },
			/^Split Out needs a reply that is JSON/,
		],
		['a timeout of 0', { options: { timeout: 0 } }, /^Timeout has to be a whole number/],
		[
			'a size of 0',
			{ options: { responseFormat: 'file', maxFileSizeMb: 0 } },
			/^Max File Size \(MB\) has to be/,
		],
		['no JSON', { method: 'POST', body: '{"a":' }, /^Body is not JSON/],
		['no body', { method: 'POST', body: '' }, /^Body is empty/],
		[
			'a body that is a text',
			{ method: 'POST', body: '"a"' },
			/^Body has to be an object or a list/,
		],
		[
			'a body that is not there',
			{ method: 'POST', body: '={{ $json.x }}' },
			/^Body has to be text/,
		],
		[
			'a value in it that is missing',
			{ method: 'POST', body: '={{ { a: [{ b: $json.x }] } }}' },
			/^Body holds a value that is missing/,
		],
		[
			'a long number in it',
			{ method: 'POST', body: '{"a":[{"idCard":990000190001010007}]}' },
			/^Body holds a number that is too long/,
		],
	])('%s: is named by its label before anything is sent', async (_name, change, message) => {
		const result = await get(change);
		expect(messageOf(result)).toMatch(message);
		expect(result.error?.description).toMatch(/\.$/);
		expect(setup.sandbox.requests).toEqual([]);
	});

	it('in the last of many items stops the run before the first is sent', async () => {
		const input = [...numbered(20), { number: null }];
		const parameters = rows({ name: 'a', value: '={{ $json.number }}' });
		const result = await get(parameters, { input });
		expect(messageOf(result)).toMatch(/^Query Parameter 1: Value has to be text, but it is null/);
		expect(result.error?.context).toMatchObject({ itemIndex: 20 });
		expect(setup.sandbox.requests).toEqual([]);
	});

	it('in one item does not keep the others from being sent with On Error set to Continue', async () => {
		const input = [{ path: ECHO }, { path: '/../x' }, { path: ECHO }];
		const result = await post({ path: '={{ $json.path }}' }, { input, node: goOn });
		expect(jsonOf(result).map(({ error = 'none' }) => error)).toEqual([
			'none',
			expect.stringMatching(/^Path must not/),
			'none',
		]);
		expect(setup.sandbox.posted).toHaveLength(2);
	});

	it('is Retry On Fail with POST, and not with GET', async () => {
		const node = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
		expect(messageOf(await post({}, { node }))).toMatch(
			/^Retry On Fail would send POST requests twice \|/,
		);
		expect(setup.sandbox.requests).toEqual([]);
		expect(messageOf(await get({}, { node }))).toBe(' | ');
	});
});

describe('a reply that refuses', () => {
	it.each<[string, string | object, RegExp]>([
		['errorWsid', { errorWsid: 'x', userMessage: '刘' }, /^Yisign refused the request \|/],
		[
			'a code of 0100 or more',
			{ code: '100550101' },
			/^Yisign refused the request \(code 100550101\)/,
		],
		['a code within data', { data: { code: '100550101' } }, /\(code 100550101\)/],
		['error', { error: 'invalid_scope' }, /\(code invalid_scope\)/],
		['success: false', { success: false, message: '刘' }, /^Yisign refused the request \|/],
		['resultCode', { resultCode: 3 }, /\(code 3\)/],
		['success: "false"', { success: 'false' }, /^Yisign refused the request \|/],
		['a list of refusals', [{ errorWsid: '刘' }], /^Yisign refused the request \|/],
		['error in resultData', { resultData: { error: 'gone' } }, /\(code gone\)/],
		['errorWsid in result', { result: { errorWsid: '刘' } }, /^Yisign refused the request \|/],
		['a login page', '<html>', /^What answered is not Yisign/],
	])('with HTTP 200 and %s stops the run, in our own words', async (_name, body, message) => {
		for (const ask of [get, post]) {
			setup.sandbox.options.faults = [answer({ status: 200, body, times: 9 })];
			const result = await ask();
			const isUnclear = ask === post && typeof body === 'string';
			expect(messageOf(result)).toMatch(isUnclear ? /^It is not known .*not Yisign/ : message);
			expect(messageOf(result)).not.toContain('刘');
			expect(result.items(NODE)).toEqual([]);
		}
		expect(setup.sandbox.requests).toHaveLength(2);
	});

	it('in characters that n8n cannot read is not returned with gaps', async () => {
		const gbk = Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc1, 0xf5, 0x22, 0x7d]);
		const other = await startOtherServer((_request, response) => {
			response.writeHead(200, { 'content-type': 'application/json; charset=GBK' }).end(gbk);
		});
		const ask = { credential: { baseUrl: other.url } };
		expect(messageOf(await get({}, ask))).toMatch(/^The reply is not in UTF-8 \|/);
		expect(messageOf(await post({}, ask))).toMatch(
			/^It is not known whether .*: The reply is not in UTF-8 \|/,
		);
		expect(other.requests).toHaveLength(2);
	});

	it('with HTTP 404 names Path', async () => {
		const result = await get({ path: '/v2/x' });
		expect(messageOf(result)).toMatch(/^There is no such Yisign interface .*check Path/);
	});
});

describe('a POST', () => {
	const input = numbered(3);
	const body = '={{ { number: $json.number } }}';

	it('is sent again only if nothing of it can have reached Yisign', async () => {
		const before = await startSandbox({ count: 0 });
		const port = Number(new URL(before.url).port);
		await before.close();
		const running = post({}, { credential: { baseUrl: before.url } });
		await sleep(300);
		const after = await startSandbox({ count: 0, port });
		expect(messageOf(await running)).toBe(' | ');
		expect(after.posted).toHaveLength(1);
		await after.close();

		setup.sandbox.options.faults = [reset({ late: true })];
		const result = await post();
		expect(messageOf(result)).toMatch(
			/^It is not known whether Yisign carried out the request: The connection .* It is not known for item 0: look in Yisign/,
		);
		expect(setup.sandbox.posted).toHaveLength(1);
	});

	it('that ends a run has every item named that was carried out, or may have been', async () => {
		setup.sandbox.options.faults = [
			reset({ after: 2, late: true }),
			slow({ ms: 300, after: 3, times: 1 }),
		];
		const result = await post({ body }, { input: numbered(4) });
		const done = setup.sandbox.posted.length;
		expect(done).toBe(4);
		expect(result.error?.description).toMatch(
			/Yisign carried out the request of items [\d–, ]+: leave those out .* It is not known for item \d: look/,
		);
	});

	it('is named as not known in its item with On Error set to Continue', async () => {
		setup.sandbox.options.faults = [silence({ after: 1 })];
		const result = await post({ body, options: { timeout: 500 } }, { input, node: goOn });
		const errors = jsonOf(result).filter(({ error }) => error !== undefined);
		expect(errors).toEqual([
			{
				error: expect.stringMatching(
					/^It is not known whether Yisign carried out .*too long/,
				) as string,
			},
		]);
		expect(jsonOf(result)).toHaveLength(3);
	});

	it('to interface 10 has its query and its body, and one reply', async () => {
		const result = await call({
			interface: '10',
			...rows({ name: 'a', value: '1' }),
			body: '{"b":2}',
		});
		expect(dataOf(result)).toMatchObject({ status: 'SIGNED' });
		expect(setup.sandbox.posted).toEqual([{ path: ARCHIVE_PATH, body: { b: 2 } }]);
	});
});

describe.each(['json', 'file'])(
	'a token that expires while it is in use (%s)',
	(responseFormat) => {
		it.each([
			['GET', 401],
			['GET', 200],
			['POST', 401],
			['POST', 400],
			['POST', 200],
		])(
			'is renewed for a %s that it is refused with (HTTP %i)',
			async (method, invalidTokenStatus) => {
				const started = await startSetup({
					count: 1,
					invalidTokenStatus,
					otherReply: responseFormat === 'file' ? 'file' : 'wrapped',
				});
				const { sandbox } = started;
				const { appSecret } = sandbox.options;
				sandbox.options.faults = [
					meanwhile({ path: ECHO, after: 2 }, () => sandbox.expireTokens()),
				];
				const result = await started.run(
					{
						operation: 'callInterface',
						interface: 'other',
						method,
						path: ECHO,
						options: { responseFormat },
					},
					{
						input: numbered(6),
						credential: { authentication: 'appSecret', accessToken: '', appSecret },
					},
				);
				await sandbox.close();
				expect(messageOf(result)).toBe(' | ');
				expect(result.items(NODE)).toHaveLength(6);
				expect(sandbox.posted).toHaveLength(method === 'POST' ? 6 : 0);
				expect(sandbox.tokensIssued).toBe(2);
			},
		);
	},
);

it('knows the paths that the documents print', async () => {
	for (const [number, path] of [
		['1.2', LOGIN_STATE_PATH],
		['2.2', SEARCH_PATH],
		['8.1', SIGNATURE_IMAGE_PATH],
	]) {
		await call({ interface: number });
		expect(setup.sandbox.requests.at(-1)).toMatchObject({ method: 'GET', path, status: 200 });
	}
});
