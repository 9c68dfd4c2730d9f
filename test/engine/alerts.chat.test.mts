import type { INodeExecutionData } from 'n8n-workflow';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROBOTS, startChats, type Chats, type Robot } from '../chats.mts';
import { play, triggerOf } from './alerts.support.mts';
import { useSetup } from './support.mts';
import { addEnded, idsOf, makeTrigger } from './trigger.support.mts';

const EXAMPLE = 'examples/04-alert-in-a-chat.json';

const MINUTE = 60_000;

const KEYWORD = '医易签';

const setup = useSetup({ count: 30 });

let chats: Chats;

beforeAll(async () => {
	chats = await startChats();
});

afterAll(() => chats.close());

beforeEach(() => {
	vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(() => {
	vi.useRealTimers();
});

/** Items of so many envelopes that have completed, as the trigger emits them. */
function completed(count: number, more: object = {}): INodeExecutionData[] {
	return Array.from({ length: count }, (_, index) => ({
		json: {
			envelopeWsid: `WSID_ENVE_${index}`,
			serviceTypeZhName: '手术知情同意书',
			hospitalDepartment: '普通外科',
			admissionNo: '7700202611250001',
			doctorName: '沈医生',
			finishedAt: '2026-11-25T00:03:00.000Z',
			...more,
		},
	}));
}

/** How many envelopes the texts say have completed, and how many they list or say they do not. */
function countIn(texts: string[]): { said: number; listed: number } {
	const lines = texts.flatMap((text) => text.split('\n'));
	const sum = (pattern: RegExp) =>
		lines.reduce((total, line) => total + Number(pattern.exec(line)?.[1] ?? 0), 0);
	// A line names one envelope, or says how many there are of its kind.
	const single = lines.filter((line) => line.endsWith('）')).length;
	const listed = single + sum(/） (\d+) 份$/) + sum(/^……另有 (\d+) 份未列出/);
	return { said: sum(/签署完成 (\d+) 份/), listed };
}

describe.each(ROBOTS)('the alert in a chat: %s, secret "%s"', (chat, secret) => {
	let robot: Robot;

	beforeEach(() => {
		robot = chats.addRobot(chat, { secret, keyword: KEYWORD });
	});

	it('is one short message for each poll, 200 envelopes in one poll included', async () => {
		const { parameters } = triggerOf(EXAMPLE);
		const poller = makeTrigger(setup, parameters, { workflowId: `burst ${robot.address}` });
		await poller.activate();
		const bursts = [1, 200, 3];
		for (const burst of bursts) {
			vi.setSystemTime(Date.now() + 5 * MINUTE);
			const ended = addEnded(setup, burst);
			const items = await poller.tick();
			expect(idsOf(items)).toEqual(ended);
			expect((await play(setup, EXAMPLE, { items, robot })).error).toBeUndefined();
		}
		expect(robot.codes).toEqual([0, 0, 0]);
		expect(robot.texts.map((text) => countIn([text]))).toEqual(
			bursts.map((burst) => ({ said: burst, listed: burst })),
		);
	});

	it('arrives although the robot blocks for some minutes', async () => {
		robot.refusal = { code: 130101, message: 'send too fast' };
		const end = Date.now() + 12 * MINUTE;
		const result = await play(setup, EXAMPLE, {
			items: completed(4),
			robot,
			onWait: (until) => until >= end && delete robot.refusal,
		});
		expect(result.error).toBeUndefined();
		expect(robot.texts).toHaveLength(1);
		// After 2, 5, 10 and 20 minutes.
		expect(robot.codes).toEqual([130101, 130101, 130101, 130101, 0]);
	});

	it('arrives although the robot cannot be reached for some minutes', async () => {
		robot.isUnreachable = true;
		const result = await play(setup, EXAMPLE, {
			items: completed(4),
			robot,
			onWait: () => (robot.isUnreachable = false),
		});
		expect(result.error).toBeUndefined();
		expect(countIn(robot.texts)).toEqual({ said: 4, listed: 4 });
	});

	it('is a failed execution if the robot refuses for an hour', async () => {
		robot.refusal = { code: 310000, message: 'keywords not in content' };
		const begin = Date.now();
		const result = await play(setup, EXAMPLE, { items: completed(4), robot });
		expect(result.error?.message).toMatch(
			/^群消息没有送达（医易签：签署完成 4 份）。机器人的回答：310000 keywords not in content。/,
		);
		expect(robot.texts).toEqual([]);
		expect(robot.codes).toHaveLength(7);
		expect(Math.round((Date.now() - begin) / MINUTE)).toBe(60);
	});

	it('is refused at once, with the reason, in the editor', async () => {
		robot.refusal = { code: 310000, message: 'keywords not in content' };
		const result = await play(setup, EXAMPLE, { items: completed(1), robot, mode: 'manual' });
		expect(result.error?.message).toContain('关键词要填“医易签”');
		expect(robot.codes).toEqual([310000]);
	});

	it('arrives in the end if the robot has had too many messages', async () => {
		const most = chat === 'feishu' ? 5 : 20;
		const items = completed(1);
		for (let sent = 0; sent < most; sent++) await play(setup, EXAMPLE, { items, robot });
		expect(robot.texts).toHaveLength(most);
		const result = await play(setup, EXAMPLE, { items: completed(9), robot });
		expect(result.error).toBeUndefined();
		expect(countIn(robot.texts.slice(most))).toEqual({ said: 9, listed: 9 });
		const refused = robot.codes.filter((code) => code !== 0);
		// DingTalk blocks for ten minutes: what is sent after 2 and 5 minutes is refused too.
		expect(refused).toHaveLength(chat === 'dingtalk' ? 3 : 1);
	});

	it('stays within the limits while the messages of a whole hour wait', async () => {
		robot.refusal = { code: -1, message: 'busy' };
		const begin = Date.now();
		await play(setup, EXAMPLE, { items: completed(1), robot });
		// Two hours of polls, one a minute: each is an execution that tries at these minutes.
		const offsets = robot.times.map((time) => Math.round((time - begin) / MINUTE));
		const minutes = Array.from({ length: 120 }, (_, poll) => offsets.map((at) => poll + at)).flat();
		const busiest = Math.max(...minutes.map((at) => minutes.filter((one) => one === at).length));
		expect(busiest).toBe(7);
	});

	it('has no patient, no doctor and no secret in what it says and what n8n stores', async () => {
		vi.setSystemTime('2026-11-25T00:05:00Z');
		const result = await play(setup, EXAMPLE, { items: completed(2), robot });
		expect(robot.texts[0].split('\n')).toEqual([
			'医易签：签署完成 2 份',
			'11/25 08:03 手术知情同意书（普通外科）',
			'11/25 08:03 手术知情同意书（普通外科）',
		]);
		const stored = JSON.stringify(result.run.data.resultData.runData);
		expect(stored).toContain('手术知情同意书');
		const [, token] = /([0-9a-f-]{36})$/.exec(robot.address)!;
		expect(stored).not.toContain(token);
		if (secret !== '') expect(stored).not.toContain(secret);
	});
});

it.each([
	[300001, '机器人地址不对'],
	[310000, '关键词要填“医易签”'],
	[93000, '机器人地址不对'],
	[19022, 'IP 白名单'],
	[11232, '整点、半点'],
])('a robot that answers %i is reported with what to do', async (code, remedy) => {
	const robot = chats.addRobot('feishu');
	robot.refusal = { code, message: 'refused' };
	const result = await play(setup, EXAMPLE, { items: completed(1), robot });
	expect(result.error?.message).toContain(`机器人的回答：${code} refused。`);
	expect(result.error?.message).toContain(remedy);
});

it('names the year of what was signed in another year, by the clock of China', async () => {
	const robot = chats.addRobot('wecom');
	vi.setSystemTime('2026-12-31T16:01:00Z');
	const items = ['2026-12-31T15:59:00.000Z', '2026-12-31T16:00:00.000Z'].flatMap((finishedAt) =>
		completed(1, { finishedAt }),
	);
	await play(setup, EXAMPLE, { items, robot });
	expect(robot.texts[0].split('\n').slice(1)).toEqual([
		'2026/12/31 23:59 手术知情同意书（普通外科）',
		'01/01 00:00 手术知情同意书（普通外科）',
	]);
});

describe('a long list', () => {
	it('says how many there are of each document and department, the most first', async () => {
		const robot = chats.addRobot('wecom');
		const items = [
			...completed(50),
			...completed(150, { serviceTypeZhName: '入院记录', hospitalDepartment: '儿科' }),
		];
		await play(setup, EXAMPLE, { items, robot });
		expect(robot.texts).toEqual([
			'医易签：签署完成 200 份\n入院记录（儿科） 150 份\n手术知情同意书（普通外科） 50 份',
		]);
	});

	it('of more kinds than fit says how many are left out', async () => {
		const robot = chats.addRobot('wecom');
		const items = Array.from({ length: 300 }, (_, index) =>
			completed(1, { serviceTypeZhName: `第 ${index} 种知情同意书` }),
		).flat();
		await play(setup, EXAMPLE, { items, robot });
		expect(countIn(robot.texts)).toEqual({ said: 300, listed: 300 });
		expect(robot.texts[0]).toMatch(/……另有 \d{3} 份未列出，请到医易签查看$/);
		expect(Buffer.byteLength(robot.texts[0])).toBeGreaterThan(1800);
	});

	it.each([
		['long names', { serviceTypeZhName: '知'.repeat(200), hospitalDepartment: '科'.repeat(200) }],
		['no names', { serviceTypeZhName: null, hospitalDepartment: null, finishedAt: null }],
		['names beyond the first plane', { serviceTypeZhName: '𠮷'.repeat(40) }],
		['half a character', { serviceTypeZhName: '\ud842'.repeat(40) }],
	])('of %s is cut to what WeCom takes', async (_, more) => {
		const robot = chats.addRobot('wecom');
		const result = await play(setup, EXAMPLE, { items: completed(1000, more), robot });
		expect(result.error).toBeUndefined();
		expect(robot.codes).toEqual([0]);
		expect(countIn(robot.texts)).toEqual({ said: 1000, listed: 1000 });
	});
});

it('an address and a secret are taken as they were pasted, with blanks or an equals sign', async () => {
	const robot = chats.addRobot('dingtalk', { secret: 'SEC-not-a-real-secret' });
	const pasted = {
		...robot,
		address: ` =${robot.address}\n`.trimStart(),
		secret: ` ${robot.secret} `,
	};
	const result = await play(setup, EXAMPLE, { items: completed(1), robot: pasted });
	expect(result.error).toBeUndefined();
	expect(robot.texts).toHaveLength(1);
});

it.each([
	['dingtalk', '加签'],
	['feishu', '加签'],
] as const)('a wrong secret is noticed by %s, and the message says so', async (chat, word) => {
	const robot = chats.addRobot(chat, { secret: 'the real one' });
	const items = completed(1);
	const wrong = { ...robot, secret: 'another' };
	const result = await play(setup, EXAMPLE, { items, robot: wrong, mode: 'manual' });
	expect(result.error?.message).toContain(word);
	expect(robot.texts).toEqual([]);
});
