import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { generate } from 'selfsigned';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { keepBinariesOnDisk } from '../../engine/binary.mts';
import type { Result } from '../../engine/engine.mts';
import { SIGNED, WAITING } from '../../sandbox/envelopes.mts';
import { answer, cut, meanwhile, stall, type Answer } from '../../sandbox/faults.mts';
import { FILE_NAMES } from '../../sandbox/files.mts';
import { makePdf } from '../../sandbox/pdf.mts';
import { startSandbox, TOKEN_PATH } from '../../sandbox/server.mts';
import { startOtherServer } from './otherServer.mts';
import { column, messageOf, NODE, startSetup, useSetup, type RunOptions } from './support.mts';

const setup = useSetup({ count: 60 });

const PDF_TYPE = 'application/pdf';
const LEAST_PDF = '%PDF-1.4\n%%EOF\n';

const withStatus = (status: string, number = 0) =>
	setup.sandbox.envelopes.filter(({ source }) => source.envelopeStatus === status)[number].source;

const signed = (number = 0) => withStatus(SIGNED, number);

const download = (envelopeWsid: string, options: IDataObject = {}, more?: RunOptions) =>
	setup.run({ operation: 'download', envelopeWsid, options: options as never }, more);

const load = (fileUrls: unknown, options: IDataObject = {}, more?: RunOptions) =>
	setup.run(
		{
			operation: 'download',
			source: 'url',
			fileUrls: fileUrls as string,
			options: options as never,
		},
		more,
	);

/** The answer in place of a file, with the least that is a whole PDF unless it says otherwise. */
const file = ({ headers, ...rest }: Partial<Answer> = {}) =>
	answer({
		status: 200,
		path: '.pdf',
		body: LEAST_PDF,
		headers: { 'content-type': PDF_TYPE, ...headers },
		...rest,
	});

const addressOf = (name = 'x') => `${setup.sandbox.url}/files/${name}.pdf`;

/** Requests for files that have reached the sandbox. */
const fileRequests = () => setup.sandbox.requests.filter(({ path }) => path.includes('/files/'));

const contentOf = (result: Result, item = 0) =>
	Buffer.from(result.items(NODE)[item].binary?.data.data ?? '', 'base64');

/** With an app secret instead of a fixed token. */
const secret = () => ({
	authentication: 'appSecret',
	accessToken: '',
	appSecret: setup.sandbox.options.appSecret,
});

