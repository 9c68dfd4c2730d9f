import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { EnvelopeSource } from '../../sandbox/envelopes.mts';
import { answer, silence } from '../../sandbox/faults.mts';
import { compareBy } from '../../sandbox/query.mts';
import { column, conditions, hintsOf, messageOf, NODE, startSetup, useSetup } from './support.mts';

const setup = useSetup();

const newestFirst = () =>
	setup.sandbox.envelopes
		.toSorted(compareBy([{ field: 'createdDatetime', direction: -1 }]))
		.map(({ source }) => source);

const idsOf = (sources: EnvelopeSource[]) => sources.map(({ envelopeWsid }) => envelopeWsid);

const froms = () => setup.sandbox.requests.map(({ query }) => Number(query.from));

/** Admission numbers with several envelopes each. */
function admissionNumbers(): string[] {
	const counts = new Map<string, number>();
	for (const { source } of setup.sandbox.envelopes) {
		const number = source.admissionNo ?? '';
		counts.set(number, (counts.get(number) ?? 0) + 1);
	}
	return [...counts].filter(([number, count]) => number !== '' && count > 1).map(([key]) => key);
}

const envelopesOf = (admissionNumber: string) =>
	idsOf(newestFirst().filter(({ admissionNo }) => admissionNo === admissionNumber));

describe('how many envelopes are returned', () => {
	it('returns all 2,437 distinct envelopes in the server’s order with Return All', async () => {
		const result = await setup.run({ returnAll: true });
		expect(column(result)).toEqual(idsOf(newestFirst()));
		expect(new Set(column(result)).size).toBe(2437);
		expect(hintsOf(result)).toEqual([]);
	});

	it('asks for pages of 20, and last for what is missing, for a limit of 57', async () => {
		const result = await setup.run({ limit: 57 });
		expect(column(result)).toEqual(idsOf(newestFirst()).slice(0, 57));
		const asked = setup.sandbox.requests.map(({ query }) => `${query.from}+${query.size}`);
		// Neighbours share two records, so that nothing can be missing between them.
		expect(asked.toSorted()).toEqual(['0+20', '18+20', '36+20', '54+3']);
	});

	it.each([
		['asks for no more than 5 for a limit of 5', {}, ['5']],
		['goes back to 20 where 5 are refused', { paging: 'refused' as const }, ['5', '20']],
	])('%s', async (_, dialect, sizes) => {
		Object.assign(setup.sandbox.options, dialect);
		const result = await setup.run({ limit: 5 });
		expect(column(result)).toEqual(idsOf(newestFirst()).slice(0, 5));
		expect(setup.sandbox.requests.map(({ query }) => query.size)).toEqual(sizes);
	});

	it('asks once when one page is enough, in the documented words', async () => {
		await setup.run({ limit: 20 });
		expect(setup.sandbox.requests).toEqual([
			{
				method: 'GET',
				path: '/v1/open/es/signit_envelope/envelope_hospital_patient/_search',
				query: { sort: 'createdDatetime:desc', from: '0', size: '20', access_token: '***' },
				appId: setup.sandbox.options.appId,
				status: 200,
			},
		]);
	});

	it('returns 50 without any setting', async () => {
		expect((await setup.run({})).items(NODE)).toHaveLength(50);
	});

	it('returns no item when nothing is found', async () => {
		const result = await setup.run(conditions({ field: 'admissionNumber', value: '0' }));
		expect(result.error).toBeUndefined();
		expect(result.items(NODE)).toEqual([]);
	});

	it('skips the first records with From', async () => {
		const result = await setup.run({ limit: 30, options: { from: 100 } });
		expect(column(result)).toEqual(idsOf(newestFirst()).slice(100, 130));
	});

	it.each([1, 7, 100, 1000])('finds the same with a page size of %i', async (pageSize) => {
		const result = await setup.run({ limit: 230, options: { pageSize, parallelRequests: 16 } });
		expect(column(result)).toEqual(idsOf(newestFirst()).slice(0, 230));
	});

	it('never has more requests under way than Parallel Requests, over all items', async () => {
		let now = 0;
		let most = 0;
		setup.sandbox.options.faults = [
			{
				name: 'count',
				async handle() {
					now += 1;
					most = Math.max(most, now);
					await sleep(5);
					now -= 1;
					return false;
				},
			},
		];
		await setup.run(
			{ limit: 100, options: { parallelRequests: 3 } },
			{ input: Array.from({ length: 6 }, () => ({})) },
		);
		expect(most).toBe(3);
	});
});

