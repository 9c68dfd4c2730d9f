import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import nock from 'nock';
import { chain } from '../../engine/engine.mts';
import { answer } from '../../sandbox/faults.mts';
import { SEARCH_PATH, startSandbox, TOKEN_PATH, type Sandbox } from '../../sandbox/server.mts';
import { column, hintsOf, messageOf, NODE, startSetup, type Setup } from './support.mts';
import { makeTrigger, rejection } from './trigger.support.mts';

const TYPE = 'yisignApi';

let setup: Setup;

beforeEach(async () => {
	setup = await startSetup({ count: 300 });
});
afterEach(() => setup.sandbox.close());

/** The credential as the user would fill it in for this sandbox. */
function filledIn(changes: Record<string, string | boolean> = {}) {
	const { appId, accessToken } = setup.sandbox.options;
	return { baseUrl: setup.sandbox.url, appId, accessToken, ...changes };
}

const withSecret = () => ({
	authentication: 'appSecret',
	accessToken: '',
	appSecret: setup.sandbox.options.appSecret,
});

const tokenRequests = () =>
	setup.sandbox.requests.filter(({ path }) => path.endsWith(TOKEN_PATH)).length;

/** Ends all tokens when the search asks for its page number `page`. */
function expireAtPage(page: number): void {
	let pages = 0;
	setup.sandbox.options.faults = [
		{
			name: 'expire',
			handle({ path }) {
				if (path.endsWith(SEARCH_PATH)) pages += 1;
				if (pages === page) setup.sandbox.expireTokens();
				return false;
			},
		},
	];
}