describe('the file of a completed envelope', () => {
	it('comes out as binary data, byte for byte, with name, type and size', async () => {
		const source = signed();
		const { envelopeWsid } = source;
		const pdf = await makePdf(source);
		const result = await download(envelopeWsid);
		const [{ json, binary, pairedItem }] = result.items(NODE);
		const fileName = `${envelopeWsid}.pdf`;
		expect(json).toEqual({
			envelopeWsid,
			fileName,
			mimeType: PDF_TYPE,
			fileSize: pdf.length,
		});
		expect(binary?.data).toMatchObject({ fileName, mimeType: PDF_TYPE, fileExtension: 'pdf' });
		expect(contentOf(result).equals(pdf)).toBe(true);
		expect(pairedItem).toEqual({ item: 0 });
	});

	it('goes into the field that was named', async () => {
		const result = await setup.run({
			operation: 'download',
			envelopeWsid: signed().envelopeWsid,
			binaryPropertyName: 'signed',
		});
		expect(Object.keys(result.items(NODE)[0].binary ?? {})).toEqual(['signed']);
	});

	it('comes as one item for each of several files, linked to its input item', async () => {
		setup.sandbox.options.filesPerEnvelope = 3;
		setup.sandbox.touch();
		const ids = [signed(0), signed(1)].map(({ envelopeWsid }) => envelopeWsid);
		const result = await download('={{ $json.id }}', {}, { input: ids.map((id) => ({ id })) });
		expect(column(result, 'fileName')).toEqual(
			ids.flatMap((id) => [`${id}.pdf`, `${id}-2.pdf`, `${id}-3.pdf`]),
		);
		expect(result.items(NODE).map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 0, 0, 1, 1, 1].map((item) => ({ item })),
		);
		setup.sandbox.options.filesPerEnvelope = 1;
		setup.sandbox.touch();
	});

	it('is downloaded with the token where the server wants it', async () => {
		setup.sandbox.options.filesNeedToken = true;
		expect((await download(signed().envelopeWsid)).items(NODE)).toHaveLength(1);
		expect(fileRequests()[0]).toMatchObject({ status: 200, appId: setup.sandbox.options.appId });
	});

	it.each([
		['waiting', WAITING, /not completed yet: waiting \(ING_SENT_WAIT_FILLOUT\) \|.*Trigger/],
		['rejected', 'ED_FAIL_REJECT', /has no signed file: rejected \(ED_FAIL_REJECT\)/],
		['unknown', 'SOMETHING', /not completed yet: unknown \(SOMETHING\)/],
	])('is not asked for while the envelope is %s', async (_name, status, message) => {
		const source = signed(2);
		source.envelopeStatus = status;
		setup.sandbox.touch();
		const result = await download(source.envelopeWsid);
		source.envelopeStatus = SIGNED;
		setup.sandbox.touch();
		expect(messageOf(result)).toMatch(message);
		expect(fileRequests()).toEqual([]);
	});

	it('is not there yet although the envelope is completed: says so', async () => {
		const source = signed(2);
		const { envelopeFileUrls } = source;
		source.envelopeFileUrls = null;
		setup.sandbox.touch();
		const result = await download(source.envelopeWsid);
		source.envelopeFileUrls = envelopeFileUrls;
		setup.sandbox.touch();
		expect(messageOf(result)).toMatch(/^The envelope is completed, but Yisign names no file/);
	});

	it('is not returned when one input item has none, unless the node continues on errors', async () => {
		const ids = [signed().envelopeWsid, withStatus(WAITING).envelopeWsid];
		const input = ids.map((id) => ({ id }));
		const stopped = await download('={{ $json.id }}', {}, { input });
		expect(stopped.items(NODE)).toEqual([]);
		expect(stopped.error?.context).toMatchObject({ itemIndex: 1 });
		const node = { onError: 'continueRegularOutput' } as const;
		const result = await download('={{ $json.id }}', {}, { input, node });
		expect(result.items(NODE).map(({ json }) => json.fileName ?? json.error)).toEqual([
			`${ids[0]}.pdf`,
			expect.stringMatching(/^The envelope is not completed yet/),
		]);
	});
});

describe('files by their addresses', () => {
	it('are those of a search’s items, with the default expression', async () => {
		const input = [signed(0), signed(1)].map(({ envelopeWsid }) => ({
			envelopeWsid,
			fileUrls: [addressOf(envelopeWsid)],
		}));
		const result = await load('={{ $json.fileUrls }}', {}, { input });
		expect(column(result)).toEqual(input.map(({ envelopeWsid }) => envelopeWsid));
		expect(setup.sandbox.requests).toHaveLength(2);
	});

	it.each([
		['one address', (one: string) => one, 1],
		['a list', (one: string) => `={{ ["${one}", "${one}"] }}`, 2],
		['a list as JSON text', (one: string) => JSON.stringify([one, one]), 2],
		['several by commas', (one: string) => `${one}, ${one}`, 2],
		['an address below Base URL', () => '/files/x.pdf', 1],
	])('can be %s', async (_name, urls, count) => {
		setup.sandbox.options.faults = [file({ times: 9 })];
		const result = await load(urls(addressOf()));
		expect(messageOf(result)).toBe(' | ');
		expect(column(result, 'fileName')).toEqual(Array<string>(count).fill('x.pdf'));
		expect(column(result)).toEqual(Array<null>(count).fill(null));
	});

	it.each([
		['={{ [] }}', /^File URLs is empty/],
		['={{ null }}', /^File URLs is empty/],
		['file:///etc/passwd', /^File URLs has to hold addresses that begin with http/],
		['http://', /^File URLs has to hold addresses that begin with http/],
	])('are refused before anything is sent: %j', async (urls, message) => {
		expect(messageOf(await load(urls))).toMatch(message);
		expect(setup.sandbox.requests).toEqual([]);
	});

	it.each([
		[{ maxFileSizeMb: 0 }, /^Max File Size \(MB\) has to be a whole number, between 1 and 2,?048/],
		[{ timeout: 0 }, /^Timeout has to be a whole number/],
	])('are not asked for with options %j', async (options, message) => {
		expect(messageOf(await load(addressOf(), options))).toMatch(message);
		expect(setup.sandbox.requests).toEqual([]);
	});

	it('need the name of a field to go into', async () => {
		const result = await setup.run({
			operation: 'download',
			source: 'url',
			fileUrls: addressOf(),
			binaryPropertyName: '={{ "" }}',
		});
		expect(messageOf(result)).toMatch(/^Put Output File in Field is empty/);
	});
});

