import { request } from 'node:https';
import { generate } from 'selfsigned';
import { describe, expect, it, vi } from 'vitest';
import { answer } from '../../sandbox/faults.mts';
import type { PageState } from '../../sandbox/page.mts';
import {
	ACCESS_TOKEN,
	APP_ID,
	APP_SECRET,
	SEARCH_PATH,
	TOKEN_PATH,
	type SandboxOptions,
} from '../../sandbox/server.mts';
import { startReceiver } from './receiver.mts';
import { ask, askSearch, sandbox, search, start } from './support.mts';

const open = (options: SandboxOptions = {}) => start({ count: 200, ...options });

async function state(query: Record<string, string> = {}): Promise<PageState> {
	return (await (await ask('/sandbox/state', query)).json()) as PageState;
}

const press = (ending: string, envelopeWsid: string) =>
	ask(`/sandbox/envelopes/${envelopeWsid}/${ending}`, {}, {}, { method: 'POST' });

const found = async (envelopeWsid: string) =>
	(await search({ q: `(envelopeWsid=${envelopeWsid})` })).hits[0]._source;

const underWay = async () => (await state({ status: 'ING_SENT_WAIT_FILLOUT' })).envelopes[0];

describe('the page', () => {
	it.each(['', '/gw'])(
		'is served below the prefix "%s", with or without a slash',
		async (prefix) => {
			await open({ prefix });
			for (const address of [sandbox.url, `${sandbox.url}/`]) {
				const response = await fetch(address);
				expect(response.status).toBe(200);
				expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
				expect(await response.text()).toContain('<title>Yisign sandbox</title>');
			}
			expect((await state()).baseUrl).toBe(sandbox.url);
		},
	);

	it('loads nothing from elsewhere', async () => {
		await open();
		const response = await fetch(sandbox.url);
		expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
		const html = (await response.text()).replaceAll("xmlns='http://www.w3.org/2000/svg'", '');
		expect(html).not.toMatch(/https?:\/\/|@import|url\(/);
	});

	it('speaks HTTPS with the rest', async () => {
		const { private: key, cert } = await generate([{ name: 'commonName', value: 'sandbox' }]);
		await open({ tls: { key, cert } });
		const status = await new Promise((resolve, reject) => {
			request(`${sandbox.url}/sandbox/state`, { rejectUnauthorized: false }, (response) => {
				response.resume();
				resolve(response.statusCode);
			})
				.on('error', reject)
				.end();
		});
		expect(status).toBe(200);
	});

	it('is no request in the log, is not delayed and meets no fault', async () => {
		const fault = { status: 503, times: 100 };
		await open({ delay: 60_000, faults: [answer(fault), answer({ ...fault, late: true })] });
		const { envelopeWsid } = await underWay();
		expect((await fetch(sandbox.url)).status).toBe(200);
		expect((await press('sign', envelopeWsid)).status).toBe(200);
		expect(sandbox.requests).toEqual([]);
	});
});

describe('its list of envelopes', () => {
	it('shows the newest first, page by page, and no identity number', async () => {
		await open();
		const [first, second] = [await state(), await state({ from: '12' })];
		const times = [...first.envelopes, ...second.envelopes].map((row) => row.createdDatetime);
		expect(times).toHaveLength(24);
		expect(times).toEqual(times.toSorted((a, b) => b - a));
		expect(times[0]).toBe(Math.max(...sandbox.envelopes.map((e) => e.source.createdDatetime)));
		expect(JSON.stringify(first)).not.toContain('idCard');
	});

	it('counts by status and shows one status if asked to', async () => {
		await open();
		const { counts, found: total } = await state();
		expect(total).toBe(200);
		expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(200);
		const signed = await state({ status: 'ED_SUCCESS' });
		expect(signed.found).toBe(counts.ED_SUCCESS);
		expect(new Set(signed.envelopes.map((row) => row.envelopeStatus))).toEqual(
			new Set(['ED_SUCCESS']),
		);
		expect(signed.counts).toEqual(counts);
	});

	it('finds by words in any order and part of a number', async () => {
		await open();
		const { doctorName, hospitalDepartment, customTagID } = (await state()).envelopes[5];
		const both = await state({ search: `${doctorName} ${hospitalDepartment}` });
		expect(both.found).toBeLessThan(200);
		for (const row of both.envelopes) expect(row).toMatchObject({ doctorName, hospitalDepartment });
		const { envelopes } = await state({ search: customTagID.slice(2).toLowerCase() });
		expect(envelopes.map((row) => row.customTagID)).toContain(customTagID);
		expect((await state({ search: 'nobody' })).envelopes).toEqual([]);
	});
});

describe('its buttons', () => {
	it.each([
		['sign', 'ED_SUCCESS'],
		['reject', 'ED_FAIL_REJECT'],
		['expire', 'ED_FAIL_EXPIRED'],
	])('%s an envelope, and searches find it as %s from then on', async (ending, status) => {
		await open();
		const { envelopeWsid } = await underWay();
		expect(await found(envelopeWsid)).toMatchObject({ envelopeStatus: 'ING_SENT_WAIT_FILLOUT' });
		const before = Date.now();
		const row = await (await press(ending, envelopeWsid)).json();
		expect(row).toMatchObject({ envelopeWsid, envelopeStatus: status, underWay: false });
		const record = await found(envelopeWsid);
		expect(record.envelopeStatus).toBe(status);
		expect(record.envelopeFinishedDatetime).toBeGreaterThanOrEqual(before);
		const file = await ask(`/files/${envelopeWsid}.pdf`);
		expect(file.status).toBe(ending === 'sign' ? 200 : 404);
	});

	it('leave an envelope alone that has ended, and do nothing else', async () => {
		await open();
		const { envelopeWsid } = await underWay();
		expect((await press('shred', envelopeWsid)).status).toBe(404);
		expect((await press('toString', envelopeWsid)).status).toBe(404);
		expect((await press('sign', 'WSID_ENVE_0')).status).toBe(404);
		expect((await underWay()).envelopeWsid).toBe(envelopeWsid);
		await press('reject', envelopeWsid);
		expect((await press('sign', envelopeWsid)).status).toBe(409);
		expect(await found(envelopeWsid)).toMatchObject({ envelopeStatus: 'ED_FAIL_REJECT' });
	});
});

describe('its logs', () => {
	it('show the last requests, token and secret masked', async () => {
		await open();
		for (let time = 0; time < 25; time += 1) await askSearch({ q: `(doctorID=${time})` });
		await ask(TOKEN_PATH, { client_id: APP_ID, client_secret: APP_SECRET });
		const { requests } = await state();
		expect(requests.map(({ number }) => number)).toEqual(
			Array.from({ length: 20 }, (_, index) => 26 - index),
		);
		expect(requests.slice(0, 2)).toMatchObject([
			{ method: 'GET', path: TOKEN_PATH, query: { client_secret: '***' }, status: 400 },
			{
				path: SEARCH_PATH,
				query: { q: '(doctorID=24)', access_token: '***' },
				status: 200,
			},
		]);
		for (const secret of [ACCESS_TOKEN, APP_SECRET]) {
			expect(JSON.stringify(requests)).not.toContain(secret);
		}
	});

	it('show the callbacks that went out, and where they go', async () => {
		const receiver = await startReceiver(200);
		await open({ callbackUrl: `${receiver.url}?key=hidden` });
		const { envelopeWsid } = await underWay();
		await press('sign', envelopeWsid);
		const { url: address, close } = receiver;
		await vi.waitFor(async () =>
			expect(await state()).toMatchObject({
				callbackAddress: address,
				callbacks: [{ event: 'dataSignatureCompleted', envelopeWsid, address, status: 200 }],
			}),
		);
		close();
	});

	it('says that callbacks go nowhere if they do not', async () => {
		await open();
		sandbox.sign();
		expect(await state()).toMatchObject({ callbackAddress: '', callbacks: [] });
	});
});

it('gives the values of a credential', async () => {
	await open({ appSecret: 'sk-other' });
	expect(await state()).toMatchObject({
		baseUrl: sandbox.url,
		appId: APP_ID,
		accessToken: ACCESS_TOKEN,
		appSecret: 'sk-other',
	});
});
