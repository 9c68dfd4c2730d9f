import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { answer, type Fault } from '../../sandbox/faults.mts';
import { messageOf, NODE, useSetup } from './support.mts';

const setup = useSetup({ count: 400 });
const CHECK = { operation: 'checkServer' };

interface Answer {
	question: string;
	answer: string;
	asDocumented: boolean | null;
	meaning: string;
	todo: string;
	requests: number;
	report?: string;
}

async function check(
	...args: Parameters<typeof setup.run> extends [unknown, ...infer Rest] ? Rest : never
) {
	const result = await setup.run(CHECK, ...args);
	return { result, items: result.items(NODE).map(({ json }) => json as unknown as Answer) };
}

describe('Check Server', () => {
	it('returns an item for each question, and a report of them all', async () => {
		const { items } = await check();
		const answers = items.slice(0, -1);
		expect(answers.length).toBeGreaterThan(40);
		for (const { question, answer: text, asDocumented, meaning, todo, requests } of answers) {
			expect([question, text, meaning, todo].every((part) => part.length > 1)).toBe(true);
			expect([true, false, null]).toContain(asDocumented);
			expect(requests).toBeGreaterThanOrEqual(0);
		}
		const { report = '', ...rest } = items.at(-1)!;
		expect(rest).toEqual({});
		for (const { question, answer: text } of answers)
			expect(report).toContain(`| ${question} | ${text} |`);
		expect(answers.reduce((sum, { requests }) => sum + requests, 0)).toBe(
			setup.sandbox.requests.length,
		);
	});

	it('says that a Yisign whose order is fixed, newest first, is good for Search and the trigger', async () => {
		setup.sandbox.options.sort = 'created';
		const { items } = await check();
		const about = (question: string) => items.find((item) => item.question === question);
		expect(about('Is sort by created time honoured?')).toMatchObject({
			answer: 'Only descending: the newest come first',
			asDocumented: true,
			todo: 'Leave Direction of a sort rule by Created Time at Descending.',
		});
		expect(about('Is sort by finished time honoured?')).toMatchObject({
			answer: 'Not honoured',
			todo: 'Set Detect By of the trigger to "Created Time", or use callbacks.',
		});
	});

	it('finds out how ranges are written where no page has more than 20', async () => {
		Object.assign(setup.sandbox.options, { largestPage: 20, ranges: 'operators' });
		const { items } = await check();
		const range = items.find(({ question }) => question?.includes('range of times'));
		expect(range?.answer).toBe('(a<=2)');
	});

	it('advises another run only where that may help', async () => {
		Object.assign(setup.sandbox.options, { total: 'none', dateHeader: 'none', query: 'ignored' });
		const { items } = await check();
		const again = items.filter(({ todo }) => todo?.includes('again'));
		expect(again.map(({ answer: text }) => text)).toEqual([]);
	});

	it('answers almost all of a Yisign that behaves as documented', async () => {
		const { items } = await check();
		const open = items.filter((item) => item.answer?.startsWith('Cannot tell'));
		expect(open.map(({ question }) => question)).toEqual([
			'Does q find values with a blank or a reserved character?',
		]);
		expect(items.filter(({ asDocumented }) => asDocumented === false)).toEqual([]);
	});

	it('asks one thing at a time, no more than 60, and only reads', async () => {
		let underWay = 0;
		let most = 0;
		const watching: Fault = {
			name: 'watching',
			async handle() {
				underWay += 1;
				most = Math.max(most, underWay);
				await sleep(1);
				underWay -= 1;
				return false;
			},
		};
		setup.sandbox.options.faults = [watching];
		await check({ input: [{}, {}, {}] });
		const { requests } = setup.sandbox;
		expect(most).toBe(1);
		expect(requests.length).toBeLessThanOrEqual(60);
		expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(['GET']));
		// A server that takes 2.5 s for each has been asked for less than three minutes.
		expect(requests.length * 2.5).toBeLessThan(180);
	});

	it('sends no identity number that stands in another field', async () => {
		const { envelopes } = setup.sandbox;
		const before = structuredClone(envelopes);
		for (const [index, { source }] of envelopes.entries()) {
			source.idCard = `11010119900307${String(index).padStart(3, '0')}X`;
			source.doctorID = source.idCard;
			source.admissionNo = index % 2 === 0 ? source.idCard : `ZY-${source.idCard}`;
			source.customTagID = `11010119880101${String(index).padStart(4, '0')}`;
			source.hospitalDepartmentId = `110101900307${String(index % 7).padStart(3, '0')}`;
			source.serviceType = `L-110101-19900101-12${String(index % 9).padStart(2, '0')}-1`;
		}
		setup.sandbox.touch();
		await check();
		envelopes.splice(0, Infinity, ...before);
		setup.sandbox.touch();
		expect(setup.sandbox.requests.length).toBeGreaterThan(20);
		expect(JSON.stringify(setup.sandbox.requests)).not.toMatch(/110101-?(1|900307)\d{3}/);
	});

	it('sends no identity number', async () => {
		await check();
		const sent = JSON.stringify(setup.sandbox.requests);
		const numbers = setup.sandbox.envelopes.map(({ source }) => source.idCard ?? 'none');
		expect(numbers.filter((number) => sent.includes(number))).toEqual([]);
	});

	it('stops with the ordinary message if the credential is not accepted', async () => {
		const { result } = await check({ credential: { accessToken: 'wrong' } });
		expect(messageOf(result)).toMatch(/^Yisign did not accept the credential/);
		expect(setup.sandbox.requests).toHaveLength(1);
	});

	it('stops with the ordinary message if something else answers', async () => {
		setup.sandbox.options.faults = [answer({ status: 200, body: '<html>login</html>' })];
		const { result } = await check();
		expect(messageOf(result)).toMatch(/^What answered is not Yisign/);
	});

	it('returns that message as an item if it may go on', async () => {
		const node = { onError: 'continueRegularOutput' as const };
		const { items } = await check({ credential: { accessToken: 'wrong' }, node });
		expect(items).toEqual([{ error: expect.stringMatching(/^Yisign did not accept/) as unknown }]);
	});

	it('gets the same answers through faults that pass', async () => {
		const text = ({ items }: Awaited<ReturnType<typeof check>>) =>
			items.filter(({ question }) => !question?.startsWith('How long')).map((item) => item.answer);
		const usual = text(await check());
		setup.sandbox.options.faults = [
			answer({ status: 503, after: 5 }),
			answer({ status: 429, after: 20, headers: { 'retry-after': '0' } }),
		];
		expect(text(await check())).toEqual(usual);
	});

	it.each([
		['a login page', 200, '<html>login</html>'],
		['nothing at its address', 404, ''],
		['a refusal of everything', 400, { code: 'E1', message: 'closed' }],
	])('does not take %s, from some time on, for an answer', async (_name, status, body) => {
		const usual = await check();
		setup.sandbox.options.faults = [answer({ status, body, after: 12, times: Infinity })];
		setup.sandbox.clearRequests();
		const { items } = await check();
		const known = new Map(usual.items.map((item) => [item.question, item.answer]));
		const others = items.filter(
			(item) =>
				item.requests > 0 &&
				item.answer !== known.get(item.question) &&
				!item.answer.startsWith('Cannot tell'),
		);
		expect(others).toEqual([]);
		expect(setup.sandbox.requests.length).toBeLessThan(20);
	});

	it.each([
		['a page in between', 200, '<html>busy</html>'],
		['a refusal in between', 200, { code: 429, message: 'later' }],
	])('does not take %s for an answer', async (_name, status, body) => {
		const usual = await check();
		let count = 0;
		const sometimes: Fault = {
			name: 'sometimes',
			handle(_request, reply) {
				count += 1;
				if (count % 5 > 0) return false;
				void reply.code(status).send(body);
				return true;
			},
		};
		setup.sandbox.options.faults = [sometimes];
		const { items } = await check();
		const known = new Map(usual.items.map((item) => [item.question, item.answer]));
		const refused = items.filter(
			(item) => item.answer?.startsWith('Refused') && item.answer !== known.get(item.question),
		);
		expect(refused).toEqual([]);
		expect(count).toBeLessThanOrEqual(60);
	});

	it('does not take one refusal of the documented request for its answer', async () => {
		setup.sandbox.options.faults = [answer({ status: 400, body: { code: 'E1', message: 'no' } })];
		const { items } = await check();
		expect(items[0]).toMatchObject({ answer: 'Yes: a search result as documented', requests: 3 });
	});

	it('does not take a value that is too long for one that cannot be searched by', async () => {
		const { envelopes } = setup.sandbox;
		const before = structuredClone(envelopes);
		for (const { source } of envelopes)
			source.customTagID = `L${'0'.repeat(9000)}${source.customTagID}`;
		setup.sandbox.touch();
		const { items } = await check();
		envelopes.splice(0, Infinity, ...before);
		setup.sandbox.touch();
		const found = items.find(({ question }) => question?.includes('by customTagID'));
		expect(found?.answer).toMatch(/^Cannot tell/);
	});

	it('says so if the token ends in the middle, and knows nothing wrong', async () => {
		setup.sandbox.options.faults = [
			answer({ status: 401, body: { error: 'invalid_token' }, after: 12, times: Infinity }),
		];
		const { result, items } = await check();
		expect(result.error).toBeUndefined();
		const late = items.find(({ question }) => question?.includes('by doctorID (Doctor)'));
		expect(late?.answer).toBe('Cannot tell: Yisign no longer accepted the credential');
	});

	it.each([2, 3, 6])(
		'sends no more than 60 where one in %i requests is refused its token',
		async (every) => {
			const { appSecret } = setup.sandbox.options;
			let searches = 0;
			let all = 0;
			const forgetful: Fault = {
				name: 'forgetful',
				handle(request, reply) {
					all += 1;
					if (!request.path.includes('_search')) return false;
					searches += 1;
					if (searches % every !== 1) return false;
					void reply.code(401).send({ error: 'invalid_token' });
					return true;
				},
			};
			setup.sandbox.options.faults = [forgetful];
			const { items } = await check({ credential: { authentication: 'appSecret', appSecret } });
			expect(all).toBeLessThanOrEqual(60);
			expect(items.reduce((sum, { requests = 0 }) => sum + requests, 0)).toBe(all);
		},
	);

	it('asks for as few tokens as any request', async () => {
		const { appSecret } = setup.sandbox.options;
		const before = setup.sandbox.tokensIssued;
		await check({ credential: { authentication: 'appSecret', appSecret } });
		expect(setup.sandbox.tokensIssued - before).toBe(1);
		expect(setup.sandbox.requests.length).toBeLessThanOrEqual(60);
	});

	it('recognizes the host of File Servers, and names no other', async () => {
		const hostOf = async (fileServers: string) => {
			const { items } = await check({ credential: { fileServers } });
			return items.find(({ question }) => question?.startsWith('On which host'));
		};
		setup.sandbox.options.links = 'otherHost';
		expect((await hostOf(''))?.todo).toMatch(/add it to File Servers/);
		expect((await hostOf('files.hospital.invalid'))?.answer).toBe('On one that File Servers names');
	});
});