describe('what a file is called', () => {
	it.each(FILE_NAMES)(
		'with the sandbox’s file name "%s": never a path, always .pdf',
		async (kind) => {
			setup.sandbox.options.fileName = kind;
			const { envelopeWsid, serviceTypeZhName } = signed();
			const isTitle = ['encoded', 'both', 'percent', 'bytes'].includes(kind);
			const name = isTitle ? serviceTypeZhName : envelopeWsid;
			expect(column(await download(envelopeWsid), 'fileName')).toEqual([`${name}.pdf`]);
		},
	);

	it('is its document and its envelope where neither header nor address has one', async () => {
		setup.sandbox.options.faults = [
			file({ path: '/download', times: 9 }),
			file({ path: '/again', times: 9 }),
		];
		const source = signed(3);
		const { envelopeFileUrls, envelopeWsid, serviceTypeZhName } = source;
		const named = async (zhName: string | null, urls: string[]) => {
			Object.assign(source, { serviceTypeZhName: zhName, envelopeFileUrls: urls });
			setup.sandbox.touch();
			return column(await download(envelopeWsid), 'fileName');
		};
		expect(await named('手术知情同意书', ['/files/download?token=x', '/again'])).toEqual([
			`手术知情同意书-${envelopeWsid}.pdf`,
			`手术知情同意书-${envelopeWsid}-2.pdf`,
		]);
		expect(await named(null, ['/files/download'])).toEqual([`envelope-${envelopeWsid}.pdf`]);
		const urls = [`${setup.sandbox.url}/files/download`, `${setup.sandbox.url}/again`];
		expect(column(await load(JSON.stringify(urls)), 'fileName')).toEqual([
			'download.pdf',
			'again.pdf',
		]);
		expect(await named('长'.repeat(300), ['/files/download'])).toEqual([
			expect.stringMatching(new RegExp(`^长+-${envelopeWsid}\\.pdf$`)),
		]);
		Object.assign(source, { envelopeFileUrls, serviceTypeZhName });
		setup.sandbox.touch();
	});
});

describe('what a file is', () => {
	it.each(['none', 'application/octet-stream', 'text/html'])(
		'is recognized by its content when the server says %s',
		async (fileType) => {
			setup.sandbox.options.fileType = fileType;
			expect(column(await download(signed().envelopeWsid), 'mimeType')).toEqual([PDF_TYPE]);
		},
	);

	it.each([
		['image/png', 'x.png', '\x89PNG\r\n\x1a\n'],
		['image/jpeg', 'x.jpg', '\xff\xd8\xff\xe0'],
		['application/ofd', 'x.ofd', 'PK\x03\x04'.padEnd(30, '\0') + 'OFD.xml'],
		['application/zip', 'x.zip', 'PK\x03\x04'.padEnd(30, '\0') + 'a.pdf'],
	])('is %s, called %s', async (mimeType, fileName, bytes) => {
		const other = await startOtherServer((_request, response) => {
			response.setHeader('content-type', 'text/plain; charset=utf-8');
			response.end(Buffer.from(bytes, 'latin1'));
		});
		const result = await load(`${other.url}/x`);
		expect(result.items(NODE)[0].json).toMatchObject({ mimeType, fileName });
		expect(contentOf(result).toString('latin1')).toBe(bytes);
	});
});

