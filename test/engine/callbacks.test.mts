import { createRequire } from 'node:module';
import path from 'node:path';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEngine, type Engine } from '../../engine/engine.mts';
import { publishWebhook, type WebhookServer } from '../../engine/webhook.mts';
import {
	burst,
	deliver,
	makeCallback,
	post,
	signed,
	unsigned,
	writeBody,
	type Message,
	type Signing,
} from '../../sandbox/callbacks.mts';
import { makeEnvelopes, type Envelope } from '../../sandbox/envelopes.mts';
import { answer as answerWith } from '../../sandbox/faults.mts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/server.mts';
import { ROOT } from '../../scripts/pack.mts';

const SECRET = 'sk0123456789abcdef0123456789abcdef';
const MINUTE = 60_000;
const ACCEPTED = { status: 200, body: '{"received":true}' };
const REFUSED = 401;

/** How many callbacks come in a burst; ten thousand in CI. */
const CALLBACKS = Number(process.env.CALLBACKS ?? 500);

/** Keys of the largest body, beyond those of 1 MB; a million in CI. */
const KEYS = 100 * CALLBACKS;

let engine: Engine;
let sandbox: Sandbox | undefined;
let server: WebhookServer | undefined;
let nodes = 0;

beforeAll(async () => {
	engine = await startEngine(ROOT);
});
afterEach(async () => {
	await server?.close();
	await sandbox?.close();
	sandbox = server = undefined;
});

const [envelope] = makeEnvelopes({ count: 40 }).filter(
	({ source }) => source.envelopeStatus === 'ED_SUCCESS' && source.admissionNo && source.idCard,
);
const BODY = writeBody(makeCallback(envelope));

/** Publishes a workflow with the trigger; each has a node id of its own, as in n8n. */
async function publish(
	parameters: INodeParameters = {},
	credential: IDataObject = {},
	using = engine,
): Promise<WebhookServer> {
	nodes += 1;
	server = await publishWebhook(using, {
		id: `trigger-${nodes}`,
		name: 'Yisign Callback Trigger',
		type: 'n8n-nodes-yisign.yisignTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters,
		credentials: using.addCredential('yisignApi', {
			baseUrl: 'http://127.0.0.1:1',
			appId: '0123456789abcdef0123456789a',
			accessToken: '01234567-89ab-4def-8123-456789abcdef',
			appSecret: SECRET,
			...(credential as Record<string, string>),
		}),
	});
	return server;
}

/** The same, beside a Yisign to look envelopes up in. */
async function publishLookup(options: SandboxOptions = {}): Promise<WebhookServer> {
	sandbox = await startSandbox({ count: 100, ...options });
	return await publish({ verification: 'lookup' }, { baseUrl: sandbox.url });
}

const sign = (signing: Signing = {}, body = BODY) => signed(body, signing);

function withHeaders(message: Message, headers: Record<string, string>): Message {
	return { ...message, headers: { ...message.headers, ...headers } };
}

const items = () => server?.started.flat().map(({ json }) => json) ?? [];