describe('a credential with an app secret', () => {
	it('gets one token for all requests in flight, and keeps it', async () => {
		const parameters = { returnAll: true, options: { parallelRequests: 16 } };
		const input = Array.from({ length: 8 }, () => ({}));
		const credential = withSecret();
		const result = await setup.run(parameters, { credential, input });
		expect(result.items(NODE)).toHaveLength(8 * 300);
		expect(tokenRequests()).toBe(1);

		const stored = [...setup.engine.credentials.stored.values()].at(-1);
		expect(stored?.sessionToken).toMatch(/^[0-9a-f-]{36}$/);
		await setup.run(parameters, { credential: stored as never });
		expect(tokenRequests()).toBe(1);
	});

	it.each([401, 400, 200])(
		'gets one new token when the old one expires amid the pages (HTTP %i), and loses no page',
		async (invalidTokenStatus) => {
			setup.sandbox.options.invalidTokenStatus = invalidTokenStatus;
			expireAtPage(7);
			const result = await setup.run(
				{ returnAll: true, options: { parallelRequests: 8, pageSize: 20 } },
				{ credential: withSecret() },
			);
			expect(messageOf(result)).toBe(' | ');
			expect(new Set(column(result)).size).toBe(300);
			expect(tokenRequests()).toBe(2);
		},
	);

	it.each([
		['an old token is stored', { sessionToken: 'old' }, 1],
		['no token is stored', {}, 1],
		['many items are waiting', { sessionToken: 'old' }, 40],
	])('stops after four requests when no token is accepted and %s', async (_name, stored, count) => {
		setup.sandbox.options.faults = [
			answer({ status: 401, body: { error: 'invalid_token' }, times: 1000, path: SEARCH_PATH }),
		];
		const credential = { ...withSecret(), ...(stored as Record<string, string>) };
		const parameters = { options: { parallelRequests: 16 } };
		const input = Array.from({ length: count }, () => ({}));
		const result = await setup.run(parameters, { credential, input });
		expect(messageOf(result)).toContain('Yisign did not accept the credential (HTTP 401');
		expect(setup.sandbox.requests.length).toBeLessThanOrEqual(4);
		expect(tokenRequests()).toBeGreaterThan(0);
	});

	it.each([
		['a fixed token', () => filledIn({ accessToken: 'old' }), 1],
		['tokens from Yisign', withSecret, 4],
	])(
		'sends no more requests with %s when the node goes on after a refusal',
		async (_, make, most) => {
			setup.sandbox.options.faults = [
				answer({ status: 401, body: { error: 'invalid_token' }, times: 1000, path: SEARCH_PATH }),
			];
			const input = Array.from({ length: 10 }, () => ({}));
			const node = { onError: 'continueRegularOutput' } as const;
			const result = await setup.run({}, { credential: make(), input, node });
			expect(column(result, 'error')).toEqual(
				Array.from({ length: 10 }, () => expect.stringContaining('did not accept') as string),
			);
			expect(setup.sandbox.requests.length).toBeLessThanOrEqual(most);
		},
	);

	it('does not blame the credential where each token is good for one request', async () => {
		const refused = answer({ status: 401, body: { error: 'invalid_token' }, times: Infinity });
		const used = new Set<unknown>();
		setup.sandbox.options.faults = [
			{
				...refused,
				handle(request, reply) {
					const { access_token: token } = request.query;
					if (!request.path.endsWith(SEARCH_PATH)) return false;
					if (used.has(token)) return refused.handle(request, reply);
					used.add(token);
					return false;
				},
			},
		];
		const options = { parallelRequests: 16 };
		const input = Array.from({ length: 16 }, () => ({}));
		const result = await setup.run({ limit: 1, options }, { credential: withSecret(), input });
		expect(messageOf(result)).toMatch(
			/^Yisign ended each token after a few requests \|.*Parallel Requests/,
		);
	});

	it('takes the token that another execution has stored meanwhile', async () => {
		const stored = { ...withSecret(), sessionToken: '' };
		await setup.run({}, { credential: stored });
		const fresh = [...setup.engine.credentials.stored.values()].at(-1);
		setup.sandbox.clearRequests();
		const credential = { ...withSecret(), sessionToken: 'old' };
		const running = setup.run({ limit: 5 }, { credential });
		const [id] = [...setup.engine.credentials.stored.keys()].slice(-1);
		setup.sandbox.options.faults = [
			{
				name: 'stored meanwhile',
				handle() {
					Object.assign(setup.engine.credentials.stored.get(id)!, {
						sessionToken: fresh?.sessionToken,
					});
					return false;
				},
			},
		];
		expect(messageOf(await running)).toBe(' | ');
		expect(tokenRequests()).toBe(0);
		expect(setup.sandbox.requests).toHaveLength(2);
	});

	it('says what to check when the secret is wrong', async () => {
		const result = await setup.run(
			{},
			{ credential: { ...withSecret(), appSecret: 'sk00000000000000000000000000000000' } },
		);
		expect(messageOf(result)).toContain('Check App ID, App Secret and Token URL');
	});

	it('gets the token from Token URL when one is given', async () => {
		const tokens = await startSandbox({ count: 0, prefix: '/login' });
		try {
			const { appSecret } = setup.sandbox.options;
			const result = await setup.run(
				{},
				{
					credential: {
						...withSecret(),
						appSecret,
						tokenUrl: `${tokens.url}${TOKEN_PATH}`,
					},
				},
			);
			expect(tokens.tokensIssued).toBeGreaterThan(0);
			expect(tokenRequests()).toBe(0);
			// The other server's token is not this one's.
			expect(messageOf(result)).toContain('did not accept the credential');
		} finally {
			await tokens.close();
		}
	});
});