describe('what is no file', () => {
	const page = '<!DOCTYPE html><html><body>Login</body></html>';
	it.each<[string, Partial<Answer>, RegExp]>([
		['a login page', { body: page }, /^The server sent a web page instead of a file/],
		['JSON', { body: { code: '100550101' } }, /^The server sent JSON instead of a file/],
		['nothing', { body: '' }, /^The file is empty/],
		['no content', { status: 204, body: '' }, /^The file is empty/],
		['401', { status: 401, body: {} }, /^The file could not be downloaded \(HTTP 401\) \|.*fresh/],
		['403', { status: 403, body: {} }, /^The file could not be downloaded \(HTTP 403\)/],
		['404', { status: 404, body: page }, /^The file could not be downloaded \(HTTP 404\)/],
		['400', { status: 400, body: {} }, /^The server sent JSON instead of a file \(HTTP 400\)/],
	])('%s gives a message after one request, and no item', async (_name, change, message) => {
		setup.sandbox.options.faults = [file({ times: 9, ...change })];
		const result = await load(addressOf());
		expect(messageOf(result)).toMatch(message);
		expect(result.error?.description).toMatch(/\.$/);
		expect(result.items(NODE)).toEqual([]);
		expect(setup.sandbox.requests).toHaveLength(1);
	});

	it('an address that has expired gives a message', async () => {
		setup.sandbox.options.fileLinksExpired = true;
		expect(messageOf(await download(signed().envelopeWsid))).toMatch(/HTTP 403.*may have expired/);
	});

	/** Every way in which a server says that a token is not valid; links have tokens of their own. */
	const REFUSALS: Array<[what: string, change: Partial<Answer>]> = [
		['401', { status: 401, body: {} }],
		...[401, 400, 200].map((status): [string, Partial<Answer>] => [
			`"invalid_token" with ${status}`,
			{ status, body: { error: 'invalid_token' } },
		]),
	];

	const tokenRequests = () =>
		setup.sandbox.requests.filter(({ path }) => path.endsWith(TOKEN_PATH)).length;

	/** The fate of each of six files, of which the second is refused whatever the token. */
	async function loadSix(change: Partial<Answer>, source: IDataObject, credential: IDataObject) {
		const path = signed(1).envelopeWsid;
		setup.sandbox.options.faults = [
			answer({ status: 200, ...change, path: `${path}.pdf`, times: Infinity }),
		];
		const input = [0, 1, 2, 3, 4, 5].map((n) => ({ id: signed(n).envelopeWsid }));
		const node = { onError: 'continueRegularOutput' } as const;
		const parameters = { operation: 'download', ...source } as INodeParameters;
		const result = await setup.run(parameters, { input, node, credential });
		return column(result, 'error').map((message) => message ?? 'file');
	}

	it.each(
		REFUSALS.flatMap(([what, change]) => [
			[what, 'an access token', change, () => ({})] as const,
			[what, 'an app secret', change, secret] as const,
		]),
	)('%s for one file says nothing of the others, with %s', async (_what, _with, change, make) => {
		const refused = expect.stringMatching(/^The file could not be downloaded/) as string;
		const expected = ['file', refused, 'file', 'file', 'file', 'file'];
		const byUrl = { source: 'url', fileUrls: '={{ "/files/" + $json.id + ".pdf" }}' };
		const byId = { source: 'envelope', envelopeWsid: '={{ $json.id }}' };
		for (const source of [byUrl, byId]) {
			setup.sandbox.clearRequests();
			expect(await loadSix(change, source, make())).toEqual(expected);
			expect(tokenRequests()).toBeLessThanOrEqual(2);
		}
	});

	it.each(REFUSALS)(
		'%s from a server that got no token says nothing of the credential',
		async (_what, { status = 200, body }) => {
			const other = await startOtherServer((_request, response) => {
				response.statusCode = status;
				response.end(JSON.stringify(body));
			});
			for (const credential of [{}, secret()]) {
				const result = await load(`${other.url}/x.pdf`, {}, { credential });
				expect(messageOf(result)).toMatch(/^The file could not be downloaded.*fresh/);
				expect(messageOf(result)).not.toMatch(/credential|Access Token/);
			}
			expect(tokenRequests()).toBe(0);
		},
	);

	it('"invalid_token" from the server of Base URL may be about the link or the credential', async () => {
		setup.sandbox.options.faults = [file({ body: { error: 'invalid_token' }, times: 9 })];
		expect(messageOf(await load(addressOf()))).toMatch(
			/^The file could not be downloaded \| The address may have expired, or the token: test the/,
		);
	});

	it('a token that Yisign refuses is blamed on the credential, and no file is asked for', async () => {
		const input = [0, 1, 2].map((n) => ({ id: signed(n).envelopeWsid }));
		const node = { onError: 'continueRegularOutput' } as const;
		const credential = { accessToken: 'old' };
		const parameters = { operation: 'download', envelopeWsid: '={{ $json.id }}' };
		const result = await setup.run(parameters, { input, node, credential });
		const blamed = expect.stringMatching(/^Yisign did not accept the credential/) as string;
		expect(column(result, 'error')).toEqual([blamed, blamed, blamed]);
		expect(fileRequests()).toEqual([]);
	});
});

