import { get } from 'node:https';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { makeEnvelopes, SIGNED } from '../../sandbox/envelopes.mts';
import { answer } from '../../sandbox/faults.mts';
import type { Hit, SearchReply } from '../../sandbox/search.mts';
import {
	ACCESS_TOKEN,
	APP_ID,
	APP_SECRET,
	SEARCH_PATH,
	TOKEN_PATH,
} from '../../sandbox/server.mts';
import { ask, askSearch, sandbox, search, start, type Headers, type Query } from './support.mts';

async function walk(query: Query, size: number): Promise<Hit[]> {
	const hits: Hit[] = [];
	for (;;) {
		const page = await search({ ...query, from: hits.length, size });
		if (page.hits.length === 0) return hits;
		hits.push(...page.hits);
	}
}

const ids = (hits: Hit[]) => hits.map(({ _id }) => _id);

function admissionOf(patient: number): string {
	const numbers = sandbox.envelopes.flatMap(({ source }) => source.admissionNo ?? []);
	return [...new Set(numbers)][patient];
}

const total = (value: number) => ({ value, relation: 'eq' });

describe('search', () => {
	it('walks through all 2,437 envelopes, each once and newest first', async () => {
		await start();
		const hits = await walk({}, 20);
		expect(new Set(ids(hits)).size).toBe(2437);
		const times = hits.map(({ _source }) => _source.createdDatetime);
		expect(times).toEqual(times.toSorted((a, b) => b - a));
		expect(new Set(times).size).toBeLessThan(2437);
	});

	it('answers in the shape of Elasticsearch 7', async () => {
		await start();
		const reply = (await (await askSearch()).json()) as SearchReply;
		expect(reply).toMatchObject({
			timed_out: false,
			_shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
			hits: { total: total(2437), max_score: null },
		});
		const [hit] = reply.hits.hits;
		expect(reply.hits.hits).toHaveLength(20);
		expect(hit._source.envelopeWsid).toMatch(/^WSID_ENVE_[0-9a-f]{32}$/);
		expect(hit._id).not.toBe(hit._source.envelopeWsid);
		expect(hit.sort).toEqual([hit._source.createdDatetime]);
	});

	it('finds exactly the envelopes of one admission number', async () => {
		await start();
		const number = admissionOf(3);
		const own = sandbox.envelopes.filter(({ source }) => source.admissionNo === number);
		const { hits, total: found } = await search({ q: `(admissionNumber=${number})` });
		expect(found).toEqual(total(own.length));
		expect(ids(hits).toSorted()).toEqual(own.map(({ id }) => id).toSorted());
	});

	it('reads a q that is not URL-encoded, as in the documented sample', async () => {
		await start();
		const response = await fetch(
			`${sandbox.url}${SEARCH_PATH}?q=(admissionNumber=${admissionOf(0)})` +
				`&sort=createdDatetime:desc&from=0&size=20&access_token=${ACCESS_TOKEN}`,
			{ headers: { 'X-Signit-App-Id': APP_ID } },
		);
		const { hits } = (await response.json()) as SearchReply;
		expect(new Set(hits.hits.map(({ _source }) => _source.admissionNo))).toEqual(
			new Set([admissionOf(0)]),
		);
	});

	it('finds nothing for an unknown value', async () => {
		await start({ count: 20 });
		expect(await search({ q: '(customTagID=nobody)' })).toEqual({
			total: total(0),
			max_score: null,
			hits: [],
		});
	});

	it('returns other patients’ envelopes when q is free text', async () => {
		await start({ query: 'freeText' });
		const number = admissionOf(3);
		const hits = await walk({ q: `(admissionNumber=${number})` }, 1000);
		const own = hits.filter(({ _source }) => _source.admissionNo === number);
		expect(own.length).toBeGreaterThan(0);
		expect(hits.length).toBeGreaterThan(own.length);
	});

	it('sorts by several rules, records without the value last either way', async () => {
		await start({ count: 300 });
		for (const direction of ['asc', 'desc']) {
			const hits = await walk({ sort: `admissionNo:${direction},createdDatetime:asc` }, 100);
			const numbers = hits.map(({ _source }) => _source.admissionNo ?? null);
			const known = numbers.filter((number) => number !== null);
			const ascending = known.toSorted();
			expect(known.length).toBeLessThan(300);
			expect(numbers.slice(0, known.length)).toEqual(
				direction === 'asc' ? ascending : ascending.toReversed(),
			);
			expect(hits.at(-1)?.sort?.[0]).toBeNull();
		}
	});

	it.each([
		{ q: 'admissionNumber=1' },
		{ q: '(admissionNumber:1)' },
		{ q: '(a=1)(b=2)' },
		{ q: '(admissionNumber=1*)' },
		{ q: '' },
		{ sort: 'createdDatetime' },
		{ sort: 'createdDatetime:down' },
		{ from: -1 },
		{ size: 'all' },
	] as Query[])('refuses the malformed %o', async (query) => {
		await start({ count: 1 });
		const response = await askSearch(query);
		expect(response.status).toBe(400);
		expect(await response.json()).toHaveProperty('errorWsid');
	});

	it('sees changed envelopes after touch', async () => {
		await start({ count: 20 });
		await search();
		sandbox.envelopes.pop();
		sandbox.touch();
		expect((await search()).total).toEqual(total(19));
	});

	it('serves a list of one’s own', async () => {
		const envelopes = makeEnvelopes({ count: 2, seed: 7 });
		await start({ envelopes });
		expect(ids((await search()).hits).toSorted()).toEqual(envelopes.map(({ id }) => id).toSorted());
	});
});

