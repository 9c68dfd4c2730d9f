import { buffer } from 'node:stream/consumers';
import PDFDocument from 'pdfkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CREATE_FROM_PDF_PATH, CREATE_STEPWISE_PATH } from '../../sandbox/creates.mts';
import { answer, drip, reset, silence, slow } from '../../sandbox/faults.mts';
import { ACCESS_TOKEN, APP_ID } from '../../sandbox/server.mts';
import { ask, sandbox, search, start, type Headers, type Query } from './support.mts';

afterEach(() => vi.useRealTimers());

const PATIENT = '测试患者';
const TAG = 'L20260101080000';

/** One page, as a hospital's system would print it. */
async function printedPdf(): Promise<Buffer> {
	const document = new PDFDocument();
	document.text('Consent to be signed').end();
	return await buffer(document);
}
const PDF = await printedPdf();

/** What both interfaces take, every documented field filled in. */
const business = {
	customTagID: TAG,
	template: { name: 'D_手术知情同意书', wsid: 'WSID_TEMP_0000019300000000000000000000aaaa' },
	hospitalDepartment: { departmentName: '产科', departmentID: 'KS0101' },
	doctorID: 'job_1001',
	doctorName: '赵医生',
	patientID: 'T00000001',
	patientName: PATIENT,
	patientAge: '28',
	patientSex: 1,
	admissionNumber: '7700202601000001',
	idCard: '990000199801010000',
	bedNumber: 'A12',
};

const withPdf = {
	...business,
	document: { base64: PDF.toString('base64') },
	inHospitalUserSignerInfomation: [
		{
			signerKeyName: '医生签名',
			signerUserJobId: 'job_1001',
			signerUserSequence: '1',
			appendContent: '同意',
			disableAutoSign: false,
		},
	],
	outHospitalUserSignerInfomation: [
		{ signerKeyName: '患者签名', signerUserPhone: '10000000000', signerUserSequence: '2' },
	],
	extraParam: '{}',
};

const stepwise = { ...business, patientAge: 28, mode: 'AUTO' };

const INTERFACES = [
	{ name: '4.1', path: CREATE_FROM_PDF_PATH, body: withPdf },
	{ name: '5.1', path: CREATE_STEPWISE_PATH, body: stepwise },
] as const;

function post(
	path: string,
	body: unknown,
	query: Query = { access_token: ACCESS_TOKEN },
	headers: Headers = { 'X-Signit-App-Id': APP_ID },
	signal?: AbortSignal,
): Promise<Response> {
	return ask(
		path,
		query,
		{ 'Content-Type': 'application/json', ...headers },
		{ method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), signal },
	);
}

async function postedJson(path: string, body: unknown): Promise<Record<string, unknown>> {
	return (await (await post(path, body)).json()) as Record<string, unknown>;
}

const find = async (field: string, value: string) =>
	(await search({ q: `(${field}=${value})` })).hits.map(({ _source }) => _source);