describe('a file that is too large', () => {
	it('is refused by what the server announces', async () => {
		setup.sandbox.options.fileSize = 3 * 2 ** 20;
		const { envelopeWsid } = signed();
		const result = await download(envelopeWsid, { maxFileSizeMb: 2 });
		expect(messageOf(result)).toMatch(/^The file is larger than 2 MB \(3 MB\) \| Raise Max File/);
		expect(result.items(NODE)).toEqual([]);
		expect(fileRequests()).toHaveLength(1);
		expect((await download(envelopeWsid, { maxFileSizeMb: 3 })).items(NODE)).toHaveLength(1);
	});

	it('is refused when too much has come, where nothing was announced', async () => {
		const other = await startOtherServer(serveForEver);
		const result = await load(`${other.url}/x.pdf`, { maxFileSizeMb: 1 });
		expect(messageOf(result)).toMatch(/^The file is larger than 1 MB \|/);
		expect(result.items(NODE)).toEqual([]);
		await vi.waitFor(() => expect(other.countOpen()).toBe(0));
	});
});

describe('a fault that passes', () => {
	// More of them in DOWNLOAD_FAULTS of faults.mts.
	it.each([500, 408])('is tried again, and nobody notices: HTTP %i', async (status) => {
		const source = signed();
		setup.sandbox.options.faults = [answer({ status, path: '.pdf' })];
		const result = await download(source.envelopeWsid);
		expect(messageOf(result)).toBe(' | ');
		expect(contentOf(result).equals(await makePdf(source))).toBe(true);
		expect(fileRequests()).toHaveLength(2);
	});

	it('is waited for as long as a 429 asks', async () => {
		const headers = { 'retry-after': '1' };
		setup.sandbox.options.faults = [answer({ status: 429, headers, path: '.pdf' })];
		const begin = Date.now();
		expect((await download(signed().envelopeWsid)).items(NODE)).toHaveLength(1);
		expect(Date.now() - begin).toBeGreaterThanOrEqual(1000);
	});

	it('is retried when the bytes stop coming for as long as Timeout', async () => {
		setup.sandbox.options.faults = [stall({ path: '.pdf' })];
		const begin = Date.now();
		const result = await download(signed().envelopeWsid, { timeout: 250 });
		expect(result.items(NODE)).toHaveLength(1);
		expect(fileRequests()).toHaveLength(2);
		expect(Date.now() - begin).toBeLessThan(10_000);
	});

	it('is not that a whole file takes longer than Timeout, as long as bytes keep coming', async () => {
		const other = await startOtherServer((_request, response) => {
			response.write('%PDF-1.4\n');
			let left = 15;
			const timer = setInterval(() => {
				left -= 1;
				if (left > 0) response.write(Buffer.alloc(1000, ' '));
				else response.end('%%EOF');
				if (left <= 0) clearInterval(timer);
			}, 100);
		});
		const result = await load(`${other.url}/slow.pdf`, { timeout: 1000 });
		expect(messageOf(result)).toBe(' | ');
		expect(other.requests).toHaveLength(1);
	});
});