describe('whose envelopes are returned', () => {
	it.each(['equals', 'freeText'] as const)(
		'gives one admission number’s own envelopes and no one else’s when q means %s',
		async (query) => {
			setup.sandbox.options.query = query;
			const [value] = admissionNumbers();
			const result = await setup.run({
				returnAll: true,
				...conditions({ field: 'admissionNumber', value }),
			});
			expect(column(result)).toEqual(envelopesOf(value));
			expect(setup.sandbox.requests[0].query.q).toBe(`(admissionNumber=${value})`);
			const hints = hintsOf(result);
			if (query === 'equals') expect(hints).toEqual([]);
			else {
				expect(hints).toEqual([
					expect.stringMatching(
						/^Yisign sent [\d,]+ records that the first condition does not match\. They were left out/,
					),
				]);
			}
			expect(hints.join()).not.toContain(value);
		},
	);

	it('checks every further condition itself, because how they are joined is not documented', async () => {
		const [value] = admissionNumbers();
		const [first] = newestFirst().filter(({ admissionNo }) => admissionNo === value);
		const result = await setup.run({
			returnAll: true,
			...conditions(
				{ field: 'admissionNumber', value },
				{ field: 'custom', customField: 'serviceTypeZhName', value: first.serviceTypeZhName },
			),
		});
		const expected = newestFirst().filter(
			({ admissionNo, serviceTypeZhName }) =>
				admissionNo === value && serviceTypeZhName === first.serviceTypeZhName,
		);
		expect(column(result)).toEqual(idsOf(expected));
		expect(setup.sandbox.requests[0].query.q).toBe(`(admissionNumber=${value})`);
	});

	it.each([{ returnAll: true }, { limit: 5 }, { options: { onIncomplete: 'warn' } }])(
		'sends nothing, and stops, where no record has the field of a condition: %j',
		async (parameters) => {
			const [{ hospitalDepartmentId }] = newestFirst();
			const result = await setup.run({
				...parameters,
				...conditions(
					{ field: 'custom', customField: 'hospitalDepartmentId', value: hospitalDepartmentId },
					{ field: 'custom', customField: 'wardCode', value: 'W1' },
				),
			});
			expect(messageOf(result)).toMatch(/^No record has the field wardCode \| .*Raw Query/);
			expect(result.items(NODE)).toEqual([]);
		},
	);

	it('reads on to those that fit for a limit of 5, past records without the field', async () => {
		const own = newestFirst().filter(({ bedNumber }) => bedNumber);
		const { bedNumber } = own[own.length - 1];
		const value = bedNumber ?? '';
		setup.sandbox.options.query = 'ignored';
		const result = await setup.run({
			limit: 5,
			...conditions({ field: 'custom', customField: 'bedNumber', value }),
		});
		const expected = newestFirst().filter((source) => source.bedNumber === value);
		expect(column(result)).toEqual(idsOf(expected).slice(0, 5));
	});

	it('shows no hint where the server finds what it was asked for and the rest is checked', async () => {
		const [value] = admissionNumbers();
		const [first] = newestFirst().filter(({ admissionNo }) => admissionNo === value);
		const result = await setup.run({
			returnAll: true,
			...conditions(
				{ field: 'admissionNumber', value },
				{ field: 'envelopeWsid', value: first.envelopeWsid },
			),
		});
		expect(column(result)).toEqual([first.envelopeWsid]);
		expect(hintsOf(result)).toEqual([]);
	});

	it('links 200 groups to their own input items, in input order', async () => {
		const numbers = admissionNumbers().slice(0, 200);
		expect(numbers).toHaveLength(200);
		const result = await setup.run(
			{
				returnAll: true,
				...conditions({ field: 'admissionNumber', value: '={{ $json.number }}' }),
				options: { parallelRequests: 16 },
			},
			{ input: numbers.map((number) => ({ number })) },
		);
		const items = result.items(NODE);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(
			numbers.flatMap((number, item) => envelopesOf(number).map(() => ({ item }))),
		);
		expect(column(result)).toEqual(numbers.flatMap(envelopesOf));
		expect(setup.engine.credentials.reads).toBeGreaterThan(0);
	});

	it('counts the limit after the status filter and reads on until it is reached', async () => {
		const rejected = newestFirst().filter(
			({ envelopeStatus }) => envelopeStatus === 'ED_FAIL_REJECT',
		);
		const result = await setup.run({ limit: 10, statuses: ['rejected'] });
		expect(column(result)).toEqual(idsOf(rejected).slice(0, 10));
		expect(new Set(column(result, 'status'))).toEqual(new Set(['rejected']));
		const tenth = idsOf(newestFirst()).indexOf(rejected[9].envelopeWsid);
		expect(Math.max(...froms())).toBeLessThanOrEqual(tenth);
	});

	it('leaves out replaced versions with Latest Version Only', async () => {
		const result = await setup.run({ returnAll: true, options: { latestVersionOnly: true } });
		const expected = newestFirst().filter(
			({ hospitalBusinessLastVersion }) => hospitalBusinessLastVersion !== false,
		);
		expect(column(result)).toEqual(idsOf(expected));
	});

	it('sends a raw query as typed and leaves the result alone', async () => {
		const [value] = admissionNumbers();
		const query = `(admissionNumber=${value})`;
		const result = await setup.run({ queryMode: 'raw', query });
		expect(setup.sandbox.requests[0].query.q).toBe(query);
		expect(column(result)).toEqual(envelopesOf(value));
	});

	it('sends sort rules and keeps the order they bring', async () => {
		const result = await setup.run({
			limit: 40,
			sort: {
				rule: [
					{ field: 'envelopeFinishedDatetime', direction: 'asc' },
					{ field: 'custom', customField: 'doctorID', direction: 'desc' },
				],
			},
		});
		expect(setup.sandbox.requests[0].query.sort).toBe('envelopeFinishedDatetime:asc,doctorID:desc');
		const times = column(result, 'finishedAt');
		expect(times).toEqual(times.toSorted());
	});
});

