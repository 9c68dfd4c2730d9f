import type { IDataObject, INode, INodeListSearchItems } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import type { ListRequest } from '../../engine/list.mts';
import { makeEnvelopes, type Envelope, type EnvelopeSource } from '../../sandbox/envelopes.mts';
import { answer, reset } from '../../sandbox/faults.mts';
import { DEPARTMENTS } from '../../sandbox/hospital.mts';
import { compareBy } from '../../sandbox/query.mts';
import { SEARCH_PATH } from '../../sandbox/server.mts';
import { useSetup } from './support.mts';

const setup = useSetup({ count: 900 });

const NODES = ['yisignEnvelope', 'yisignEnvelopeTrigger'];

/** One request of the editor for a list. */
async function read(request: ListRequest, credential: IDataObject = {}, type = NODES[0]) {
	const { appId, accessToken } = setup.sandbox.options;
	const node = {
		id: '1',
		name: 'Yisign',
		type: `n8n-nodes-yisign.${type}`,
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
		credentials: setup.engine.addCredential('yisignApi', {
			baseUrl: setup.sandbox.url,
			appId,
			accessToken,
			...credential,
		}),
	} as unknown as INode;
	return await setup.engine.list(node, { timezone: 'Asia/Shanghai', ...request });
}

/** Opens a list and scrolls to its end, or through so many steps. */
async function scroll(request: ListRequest, most = Infinity) {
	const steps: INodeListSearchItems[][] = [];
	let paginationToken: unknown;
	do {
		const { results, paginationToken: next } = await read({ ...request, paginationToken });
		steps.push(results);
		paginationToken = next;
	} while (paginationToken !== undefined && steps.length < most);
	return steps;
}

const requests = () => setup.sandbox.requests.length;

const newestFirst = () =>
	setup.sandbox.envelopes
		.toSorted(compareBy([{ field: 'createdDatetime', direction: -1 }]))
		.map(({ source }) => source);

async function withEnvelopes(envelopes: Envelope[], run: () => Promise<void>): Promise<void> {
	const kept = setup.sandbox.envelopes.splice(0);
	setup.sandbox.envelopes.push(...envelopes);
	setup.sandbox.touch();
	try {
		await run();
	} finally {
		setup.sandbox.envelopes.splice(0, Infinity, ...kept);
		setup.sandbox.touch();
	}
}

/** Envelopes of which each is changed by its number. */
const numbered = (count: number, change: (index: number) => Partial<EnvelopeSource>) =>
	makeEnvelopes({ count }).map(({ id, source }, index) => ({
		id,
		source: { ...source, ...change(index) },
	}));

const LISTS = [
	['searchDepartments', 'hospitalDepartmentId', 'hospitalDepartment'],
	['searchDoctors', 'doctorID', 'doctorName'],
	['searchDocumentTypes', 'serviceType', 'serviceTypeZhName'],
] as const;

describe.each(LISTS)('the list %s', (method, code, name) => {
	it('opens with one request: names and codes, the most frequent first', async () => {
		const { results } = await read({ method });
		expect(requests()).toBe(1);
		const counts = new Map<string, number>();
		for (const record of newestFirst().slice(0, 200)) {
			counts.set(record[code], (counts.get(record[code]) ?? 0) + 1);
		}
		const shown = results.map(({ value }) => counts.get(String(value)) ?? 0);
		expect(shown).toEqual([...counts.values()].sort((a, b) => b - a));
		for (const { name: label, value } of results) {
			const record = newestFirst().find((one) => one[code] === value);
			expect(label).toBe(`${record?.[name]} (${value})`);
		}
	});

	it('appends what is new while it is scrolled, and ends', async () => {
		const steps = await scroll({ method });
		const values = steps.flat().map(({ value }) => value);
		expect(new Set(values).size).toBe(values.length);
		expect(new Set(values)).toEqual(new Set(newestFirst().map((record) => record[code])));
	});

	it('shows what fits, while it is typed, by name or code', async () => {
		const [record] = newestFirst();
		for (const filter of [record[name].slice(0, 2), ` ${record[code].toLowerCase()} `]) {
			const { results } = await read({ method, filter });
			expect(results.map(({ value }) => value)).toContain(record[code]);
			for (const { name: label } of results) {
				expect(label.toLowerCase()).toContain(filter.trim());
			}
		}
		const { results } = await read({ method, filter: 'nothing like it' });
		expect(results).toEqual([]);
	});
});