describe('a file that moved', () => {
	const to = (location: string, aim: Partial<Answer> = {}) =>
		answer({ status: 302, headers: { location }, path: '/moved.pdf', ...aim });

	it('is followed to an allowed server, without the token', async () => {
		const other = await startOtherServer(servePdf);
		setup.sandbox.options.faults = [to(`${onLocalhost(other.url)}/x.pdf?key=geheim`)];
		const credential = { fileServers: 'localhost' };
		const result = await load(addressOf('moved'), {}, { credential });
		expect(messageOf(result)).toBe(' | ');
		expect(column(result, 'fileName')).toEqual(['x.pdf']);
		expect(JSON.stringify(other.requests)).not.toMatch(/access_token|signit|authorization/i);
	});

	it('to another server is followed without a token that the gateway has copied', async () => {
		const other = await startOtherServer(servePdf);
		const { accessToken } = setup.sandbox.options;
		const copied = `access_token=${accessToken}&key=1`;
		setup.sandbox.options.faults = [to(`${onLocalhost(other.url)}/x.pdf?${copied}`)];
		const credential = { fileServers: 'localhost' };
		const result = await load(addressOf('moved'), {}, { credential });
		expect(column(result, 'fileName')).toEqual(['x.pdf']);
		expect(other.requests).toMatchObject([
			{ head: expect.stringMatching(/x\.pdf\?key=1 /) as string },
		]);
		expect(JSON.stringify(other.requests)).not.toContain(accessToken);

		setup.sandbox.options.faults = [to(`${onLocalhost(other.url)}/${accessToken}/x.pdf`)];
		const stopped = await load(addressOf('moved'), {}, { credential });
		expect(messageOf(stopped)).toContain('the redirect carries the access token');
		expect(other.requests).toHaveLength(1);
	});

	it('back to the server of Base URL is followed without the token', async () => {
		const { envelopeWsid } = signed();
		const other = await startOtherServer((_request, response) => {
			response.writeHead(302, { location: addressOf(envelopeWsid) }).end();
		});
		const credential = { fileServers: 'localhost' };
		const result = await load(`${onLocalhost(other.url)}/a`, {}, { credential });
		expect(column(result, 'fileName')).toEqual([`${envelopeWsid}.pdf`]);
		expect(fileRequests()).toMatchObject([{ appId: undefined, query: {} }]);
	});

	it('is followed on the same server, without the token', async () => {
		const { envelopeWsid } = signed();
		setup.sandbox.options.faults = [to(`./${envelopeWsid}.pdf`)];
		const result = await load(addressOf('moved'));
		expect(column(result, 'fileName')).toEqual([`${envelopeWsid}.pdf`]);
		const [first, second] = fileRequests();
		expect(first).toMatchObject({
			appId: setup.sandbox.options.appId,
			query: { access_token: '***' },
		});
		expect(second).toMatchObject({ appId: undefined, query: {} });
	});

	it.each([
		['another server', (url: string) => `${onLocalhost(url)}/x.pdf?key=geheim`, /from localhost/],
		['another scheme', () => 'file:///etc/passwd', /redirect/],
		['nowhere', () => 'http://', /redirect/],
	])('is not followed to %s', async (_name, location, message) => {
		const other = await startOtherServer(servePdf);
		setup.sandbox.options.faults = [to(location(other.url))];
		const result = await load(addressOf('moved'));
		expect(messageOf(result)).toMatch(message);
		expect(messageOf(result)).not.toMatch(/geheim|passwd/);
		expect(result.error?.description).toMatch(/\.$/);
		expect(other.requests).toEqual([]);
	});

	it('in a circle is not followed for ever', async () => {
		setup.sandbox.options.faults = [to('/files/moved.pdf', { times: 99 })];
		const result = await load(addressOf('moved'));
		expect(messageOf(result)).toMatch(/^The file could not be downloaded: too many redirects/);
		expect(fileRequests().length).toBeLessThan(10);
	});
});

