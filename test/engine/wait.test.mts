import type { IDataObject, INode, INodeExecutionData } from 'n8n-workflow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEngine, type Result } from '../../engine/engine.mts';
import { makeMailer, type Mail } from '../../engine/stand-ins.mts';
import { readWorkflow } from '../../instance/contents.mts';
import { CREATE_FROM_PDF_PATH } from '../../sandbox/creates.mts';
import type { Envelope } from '../../sandbox/envelopes.mts';
import { answer, meanwhile, reset } from '../../sandbox/faults.mts';
import { makePdf } from '../../sandbox/pdf.mts';
import { SEARCH_PATH, startSandbox, type Sandbox } from '../../sandbox/server.mts';
import { ROOT } from '../../scripts/pack.mts';
import { putIn } from '../placeholders.mts';

const EXAMPLE = 'examples/09-wait-until-signed.json';

/** After so many rounds the example gives up. */
const ROUNDS = 144;

const TAG = 'L20261124000009';

const FORM: IDataObject = {
	业务编号: TAG,
	患者姓名: '李某某',
	住院号: '7700202611240009',
	手机号: '10000000009',
};

const SENT_ON = {
	subject: `已签署：${TAG}`,
	text: `业务编号 ${TAG} 的文件已签署，见附件。`,
	html: '',
};

const TOO_LONG = `业务编号 ${TAG} 的文件：等待时间已到，仍没有签署结果。`;

let sandbox: Sandbox;
let sent: Mail[];
let pdf: Buffer;

beforeEach(async () => {
	sandbox = await startSandbox({ count: 30 });
	sent = [];
	pdf = await makePdf(sandbox.envelopes[0].source);
});

afterEach(() => sandbox.close());

/**
 * Sends the form of the example, and resolves when the workflow has ended.
 *
 * @param amount for the Wait node; null leaves the example as it is
 * @param fillIn what a user puts into a node after the import
 */
async function play(amount: number | null = 0, fillIn = putIn): Promise<Result> {
	const engine = await startEngine(ROOT, { 'n8n-nodes-base.emailSend': makeMailer(sent) });
	const { appId, accessToken } = sandbox.options;
	const credentials = engine.addCredential('yisignApi', {
		baseUrl: sandbox.url,
		appId,
		accessToken,
	});
	const binary = { PDF: { data: pdf.toString('base64'), mimeType: 'application/pdf' } };
	const { nodes, connections } = readWorkflow(EXAMPLE);
	const fitted = nodes.map((node): INode => {
		if (node.type === 'n8n-nodes-base.formTrigger') return form([{ json: FORM, binary }], node);
		if (node.type === 'n8n-nodes-base.wait' && amount !== null) {
			return { ...node, parameters: { ...node.parameters, amount } };
		}
		return { ...fillIn(node), credentials };
	});
	return await engine.run({ nodes: fitted, connections });
}

/** In place of the form, what is filled in. */
function form(items: INodeExecutionData[], { name }: INode): INode {
	const parameters = { items: items as never };
	const type = 'n8n-nodes-base.code';
	return { id: name, name, type, typeVersion: 1, position: [0, 0], parameters };
}

/** The newest envelope of the form. */
function envelope(): Envelope {
	return sandbox.envelopes.findLast(({ source }) => source.customTagID === TAG)!;
}

/** Does something while the first lookup after so many others is on its way. */
function afterLookups(after: number, act: () => unknown): void {
	sandbox.options.faults.push(meanwhile({ path: SEARCH_PATH, after }, () => void act()));
}

/** The search finds the envelope of the form only after some lookups; before that, `act` is called. */
function findLate(act: (late: Envelope) => unknown): void {
	afterLookups(0, () => {
		const late = sandbox.envelopes.pop()!;
		sandbox.touch();
		afterLookups(6, () => {
			act(late);
			sandbox.envelopes.push(late);
			sandbox.touch();
		});
	});
}

const rounds = ({ run }: Result): number => run.data.resultData.runData['Look It Up'].length;

