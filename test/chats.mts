import { createHmac, randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import type { INode, INodeParameters } from 'n8n-workflow';

/** The chats whose group robots we know. */
export type Chat = 'dingtalk' | 'wecom' | 'feishu';

/** What a robot answers. */
export interface Answer {
	/** 0: the message is in the group. */
	code: number;
	message: string;
	/** HTTP status; 200 if left out, as all three answer most refusals. */
	status?: number;
}

/** A group robot, as its chat has it. */
export interface Robot {
	chat: Chat;
	/** What the chat gives out to be posted to. */
	address: string;
	/** Key of 加签; empty if the robot does not check signatures. */
	secret: string;
	/** What an example that watches workflows is filled in with; as it stands there if left out. */
	watch?: string;
	/** Texts in the group, oldest first. */
	texts: string[];
	/** Codes of all answers, oldest first. */
	codes: number[];
	/** When they were given, epoch ms. */
	times: number[];
	/** While it is set, messages are refused with it: so many, or all if no number is given. */
	refusal?: Answer & { times?: number };
	/** While true, connections break before anything is answered. */
	isUnreachable: boolean;
}

/** A server that stands in for the robots of DingTalk (钉钉), WeCom (企业微信) and Feishu (飞书). */
export interface Chats {
	/** Adds a robot to a new group. */
	addRobot(chat: Chat, settings?: { secret?: string; keyword?: string }): Robot;
	close(): Promise<void>;
}

/** A message on its way to a robot. */
interface Message {
	/** Undefined if it has not the shape that the chat wants. */
	text: unknown;
	/** Bytes of what the chat limits: the text at WeCom, the whole body elsewhere. */
	size: number;
	timestamp: unknown;
	sign: unknown;
}

/** Each chat's robot without and with a secret; WeCom has no signature. */
export const ROBOTS: Array<[Chat, string]> = [
	['dingtalk', ''],
	['dingtalk', 'SEC-not-a-real-secret'],
	['wecom', ''],
	['feishu', ''],
	['feishu', 'not-a-real-secret'],
];

/** The name of the node that {@link fillIn} fills in. */
export const ROBOT_NODE = 'Robot';

/** How a chat treats messages. Times in ms. */
interface Rules {
	path(token: string): string;
	/** What may come within how long, how long is refused what comes beyond, and with what. */
	limits: Array<{ most: number; within: number }>;
	blocks: number;
	tooFast: Answer;
	largest: number;
	tooLong: Answer;
	malformed: Answer;
	wrongSign: Answer;
	noKeyword: Answer;
	unknown: Answer;
	/** What the chat signs with its secret. */
	sign(timestamp: string, secret: string): string;
	/** ms of a timestamp's unit. */
	unit: number;
}

const MINUTE = 60_000;

/** A signature is good for so long. */
const SIGN_LIFE = 60 * MINUTE;

const hmac = (key: string, text: string) => createHmac('sha256', key).update(text).digest('base64');

/**
 * Limits and signatures are those of the chats' own documents: of DingTalk 自定义机器人接入, of WeCom
 * 群机器人配置说明 (path/91770), of Feishu 自定义机器人使用指南. Codes and words of refusals are from
 * these, and from answers that users have published.
 *
 * Inferred: 40035 and 40008 for what is malformed; 45009, which is WeCom's code for too many calls of
 * any interface, for a robot; HTTP 429 with Feishu's 11232; that a robot of WeCom or Feishu takes
 * messages again as soon as fewer came within the time.
 */
const RULES: Record<Chat, Rules> = {
	dingtalk: {
		path: (token) => `/robot/send?access_token=${token}`,
		limits: [{ most: 20, within: MINUTE }],
		blocks: 10 * MINUTE,
		tooFast: { code: 130101, message: 'send too fast, exceed 20 times per minute' },
		largest: 20_000,
		tooLong: { code: 460101, message: 'message too long' },
		malformed: { code: 40035, message: '缺少参数 json' },
		wrongSign: { code: 310000, message: 'sign not match' },
		noKeyword: { code: 310000, message: 'keywords not in content' },
		unknown: { code: 300005, message: 'token is not exist' },
		sign: (timestamp, secret) => hmac(secret, `${timestamp}\n${secret}`),
		unit: 1,
	},
	wecom: {
		path: (token) => `/cgi-bin/webhook/send?key=${token}`,
		limits: [{ most: 20, within: MINUTE }],
		blocks: 0,
		tooFast: { code: 45009, message: 'api freq out of limit' },
		largest: 2048,
		tooLong: { code: 40058, message: 'text.content exceed max length 2048' },
		malformed: { code: 40008, message: 'invalid message type' },
		wrongSign: { code: 0, message: 'ok' },
		noKeyword: { code: 0, message: 'ok' },
		unknown: { code: 93000, message: 'invalid webhook url' },
		sign: () => '',
		unit: 1,
	},
	feishu: {
		path: (token) => `/open-apis/bot/v2/hook/${token}`,
		limits: [
			{ most: 5, within: 1000 },
			{ most: 100, within: MINUTE },
		],
		blocks: 0,
		tooFast: { code: 11232, message: 'frequency limited', status: 429 },
		largest: 20_000,
		tooLong: { code: 9499, message: 'request body too large', status: 400 },
		malformed: { code: 9499, message: 'Bad Request', status: 400 },
		wrongSign: { code: 19021, message: 'sign match fail or timestamp is not within one hour' },
		noKeyword: { code: 19024, message: 'Key Words Not Found' },
		unknown: { code: 19001, message: 'param invalid: incoming webhook access token invalid' },
		sign: (timestamp, secret) => hmac(`${timestamp}\n${secret}`, ''),
		unit: 1000,
	},
};

/** The node of an example that holds the settings, with a robot's address and secret filled in. */
export function fillIn(node: INode, { address, secret, watch }: Robot): INode {
	const { assignments } = node.parameters.assignments as { assignments: INodeParameters[] };
	const filled: INodeParameters = { address, secret, watch };
	const fields = assignments.map((field) => ({
		...field,
		value: filled[field.name as string] ?? field.value,
	}));
	return { ...node, parameters: { ...node.parameters, assignments: { assignments: fields } } };
}

/** Starts the server on a free port. It goes by `Date`, so a test may move the time. */
export async function startChats(): Promise<Chats> {
	const robots = new Map<string, { robot: Robot; take: (message: Message) => Answer }>();
	const app = Fastify({ forceCloseConnections: true });
	app.post('/*', async ({ url, body, query, raw }, reply) => {
		const chat = chatOf(url);
		const found = robots.get(url.replace(/&.*/, ''));
		if (found?.robot.isUnreachable) {
			raw.socket.destroy();
			return await reply.hijack();
		}
		const message = readMessage(chat, body as object, query as Record<string, string>);
		const answer = found?.take(message) ?? RULES[chat].unknown;
		void reply.status(answer.status ?? 200);
		return writeAnswer(chat, answer);
	});
	const base = await app.listen({ host: '127.0.0.1', port: 0 });
	return {
		addRobot(chat, { secret = '', keyword = '' } = {}) {
			const path = RULES[chat].path(randomUUID());
			const address = base + path;
			const robot: Robot = {
				chat,
				address,
				secret,
				texts: [],
				codes: [],
				times: [],
				isUnreachable: false,
			};
			const judge = makeJudge(robot, keyword);
			robots.set(path, {
				robot,
				take(message) {
					const answer = robot.refusal ?? judge(message);
					if (robot.refusal?.times && (robot.refusal.times -= 1) === 0) delete robot.refusal;
					robot.codes.push(answer.code);
					robot.times.push(Date.now());
					if (answer.code === 0) robot.texts.push(message.text as string);
					return answer;
				},
			});
			return robot;
		},
		close: () => app.close(),
	};
}

function chatOf(url: string): Chat {
	if (url.startsWith('/robot/send')) return 'dingtalk';
	return url.startsWith('/open-apis/') ? 'feishu' : 'wecom';
}

function readMessage(chat: Chat, body: object, query: Record<string, string>): Message {
	if (chat === 'feishu') {
		const { msg_type: type, content, timestamp, sign } = body as Record<string, unknown>;
		const { text } = (content ?? {}) as { text?: unknown };
		const size = Buffer.byteLength(JSON.stringify(body));
		return { text: type === 'text' ? text : undefined, size, timestamp, sign };
	}
	const { msgtype, text = {} } = body as { msgtype?: string; text?: { content?: unknown } };
	const content = msgtype === 'text' ? text.content : undefined;
	const size = Buffer.byteLength(chat === 'wecom' ? String(content) : JSON.stringify(body));
	return { text: content, size, timestamp: query.timestamp, sign: query.sign };
}

/** What a robot says to a message; it remembers when others came. */
function makeJudge({ chat, secret }: Robot, keyword: string): (message: Message) => Answer {
	const rules = RULES[chat];
	const came: number[] = [];
	let blockedUntil = 0;

	/** Whether one more is too many now. */
	function isTooFast(): boolean {
		const now = Date.now();
		if (now < blockedUntil) return true;
		const isBeyond = rules.limits.some(
			({ most, within }) => came.filter((time) => time > now - within).length >= most,
		);
		if (isBeyond) blockedUntil = now + rules.blocks;
		else came.push(now);
		return isBeyond;
	}

	return ({ text, size, timestamp, sign }) => {
		if (typeof text !== 'string' || text === '') return rules.malformed;
		if (secret !== '' && !isSigned(rules, secret, timestamp, sign)) return rules.wrongSign;
		if (!text.includes(keyword)) return rules.noKeyword;
		if (size > rules.largest) return rules.tooLong;
		return isTooFast() ? rules.tooFast : { code: 0, message: 'ok' };
	};
}

function isSigned(rules: Rules, secret: string, timestamp: unknown, sign: unknown): boolean {
	if (typeof timestamp !== 'string' || sign !== rules.sign(timestamp, secret)) return false;
	return Math.abs(Number(timestamp) * rules.unit - Date.now()) < SIGN_LIFE;
}

function writeAnswer(chat: Chat, { code, message }: Answer): object {
	return chat === 'feishu' ? { code, msg: message, data: {} } : { errcode: code, errmsg: message };
}