describe('File Servers', () => {
	it('has to name a host that is not that of Base URL: the message names it', async () => {
		const other = await startOtherServer(servePdf);
		const source = signed(2);
		const { envelopeFileUrls } = source;
		source.envelopeFileUrls = `${onLocalhost(other.url)}/secret/x.pdf?token=geheim`;
		setup.sandbox.touch();
		const result = await download(source.envelopeWsid);
		source.envelopeFileUrls = envelopeFileUrls;
		setup.sandbox.touch();
		expect(messageOf(result)).toMatch(
			/^Files are not downloaded from localhost \|.*File Servers in the Yisign API credential/,
		);
		expect(messageOf(result)).not.toMatch(/geheim|secret/);
		expect(other.requests).toEqual([]);
	});

	it.each([
		'localhost',
		' LOCALHOST ',
		'files.example, localhost',
		'files.example，localhost',
		'10.0.0.9,[::1],localhost,',
	])('lets files come from its hosts on any port: %j', async (fileServers) => {
		const other = await startOtherServer(servePdf);
		const url = `${onLocalhost(other.url)}/a.pdf`;
		const result = await load(url, {}, { credential: { fileServers } });
		expect(messageOf(result)).toBe(' | ');
		expect(column(result, 'fileName')).toEqual(['a.pdf']);
	});

	it('does not blame Base URL where a file is at a port at which nothing listens', async () => {
		const credential = { fileServers: 'localhost' };
		const result = await load('http://localhost:1/a.pdf', {}, { credential });
		expect(messageOf(result)).toMatch(
			/^No server is listening at http:\/\/localhost:1 \| Check the file address, or ask/,
		);
	});

	it('lets Ignore SSL Issues count for its hosts, too', async () => {
		const { private: key, cert } = await generate([{ name: 'commonName', value: 'files' }]);
		const envelopes = [...setup.sandbox.envelopes];
		const secure = await startSandbox({ envelopes, tls: { key, cert } });
		try {
			const url = `${onLocalhost(secure.url)}/files/${signed().envelopeWsid}.pdf`;
			const credential = { fileServers: 'localhost' };
			const refused = await load(url, {}, { credential });
			expect(messageOf(refused)).toMatch(/certificate of https:.*localhost.* cannot be checked/);
			const trusting = { ...credential, allowUnauthorizedCerts: true };
			expect((await load(url, {}, { credential: trusting })).items(NODE)).toHaveLength(1);
		} finally {
			await secure.close();
		}
	});

	it('is not needed for another port of the host of Base URL', async () => {
		const other = await startOtherServer(servePdf);
		expect(column(await load(`${other.url}/a.pdf`), 'fileName')).toEqual(['a.pdf']);
	});

	it.each(['local', 'localhost.example', 'xlocalhost', ''])(
		'knows no wildcards and no parts of names: %j',
		async (fileServers) => {
			const other = await startOtherServer(servePdf);
			const url = `${onLocalhost(other.url)}/a.pdf`;
			const result = await load(url, {}, { credential: { fileServers } });
			expect(messageOf(result)).toMatch(/File Servers/);
			expect(other.requests).toEqual([]);
		},
	);

	it.each([
		'http://localhost',
		'localhost:8080',
		'localhost/files',
		'*.example',
		'*',
		'user@localhost',
	])('that holds %j is called wrong, without repeating it', async (fileServers) => {
		const result = await load(addressOf(), {}, { credential: { fileServers } });
		expect(messageOf(result)).toMatch(
			/^The credential's File Servers has to hold host names or IP addresses \|/,
		);
		expect(setup.sandbox.requests).toEqual([]);
	});
});

describe('the token', () => {
	it('does not go to another server, neither in the address nor in a header', async () => {
		const other = await startOtherServer(servePdf);
		const input = [{ urls: [addressOf(signed().envelopeWsid), `${other.url}/a.pdf`] }];
		for (const credential of [{}, secret()]) {
			const result = await load('={{ $json.urls }}', {}, { input, credential });
			expect(column(result, 'fileName')).toEqual([expect.any(String), 'a.pdf']);
		}
		expect(other.requests).toHaveLength(2);
		expect(JSON.stringify(other.requests)).not.toMatch(
			/access_token|signit|01234567-89ab|authorization/i,
		);
	});

	it.each([401, 200, 400])(
		'that expires amid several files (HTTP %i) is renewed, and no file is lost',
		async (invalidTokenStatus) => {
			// A server of its own, for it ends the fixed token too.
			const own = await startSetup({ count: 30, filesNeedToken: true, invalidTokenStatus });
			const { sandbox } = own;
			sandbox.options.faults = [
				meanwhile({ path: '.pdf', after: 1 }, () => sandbox.expireTokens()),
			];
			const ids = sandbox.envelopes
				.filter(({ source }) => source.envelopeStatus === SIGNED)
				.slice(0, 3)
				.map(({ source }) => source.envelopeWsid);
			const fileUrls = JSON.stringify(ids.map((id) => `${sandbox.url}/files/${id}.pdf`));
			const parameters = { operation: 'download', source: 'url', fileUrls };
			const result = await own.run(parameters, { credential: secret() });
			await sandbox.close();
			expect(messageOf(result)).toBe(' | ');
			expect(column(result, 'fileName')).toEqual(ids.map((id) => `${id}.pdf`));
			expect(sandbox.tokensIssued).toBe(2);
		},
	);
});

