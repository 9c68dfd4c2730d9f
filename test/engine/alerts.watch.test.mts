import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WAITING } from '../../sandbox/envelopes.mts';
import { answer } from '../../sandbox/faults.mts';
import { startChats, type Chats, type Robot } from '../chats.mts';
import { play, triggerOf, type Play } from './alerts.support.mts';
import { useSetup } from './support.mts';
import { addEnded, makeTrigger } from './trigger.support.mts';

const OVERDUE = 'examples/11-reminder-of-overdue-envelopes.json';
const REPORT = 'examples/13-report-failed-alerts.json';
const ALIVE = 'examples/14-are-the-alerts-alive.json';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** 08:00 in China. */
const MORNING = Date.parse('2026-11-25T00:00:00Z');

// Without an offset, the header Date is Node's own and does not move with the clock.
const setup = useSetup({ count: 30, clockOffset: 1 });

let chats: Chats;
let robot: Robot;

beforeAll(async () => {
	chats = await startChats();
});

afterAll(() => chats.close());

beforeEach(() => {
	vi.useFakeTimers({ toFake: ['Date'], now: MORNING });
	robot = chats.addRobot('wecom');
});

afterEach(() => {
	vi.useRealTimers();
});

it('the reminder names in one message what has become overdue, and when it was started', async () => {
	const { parameters } = triggerOf(OVERDUE);
	const poller = makeTrigger(setup, parameters, { workflowId: robot.address });
	await poller.activate();
	addEnded(setup, 200, () => null, {
		envelopeStatus: WAITING,
		createdDatetime: MORNING - 24 * HOUR + MINUTE,
		serviceTypeZhName: '手术知情同意书',
		hospitalDepartment: '普通外科',
	});
	expect(await poller.tick()).toEqual([]);
	vi.setSystemTime(MORNING + 5 * MINUTE);
	const items = await poller.tick();
	expect(items).toHaveLength(200);
	expect((await play(setup, OVERDUE, { items, robot })).error).toBeUndefined();
	expect(robot.codes).toEqual([0]);
	expect(robot.texts).toEqual(['医易签：逾期未签 200 份\n手术知情同意书（普通外科） 200 份']);

	await play(setup, OVERDUE, { items: items.slice(0, 1), robot });
	expect(robot.texts[1]).toBe('医易签：逾期未签 1 份\n11/24 08:01 发起 手术知情同意书（普通外科）');
});

describe('the report of a failure', () => {
	const WORKFLOW = { id: '7', name: '签署完成提醒' };

	/** What n8n's Error Trigger returns for a failed execution. */
	const failed = (message: string): INodeExecutionData => ({
		json: {
			workflow: WORKFLOW,
			execution: { id: '231', error: { message }, lastNodeExecuted: 'Send Email', mode: 'trigger' },
		},
	});

	it('names the workflow, the step, the time and the reason', async () => {
		await play(setup, REPORT, { items: [failed('Yisign took too long to answer')], robot });
		expect(robot.texts).toEqual([
			[
				'医易签：提醒没有正常运行',
				'工作流：签署完成提醒',
				'步骤：Send Email',
				'时间：2026/11/25 08:00:00',
				'说明：Yisign took too long to answer',
			].join('\n'),
		]);
	});

	it.each([
		['No server is listening at http://10.1.2.3:2576', 'No server is listening at （地址）'],
		[
			'The host name of https://yisign.hospital is not known',
			'The host name of （地址） is not known',
		],
		[
			'群消息没有送达（医易签：签署完成 1 份）。机器人的回答：310000 ip 10.1.2.3 not in list。',
			'群消息没有送达（医易签：签署完成 1 份）。机器人的回答：310000 ip （地址） not in list。',
		],
		['Yisign refused the request (code 1005504001)', 'Yisign refused the request (code （号码）)'],
	])('holds no address and no number: %s', async (message, shown) => {
		await play(setup, REPORT, { items: [failed(message)], robot });
		expect(robot.texts[0].split('\n').at(-1)).toBe(`说明：${shown}`);
	});

	it.each(['Patient 李某某 (990000190001011117) has no e-mail', '患者李某某没有邮箱', ''])(
		'leaves the words of other nodes in n8n: %s',
		async (message) => {
			await play(setup, REPORT, { items: [failed(message)], robot });
			expect(robot.texts[0]).toContain('步骤：Send Email\n');
			expect(robot.texts[0].split('\n').at(-1)).toBe(
				'说明：请到 n8n 的执行记录（Executions）里查看',
			);
		},
	);

	it('names a trigger that could not poll', async () => {
		const error = {
			message: 'Yisign did not accept the credential',
			node: { name: 'When Signed' },
		};
		const json = { workflow: WORKFLOW, trigger: { error, mode: 'trigger' } };
		await play(setup, REPORT, { items: [{ json }], robot });
		expect(robot.texts[0]).toContain('步骤：When Signed\n');
		expect(robot.texts[0]).toContain('说明：Yisign did not accept the credential');
	});

	it('comes once an hour for the same failure, and at once for another', async () => {
		const staticData: IDataObject = {};
		const report = async (message: string) => {
			const result = await play(setup, REPORT, { items: [failed(message)], robot, staticData });
			expect(result.error).toBeUndefined();
		};
		for (let minute = 0; minute < 60; minute++) {
			vi.setSystemTime(MORNING + minute * MINUTE);
			await report(`Only ${minute} of 2,437 envelopes`);
			if (minute === 30) await report('The mail server refused');
		}
		expect(robot.texts).toHaveLength(2);
		vi.setSystemTime(MORNING + HOUR);
		await report('Only 60 of 2,437 envelopes');
		expect(robot.texts).toHaveLength(3);
		expect(robot.codes).toEqual([0, 0, 0]);
	});
});