describe('a credential with an access token', () => {
	it('is read once for an execution, however many items and pages there are', async () => {
		const before = setup.engine.credentials.reads;
		await setup.run({ returnAll: true }, { input: Array.from({ length: 20 }, () => ({})) });
		expect(setup.engine.credentials.reads - before).toBe(1);
	});

	it('works with blanks around its values, as they come with pasting', async () => {
		const { accessToken, appId } = setup.sandbox.options;
		const credential = {
			baseUrl: ` ${setup.sandbox.url}/ `,
			appId: ` ${appId}`,
			accessToken: `${accessToken} `,
		};
		expect((await setup.run({}, { credential })).items(NODE)).toHaveLength(50);
	});

	it.each([1, 20])('says what to do when the token is wrong, after one request', async (count) => {
		const input = Array.from({ length: count }, () => ({}));
		const result = await setup.run({}, { credential: { accessToken: 'wrong' }, input });
		expect(messageOf(result)).toMatch(/did not accept the credential.*ask Yisign for a new one/);
		expect(setup.sandbox.requests).toHaveLength(1);
	});

	it('sends the exact documented request to a public host', async () => {
		const scope = nock('https://yisign.example')
			.get(`/gw${SEARCH_PATH}`)
			.query({
				q: '(serviceType=D_西药处方)',
				sort: 'createdDatetime:desc',
				from: '0',
				size: '20',
				access_token: setup.sandbox.options.accessToken,
			})
			.matchHeader('X-Signit-App-Id', setup.sandbox.options.appId)
			.reply(200, { hits: { total: { value: 0, relation: 'eq' }, hits: [] } })
			// Whether there really is none: a look at the newest envelopes, without the condition.
			.get(`/gw${SEARCH_PATH}`)
			.query(({ q }) => q === undefined)
			.reply(200, { hits: { total: { value: 0, relation: 'eq' }, hits: [] } });
		try {
			const result = await setup.run(
				{ conditions: { condition: [{ field: 'serviceType', documentType: 'D_西药处方' }] } },
				{ credential: { baseUrl: 'https://yisign.example/gw/' } },
			);
			expect(messageOf(result)).toBe(' | ');
			expect(hintsOf(result).join()).toContain('No envelopes found');
			scope.done();
		} finally {
			nock.cleanAll();
			nock.restore();
		}
	});
});

describe('Ignore SSL Issues', () => {
	it('decides whether a self-signed server is trusted', async () => {
		const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
		const secure = await startSandbox({ count: 5, tls: { key, cert } });
		try {
			const credential = { baseUrl: secure.url };
			const refused = await setup.run({}, { credential });
			expect(messageOf(refused)).toMatch(/certificate of https:.* cannot be checked.*Ignore SSL/);
			const accepted = await setup.run(
				{},
				{ credential: { ...credential, allowUnauthorizedCerts: true } },
			);
			expect(accepted.items(NODE)).toHaveLength(5);

			const red = await setup.engine.testCredential(TYPE, filledIn(credential));
			expect(red.message).toMatch(/certificate of https:.* cannot be checked.*Ignore SSL/);
			const green = await setup.engine.testCredential(
				TYPE,
				filledIn({ ...credential, allowUnauthorizedCerts: true }),
			);
			expect(green.status).toBe('OK');
		} finally {
			await secure.close();
		}
	});
});

describe('with an app secret, a server that cannot be reached', () => {
	let secure: Sandbox;
	beforeEach(async () => {
		const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
		secure = await startSandbox({ count: 5, tls: { key, cert } });
	});
	afterEach(() => secure.close());

	const plain = () => setup.sandbox.url;

	/** What the user has entered, what the message says, and whether another try may help. */
	const FAULTS: Array<
		[name: string, changes: () => Record<string, string>, message: RegExp, isPassing: boolean]
	> = [
		[
			'with a self-signed certificate',
			() => ({ baseUrl: secure.url }),
			/^The certificate of https:\/\/127.* cannot be checked.*Ignore SSL Issues/,
			false,
		],
		[
			'with a self-signed certificate at Token URL',
			() => ({ tokenUrl: secure.url + TOKEN_PATH }),
			/^The certificate of https:\/\/127.* cannot be checked.*Ignore SSL Issues/,
			false,
		],
		[
			'that speaks http where Token URL says https',
			() => ({ tokenUrl: plain().replace('http:', 'https:') + TOKEN_PATH }),
			/^https:\/\/127.* does not speak HTTPS.*whether Token URL begins with http or https/,
			false,
		],
		[
			'that does not listen at Token URL',
			() => ({ tokenUrl: 'http://127.0.0.1:1/token' }),
			/^No server is listening at http:\/\/127\.0\.0\.1:1\b.*Check Token URL/,
			true,
		],
		[
			'that does not listen at Base URL',
			() => ({ baseUrl: 'http://127.0.0.1:1' }),
			/^No server is listening at http:\/\/127\.0\.0\.1:1\b.*Check Base URL/,
			true,
		],
		[
			'with an unknown name in Token URL',
			() => ({ tokenUrl: 'http://yisign.invalid/token' }),
			/^The host name of http:\/\/yisign\.invalid is not known.*Check Token URL/,
			true,
		],
	];

	it.each(FAULTS)('%s: is said, and tried again only if that can help', async (...row) => {
		const [, changes, message, isPassing] = row;
		const credential = { ...withSecret(), ...changes() };
		const begin = Date.now();
		const options = isPassing ? { maxRetries: 0 } : {};
		const result = await setup.run({ options }, { credential });
		expect(messageOf(result)).toMatch(message);
		expect(messageOf(result)).not.toContain(credential.appSecret);
		if (!isPassing) expect(Date.now() - begin).toBeLessThan(2000);

		const outcome = await setup.engine.testCredential(TYPE, filledIn(credential));
		expect(outcome.status).toBe('Error');
		expect(outcome.message).toMatch(message);
	});

	it.each(FAULTS)('%s: keeps the trigger from being published if it stays so', async (...row) => {
		const [, changes, message, isPassing] = row;
		const credential = { ...withSecret(), ...changes() };
		const published = makeTrigger(setup, {}, { credential }).activate();
		if (isPassing) await published;
		else expect(await rejection(published)).toMatch(message);
	});
});

