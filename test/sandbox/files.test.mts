import { describe, expect, it } from 'vitest';
import { makeEnvelopes, SIGNED } from '../../sandbox/envelopes.mts';
import { answer, cut } from '../../sandbox/faults.mts';
import { ACCESS_TOKEN, APP_ID, startSandbox, type SandboxOptions } from '../../sandbox/server.mts';
import { ask, sandbox, search, start } from './support.mts';

/** Starts a server with one signed envelope, by default the same one each time. */
async function startWithFile(options: SandboxOptions = {}): Promise<string> {
	const signed = makeEnvelopes({ count: 100 }).find(
		({ source }) => source.envelopeStatus === SIGNED,
	)!;
	const serviceTypeZhName = '入院记录';
	const source = { ...signed.source, serviceTypeZhName };
	await start({ envelopes: [{ ...signed, source }], ...options });
	return `/files/${source.envelopeWsid}.pdf`;
}

const contents = async (response: Response) => Buffer.from(await response.arrayBuffer());

async function links(): Promise<string[]> {
	const { hits } = await search();
	return [hits[0]._source.envelopeFileUrls ?? []].flat();
}

describe('a signed file', () => {
	it.each([
		['none', () => null],
		['plain', (id: string) => `attachment; filename="${id}"`],
		['encoded', () => `attachment; filename*=UTF-8''%E5%85%A5%E9%99%A2%E8%AE%B0%E5%BD%95.pdf`],
		['path', (id: string) => `attachment; filename="../../${id}"`],
	] as const)('is named as the options say: %s', async (fileName, header) => {
		const path = await startWithFile({ fileName });
		const response = await ask(path);
		expect(response.headers.get('content-disposition')).toBe(header(path.split('/')[2]));
	});

	it('can be named in Chinese in every way that servers have', async () => {
		const path = await startWithFile();
		const named = async (fileName: SandboxOptions['fileName']) => {
			sandbox.options.fileName = fileName!;
			return (await ask(path)).headers.get('content-disposition') ?? '';
		};
		const encoded = encodeURIComponent('入院记录.pdf');
		expect(await named('both')).toMatch(/^attachment; filename="WSID_\w+\.pdf"; filename\*=/);
		expect(await named('both')).toContain(`filename*=UTF-8''${encoded}`);
		expect(await named('percent')).toBe(`attachment; filename="${encoded}"`);
		const bytes = Buffer.from(await named('bytes'), 'latin1').toString();
		expect(bytes).toBe('attachment; filename="入院记录.pdf"');
	});

	it('has the type that the options say, or none', async () => {
		const path = await startWithFile();
		const type = async () => (await ask(path)).headers.get('content-type');
		expect(await type()).toBe('application/pdf');
		sandbox.options.fileType = 'application/octet-stream';
		expect(await type()).toBe('application/octet-stream');
		sandbox.options.fileType = 'none';
		expect(await type()).toBe(null);
	});

	it('is one of several, each linked and different', async () => {
		const path = await startWithFile({ filesPerEnvelope: 3, prefix: '/gw', fileName: 'plain' });
		const wsid = path.slice('/files/'.length, -'.pdf'.length);
		const found = await links();
		expect(found).toEqual(
			['', '-2', '-3'].map((suffix) => `${sandbox.url}/files/${wsid}${suffix}.pdf`),
		);
		const responses = await Promise.all(found.map((url) => fetch(url)));
		expect(responses.map(({ headers }) => headers.get('content-disposition'))).toEqual(
			['', '-2', '-3'].map((suffix) => `attachment; filename="${wsid}${suffix}.pdf"`),
		);
		const files = await Promise.all(responses.map(contents));
		expect(new Set(files.map((file) => file.toString('base64'))).size).toBe(3);
		expect((await ask(`/files/${wsid}-4.pdf`)).status).toBe(404);
		sandbox.options.filesPerEnvelope = 1;
		expect(await links()).toEqual([`${sandbox.url}${path}`]);
		expect((await ask(`/files/${wsid}-2.pdf`)).status).toBe(404);
	});

	it('may ask for the token and the app id', async () => {
		const path = await startWithFile({ filesNeedToken: true });
		expect((await ask(path)).status).toBe(401);
		expect((await ask(path, { access_token: ACCESS_TOKEN })).status).toBe(401);
		const app = { 'X-Signit-App-Id': APP_ID };
		expect((await ask(path, {}, app)).status).toBe(401);
		expect((await ask(path, { access_token: ACCESS_TOKEN }, app)).status).toBe(200);
	});

	it('may have a link that has expired', async () => {
		const path = await startWithFile({ fileLinksExpired: true });
		const response = await ask(path);
		expect(response.status).toBe(403);
		expect(await response.json()).toMatchObject({ errorWsid: expect.any(String) });
		sandbox.options.fileLinksExpired = false;
		expect((await ask(path)).status).toBe(200);
	});

	it.each([100, 65_536, 1_000_001])('can be made %i bytes long', async (fileSize) => {
		const path = await startWithFile({ fileSize });
		const response = await ask(path);
		expect(response.headers.get('content-length')).toBe(String(fileSize));
		const file = await contents(response);
		expect(file.length).toBe(fileSize);
		expect(file.subarray(0, 9).toString()).toBe('%PDF-1.4\n');
		expect(file.subarray(-6).toString()).toBe('\n%%EOF');
	});

	it('of 4 GB comes at once, for it is made while it is sent', async () => {
		const path = await startWithFile({ fileSize: 4e9 });
		const before = process.memoryUsage().rss;
		const response = await ask(path);
		expect(response.headers.get('content-length')).toBe('4000000000');
		let length = 0;
		for await (const piece of response.body!) {
			length += (piece as Uint8Array).length;
			if (length > 1e6) break;
		}
		expect(process.memoryUsage().rss - before).toBeLessThan(400e6);
	});

	it('can be asked about without being sent', async () => {
		const path = await startWithFile();
		const whole = await contents(await ask(path));
		const head = await ask(path, {}, {}, { method: 'HEAD' });
		expect(head.headers.get('content-length')).toBe(String(whole.length));
		expect(await head.text()).toBe('');
	});
});