describe('what an item holds', () => {
	it('has the eleven simplified fields in order and no identity card number', async () => {
		const result = await setup.run({ limit: 60 });
		for (const { json } of result.items(NODE)) {
			expect(Object.keys(json)).toEqual([
				'envelopeWsid',
				'customTagID',
				'status',
				'envelopeStatus',
				'serviceTypeZhName',
				'admissionNo',
				'doctorName',
				'hospitalDepartment',
				'createdAt',
				'finishedAt',
				'fileUrls',
			]);
		}
		const completed = result.items(NODE).filter(({ json }) => json.status === 'completed');
		expect(completed.length).toBeGreaterThan(0);
		for (const { json } of completed) {
			expect(json.finishedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
			expect(json.fileUrls).toEqual([expect.stringContaining(setup.sandbox.url)]);
		}
	});

	it('is the record as Yisign sent it with Raw', async () => {
		const result = await setup.run({ limit: 1, output: 'raw' });
		const [source] = newestFirst();
		expect(result.items(NODE)[0].json).toMatchObject({
			envelopeWsid: source.envelopeWsid,
			serviceType: source.serviceType,
			createdDatetime: source.createdDatetime,
		});
	});

	it('has the selected fields behind the envelope’s id', async () => {
		const result = await setup.run({
			limit: 1,
			output: 'selected',
			fields: ['bedNumber', 'status', 'noSuchField'],
		});
		const [source] = newestFirst();
		expect(Object.entries(result.items(NODE)[0].json)).toEqual([
			['envelopeWsid', source.envelopeWsid],
			['bedNumber', source.bedNumber ?? null],
			['status', expect.any(String)],
			['noSuchField', null],
		]);
	});
});

// What stops a search for everything is in SEARCH_FAULTS of faults.mts.
describe('a server that does not page as hoped', () => {
	it('returns what was read and says so in a hint with "Return What Was Read"', async () => {
		setup.sandbox.options.paging = 'ignored';
		const result = await setup.run({ returnAll: true, options: { onIncomplete: 'warn' } });
		expect(column(result)).toEqual(idsOf(newestFirst()).slice(0, 20));
		expect(hintsOf(result)[0]).toMatch(/^Only 20 of 2,437 matching envelopes could be read\. /);
	});

	it('is content with a first page that holds everything', async () => {
		setup.sandbox.options.paging = 'refused';
		const [value] = admissionNumbers();
		const result = await setup.run({
			returnAll: true,
			...conditions({ field: 'admissionNumber', value }),
		});
		expect(column(result)).toEqual(envelopesOf(value));
	});
});

describe('input that cannot be used', () => {
	const admission = (value: unknown) => conditions({ field: 'admissionNumber', value } as never);

	it.each([
		['an empty value', admission(''), 'Condition 1: Value is empty'],
		['a missing value', conditions({ field: 'idCard' }), 'Condition 1: Value is empty'],
		['a bracket', admission('12(3'), 'Condition 1: Value must not contain the character ('],
		['a quotation mark', admission('12"'), 'Condition 1: Value must not contain the character "'],
		['a line break', admission('1\n2'), 'must not contain a blank or a line break'],
		['null from an expression', admission('={{ null }}'), 'it is null'],
		['an object from an expression', admission('={{ $json }}'), 'it is an object'],
		['a list from an expression', admission('={{ [1] }}'), 'it is a list'],
		[
			'a custom field without a name',
			conditions({ field: 'custom', customField: '', value: '1' }),
			'Condition 1: Field Name is empty',
		],
		[
			'a sort field that is no name',
			{ sort: { rule: [{ field: 'custom', customField: 'a:b', direction: 'asc' }] } },
			'Sort Rule 1: Field Name is not a field name',
		],
		['a limit of 0', { limit: 0 }, 'Limit has to be a whole number, 1 or more'],
		['a negative limit', { limit: -5 }, 'Limit has to be a whole number'],
		['a fractional limit', { limit: 2.5 }, 'Limit has to be a whole number'],
		['a page size of 0', { options: { pageSize: 0 } }, 'Page Size has to be'],
		['a page size of 1001', { options: { pageSize: 1001 } }, 'between 1 and 1000'],
		['a negative From', { options: { from: -1 } }, 'From has to be'],
		['17 parallel requests', { options: { parallelRequests: 17 } }, 'between 1 and 16'],
		['a timeout of 0', { options: { timeout: 0 } }, 'Timeout has to be'],
		['a raw query that is an object', { queryMode: 'raw', query: '={{ $json }}' }, 'Query has'],
	])('is refused before any request: %s', async (_name, parameters, message) => {
		const result = await setup.run(parameters);
		expect(messageOf(result)).toContain(message);
		expect(setup.sandbox.requests).toEqual([]);
	});

	it.each([
		['no base URL', { baseUrl: '' }, 'The credential has no Base URL'],
		['a base URL that is none', { baseUrl: 'http://' }, 'Base URL is not a URL'],
		['another scheme', { baseUrl: 'ftp://yisign.example' }, 'http:// or https://'],
		['no app id', { appId: ' ' }, 'The credential has no App ID'],
		['no access token', { accessToken: '' }, 'The credential has no Access Token'],
		[
			'no app secret',
			{ authentication: 'appSecret', appSecret: '' },
			'The credential has no App Secret',
		],
	])('is refused before any request: %s', async (_name, credential, message) => {
		const result = await setup.run({}, { credential });
		expect(messageOf(result)).toContain(message);
		expect(setup.sandbox.requests).toEqual([]);
	});

	it('takes a number from an expression as text', async () => {
		const [value] = admissionNumbers();
		const result = await setup.run(admission('={{ $json.number }}'), {
			input: [{ number: Number(value) }],
		});
		expect(column(result)).toEqual(envelopesOf(value));
	});

	it('never shows the value of a condition in a message', async () => {
		const result = await setup.run(admission('990101199001011234('));
		expect(JSON.stringify([result.error?.message, result.error?.description])).not.toContain(
			'990101199001011234',
		);
	});

	it('returns the message for the bad item and the envelopes of the others', async () => {
		const [good, other] = admissionNumbers();
		const result = await setup.run(
			{ returnAll: true, ...admission('={{ $json.number }}') },
			{
				input: [{ number: good }, { number: '' }, { number: other }],
				node: { onError: 'continueRegularOutput' },
			},
		);
		expect(result.error).toBeUndefined();
		expect(
			result.items(NODE).map(({ json, pairedItem }) => [json.envelopeWsid, pairedItem]),
		).toEqual([
			...envelopesOf(good).map((id) => [id, { item: 0 }]),
			[undefined, { item: 1 }],
			...envelopesOf(other).map((id) => [id, { item: 2 }]),
		]);
		expect(result.items(NODE).find(({ json }) => json.error)?.json.error).toBe(
			'Condition 1: Value is empty',
		);
	});

	it('names the item that stopped the workflow', async () => {
		const [good] = admissionNumbers();
		const result = await setup.run(admission('={{ $json.number }}'), {
			input: [{ number: good }, { number: '' }],
		});
		expect(result.error?.context).toMatchObject({ itemIndex: 1 });
	});
});

describe('where Yisign lives', () => {
	it('is found below a path prefix, with or without a slash at the end', async () => {
		const prefixed = await startSetup({ prefix: '/gw', count: 30 });
		try {
			for (const baseUrl of [prefixed.sandbox.url, `${prefixed.sandbox.url}/`]) {
				const result = await prefixed.run({}, { credential: { baseUrl } });
				expect(result.items(NODE)).toHaveLength(30);
			}
		} finally {
			await prefixed.sandbox.close();
		}
	});
});

describe('a workflow that is stopped', () => {
	it.each([
		['while it waits for an answer', silence({ times: 100 })],
		['while it waits for another try', answer({ status: 503, times: 100 })],
	])('%s ends at once, with no further request', async (_name, fault) => {
		setup.sandbox.options.faults = [fault];
		const begin = performance.now();
		const underWay = async () => {
			while (setup.sandbox.requests.length === 0) await sleep(10);
			await sleep(100);
		};
		await setup.run({ options: { maxRetries: 10 } }, { stop: underWay() });
		expect(performance.now() - begin).toBeLessThan(10_000);
		const { length } = setup.sandbox.requests;
		await sleep(1500);
		expect(setup.sandbox.requests).toHaveLength(length);
	});
});

describe('what n8n learns about a failure', () => {
	it.each([
		['rate-limited', answer({ status: 429, headers: { 'retry-after': '7' }, times: 9 }), 7000],
		['temporarily-unavailable', answer({ status: 503, times: 9 }), undefined],
		['credential-invalid', answer({ status: 403, times: 9 }), undefined],
		['configuration-invalid', answer({ status: 404, times: 9 }), undefined],
	])('its cause is %s', async (cause, fault, retryAfterMs) => {
		setup.sandbox.options.faults = [fault];
		const result = await setup.run({ options: { maxRetries: 0 } });
		expect(result.error).toMatchObject({ failure: { cause } });
		if (retryAfterMs) expect(result.error).toMatchObject({ failure: { retryAfterMs } });
	});
});

describe('a server that is down, and a Limit below a page', () => {
	const busy = answer({ status: 503, times: 9 });

	it.each([0, 1])(
		'is asked once, and again as often as Max Retries says: %i',
		async (maxRetries) => {
			setup.sandbox.options.faults = [busy];
			const result = await setup.run({ limit: 1, options: { maxRetries } });
			expect(messageOf(result)).toContain('not available right now (HTTP 503)');
			expect(setup.sandbox.requests).toHaveLength(1 + maxRetries);
		},
	);

	it.each([
		[400, 'Bad Request'],
		[500, '<html>Internal Server Error</html>'],
	])('is not taken for one that refuses so few (HTTP %i)', async (status, body) => {
		const isFew = ({ size }: Record<string, string | undefined>) => Number(size) !== 20;
		setup.sandbox.options.faults = [
			{
				name: 'pages of 20 only',
				async handle({ query }, reply) {
					if (!isFew(query)) return false;
					await reply.code(status).send(body);
					return true;
				},
			},
		];
		const result = await setup.run({ limit: 1, options: { maxRetries: 0 } });
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toEqual(idsOf(newestFirst()).slice(0, 1));
	});
});

describe('several records that speak of one envelope', () => {
	it('are one item, and the one that fits the conditions is not lost', async () => {
		const [first] = setup.sandbox.envelopes;
		const { envelopes } = setup.sandbox;
		const twin = { id: 'twin', source: { ...first.source, admissionNo: '7700202412999999' } };
		envelopes.push(twin);
		setup.sandbox.touch();
		try {
			const all = await setup.run({ returnAll: true });
			expect(column(all)).toHaveLength(2437);
			setup.sandbox.options.query = 'ignored';
			const own = await setup.run({
				returnAll: true,
				...conditions({ field: 'admissionNumber', value: '7700202412999999' }),
			});
			expect(column(own)).toEqual([first.source.envelopeWsid]);
		} finally {
			envelopes.pop();
			setup.sandbox.touch();
		}
	});
});

describe('a server that says something odd of the total', () => {
	it.each([[0], [20], [-1], [30.5], [30], ['57'], [2 ** 50]])(
		'sends all 57 although it says %s',
		async (value) => {
			const odd = await startSetup({ count: 57 });
			const envelopes = odd.sandbox.envelopes.toSorted(
				compareBy([{ field: 'createdDatetime', direction: -1 }]),
			);
			odd.sandbox.options.faults = [
				{
					name: 'odd total',
					async handle({ query }, reply) {
						const from = Number(query.from);
						const page = envelopes.slice(from, from + 20);
						const hits = page.map(({ id, source }) => ({ _id: id, _source: source }));
						await reply.send({ hits: { total: { value, relation: 'eq' }, hits } });
						return true;
					},
				},
			];
			try {
				const result = await odd.run({ returnAll: true });
				// A total that is exactly one page cannot be distinguished from the truth; one that is too large
				// stops the node.
				if (value === 2 ** 50) {
					expect(messageOf(result)).toContain('counts more matching envelopes than it sends');
					return;
				}
				expect(result.items(NODE)).toHaveLength(value === 20 ? 20 : 57);
			} finally {
				await odd.sandbox.close();
			}
		},
	);
});

describe('a run that goes on after a fault', () => {
	const onError = 'continueRegularOutput' as const;

	it.each([
		['an option', { options: { timeout: 0 } }, {}, 'Timeout has to be'],
		['the credential', {}, { appId: '' }, 'The credential has no App ID'],
	])(
		'never hands input items on as envelopes when %s is wrong',
		async (_n, parameters, credential, message) => {
			const input = [{ a: 1 }, { a: 2 }, { a: 3 }];
			const result = await setup.run(parameters, { input, credential, node: { onError } });
			expect(result.items(NODE)).toHaveLength(3);
			for (const { json } of result.items(NODE)) {
				expect(Object.keys(json)).toEqual(['error']);
				expect(json.error).toContain(message);
			}
		},
	);

	it('returns failed items on the second output with "Continue (using error output)"', async () => {
		const [good] = admissionNumbers();
		const result = await setup.run(
			conditions({ field: 'admissionNumber', value: '={{ $json.number }}' }),
			{ input: [{ number: good }, { number: '' }], node: { onError: 'continueErrorOutput' } },
		);
		expect(column(result)).toEqual(envelopesOf(good));
		const [, failed] = result.run.data.resultData.runData[NODE][0].data?.main ?? [];
		expect(failed).toHaveLength(1);
	});
});

describe('a run that stops at a fault', () => {
	it('keeps the number of the item and the HTTP status', async () => {
		setup.sandbox.options.faults = [answer({ status: 400, after: 3, times: 9 })];
		const result = await setup.run(
			{ limit: 1, options: { parallelRequests: 1 } },
			{ input: Array.from({ length: 6 }, () => ({})) },
		);
		expect(result.error).toMatchObject({ httpCode: '400', context: { itemIndex: 3 } });
	});

	it('sends nothing more for the other items', async () => {
		const result = await setup.run(
			{ returnAll: true, queryMode: 'raw', query: '={{ $json.q }}' },
			{ input: [{ q: null }, { q: '' }, { q: '' }, { q: '' }] },
		);
		expect(messageOf(result)).toContain('Query has to be text');
		expect(setup.sandbox.requests.length).toBeLessThan(8);
	});
});

describe('values that no field offers', () => {
	it.each([
		[{ statuses: ['Done'] }, 'Status'],
		[{ options: { onIncomplete: 'Return What Was Read' } }, 'If Incomplete'],
		[{ options: { latestVersionOnly: 'yes' } }, 'Latest Version Only'],
		[{ returnAll: '={{ "all" }}' }, 'Return All'],
		[{ output: '={{ "full" }}' }, 'Output'],
		[{ sort: { rule: [{ field: 'createdDatetime', direction: '={{ "ASC" }}' }] } }, 'Direction'],
	])('are refused before any request, naming the field: %j', async (parameters, label) => {
		const result = await setup.run(parameters);
		expect(messageOf(result)).toContain(`${label} does not offer this value`);
		expect(setup.sandbox.requests).toEqual([]);
	});

	it('take the words true and false from an expression', async () => {
		const options = { latestVersionOnly: '={{ "true" }}' };
		const result = await setup.run({ returnAll: '={{ "false" }}', limit: 30, options });
		expect(result.items(NODE)).toHaveLength(30);
	});
});