describe('the connection test', () => {
	const test = async (changes: Record<string, string | boolean> = {}) =>
		await setup.engine.testCredential(TYPE, filledIn(changes));

	it('is green with the right values, and moves no envelope', async () => {
		expect(await test()).toEqual({ status: 'OK', message: 'Connection successful' });
		const [{ query }] = setup.sandbox.requests;
		expect(query).toMatchObject({ q: expect.stringContaining('(envelopeWsid=') as string });
		expect(await test({ ...withSecret() })).toMatchObject({ status: 'OK' });
		expect(await test({ baseUrl: `${setup.sandbox.url}/` })).toMatchObject({ status: 'OK' });
	});

	it.each([
		['a wrong token', { accessToken: 'wrong' }, /did not accept Access Token/],
		['a wrong app id', { appId: 'wrong' }, /did not accept Access Token, or App ID/],
		[
			'a dead host',
			{ baseUrl: 'http://127.0.0.1:1' },
			/No server is listening at http:\/\/127.0.0.1:1\./,
		],
		['a base URL that is none', { baseUrl: 'http://' }, /Base URL is not a URL/],
	])('is red with %s and says what to fix', async (_name, changes, message) => {
		const outcome = await test(changes as Record<string, string>);
		expect(outcome.status).toBe('Error');
		expect(outcome.message).toMatch(message);
	});

	it('is red with https where Yisign speaks http, and says to look at the beginning', async () => {
		const outcome = await test({ baseUrl: setup.sandbox.url.replace('http:', 'https:') });
		expect(outcome).toMatchObject({
			status: 'Error',
			message: expect.stringMatching(
				/does not speak HTTPS\. .*whether Base URL begins with http or https\.$/,
			) as string,
		});
	});

	it('is red with File Servers that no file could be downloaded from', async () => {
		expect(await test({ fileServers: 'files.example, *.x' })).toEqual({
			status: 'Error',
			message: expect.stringMatching(
				/^The credential's File Servers has to hold.*wildcards/,
			) as string,
		});
		expect(await test({ fileServers: 'files.example, 10.0.0.6' })).toMatchObject({ status: 'OK' });
	});

	it('is red where no token is issued right now, and does not blame Base URL', async () => {
		setup.sandbox.options.faults = [answer({ status: 503, body: '', path: TOKEN_PATH })];
		expect(await test(withSecret())).toEqual({
			status: 'Error',
			message: 'Yisign does not issue tokens right now (HTTP 503). Try again later.',
		});
	});

	it('is red with a wrong path', async () => {
		const outcome = await test({ baseUrl: `${setup.sandbox.url}/nowhere` });
		expect(outcome).toMatchObject({
			status: 'Error',
			message: expect.stringContaining(
				'There is no such Yisign interface at this address',
			) as string,
		});
	});

	it('is red with a wrong app secret', async () => {
		const outcome = await test({ ...withSecret(), appSecret: 'sk' + '0'.repeat(32) });
		expect(outcome).toMatchObject({
			status: 'Error',
			message: expect.stringContaining('Check App ID, App Secret') as string,
		});
	});

	it.each([
		['an invalid token in a 200', { error: 'invalid_token' }, /did not accept Access Token/],
		[
			'a vendor error in a 200',
			{ errorWsid: 'WSID_ERRO_1', code: '100550401', userMessage: '应用未授权' },
			/Check App ID/,
		],
		['a login page', '<html><body>Login</body></html>', /login page.*Check Base URL/],
		['an empty answer', '', /Check Base URL/],
	])('is red with %s', async (_name, body, message) => {
		setup.sandbox.options.faults = [answer({ status: 200, body, path: SEARCH_PATH })];
		const outcome = await test();
		expect(outcome.status).toBe('Error');
		expect(outcome.message).toMatch(message);
	});

	it('is red with a redirect, which is not followed', async () => {
		const headers = { location: `${setup.sandbox.url}/login` };
		setup.sandbox.options.faults = [answer({ status: 302, headers, path: SEARCH_PATH })];
		expect(await test()).toMatchObject({
			status: 'Error',
			message: expect.stringContaining('redirect') as string,
		});
		expect(setup.sandbox.requests).toHaveLength(1);
	});
});