describe('the example that waits until signed', () => {
	it('downloads the signed file and forwards it', async () => {
		afterLookups(3, () => sandbox.sign(envelope()));
		const result = await play();
		expect(result.error).toBeUndefined();
		expect(sent).toEqual([{ ...SENT_ON, attachment: pdf }]);
		expect(rounds(result)).toBe(4);
	});

	it.each([
		['ED_FAIL_REJECT', '有人拒签'],
		['ED_FAIL_REVOKE', '已撤销'],
		['ED_FAIL_EXPIRED', '逾期未签'],
		['ED_FAIL_TIMEOUT', '逾期未签'],
		['ED_FAIL_INVALIDATE', '已作废'],
		['ED_FAIL_SOMEHOW', '签署失败'],
	])('says that it was not signed: %s', async (status, reason) => {
		afterLookups(2, () => {
			envelope().source.envelopeStatus = status;
			sandbox.touch();
		});
		const result = await play();
		expect(result.error).toBeUndefined();
		const text = `业务编号 ${TAG} 的文件没有签成：${reason}。`;
		expect(sent).toEqual([{ subject: `未签成：${TAG}`, text, html: '', attachment: undefined }]);
		expect(rounds(result)).toBe(3);
	});

	it('gives up after a day if nobody signs, and says so', async () => {
		// Ten minutes a round: n8n stores the execution each time, and the rounds are counted on.
		const result = await play(null);
		expect(result.error).toBeUndefined();
		expect(sent).toEqual([
			{
				subject: `没有等到签署结果：${TAG}`,
				text: `${TOO_LONG}请到医易签查看。`,
				html: '',
				attachment: undefined,
			},
		]);
		expect(rounds(result)).toBe(ROUNDS);
	});

	it('waits for an envelope that Yisign finds late', async () => {
		// Signed before it is found for the first time.
		findLate((late) => sandbox.sign(late));
		const result = await play();
		expect(result.error).toBeUndefined();
		expect(result.items('Look It Up')).toEqual([expect.objectContaining({ json: {} })]);
		expect(sent).toEqual([{ ...SENT_ON, attachment: pdf }]);
	});

	it('gives up on an envelope that Yisign never finds', async () => {
		sandbox.options.indexLag = Infinity;
		const result = await play();
		expect(result.error).toBeUndefined();
		expect(sent.map(({ text }) => text)).toEqual([`${TOO_LONG}请到医易签查看。`]);
		expect(rounds(result)).toBe(ROUNDS);
	});

	it('goes on after rounds in which Yisign is down', async () => {
		sandbox.options.faults.push(
			answer({ status: 503, path: SEARCH_PATH, after: 1, times: 2 }),
			reset({ path: SEARCH_PATH, after: 1, times: 2 }),
		);
		afterLookups(2, () => sandbox.sign(envelope()));
		const result = await play();
		expect(result.error).toBeUndefined();
		expect(sent).toEqual([{ ...SENT_ON, attachment: pdf }]);
		// One before, four while it is down, one after, and the one during which it is signed.
		expect(rounds(result)).toBe(7);
	});

	it('gives up if Yisign stays down, and says that it could not look', async () => {
		sandbox.options.faults.push(answer({ status: 503, path: SEARCH_PATH, times: Infinity }));
		const result = await play();
		expect(result.error).toBeUndefined();
		const text = `${TOO_LONG}最近一次查询没有成功，请管理员查看 n8n 的执行记录。`;
		expect(sent.map((mail) => mail.text)).toEqual([text]);
		expect(rounds(result)).toBe(ROUNDS);
	});

	it('takes no earlier version for its own', async () => {
		afterLookups(0, () => sandbox.reject(envelope()));
		await play();
		findLate((late) => sandbox.sign(late));
		await play();
		expect(sent.map(({ subject }) => subject)).toEqual([`未签成：${TAG}`, SENT_ON.subject]);
	});

	it('stops before anything is sent as long as nothing has been filled in, and says what', async () => {
		const result = await play(0, (node) => node);
		const [, list] = /^还没有填写：(.+)。请打开 Send to Be Signed 节点/.exec(
			result.error?.message ?? '',
		)!;
		expect(list.split('、').toSorted()).toEqual(
			[
				'模板ID',
				'模板名称',
				'科室代码',
				'科室名称',
				'医生工号',
				'医生姓名',
				'患者的签名位置',
				'医生的签名位置',
			].toSorted(),
		);
		expect(sandbox.requests).toEqual([]);
	});

	it('stops at once, as a failed execution, if the envelope is not created', async () => {
		const path = CREATE_FROM_PDF_PATH;
		sandbox.options.faults.push(answer({ status: 400, path, body: { code: '100550400' } }));
		const result = await play();
		expect(result.error?.message).toMatch(/./);
		expect(sent).toEqual([]);
		expect(sandbox.requests.filter((request) => request.path === SEARCH_PATH)).toEqual([]);
	});
});