describe('a long list', () => {
	it('of 2,000 departments stays quick: one request to open, one for each step', async () => {
		const envelopes = numbered(4000, (index) => ({
			hospitalDepartmentId: `KS${index % 2000}`,
			hospitalDepartment: `科室${index % 2000}`,
		}));
		await withEnvelopes(envelopes, async () => {
			const begin = process.threadCpuUsage();
			const steps = await scroll({ method: 'searchDepartments' });
			const values = steps.flat().map(({ value }) => value);
			expect(values).toHaveLength(2000);
			expect(new Set(values).size).toBe(2000);
			expect(requests()).toBeLessThanOrEqual(21);
			expect(process.threadCpuUsage(begin).user / 1000).toBeLessThan(5000);
		});
	});

	it('of 4,000 doctors shows none of them twice, however far back they come again', async () => {
		const envelopes = numbered(10_000, (index) => ({
			doctorID: `d${index % 4000}`,
			doctorName: `医${index % 4000}`,
		}));
		await withEnvelopes(envelopes, async () => {
			const steps = await scroll({ method: 'searchDoctors' });
			const values = steps.flat().map(({ value }) => value);
			expect(values).toHaveLength(4000);
			expect(new Set(values).size).toBe(4000);
		});
	});

	it('of 20,000 envelopes asks for one page a step, and hands on little', async () => {
		setup.sandbox.options.window = Infinity;
		await withEnvelopes(makeEnvelopes({ count: 20_000 }), async () => {
			const [first] = await scroll({ method: 'searchEnvelopes' }, 1);
			expect(first).toHaveLength(200);
			expect(requests()).toBe(1);
			let paginationToken: unknown;
			const ids: unknown[] = [];
			const expected = newestFirst().map(({ envelopeWsid }) => envelopeWsid);
			for (let step = 0; step < 100; step += 1) {
				const list = await read({ method: 'searchEnvelopes', paginationToken });
				ids.push(...list.results.map(({ value }) => value));
				paginationToken = list.paginationToken;
				expect(String(paginationToken).length < 150_000).toBe(true);
			}
			expect(ids).toEqual(expected);
			expect(requests()).toBe(101);
			// Elasticsearch counts to 10,000, so only an empty page shows the end.
			expect(await read({ method: 'searchEnvelopes', paginationToken })).toEqual({ results: [] });
		});
	}, 120_000);

	it('ends where the server ends it', async () => {
		setup.sandbox.options.window = 500;
		const steps = await scroll({ method: 'searchEnvelopes' });
		expect(steps.flat()).toHaveLength(500);
	});

	it('shows no envelope twice while new ones are started', async () => {
		const { results, paginationToken } = await read({ method: 'searchEnvelopes' });
		const fresh = numbered(910, () => ({})).slice(900);
		for (const { source } of fresh) source.createdDatetime = Date.UTC(2025, 0, 1);
		await withEnvelopes([...setup.sandbox.envelopes, ...fresh], async () => {
			const next = await read({ method: 'searchEnvelopes', paginationToken });
			const known = new Set(results.map(({ value }) => value));
			expect(next.results.filter(({ value }) => known.has(value))).toEqual([]);
			expect(next.results).toHaveLength(190);
		});
	});
});