describe('as the predefined credential type of the HTTP Request node', () => {
	async function request(url: string, changes: Record<string, string | boolean>) {
		return await setup.engine.run(
			chain({
				id: '1',
				name: NODE,
				type: 'n8n-nodes-base.httpRequest',
				typeVersion: 4,
				position: [0, 0],
				parameters: { url, nodeCredentialType: TYPE },
				credentials: setup.engine.addCredential(TYPE, filledIn(changes)),
			}),
		);
	}

	it.each([
		['an access token', () => ({})],
		['an app secret', withSecret],
	])('brings App ID and token along with %s', async (_name, changes) => {
		const result = await request(setup.sandbox.url + SEARCH_PATH, changes());
		expect(messageOf(result)).toBe(' | ');
		expect(result.items(NODE)[0].json.hits).toMatchObject({ total: { value: 300 } });
	});

	it('gets a new token when the stored one has expired', async () => {
		const changes = { ...withSecret(), sessionToken: '00000000-0000-4000-8000-000000000000' };
		const result = await request(setup.sandbox.url + SEARCH_PATH, changes);
		expect(result.items(NODE)[0].json.hits).toMatchObject({ total: { value: 300 } });
		expect(tokenRequests()).toBe(1);
	});

	it('sends the token to no other server than that of Base URL', async () => {
		const other = await startSandbox({ count: 1 });
		try {
			const result = await request(other.url + SEARCH_PATH, {});
			expect(messageOf(result)).toContain('belongs to another server than Base URL');
			expect(other.requests).toEqual([]);
		} finally {
			await other.close();
		}
	});
});

describe('secrets', () => {
	it('stand nowhere in what n8n stores of a run, whether it succeeds or fails', async () => {
		const { accessToken, appSecret } = setup.sandbox.options;
		const echo = answer({
			status: 400,
			body: { code: '100550400', errorWsid: 'X', developerMessage: `?access_token=${accessToken}` },
			path: SEARCH_PATH,
		});
		const once = { options: { maxRetries: 0 } };
		const runs = [
			await setup.run({}),
			await setup.run({}, { credential: withSecret() }),
			await setup.run(once, { credential: { ...withSecret(), tokenUrl: 'http://127.0.0.1:1/' } }),
			await setup.run(once, { credential: { baseUrl: 'http://127.0.0.1:1' } }),
		];
		setup.sandbox.options.faults = [echo];
		runs.push(await setup.run({}));
		expect(runs.map(({ error }) => error !== undefined)).toEqual([false, false, true, true, true]);
		for (const { run, error } of runs) {
			const stored = JSON.stringify([run, error, error?.cause, error?.stack, error?.context]);
			expect(stored).not.toContain(accessToken);
			expect(stored).not.toContain(appSecret);
		}
	});
});