describe('a genuine callback', () => {
	it('is answered with 200 and starts the workflow with one item', async () => {
		const { url } = await publish();
		expect(await post(url, sign())).toEqual(ACCEPTED);
		expect(items()).toEqual([
			{
				event: 'dataSignatureCompleted',
				signWsid: expect.stringContaining('WSID_SIGN_'),
				customTagID: envelope.source.customTagID,
				signStatus: 'SIGNED',
				serviceType: envelope.source.serviceType,
				serviceTypeZhName: null,
				admissionNo: envelope.source.admissionNo,
				doctorName: envelope.source.doctorName,
				hospitalDepartment: envelope.source.hospitalDepartment,
				finishedAt: new Date(envelope.source.envelopeFinishedDatetime ?? 0).toISOString(),
			},
		]);
	});

	it('starts the workflow when the sandbox has an envelope signed', async () => {
		const hospital = (sandbox = await startSandbox({ count: 40 }));
		hospital.options.callbackUrl = (await publish()).url;
		const signedEnvelope = hospital.sign();
		await vi.waitFor(() => expect(hospital.callbacks).toMatchObject([{ tries: 1, status: 200 }]));
		expect(items()).toMatchObject([{ customTagID: signedEnvelope?.source.customTagID }]);
	});

	it('gives the same item whether its content is text or an object', async () => {
		const { url } = await publish();
		for (const rawDataAs of ['text', 'object'] as const) {
			const body = writeBody(makeCallback(envelope, 'dataSignatureV2Completed', rawDataAs));
			expect(await post(url, sign({}, body))).toEqual(ACCEPTED);
		}
		expect(items()).toHaveLength(2);
		expect(items()[0]).toEqual(items()[1]);
	});

	it('is returned as it came with Output set to Raw', async () => {
		const { url } = await publish({ output: 'raw' });
		const body = makeCallback(envelope);
		await post(url, sign({}, writeBody(body)));
		expect(items()).toEqual([{ ...body, rawData: JSON.parse(body.rawData as string) }]);
	});

	it('is checked byte by byte: escapes in the body are left alone', async () => {
		const { url } = await publish();
		expect(BODY).toMatch(/\\u[0-9a-f]{4}/);
		expect(await post(url, { ...sign(), body: JSON.stringify(JSON.parse(BODY)) })).toMatchObject({
			status: REFUSED,
		});
		expect(await post(url, sign())).toEqual(ACCEPTED);
		expect(items()).toHaveLength(1);
	});

	it('may have been sent to another host and scheme than the proxy calls', async () => {
		const { url } = await publish();
		const signing = { host: 'n8n.hospital.example:8443', scheme: 'https' };
		expect(await post(url, sign(signing))).toEqual(ACCEPTED);
	});

	it('may come with any content type, as long as it is the signed one', async () => {
		const { url } = await publish();
		const contentType = 'text/plain; charset=UTF-8';
		expect(await post(url, sign({ contentType }))).toEqual(ACCEPTED);
		expect(items()).toHaveLength(1);
	});

	it('is accepted from a sender that signs it again after a fault', async () => {
		const { url } = await publish();
		let tries = 0;
		const reply = await deliver(url, () => (tries++ === 0 ? unsigned(BODY) : sign()), { pause: 1 });
		expect([reply.status, tries]).toEqual([200, 2]);
		expect(items()).toHaveLength(1);
	});
});

describe('a callback that is not genuine gets 401 and starts nothing', () => {
	it.each<[string, () => Message, string]>([
		['unsigned', () => unsigned(BODY), 'unsigned'],
		[
			'signed with another secret',
			() => sign({ appSecret: 'sk' + '0'.repeat(32) }),
			'wrongSignature',
		],
		['signed for another App ID', () => sign({ appId: '0'.repeat(27) }), 'otherAppId'],
		[
			'with another body',
			() => ({ ...sign(), body: BODY.replace('SIGNED', 'FORGED') }),
			'wrongSignature',
		],
		['with no body', () => ({ ...sign(), body: '' }), 'wrongSignature'],
		[
			'with another content type',
			() => withHeaders(sign(), { 'Content-Type': 'text/plain' }),
			'wrongSignature',
		],
		['with another host', () => withHeaders(sign(), { 'X-Signit-Host': 'x' }), 'wrongSignature'],
		['with another nonce', () => withHeaders(sign(), { 'X-Signit-Nonce': 'x' }), 'wrongSignature'],
		['six minutes late', () => sign({ sentAt: Date.now() - 6 * MINUTE }), 'outsideTolerance'],
		['six minutes early', () => sign({ sentAt: Date.now() + 6 * MINUTE }), 'outsideTolerance'],
		[
			'with a date that takes CST for US Central',
			() => sign({ sentAt: Date.now() - 14 * 60 * MINUTE }),
			'outsideTolerance',
		],
	])('%s', async (_name, make, reason) => {
		const { url, logged } = await publish();
		const { status, body } = await post(url, make());
		expect([status, body]).toEqual([
			REFUSED,
			'{"received":false,"message":"Not a genuine Yisign callback"}',
		]);
		expect(logged).toEqual([`Yisign Callback Trigger refused a callback (${reason})`]);
		expect(server?.started).toEqual([]);
		expect(server?.failures).toEqual([]);
		expect(server?.staticData()).toEqual({});
	});

	it('as a form', async () => {
		const { url } = await publish();
		const response = await fetch(url, { method: 'POST', body: new FormData() });
		expect(response.status).toBe(REFUSED);
	});

	it('six minutes late is taken with a longer tolerance', async () => {
		const { url } = await publish({ options: { toleranceSeconds: 600 } });
		expect(await post(url, sign({ sentAt: Date.now() - 6 * MINUTE }))).toEqual(ACCEPTED);
	});
});