describe('a workflow that is stopped', () => {
	it('amid a long download ends at once', async () => {
		const asked = new Promise<void>((resolve) => {
			setup.sandbox.options.faults = [
				meanwhile({ path: '.pdf' }, resolve),
				stall({ path: '.pdf' }),
			];
		});
		let stoppedAt = 0;
		const stop = asked.then(() => sleep(50)).then(() => void (stoppedAt = Date.now()));
		await load(addressOf(signed().envelopeWsid), { timeout: 60_000 }, { stop });
		expect(Date.now() - stoppedAt).toBeLessThan(10_000);
	});
});

describe('binary data on disk', () => {
	let folder: string;
	// To be the last: there is no way back.
	beforeAll(async () => {
		folder = await keepBinariesOnDisk();
	});
	afterEach(() => rmSync(path.join(folder, 'workflows'), { recursive: true, force: true }));

	const filesIn = () =>
		readdirSync(folder, { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile() && !entry.name.endsWith('.metadata'))
			.map(({ name, parentPath }) => path.join(parentPath, name));

	it.each([
		['small', 0],
		['large', 5 * 2 ** 20],
	])('holds a %s file whole', async (_name, fileSize) => {
		setup.sandbox.options.fileSize = fileSize;
		const source = signed();
		const result = await download(source.envelopeWsid);
		expect(result.items(NODE)[0].binary?.data.id).toMatch(/^filesystem-v2:/);
		const [stored, ...others] = filesIn();
		expect(others).toEqual([]);
		const bytes = readFileSync(stored);
		expect(column(result, 'fileSize')).toEqual([bytes.length]);
		if (fileSize === 0) expect(bytes.equals(await makePdf(source))).toBe(true);
		else expect(bytes).toHaveLength(fileSize);
	});

	it.each([
		['broke off', () => cut({ path: '.pdf' })],
		['stalled', () => stall({ path: '.pdf' })],
	])('holds nothing of a file that %s, only that of the next try', async (_name, fault) => {
		setup.sandbox.options.faults = [fault()];
		const result = await download(signed().envelopeWsid, { timeout: 200 });
		expect(result.items(NODE)).toHaveLength(1);
		expect(filesIn()).toHaveLength(1);
	});

	it('holds nothing of a file that turned out to be too large', async () => {
		const other = await startOtherServer(serveForEver);
		const result = await load(`${other.url}/x.pdf`, { maxFileSizeMb: 1 });
		expect(messageOf(result)).toMatch(/^The file is larger/);
		expect(filesIn()).toEqual([]);
	});

	it('holds nothing of a file that was stopped amid', async () => {
		setup.sandbox.options.faults = [stall({ path: '.pdf' })];
		await download(signed().envelopeWsid, {}, { stop: sleep(300) });
		await sleep(300);
		expect(filesIn()).toEqual([]);
	});

	it('has no room: says whom to ask', async () => {
		rmSync(folder, { recursive: true });
		writeFileSync(folder, 'in the way');
		const result = await download(signed().envelopeWsid);
		expect(messageOf(result)).toMatch(
			/^n8n could not store the file \| Ask the administrator of n8n/,
		);
		expect(messageOf(result)).not.toContain(folder);
	});
});

/** The same server by another name. */
const onLocalhost = (url: string) => url.replace('127.0.0.1', 'localhost');

const servePdf: RequestListener = (_request, response) => response.end(LEAST_PDF);

/** A PDF without an announced length that never ends. */
const serveForEver: RequestListener = (_request, response) => {
	const block = Buffer.alloc(64 * 1024, ' ');
	const more = () => {
		while (!response.destroyed && response.write(block));
	};
	response.write('%PDF-1.4\n');
	response.on('drain', more);
	more();
};