describe('switches', () => {
	it('ignores paging: always the first 20', async () => {
		await start({ paging: 'ignored' });
		const first = await search();
		expect(first.hits).toHaveLength(20);
		expect(await search({ from: 20, size: 50 })).toEqual(first);
	});

	it('refuses paging other than 0 and 20, as soon as the options say so', async () => {
		await start();
		expect((await askSearch({ from: 20 })).status).toBe(200);
		sandbox.options.paging = 'refused';
		expect((await askSearch({ from: 20 })).status).toBe(400);
		expect((await askSearch({ size: 50 })).status).toBe(400);
		expect((await askSearch({ from: 0, size: 20 })).status).toBe(200);
		expect((await askSearch()).status).toBe(200);
	});

	it('ends at the window', async () => {
		await start({ window: 100 });
		expect((await search({ from: 80 })).total).toEqual(total(2437));
		const beyond = await askSearch({ from: 81 });
		expect(beyond.status).toBe(400);
		expect(await beyond.json()).toMatchObject({
			status: 400,
			error: { root_cause: [{ type: 'illegal_argument_exception' }] },
		});
	});

	it('gives the total as a number, or as Elasticsearch 7 counts', async () => {
		await start({ count: 10_001 });
		expect((await search()).total).toEqual({ value: 10_000, relation: 'gte' });
		sandbox.options.total = 'number';
		expect((await search()).total).toBe(10_001);
	});

	it('waits before it answers', async () => {
		await start({ count: 1, delay: 60 });
		const before = performance.now();
		await search();
		expect(performance.now() - before).toBeGreaterThan(50);
	});

	it('speaks HTTPS below a prefix', async () => {
		const { private: key, cert } = await generate([{ name: 'commonName', value: 'sandbox' }]);
		await start({ count: 1, prefix: '/gw', tls: { key, cert } });
		expect(sandbox.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/gw$/);
		const status = await new Promise((resolve, reject) => {
			get(sandbox.url + SEARCH_PATH, { rejectUnauthorized: false }, (response) => {
				response.resume();
				resolve(response.statusCode);
			}).on('error', reject);
		});
		expect(status).toBe(401);
		expect(sandbox.requests[0].path).toBe(`/gw${SEARCH_PATH}`);
	});
});