describe('a replayed callback', () => {
	it('gets 401, however often it comes', async () => {
		const { url, logged } = await publish();
		const message = sign();
		const statuses = [];
		for (let time = 0; time < 4; time += 1) statuses.push((await post(url, message)).status);
		expect(statuses).toEqual([200, REFUSED, REFUSED, REFUSED]);
		expect(items()).toHaveLength(1);
		expect(logged).toContain('Yisign Callback Trigger refused a callback (replayed)');
	});

	it('is accepted once if it comes many times at the same time', async () => {
		const { url } = await publish();
		const message = sign();
		const replies = await burst(url, 64, () => message, 64);
		expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
		expect(items()).toHaveLength(1);
	});

	it('is still known after a restart of n8n', async () => {
		const { url, staticData } = await publish();
		const message = sign();
		await post(url, message);
		expect(JSON.stringify(staticData())).toMatch(/"nonces":"[0-9a-f]{12}:\d{10}"/);

		// Modules that are loaded again have no memory but that of the database.
		forgetModules();
		const restarted = await startEngine(ROOT);
		const stored = staticData();
		await server?.close();
		nodes -= 1;
		const again = await publish({}, {}, restarted);
		expect((await post(again.url, sign())).status).toBe(200);
		again.restore(stored);
		expect((await post(again.url, message)).status).toBe(REFUSED);
	});

	it('keeps what n8n stores small, however many come', async () => {
		const { url, staticData } = await publish();
		await burst(url, 1050, () => sign());
		const { nonces } = staticData()['node:Yisign Callback Trigger'] as { nonces: string };
		expect(nonces.split(' ')).toHaveLength(1000);
		expect(nonces.length).toBeLessThan(32_000);
	});

	function forgetModules(): void {
		const { cache } = createRequire(import.meta.url);
		for (const file of Object.keys(cache)) {
			if (file.startsWith(path.join(ROOT, 'dist'))) delete cache[file];
		}
	}
});

describe('a genuine callback that was answered with 500', () => {
	it('starts the workflow when the same comes again', async () => {
		const { url, logged } = await publish({ events: '={{ null }}' as never });
		const message = sign();
		expect((await post(url, message)).status).toBe(500);
		server?.change({ events: ['*'] });
		expect(await post(url, message)).toEqual(ACCEPTED);
		expect(items()).toHaveLength(1);
		expect((await post(url, message)).status).toBe(REFUSED);
		expect(logged).toEqual(['Yisign Callback Trigger refused a callback (replayed)']);
	});

	it('by n8n itself, which could not start the workflow, may come again too', async () => {
		const { url } = await publish();
		const message = sign();
		server?.failNext();
		expect((await post(url, message)).status).toBe(500);
		expect(items()).toEqual([]);
		expect(await post(url, message)).toEqual(ACCEPTED);
		expect((await post(url, message)).status).toBe(REFUSED);
		expect(items()).toHaveLength(1);
	});

	it('is accepted once if it comes again many times at the same time', async () => {
		const { url } = await publish();
		const message = sign();
		server?.failNext();
		expect((await post(url, message)).status).toBe(500);
		const replies = await burst(url, 32, () => message, 32);
		expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
		expect(items()).toHaveLength(1);
	});
});

