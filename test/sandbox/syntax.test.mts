import { describe, expect, it } from 'vitest';
import { makeData, makeDialect } from '../../sandbox/dialect.mts';
import { makeEnvelopes } from '../../sandbox/envelopes.mts';
import { SEARCH_DEFAULTS, type SearchSettings } from '../../sandbox/settings.mts';
import { askSearch, sandbox, search, start } from './support.mts';

const envelopes = makeEnvelopes({ count: 300, oddNames: true });
const [{ source: first }] = envelopes;

async function count(q: string): Promise<unknown> {
	const { total } = await search({ q });
	return typeof total === 'object' ? total.value : total;
}

const statusOf = async (q: string) => (await askSearch({ q })).status;
const set = (settings: Partial<SearchSettings>) =>
	Object.assign(sandbox.options, SEARCH_DEFAULTS, settings);

describe('a query', () => {
	it.each([
		['adjacent', (a: string, b: string) => `(${a})(${b})`],
		['and', (a: string, b: string) => `(${a}) AND (${b})`],
		['ampersand', (a: string, b: string) => `(${a})&(${b})`],
		['inside', (a: string, b: string) => `(${a}&${b})`],
		['comma', (a: string, b: string) => `(${a},${b})`],
	] as const)('joins conditions (%s), and is refused where it is not', async (joins, write) => {
		await start({ envelopes });
		const q = write(
			`hospitalDepartmentId=${first.hospitalDepartmentId}`,
			`envelopeStatus=${first.envelopeStatus}`,
		);
		expect(await statusOf(q)).toBe(400);
		set({ joins });
		const both = envelopes.filter(
			({ source }) =>
				source.hospitalDepartmentId === first.hospitalDepartmentId &&
				source.envelopeStatus === first.envelopeStatus,
		);
		expect(await count(q)).toBe(both.length);
	});

	it.each([
		['operators', (_: number, to: number) => `(createdDatetime<=${to})`],
		['brackets', (from: number, to: number) => `(createdDatetime=[${from} TO ${to}])`],
		['tilde', (from: number, to: number) => `(createdDatetime=${from}~${to})`],
	] as const)('has ranges (%s)', async (ranges, write) => {
		await start({ envelopes, ranges });
		const times = envelopes.map(({ source }) => source.createdDatetime).sort((a, b) => a - b);
		expect(await count(write(times[0], times[99]))).toBe(100);
	});

	it('may find nothing, its first condition or everything if it is not understood', async () => {
		await start({ envelopes, misread: 'nothing' });
		const q = `(admissionNumber=${first.admissionNo})!(doctorID=none)`;
		expect(await count(q)).toBe(0);
		set({ misread: 'first' });
		expect(await count(q)).toBe(await count(`(admissionNumber=${first.admissionNo})`));
		set({ misread: 'ignored' });
		expect(await count(q)).toBe(300);
	});

	it('may have quotes, wildcards, blanks and brackets', async () => {
		await start({ envelopes });
		const { serviceType } = envelopes.find(({ source }) =>
			source.serviceType.includes(' '),
		)!.source;
		const all = envelopes.filter(({ source }) => source.serviceType === serviceType).length;
		expect(await statusOf(`(serviceType=${serviceType})`)).toBe(400);
		set({ reserved: 'literal' });
		expect(await count(`(serviceType=${serviceType})`)).toBe(all);
		set({ reserved: 'quoted' });
		expect(await count(`(serviceType="${serviceType}")`)).toBe(all);
		set({ quotes: 'stripped', wildcards: 'star' });
		expect(await count('(envelopeStatus="ED_SUCCESS")')).toBe(
			await count('(envelopeStatus=ED_SUCCESS)'),
		);
		expect(await count('(envelopeStatus=ED_SUC*)')).toBe(
			await count('(envelopeStatus=ED_SUCCESS)'),
		);
	});
});

describe('data', () => {
	it('is the same for the same seed, and has all that is odd for some', () => {
		expect(makeData(3)).toEqual(makeData(3));
		const all = Array.from({ length: 200 }, (_, seed) => makeData(seed));
		expect(new Set(all.map(({ count: many }) => many)).size).toBeGreaterThan(8);
		const odd = makeEnvelopes({ count: 200, oddStatuses: 30, grain: 3_600_000 });
		expect(odd.some(({ source }) => source.envelopeStatus === 'DRAFT')).toBe(true);
		expect(odd.every(({ source }) => source.createdDatetime % 3_600_000 === 0)).toBe(true);
	});

	it('leaves the envelopes that are not odd as they were', () => {
		const usual = makeEnvelopes({ count: 100 });
		const odd = makeEnvelopes({ count: 100, oddStatuses: 10 });
		const same = odd.filter(
			({ source }, at) => source.envelopeStatus === usual[at].source.envelopeStatus,
		);
		expect(same.length).toBeGreaterThan(70);
		expect(odd.map(({ id }) => id)).toEqual(usual.map(({ id }) => id));
	});
});

describe('a reply', () => {
	it('is wrapped, says no in a 200, or with a page', async () => {
		await start({ envelopes, reply: 'wrapped', refusals: 'inOk', dateHeader: 'none' });
		const answer = await askSearch({ size: '1' });
		expect(answer.headers.has('date')).toBe(false);
		const { data } = (await answer.json()) as { data: { hits: { hits: unknown[] } } };
		expect(data.hits.hits).toHaveLength(1);
		const refused = await askSearch({ q: '(' });
		expect([refused.status, 'errorWsid' in ((await refused.json()) as object)]).toEqual([
			200,
			true,
		]);
		set({ refusals: 'page' });
		const page = await askSearch({ q: '(' });
		expect([page.status, await page.text()]).toEqual([400, expect.stringContaining('<html>')]);
		set({ refusals: 'server' });
		expect(await statusOf('(')).toBe(500);
	});

	it('links to files elsewhere, in each form', async () => {
		await start({ envelopes, links: 'otherHost', linkForm: 'json', linkTokens: true });
		const signed = { q: '(envelopeStatus=ED_SUCCESS)', size: '1' };
		const linkOf = async () => (await search(signed)).hits[0]._source.envelopeFileUrls;
		expect(await linkOf()).toMatch(/^\["http:\/\/files\.hospital\.invalid:61112\/.+token=\w+"\]$/);
		set({ links: 'relative', linkForm: 'commas', filesPerEnvelope: 2 });
		expect(await linkOf()).toMatch(/^\/files\/\S+\.pdf,\/files\/\S+-2\.pdf$/);
	});

	it('has other fields and types', async () => {
		await start({ envelopes, fields: 'more', types: 'other' });
		const [{ _source }] = (await search({})).hits;
		expect(_source).toMatchObject({
			patientName: expect.any(String) as unknown,
			patientSex: expect.any(String) as unknown,
		});
		set({ fields: 'fewer' });
		expect('bedNumber' in (await search({})).hits[0]._source).toBe(false);
	});

	it('has those without a finished time as if it were the smallest', async () => {
		await start({ envelopes, missing: 'smallest' });
		const [down] = (await search({ sort: 'envelopeFinishedDatetime:desc' })).hits;
		const [up] = (await search({ sort: 'envelopeFinishedDatetime:asc' })).hits;
		expect(down._source.envelopeFinishedDatetime).toBeGreaterThan(0);
		expect(up._source.envelopeFinishedDatetime ?? null).toBe(null);
	});
});

it('comes to all of this from a seed', () => {
	const dialects = Array.from({ length: 100 }, (_, seed) => makeDialect(seed));
	expect(new Set(dialects.map(({ joins }) => joins)).size).toBe(6);
});