describe('the message of every morning', () => {
	const ALERT = { name: 'Yisign 04: message in a chat', active: true };

	/** Runs it with these workflows in n8n. */
	async function ask(workflows: IDataObject[], more: Play['instead'] = {}): Promise<string[]> {
		const instead = { 'All Workflows': workflows.map((json) => ({ json })), ...more };
		const result = await play(setup, ALIVE, { instead, robot });
		expect(result.error).toBeUndefined();
		return robot.texts;
	}

	it('says that all is well, and when the newest envelope was started', async () => {
		addEnded(setup, 1, () => null, { envelopeStatus: WAITING, createdDatetime: MORNING - MINUTE });
		expect(await ask([ALERT, { name: 'Something else', active: false }])).toEqual([
			'医易签：提醒正常，1 个工作流已发布；最近一份文件发起于 11/25 07:59',
		]);
	});

	it('names an alert that is not published', async () => {
		expect(await ask([{ ...ALERT, active: false }])).toEqual([
			'医易签：提醒异常\n工作流“Yisign 04: message in a chat”没有发布',
		]);
	});

	it('is not misled by a copy that is not published', async () => {
		expect(await ask([{ ...ALERT, active: false }, ALERT])).toEqual([
			expect.stringContaining('提醒正常'),
		]);
	});

	it('names an alert that is gone', async () => {
		expect(await ask([{ ...ALERT, isArchived: true }])).toEqual([
			'医易签：提醒异常\n没有名称以“Yisign 04”开头的工作流',
		]);
	});

	it('says why the search did not succeed, and looks at the alerts all the same', async () => {
		setup.sandbox.options.faults = [answer({ status: 503, times: Infinity })];
		const [text] = await ask([{ ...ALERT, active: false }]);
		expect(text.split('\n')).toEqual([
			'医易签：提醒异常',
			expect.stringMatching(/^医易签搜索没有成功：.+/) as string,
			expect.stringContaining('没有发布') as string,
		]);
	});

	it('names no address of the hospital', async () => {
		const error = 'No server is listening at http://10.1.2.3:2576';
		expect(await ask([ALERT], { 'Search the Newest': [{ json: { error } }] })).toEqual([
			'医易签：提醒异常\n医易签搜索没有成功：No server is listening at （地址）',
		]);
	});

	it('takes names that were put in as an expression', async () => {
		robot.watch = '=Yisign 04';
		expect(await ask([ALERT])).toEqual([expect.stringContaining('提醒正常，1 个')]);
	});

	it('fits into one message of WeCom, however much is wrong', async () => {
		robot.watch = Array.from({ length: 40 }, (_, n) => `不存在的提醒工作流第${n}号`).join('，');
		const error = '很'.repeat(300);
		const [text] = await ask([ALERT], { 'Search the Newest': [{ json: { error } }] });
		expect(robot.codes).toEqual([0]);
		expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2048);
		const left = Number(/另有 (\d+) 项未列出$/.exec(text)?.[1]);
		expect(text.split('\n').length - 3 + left).toBe(40);
	});

	it('says that n8n did not let it look', async () => {
		expect(await ask([{ error: { message: 'Forbidden' } }])).toEqual([
			'医易签：提醒异常\n没有读到工作流列表，请检查 n8n 的凭证（API key）',
		]);
	});
});