describe('a body that is too large', () => {
	const keys = (count: number) =>
		JSON.stringify({
			event: 'x',
			rawData: Object.fromEntries(Array.from({ length: count }, (_, index) => [`k ${index}`, 1])),
		});

	it.each(['signature', 'lookup', 'none'])(
		'gets 413 at once with Verification %s, and starts nothing',
		async (verification) => {
			const { url } = await publish({ verification });
			const message = sign({}, keys(KEYS + 100_000));
			expect(message.body.length).toBeGreaterThan(2 ** 20);
			expect(await post(url, message)).toEqual({
				status: 413,
				body: '{"received":false,"message":"The body is larger than 1 MB"}',
			});
			expect(server?.webhookTime()).toBeLessThan(100);
			expect(server?.started).toEqual([]);
			expect(server?.failures).toEqual([]);
		},
	);

	it('is one of more than 1 MB: one of 1 MB is read at once', async () => {
		const { url } = await publish();
		const body = keys(60_000);
		const padded = `${body}${' '.repeat(2 ** 20 - body.length)}`;
		expect(await post(url, sign({}, padded))).toEqual(ACCEPTED);
		expect(server?.webhookTime()).toBeLessThan(500);
		expect((await post(url, sign({}, `${padded} `))).status).toBe(413);
	});
});

describe('Events', () => {
	const v2 = writeBody(makeCallback(envelope, 'dataSignatureV2Completed'));
	const unknown = writeBody({
		event: 'fileSignedOrSo',
		rawData: { customTag: 'L1', basicEnvelope: { wsid: 'WSID_ENVE_1' } },
	});
	const upper = BODY.replace('dataSignatureCompleted', 'DATA_SIGNATURE_COMPLETED');

	it.each<[string, string[], string[]]>([
		[
			'only the chosen one',
			['dataSignatureCompleted'],
			['dataSignatureCompleted', 'dataSignatureCompleted'],
		],
		['only the other one', ['dataSignatureV2Completed'], ['dataSignatureV2Completed']],
		[
			'any, also unknown ones',
			['*'],
			[
				'dataSignatureCompleted',
				'dataSignatureV2Completed',
				'fileSignedOrSo',
				'dataSignatureCompleted',
			],
		],
	])('start the workflow: %s; the others are answered with 200', async (_name, events, started) => {
		const { url } = await publish({ events });
		for (const body of [BODY, v2, unknown, upper]) {
			expect(await post(url, sign({}, body))).toEqual(ACCEPTED);
		}
		expect(items().map(({ event }) => event)).toEqual(started);
	});

	it('that are unknown give the ids that were found', async () => {
		const { url } = await publish();
		await post(url, sign({}, unknown));
		expect(items()).toEqual([
			{ event: 'fileSignedOrSo', envelopeWsid: 'WSID_ENVE_1', signWsid: null, customTagID: 'L1' },
		]);
	});
});

describe('a body that is no JSON object', () => {
	it.each(['[]', '7', 'null', '"text"'])('gets 400, even if signed: %s', async (body) => {
		const { url } = await publish();
		expect((await post(url, sign({}, body))).status).toBe(400);
		expect(server?.started).toEqual([]);
	});

	it('gets 400 in any other content type', async () => {
		const { url } = await publish({ verification: 'none' });
		expect((await post(url, unsigned('<html>', 'text/html'))).status).toBe(400);
		expect((await post(url, unsigned('', 'text/plain'))).status).toBe(400);
	});
});

describe('Verification set to None', () => {
	it('starts with whatever can be read', async () => {
		const { url } = await publish({ verification: 'none' }, { appSecret: '' });
		expect(await post(url, unsigned(BODY))).toEqual(ACCEPTED);
		expect(await post(url, unsigned('{}'))).toEqual(ACCEPTED);
		expect(items().map(({ event }) => event)).toEqual(['dataSignatureCompleted', '']);
	});
});