describe('a list of a server that does not page as hoped', () => {
	it('opens in pages of 20 where more are refused, and asks for more no second time', async () => {
		Object.assign(setup.sandbox.options, { size: 'refused', largestPage: 20 });
		const steps = await scroll({ method: 'searchEnvelopes' }, 3);
		expect(steps.map(({ length }) => length)).toEqual([20, 20, 20]);
		expect(setup.sandbox.requests.map(({ query }) => query.size)).toEqual([
			'200',
			'20',
			'20',
			'20',
		]);
	});

	it('goes by what comes where size is ignored', async () => {
		setup.sandbox.options.size = 'ignored';
		const ids = (await scroll({ method: 'searchEnvelopes' }, 5)).flat().map(({ value }) => value);
		expect(ids).toEqual(
			newestFirst()
				.slice(0, 100)
				.map(({ envelopeWsid }) => envelopeWsid),
		);
	});

	it('ends where from is ignored', async () => {
		setup.sandbox.options.paging = 'ignored';
		expect((await scroll({ method: 'searchEnvelopes' })).flat()).toHaveLength(20);
	});
});

describe('a list that is filtered', () => {
	it.each(['icu', 'ＩＣＵ', ' Icu\u200b ', '（一', '(一'])(
		'shows what fits, however wide or large it is typed: %j',
		async (filter) => {
			const names = { hospitalDepartment: 'ＩＣＵ(一)', hospitalDepartmentId: 'KS0999' };
			const envelopes = numbered(40, (index) => (index === 7 ? names : {}));
			await withEnvelopes(envelopes, async () => {
				const { results } = await read({ method: 'searchDepartments', filter });
				expect(results).toEqual([{ name: 'ＩＣＵ(一) (KS0999)', value: 'KS0999' }]);
			});
		},
	);

	it('compares all of a name that is longer than it can show', async () => {
		const hospitalDepartment = `${'科'.repeat(300)}末`;
		const envelopes = numbered(40, () => ({ hospitalDepartment, hospitalDepartmentId: 'KS1' }));
		await withEnvelopes(envelopes, async () => {
			const { results } = await read({ method: 'searchDepartments', filter: '科末' });
			expect(results).toEqual([{ name: `${'科'.repeat(99)}… (KS1)`, value: 'KS1' }]);
			for (const { name } of (await read({ method: 'searchEnvelopes' })).results) {
				expect(name.length).toBeLessThan(300);
			}
		});
	});
});

it('a code that has lost digits is not offered: nothing would be found by it', async () => {
	const envelopes = numbered(40, (index) => ({
		hospitalDepartmentId: (index % 2 === 0 ? Number('12345678901234567890') : 'KS1') as string,
	}));
	await withEnvelopes(envelopes, async () => {
		const { results } = await read({ method: 'searchDepartments' });
		expect(results.map(({ value }) => value)).toEqual(['KS1']);
	});
});

it.each([
	'{"shown":{}}',
	'{"from":-5,"size":200,"shown":""}',
	'{"from":1.5,"size":200,"shown":""}',
	'{"from":0,"size":100000,"shown":""}',
	'{"from":200,"size":200,"shown":["x"]}',
	'{"from":200,"size":200,"shown":"ab)|(cd"}',
	'[]',
	'nonsense',
	{ from: 5 },
])('a list begins again where it is to go on at what is not its own: %j', async (token) => {
	const first = await read({ method: 'searchEnvelopes' });
	setup.sandbox.clearRequests();
	expect(await read({ method: 'searchEnvelopes', paginationToken: token })).toEqual(first);
	const [{ query }] = setup.sandbox.requests;
	expect(query).toMatchObject({ from: '0', size: '200' });
});