describe('a file that goes wrong', () => {
	it('breaks off before the announced end', async () => {
		const path = await startWithFile({ faults: [cut()] });
		const response = await ask(path);
		expect(response.headers.get('content-length')).toBe('2000');
		await expect(contents(response)).rejects.toThrow();
		expect((await ask(path)).status).toBe(200);
	});

	it.each([
		['half', '1000'],
		['none', null],
	] as const)('breaks off unnoticed, length announced: %s', async (length, announced) => {
		const path = await startWithFile({ faults: [cut({ length })] });
		const response = await ask(path);
		expect(response.headers.get('content-length')).toBe(announced);
		expect(response.headers.get('transfer-encoding')).toBe(null);
		const file = await contents(response);
		expect(file.length).toBe(1000);
		expect(file.subarray(0, 5).toString()).toBe('%PDF-');
		expect(file.includes('%%EOF')).toBe(false);
	});

	it('is elsewhere: a redirect, within the server or to another, which can see what came along', async () => {
		const other = await startSandbox({ count: 0 });
		const path = await startWithFile();
		const redirect = (location: string) => answer({ status: 302, headers: { location }, path });
		sandbox.options.faults = [redirect(path)];
		expect((await contents(await ask(path))).subarray(0, 4).toString()).toBe('%PDF');
		sandbox.options.faults = [redirect(`${other.url}/files/x.pdf?access_token=leaked`)];
		expect((await ask(path)).status).toBe(404);
		await other.close();
		expect(other.requests).toMatchObject([
			{ path: '/files/x.pdf', query: { access_token: '***' }, appId: undefined },
		]);
	});

	it('is a login page with status 200', async () => {
		const body = '<!doctype html><form>登录</form>';
		const headers = { 'content-type': 'text/html; charset=utf-8' };
		const path = await startWithFile({ faults: [answer({ status: 200, headers, body })] });
		const response = await ask(path);
		expect(response.status).toBe(200);
		expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
		expect(await response.text()).toBe(body);
	});
});