describe('Verification set to Lookup', () => {
	const waiting = ({ envelopes }: Sandbox): Envelope => {
		const found = envelopes.find(({ source }) => source.envelopeStatus.startsWith('ING_'));
		if (!found) throw new Error('No envelope is waiting');
		return found;
	};

	it('returns what the server has, when an envelope has been signed', async () => {
		const { url } = await publishLookup();
		const target = waiting(sandbox as Sandbox);
		(sandbox as Sandbox).sign(target, Date.UTC(2024, 11, 9));
		expect(await post(url, unsigned(writeBody(makeCallback(target))))).toEqual(ACCEPTED);
		expect(items()).toEqual([
			{
				envelopeWsid: target.source.envelopeWsid,
				customTagID: target.source.customTagID,
				status: 'completed',
				envelopeStatus: 'ED_SUCCESS',
				serviceTypeZhName: target.source.serviceTypeZhName,
				admissionNo: target.source.admissionNo ?? null,
				doctorName: target.source.doctorName,
				hospitalDepartment: target.source.hospitalDepartment,
				createdAt: new Date(target.source.createdDatetime).toISOString(),
				finishedAt: '2024-12-09T00:00:00.000Z',
				fileUrls: [expect.stringContaining(target.source.envelopeWsid)],
			},
		]);
	});

	it('believes nothing of a lying body', async () => {
		const { url } = await publishLookup();
		const target = waiting(sandbox as Sandbox);
		const { customTagID } = target.source;
		const lie = makeCallback(envelope, 'dataSignatureV2Completed');
		Object.assign((lie.rawData as { data: object }).data, { customTag: customTagID });
		expect(await post(url, unsigned(writeBody(lie)))).toEqual(ACCEPTED);
		expect(items()).toMatchObject([
			{ customTagID, envelopeStatus: target.source.envelopeStatus, finishedAt: null },
		]);
		expect(JSON.stringify(items())).not.toContain(envelope.source.admissionNo);
	});

	it('goes by the envelope’s own id if there is one', async () => {
		const { url } = await publishLookup();
		const { envelopeWsid } = waiting(sandbox as Sandbox).source;
		await post(
			url,
			unsigned(writeBody({ event: 'x', rawData: { basicEnvelope: { wsid: envelopeWsid } } })),
		);
		expect(items()).toMatchObject([{ envelopeWsid }]);
		expect(sandbox?.requests.map(({ query }) => query.q)).toEqual([
			`(envelopeWsid=${envelopeWsid})`,
		]);
	});

	it('finds an envelope that becomes searchable only after the callback', async () => {
		const { url } = await publishLookup();
		const live = sandbox as Sandbox;
		const target = waiting(live);
		live.envelopes.splice(live.envelopes.indexOf(target), 1);
		live.touch();
		const answer = post(url, unsigned(writeBody(makeCallback(target))));
		await vi.waitFor(() => expect(live.requests).toHaveLength(1));
		live.envelopes.push(target);
		live.touch();
		expect(await answer).toEqual(ACCEPTED);
		expect(items()).toMatchObject([{ envelopeWsid: target.source.envelopeWsid }]);
		expect(server?.logged).toEqual([]);
	});

	it.each(['ZY/2024/0001', '2024_7#1', '住院-2024-7'])(
		'looks up a number of a hospital’s own: %s',
		async (customTagID) => {
			const { url } = await publishLookup();
			const target = waiting(sandbox as Sandbox);
			Object.assign(target.source, { customTagID, serviceId: customTagID });
			sandbox?.touch();
			const rawData = { customTag: customTagID };
			expect(await post(url, unsigned(writeBody({ event: 'x', rawData })))).toEqual(ACCEPTED);
			expect(items()).toMatchObject([{ customTagID }]);
		},
	);

	it('returns the latest of several versions', async () => {
		const { url } = await publishLookup();
		const old = sandbox?.envelopes.find(({ source }) => !source.hospitalBusinessLastVersion);
		await post(url, unsigned(writeBody(makeCallback(old as Envelope))));
		const { customTagID } = (old as Envelope).source;
		const latest = sandbox?.envelopes.find(
			({ source }) => source.customTagID === customTagID && source.hospitalBusinessLastVersion,
		);
		expect(items()).toMatchObject([{ envelopeWsid: latest?.source.envelopeWsid }]);
	});

	it('returns no other envelope when the server takes the query as free text', async () => {
		const { url } = await publishLookup({ query: 'ignored' });
		const target = waiting(sandbox as Sandbox);
		expect(await post(url, unsigned(writeBody(makeCallback(target))))).toEqual(ACCEPTED);
		expect(items()).toMatchObject([{ customTagID: target.source.customTagID }]);
		expect(await post(url, unsigned(BODY.replaceAll('L2024', 'M2024')))).toEqual(ACCEPTED);
		expect(items()).toHaveLength(1);
	});

	it('asks a server that ignores the query ten times and no more', async () => {
		const { url } = await publishLookup({ query: 'ignored', count: 2000 });
		expect((await post(url, unsigned(BODY.replaceAll('L2024', 'M2024')))).status).toBe(503);
		expect(sandbox?.requests).toHaveLength(10);
		expect(server?.started).toEqual([]);
	});

	it('fails where everybody sees it if the records carry no id to check them by', async () => {
		const { url } = await publishLookup({ query: 'ignored', count: 10 });
		for (const { source } of sandbox?.envelopes ?? []) {
			Object.assign(source, { customTagID: undefined, serviceId: undefined });
		}
		sandbox?.touch();
		expect((await post(url, unsigned(BODY))).status).toBe(500);
		expect(server?.failures[0].message).toMatch(/records without Custom Tag ID/);
		expect(server?.started).toEqual([]);
	});

	it.each<[string, object, RegExp]>([
		['an id that no envelope has', { customTag: 'L0' }, /found no envelope for a callback$/],
		['no id', {}, /found no ID in a callback that can be looked up$/],
	])('answers the same, starts nothing and logs it for %s', async (_name, rawData, logged) => {
		const { url } = await publishLookup();
		expect(await post(url, unsigned(writeBody({ event: 'x', rawData })))).toEqual(ACCEPTED);
		expect(server?.started).toEqual([]);
		expect(server?.failures).toEqual([]);
		expect(server?.logged).toEqual([expect.stringMatching(logged)]);
	});

	it.each([
		'L1)|(customTagID=L2',
		'/[a-z]{1,1000}/',
		'x OR y',
		'x*',
		'x~2',
		'-x',
		'idCard:99',
		'[a TO b]',
		'1'.repeat(101),
		'L'.repeat(20_000),
		'标'.repeat(20_000),
		'x\ny',
	])('asks Yisign nothing for an id that is none: %j', async (id) => {
		const { url } = await publishLookup();
		for (const rawData of [{ customTag: id }, { envelopeWsid: id }]) {
			expect(await post(url, unsigned(writeBody({ event: 'x', rawData })))).toEqual(ACCEPTED);
		}
		expect(sandbox?.requests).toEqual([]);
		expect(server?.started).toEqual([]);
		expect(server?.failures).toEqual([]);
	});

	it('answers 503 while the server cannot be reached, and a retry then gets through', async () => {
		const { url } = await publishLookup();
		const live = sandbox as Sandbox;
		live.options.faults = [answerWith({ status: 503, times: 1 })];
		const message = unsigned(writeBody(makeCallback(waiting(live))));
		expect(await post(url, message)).toEqual({
			status: 503,
			body: '{"received":false,"message":"Try again later"}',
		});
		expect(server?.started).toEqual([]);
		expect(server?.logged).toEqual([expect.stringMatching(/could not look up.*not available/)]);
		expect((await deliver(url, () => message)).status).toBe(200);
		expect(items()).toHaveLength(1);
	});

	it('shows a wrong token as a failed execution, and starts nothing', async () => {
		const { url } = await publishLookup();
		sandbox?.expireTokens();
		const message = unsigned(writeBody(makeCallback(waiting(sandbox as Sandbox))));
		expect((await post(url, message)).status).toBe(500);
		expect(server?.failures[0].message).toContain('did not accept the credential');
		expect(server?.started).toEqual([]);
	});
});