describe('the list of envelopes', () => {
	it('shows document type, department, time and status, and no word about a patient', async () => {
		const { results } = await read({ method: 'searchEnvelopes' });
		for (const [index, record] of newestFirst().slice(0, 200).entries()) {
			const { name, value } = results[index];
			expect(value).toBe(record.envelopeWsid);
			const time = new Date(record.createdDatetime + 8 * 3_600_000).toISOString();
			expect(name).toMatch(
				new RegExp(
					`^${record.serviceTypeZhName} · ${record.hospitalDepartment} · ${time.slice(0, 10)} ${time.slice(11, 16)} · [a-z]+$`,
				),
			);
			const text = JSON.stringify(results[index]);
			for (const field of ['admissionNo', 'idCard', 'customTagID', 'bedNumber'] as const) {
				const mark = record[field];
				if (mark) expect(text).not.toContain(mark);
			}
		}
	});

	it('leaves out what has no ID, whose record would be shown in its place', async () => {
		const envelopes = numbered(40, (index) =>
			index % 2 === 0 ? { envelopeWsid: undefined as unknown as string } : {},
		);
		await withEnvelopes(envelopes, async () => {
			setup.sandbox.options.ids = 'none';
			const list = await read({ method: 'searchEnvelopes' });
			expect(list.results).toHaveLength(20);
			for (const { value } of list.results) expect(value).toMatch(/^WSID_ENVE_/);
			expect(JSON.stringify(list)).not.toContain('admissionNo');
		});
	});

	it('can be filtered by document type, department, day and status', async () => {
		const [record] = newestFirst();
		const day = new Date(record.createdDatetime + 8 * 3_600_000).toISOString().slice(0, 10);
		for (const filter of [record.serviceTypeZhName, record.hospitalDepartment, day]) {
			const { results } = await read({ method: 'searchEnvelopes', filter });
			expect(results.map(({ value }) => value)).toContain(record.envelopeWsid);
			expect(results.every(({ name }) => name.includes(filter))).toBe(true);
		}
		const { serviceTypeZhName, hospitalDepartment } = record;
		const two = await read({
			method: 'searchEnvelopes',
			filter: `${hospitalDepartment} ${serviceTypeZhName}`,
		});
		expect(two.results.map(({ value }) => value)).toContain(record.envelopeWsid);
		const { results } = await read({ method: 'searchEnvelopes', filter: 'Waiting' });
		expect(results.length).toBeGreaterThan(0);
		expect(results.every(({ name }) => name.endsWith('waiting'))).toBe(true);
	});
});

describe('a list that cannot be read', () => {
	const path = SEARCH_PATH;
	const reason = async (method: string, credential: IDataObject = {}) => {
		const error = await read({ method }, credential).then(
			() => undefined,
			(fault: Error & { description?: string }) => fault,
		);
		return `${error?.message} | ${error?.description}`;
	};

	it.each([
		['searchDepartments', 'Without the list, choose By ID or By Name.'],
		['searchEnvelopes', 'Without the list, choose By ID.'],
	])('says what to do instead (%s)', async (method, instead) => {
		setup.sandbox.options.faults = [answer({ status: 400, path, times: 10 })];
		expect(await reason(method)).toContain(instead);
		setup.sandbox.options.faults = [answer({ status: 503, path, times: 10 })];
		expect(await reason(method)).toContain(instead);
		setup.sandbox.options.faults = [reset({ path, times: 10 })];
		expect(await reason(method)).toContain(instead);
		setup.sandbox.options.faults = [
			answer({ status: 200, body: '<html>Login</html>', path, times: 10 }),
		];
		expect(await reason(method)).toMatch(new RegExp(`not Yisign.*${instead}$`, 's'));
		setup.sandbox.options.faults = [];
		expect(await reason(method, { accessToken: 'wrong' })).toMatch(
			new RegExp(`did not accept the credential.*${instead}$`, 's'),
		);
		expect(await reason(method, { baseUrl: '' })).toContain('no Base URL');
	});

	it('comes all the same when a request is lost, or the token has to be renewed', async () => {
		setup.sandbox.options.faults = [reset({ path })];
		expect((await read({ method: 'searchDepartments' })).results).toHaveLength(DEPARTMENTS.length);
		const { appSecret } = setup.sandbox.options;
		const credential = { authentication: 'appSecret', accessToken: '', appSecret };
		const list = await read({ method: 'searchDepartments' }, credential);
		expect(list.results).toHaveLength(DEPARTMENTS.length);
	});
});