describe.each(INTERFACES)('create $name', ({ name, path, body }) => {
	it('starts an envelope that waits, and that the search finds by each of its fields', async () => {
		await start({ count: 50 });
		expect((await post(path, body)).status).toBe(200);
		const [{ envelopeWsid }] = sandbox.created;
		const expected = {
			customTagID: TAG,
			serviceId: TAG,
			serviceType: 'D_手术知情同意书',
			serviceTypeZhName: '手术知情同意书',
			hospitalBusinessLastVersion: true,
			doctorID: 'job_1001',
			doctorName: '赵医生',
			admissionNo: '7700202601000001',
			bedNumber: 'A12',
			idCard: '990000199801010000',
			patientAge: '28',
			patientSex: 1,
			hospitalDepartmentId: 'KS0101',
			hospitalDepartment: '产科',
			envelopeStatus: 'ING_SENT_WAIT_FILLOUT',
			envelopeWsid,
		};
		for (const [field, value] of [
			['customTagID', TAG],
			['admissionNumber', '7700202601000001'],
			['envelopeWsid', envelopeWsid],
		]) {
			expect(await find(field, value)).toMatchObject([expected]);
		}
	});

	it('says its ids in data, beside the code, or not at all', async () => {
		await start({ count: 0 });
		const success = { code: '100600000', message: '操作成功' };
		const ids = () => ({
			envelopeWsid: sandbox.created.at(-1)!.envelopeWsid,
			customTagID: TAG,
			hospitalBusinessWsid: sandbox.envelopes.at(-1)!.source.hospitalBusinessWsi,
		});
		expect(await postedJson(path, body)).toEqual({ ...success, data: ids() });
		sandbox.options.createReply = 'flat';
		expect(await postedJson(path, body)).toEqual({ ...success, ...ids() });
		sandbox.options.createReply = 'bare';
		expect(await postedJson(path, body)).toEqual(success);
		expect(sandbox.created).toHaveLength(3);
	});

	it('makes a new version of a business that is started again', async () => {
		await start({ count: 0 });
		for (let time = 0; time < 3; time++) await post(path, body);
		const versions = await find('customTagID', TAG);
		expect(new Set(versions.map(({ envelopeWsid }) => envelopeWsid)).size).toBe(3);
		expect(new Set(versions.map((own) => own.hospitalBusinessWsi)).size).toBe(1);
		const last = versions.filter((own) => own.hospitalBusinessLastVersion);
		expect(last.map(({ envelopeWsid }) => envelopeWsid)).toEqual([sandbox.created[2].envelopeWsid]);
	});

	it('is found only when the index has caught up', async () => {
		vi.useFakeTimers({ toFake: ['Date'] });
		await start({ count: 5, indexLag: 60_000 });
		expect((await search()).hits).toHaveLength(5);
		await post(path, body);
		for (const wait of [0, 59_999]) {
			vi.setSystemTime(Date.now() + wait);
			expect(await find('customTagID', TAG)).toEqual([]);
			expect((await search()).hits).toHaveLength(5);
		}
		vi.setSystemTime(Date.now() + 1);
		expect(await find('customTagID', TAG)).toHaveLength(1);
		expect((await search()).hits).toHaveLength(6);
	});

	it('counts each create, without a word about the patient', async () => {
		await start({ count: 0 });
		await post(path, body);
		expect(sandbox.created).toEqual([
			{
				interface: name,
				time: expect.any(Number),
				customTagID: TAG,
				envelopeWsid: expect.stringMatching(/^WSID_ENVE_[0-9a-f]{32}$/),
			},
		]);
		expect(sandbox.requests).toEqual([
			{ method: 'POST', path, query: { access_token: '***' }, appId: APP_ID, status: 200 },
		]);
		expect(JSON.stringify(sandbox.envelopes)).not.toContain(PATIENT);
	});

	it('gives a number of its own to a business that has none', async () => {
		await start({ count: 0 });
		for (const customTagID of [undefined, '']) await post(path, { ...body, customTagID });
		const tags = sandbox.created.map(({ customTagID }) => customTagID);
		expect(new Set(tags).size).toBe(2);
		for (const tag of tags) expect(tag).toMatch(/^L\d{14}$/);
	});

	it('asks for token and app id before it looks at the body', async () => {
		await start({ count: 0 });
		const noToken = await post(path, 'no JSON', {});
		expect(noToken.status).toBe(401);
		expect(await noToken.json()).toMatchObject({ error: 'invalid_token' });
		expect((await post(path, body, undefined, { 'X-Signit-App-Id': 'wrong' })).status).toBe(401);
		expect(sandbox.created).toEqual([]);
	});

	it.each([
		['a text where a number belongs', { patientSex: '1' }, 'body/patientSex must be integer'],
		['an unknown sex', { patientSex: 3 }, 'body/patientSex must be equal to one of'],
		['a number where a text belongs', { customTagID: 5 }, 'body/customTagID must be string'],
		['null', { bedNumber: null }, 'body/bedNumber must be string'],
		['a template that is only a name', { template: '同意书' }, 'body/template must be object'],
		['an empty template', { template: {} }, 'body/template must NOT have fewer than 1'],
		['no template', { template: undefined }, "must have required property 'template'"],
		['a misspelt field', { admissionNo: '1' }, 'must NOT have additional properties admissionNo'],
	])('refuses %s, and says where', async (_what, wrong, reason) => {
		await start({ count: 0 });
		const response = await post(path, { ...body, ...wrong });
		expect(response.status).toBe(400);
		expect(await response.json()).toEqual({
			code: '100550400',
			errorWsid: expect.stringMatching(/^WSID_ERRO_[0-9a-f]{32}$/),
			userMessage: '参数不正确',
			developerMessage: expect.stringContaining(reason),
			moreInfo: '',
		});
		expect(sandbox.created).toEqual([]);
	});

	it('may refuse with a status 200 that only the body contradicts', async () => {
		await start({ count: 0, invalidCreateStatus: 200 });
		for (const wrong of [{ ...body, bedNumber: 12 }, '{"half":']) {
			const response = await post(path, wrong);
			expect(response.status).toBe(200);
			expect(await response.json()).toMatchObject({
				code: '100550400',
				errorWsid: expect.any(String),
			});
		}
		const noToken = await post(path, body, {});
		expect(noToken.status).toBe(401);
		expect(sandbox.created).toEqual([]);
	});

	it('refuses what is not JSON without repeating it', async () => {
		await start({ count: 0 });
		const broken = await post(path, `{"patientName":"${PATIENT}",}`);
		expect(broken.status).toBe(400);
		expect(await broken.text()).not.toContain(PATIENT);
		const text = await post(path, 'x=1', undefined, {
			'X-Signit-App-Id': APP_ID,
			'Content-Type': 'application/x-www-form-urlencoded',
		});
		expect(text.status).toBe(415);
	});

	it('may be carried out although the client does not learn of it', async () => {
		await start({ count: 0 });
		sandbox.options.faults = [
			silence({ path, late: true }),
			reset({ path, late: true }),
			answer({ status: 502, path, late: true }),
		];
		const waiting = new AbortController();
		const unanswered = post(path, body, undefined, undefined, waiting.signal);
		await expect.poll(() => sandbox.created).toHaveLength(1);
		waiting.abort();
		await expect(unanswered).rejects.toThrow();
		await expect(post(path, body)).rejects.toThrow();
		expect((await post(path, body)).status).toBe(502);
		expect(sandbox.created).toHaveLength(3);
		expect(await find('customTagID', TAG)).toHaveLength(3);
	});

	it('is carried out late, or answered without end, by faults for it', async () => {
		await start({
			count: 0,
			faults: [slow({ path, ms: 200 }), drip({ path, every: 20, after: 1, late: true })],
		});
		const begin = Date.now();
		expect((await post(path, body)).status).toBe(200);
		expect(Date.now() - begin).toBeGreaterThanOrEqual(199);

		const dripping = await post(path, body);
		const reader = dripping.body!.getReader();
		let text = '';
		while (text.length < 15) text += Buffer.from((await reader.read()).value).toString();
		expect(text).toMatch(/^\{"took":1, +$/);
		await reader.cancel();
		expect(sandbox.created).toHaveLength(2);
	});

	it('is not carried out by a fault that comes first', async () => {
		await start({ count: 0, faults: [reset({ path }), answer({ status: 503, path })] });
		await expect(post(path, body)).rejects.toThrow();
		expect((await post(path, body)).status).toBe(503);
		expect(sandbox.created).toEqual([]);
	});
});

describe('create 4.1', () => {
	const { path } = INTERFACES[0];

	it.each([
		['no document', undefined],
		['a document without content', {}],
		['nothing', { base64: '' }],
		['something else than a PDF', { base64: Buffer.from('<html>%%EOF').toString('base64') }],
		['half a PDF', { base64: PDF.subarray(0, PDF.length / 2).toString('base64') }],
		['a data URL', { base64: `data:application/pdf;base64,${PDF.toString('base64')}` }],
		['base64 in lines', { base64: PDF.toString('base64').replace(/.{76}/g, '$&\n') }],
		['base64 for URLs', { base64: PDF.toString('base64url') }],
	])('refuses %s', async (_what, document) => {
		await start({ count: 0 });
		const response = await post(path, { ...withPdf, document });
		expect(response.status).toBe(400);
		const { developerMessage } = (await response.json()) as { developerMessage: string };
		expect(developerMessage).toMatch(/document|base64/);
		expect(sandbox.created).toEqual([]);
	});

	it.each([
		['inHospitalUserSignerInfomation', 'signerUserJobId'],
		['outHospitalUserSignerInfomation', 'signerUserPhone'],
	] as const)('refuses a row of %s that is not as documented', async (list, who) => {
		await start({ count: 0 });
		const row: Record<string, unknown> = withPdf[list][0];
		for (const [wrong, reason] of [
			[{ signerUserSequence: 1 }, `${list}/0/signerUserSequence must be string`],
			[{ [who]: undefined }, `${list}/0 must have required property '${who}'`],
			[{ signerKeyname: 'x' }, `${list}/0 must NOT have additional properties signerKeyname`],
		] as const) {
			const reply = await postedJson(path, { ...withPdf, [list]: [{ ...row, ...wrong }] });
			expect(reply.developerMessage).toBe(`body/${reason}`);
		}
		expect((await postedJson(path, { ...withPdf, [list]: row })).developerMessage).toBe(
			`body/${list} must be array`,
		);
		expect(sandbox.created).toEqual([]);
	});

	it('gives the very PDF back once it is signed, and not before', async () => {
		await start({ count: 20, prefix: '/gw' });
		await post(path, withPdf);
		const [{ envelopeWsid }] = sandbox.created;
		expect((await ask(`/files/${envelopeWsid}.pdf`)).status).toBe(404);
		expect(sandbox.sign()?.source.envelopeWsid).toBe(envelopeWsid);
		const [{ envelopeStatus, envelopeFileUrls }] = await find('envelopeWsid', envelopeWsid);
		expect(envelopeStatus).toBe('ED_SUCCESS');
		const file = await fetch(envelopeFileUrls as string);
		expect(Buffer.from(await file.arrayBuffer()).equals(PDF)).toBe(true);
	});

	it('takes a PDF of 50 MB', async () => {
		await start({ count: 0 });
		const large = Buffer.concat([PDF, Buffer.alloc(50e6, ' '), Buffer.from('\n%%EOF')]);
		const response = await post(path, {
			...withPdf,
			document: { base64: large.toString('base64') },
		});
		expect(response.status).toBe(200);
	});
});

it('create 5.1 has a signed file too', async () => {
	await start({ count: 0 });
	await post(CREATE_STEPWISE_PATH, stepwise);
	sandbox.sign();
	const [{ envelopeFileUrls }] = await find('customTagID', TAG);
	const file = await fetch(envelopeFileUrls as string);
	expect((await file.text()).startsWith('%PDF-')).toBe(true);
});