describe('a trigger that could only refuse', () => {
	it('cannot be published without App Secret, and the message says why', async () => {
		const publishing = publish({}, { appSecret: '' });
		await expect(publishing).rejects.toMatchObject({
			message: expect.stringMatching(
				/^The credential has no App Secret: .*choose another Verification$/,
			),
		});
	});

	it('accepts nothing if the credential loses its secret later', async () => {
		const { url } = await publish();
		const [id] = [...engine.credentials.stored.keys()].slice(-1);
		engine.credentials.stored.set(id, { ...engine.credentials.stored.get(id), appSecret: '' });
		expect((await post(url, sign({ appSecret: '' }))).status).toBe(500);
		expect(server?.failures[0].message).toContain('The credential has no App Secret');
		expect(server?.started).toEqual([]);
	});

	it('nor with a Verification that does not exist', async () => {
		await expect(publish({ verification: 'hope' })).rejects.toMatchObject({
			message: 'Verification does not offer this value',
		});
	});

	it.each(['a', 0, -1, 1.5])('nor with a tolerance of %j', async (toleranceSeconds) => {
		await expect(publish({ options: { toleranceSeconds } })).rejects.toMatchObject({
			message: 'Tolerance (Seconds) has to be a whole number, between 1 and 86400',
		});
	});
});

