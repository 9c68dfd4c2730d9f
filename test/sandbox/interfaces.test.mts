import { describe, expect, it } from 'vitest';
import { answer } from '../../sandbox/faults.mts';
import { ARCHIVE_PATH, LOGIN_STATE_PATH, SIGNATURE_IMAGE_PATH } from '../../sandbox/interfaces.mts';
import { ACCESS_TOKEN, APP_ID } from '../../sandbox/server.mts';
import { ask, sandbox, start } from './support.mts';

const token = { access_token: ACCESS_TOKEN };
const appId = { 'X-Signit-App-Id': APP_ID };
const json = { ...appId, 'content-type': 'application/json' };

const get = (path: string, query = {}) => ask(path, { ...token, ...query }, appId);
const post = (path: string, body = '{"a":1}') => ask(path, token, json, { method: 'POST', body });

describe('an interface without a readable reply', () => {
	it.each([
		[LOGIN_STATE_PATH, { loginId: 'L1' }, { tasks: [{ loginId: 'L1', status: 'WAITING' }] }],
		[SIGNATURE_IMAGE_PATH, {}, { fileWsid: expect.stringMatching(/^WSID_FILE_/) as string }],
	])('%s replies with a success', async (path, query, data) => {
		await start();
		const response = await get(path, query);
		expect(await response.json()).toEqual({ code: '100600000', message: '操作成功', data });
	});

	it('10 notes what it was sent', async () => {
		await start();
		expect((await post(ARCHIVE_PATH)).status).toBe(200);
		expect(sandbox.posted).toEqual([{ path: ARCHIVE_PATH, body: { a: 1 } }]);
	});

	it.each(['/v1/open/x/y', '/collect/third/x', '/document/open/x', '/emr/documents/x'])(
		'%s echoes what was asked for, without the token',
		async (path) => {
			await start({ prefix: '/gw' });
			const asked = { method: 'GET', path: `/gw${path}`, query: { b: '2' }, body: null };
			expect(await (await get(path, { b: 2 })).json()).toMatchObject({ data: asked });
			expect(await (await post(path)).json()).toMatchObject({
				data: { ...asked, method: 'POST', query: {}, body: { a: 1 } },
			});
			expect(sandbox.posted).toHaveLength(1);
		},
	);

	it('replies as the switch says', async () => {
		await start({ otherReply: 'flat' });
		const path = '/v1/open/x';
		expect(await (await get(path)).json()).toMatchObject({ code: '100600000', method: 'GET' });
		sandbox.options.otherReply = 'list';
		expect(await (await get(path)).json()).toHaveLength(2);
		sandbox.options.otherReply = 'file';
		expect((await get(path)).headers.get('content-type')).toBe('image/png');
		sandbox.options.fileSize = 5000;
		expect((await (await post(path)).bytes()).length).toBe(5000);
	});

	it('is refused without the token, with a body that is no JSON, and by faults', async () => {
		await start();
		expect((await ask('/v1/open/x', {}, appId)).status).toBe(401);
		const broken = await post('/v1/open/x', '{"a":');
		expect([broken.status, await broken.json()]).toMatchObject([400, { code: '100550400' }]);
		sandbox.options.faults = [answer({ status: 503 }), answer({ status: 504, late: true })];
		expect((await post('/v1/open/x')).status).toBe(503);
		expect((await post('/v1/open/x')).status).toBe(504);
		expect(sandbox.posted).toHaveLength(1);
	});

	it.each(['/v2/open/x', '/v1/open/v1/open/x'])('is not there at %s', async (path) => {
		await start();
		expect((await get(path)).status).toBe(404);
	});
});