describe('authentication', () => {
	const askToken = (query: Query = {}) =>
		ask(TOKEN_PATH, {
			client_id: APP_ID,
			client_secret: APP_SECRET,
			grant_type: 'client_credentials',
			...query,
		});

	async function token(): Promise<string> {
		const reply = (await (await askToken()).json()) as { access_token: string };
		return reply.access_token;
	}

	const statusWith = async (access_token: string) => (await askSearch({ access_token })).status;

	it('refuses a missing or wrong token in the OAuth style', async () => {
		await start({ count: 1 });
		for (const query of [{}, { access_token: 'wrong' }] as Query[]) {
			const response = await ask(SEARCH_PATH, query, { 'X-Signit-App-Id': APP_ID });
			expect(response.status).toBe(401);
			expect(await response.json()).toMatchObject({
				error: 'invalid_token',
				error_description: expect.any(String),
			});
		}
	});

	it('refuses a missing or wrong app id in the vendor’s style', async () => {
		await start({ count: 1 });
		for (const headers of [{}, { 'X-Signit-App-Id': 'wrong' }] as Headers[]) {
			const response = await ask(SEARCH_PATH, { access_token: ACCESS_TOKEN }, headers);
			expect(response.status).toBe(401);
			const body = (await response.json()) as object;
			expect(Object.keys(body)).toEqual([
				'code',
				'errorWsid',
				'userMessage',
				'developerMessage',
				'moreInfo',
			]);
		}
	});

	it('issues tokens that work', async () => {
		await start({ count: 1 });
		const reply = await (await askToken()).json();
		expect(reply).toEqual({
			access_token: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
			token_type: expect.any(String),
			expires_in: 7200,
			scope: expect.any(String),
		});
		expect(await statusWith((reply as { access_token: string }).access_token)).toBe(200);
		expect(await statusWith(ACCESS_TOKEN)).toBe(200);
		expect(sandbox.tokensIssued).toBe(1);
	});

	it('refuses wrong credentials and other grants', async () => {
		await start({ count: 1 });
		const wrong = await askToken({ client_secret: 'wrong' });
		expect(wrong.status).toBe(401);
		expect(await wrong.json()).toMatchObject({ error: 'invalid_client' });
		expect((await askToken({ client_id: 'wrong' })).status).toBe(401);
		expect((await askToken({ grant_type: 'password' })).status).toBe(400);
		expect(sandbox.tokensIssued).toBe(0);
	});

	it('lets tokens expire by time and by command', async () => {
		await start({ count: 1 });
		const long = await token();
		sandbox.options.tokenLifetime = 0;
		expect(await statusWith(await token())).toBe(401);
		expect(await statusWith(long)).toBe(200);
		sandbox.expireTokens();
		expect(await statusWith(long)).toBe(401);
		expect(await statusWith(ACCESS_TOKEN)).toBe(401);
	});

	it('revokes old tokens with a new one only if the options say so', async () => {
		await start({ count: 1 });
		const first = await token();
		const second = await token();
		expect(await statusWith(first)).toBe(200);
		sandbox.options.newTokenRevokesOld = true;
		const third = await token();
		expect(await statusWith(second)).toBe(401);
		expect(await statusWith(third)).toBe(200);
	});

	it('keeps secrets out of its log', async () => {
		await start({ count: 1 });
		await askToken();
		await search({ size: 5 });
		expect(sandbox.requests).toMatchObject([
			{ path: TOKEN_PATH, query: { client_secret: '***' }, appId: undefined, status: 200 },
			{
				method: 'GET',
				path: SEARCH_PATH,
				query: { access_token: '***', size: '5' },
				appId: APP_ID,
				status: 200,
			},
		]);
		expect(JSON.stringify(sandbox.requests)).not.toContain(APP_SECRET);
		sandbox.clearRequests();
		expect(sandbox.requests).toEqual([]);
	});
});

describe('signed files', () => {
	it('serves the same PDF each time, at the address in the record', async () => {
		await start({ count: 100, prefix: '/gw' });
		const { hits } = await search({ q: `(envelopeStatus=${SIGNED})` });
		const url = hits[0]._source.envelopeFileUrls as string;
		expect(url.startsWith(`${sandbox.url}/files/`)).toBe(true);
		const [first, second] = await Promise.all(
			[1, 2].map(async () => Buffer.from(await (await fetch(url)).arrayBuffer())),
		);
		expect(first.subarray(0, 4).toString()).toBe('%PDF');
		expect(second.equals(first)).toBe(true);
	});

	it('has none for an unsigned or unknown envelope', async () => {
		await start({ count: 100 });
		const { hits } = await search({ q: '(envelopeStatus=ING_SENT_WAIT_FILLOUT)' });
		for (const name of [hits[0]._source.envelopeWsid, 'unknown']) {
			expect((await ask(`/files/${name}.pdf`)).status).toBe(404);
		}
	});
});

describe('faults', () => {
	it('answers in place of the server, as often as it should and no more', async () => {
		await start({
			count: 1,
			faults: [
				answer({ status: 503, body: { error: 'busy' }, times: 2, path: '/_search' }),
				answer({ status: 502, headers: { 'content-type': 'text/html' }, body: '<p>' }),
			],
		});
		expect((await ask('/files/unknown.pdf')).headers.get('content-type')).toBe('text/html');
		const busy = await askSearch();
		expect(busy.status).toBe(503);
		expect(await busy.json()).toEqual({ error: 'busy' });
		expect((await askSearch()).status).toBe(503);
		expect((await askSearch()).status).toBe(200);
		expect(sandbox.requests.map(({ status }) => status)).toEqual([502, 503, 503, 200]);
	});

	it('may cut the connection', async () => {
		await start({ count: 1 });
		sandbox.options.faults = [
			{
				name: 'cut every second request',
				handle({ number }, reply) {
					if (number % 2 === 1) return false;
					reply.hijack();
					reply.raw.destroy();
					return true;
				},
			},
		];
		expect((await askSearch()).status).toBe(200);
		await expect(askSearch()).rejects.toThrow();
		expect(sandbox.requests.map(({ status }) => status)).toEqual([200, 0]);
	});
});