describe('thousands of callbacks', () => {
	it('are all taken, each once', async () => {
		const { url } = await publish();
		const replies = await burst(url, CALLBACKS, (index) =>
			sign({}, BODY.replaceAll(envelope.source.customTagID, `L${index}`)),
		);
		expect(replies.filter(({ status }) => status !== 200)).toEqual([]);
		expect(items()).toHaveLength(CALLBACKS);
		expect(new Set(items().map(({ customTagID }) => customTagID)).size).toBe(CALLBACKS);
	}, 600_000);
});

describe('secrets and patients', () => {
	it('stand in no answer, no log, no error and no stored data', async () => {
		const marked = [SECRET, '测试患者', '10000000000', '01234567-89ab-4def-8123-456789abcdef'];
		const { idCard, admissionNo } = envelope.source;
		marked.push(idCard as string, admissionNo as string);
		const seen: string[] = [];
		const note = () =>
			seen.push(
				...(server?.logged ?? []),
				JSON.stringify(server?.staticData()),
				...(server?.failures ?? []).map((error) =>
					JSON.stringify([error, error.message, error.stack, error.description, error.cause]),
				),
			);

		const bodies = [BODY, writeBody(makeCallback(envelope, 'dataSignatureV2Completed'))];
		for (const verification of ['signature', 'lookup', 'none']) {
			for (const baseUrl of ['http://127.0.0.1:1', 'no address']) {
				const { url } = await publish({ verification }, { baseUrl });
				for (const body of bodies) {
					const replay = sign({}, body);
					const messages = [
						replay,
						replay,
						unsigned(body),
						sign({ appSecret: 'x' }, body),
						sign({ sentAt: 0 }, body),
						unsigned(body.slice(0, -1), 'text/plain'),
					];
					for (const message of messages) seen.push((await post(url, message)).body);
				}
				note();
				await server?.close();
			}
		}
		server = undefined;
		const everything = seen.join('\n');
		expect(everything).toContain('Base URL');
		for (const marker of marked) expect(everything).not.toContain(marker);
	});
});
