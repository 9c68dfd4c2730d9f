import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import type { Envelope, EnvelopeSource } from '../../sandbox/envelopes.mts';
import { makeEnvelopes } from '../../sandbox/envelopes.mts';
import { compareBy } from '../../sandbox/query.mts';
import { meanwhile } from '../../sandbox/faults.mts';
import { SEARCH_PATH } from '../../sandbox/server.mts';
import { DEPARTMENTS, DOCTORS } from '../../sandbox/hospital.mts';
import { column, conditions, hintsOf, messageOf, NODE, useSetup } from './support.mts';

const COUNT = 600;

const setup = useSetup({ count: COUNT });

const records = () => setup.sandbox.envelopes.map(({ source }) => source);
const created = (record: EnvelopeSource) => record.createdDatetime;
const finished = (record: EnvelopeSource) => record.envelopeFinishedDatetime ?? 0;
const idsOf = (list: EnvelopeSource[]) => list.map(({ envelopeWsid }) => envelopeWsid);

/** In the order that the sandbox sorts in. */
const sortedBy = (field: keyof EnvelopeSource, direction: 1 | -1) =>
	setup.sandbox.envelopes.toSorted(compareBy([{ field, direction }])).map(({ source }) => source);

const newestFirst = () => sortedBy('createdDatetime', -1);

/** The text that the editor's date field gives, in UTC+8. */
const editorText = (time: number) => new Date(time + 8 * 3_600_000).toISOString().slice(0, 19);

const all = (parameters: INodeParameters) => setup.run({ returnAll: true, ...parameters });

const requests = () => setup.sandbox.requests.length;

/** Runs with another list of envelopes, and puts the old one back. */
async function withEnvelopes<T>(envelopes: Envelope[], run: () => Promise<T>): Promise<T> {
	const kept = setup.sandbox.envelopes.splice(0);
	setup.sandbox.envelopes.push(...envelopes);
	setup.sandbox.touch();
	try {
		return await run();
	} finally {
		setup.sandbox.envelopes.splice(0, Infinity, ...kept);
		setup.sandbox.touch();
	}
}

/** The envelopes, some of them changed. */
const changed = (change: (record: EnvelopeSource) => Partial<EnvelopeSource>) =>
	makeEnvelopes({ count: COUNT }).map(({ id, source }) => ({
		id,
		source: { ...source, ...change(source) },
	}));

describe('Status', () => {
	it.each([
		['notSigned', /^ING_/],
		['completed', /^ED_SUCCESS$/],
		['expired', /^ED_FAIL_(EXPIRED|TIMEOUT)$/],
	])('finds what is %s, and nothing else', async (status, code) => {
		const result = await all({ statuses: [status] });
		const expected = newestFirst().filter(({ envelopeStatus }) => code.test(envelopeStatus));
		expect(expected.length).toBeGreaterThan(5);
		expect(column(result)).toEqual(idsOf(expected));
	});

	it('finds the unsigned of a department, whatever their codes', async () => {
		const result = await all({
			...conditions({
				field: 'hospitalDepartmentId',
				department: { __rl: true, mode: 'name', value: '儿科' },
			}),
			statuses: ['notSigned'],
		});
		expect(new Set(column(result, 'hospitalDepartment'))).toEqual(new Set(['儿科']));
		expect(new Set(column(result, 'envelopeStatus'))).toEqual(
			new Set(['ING_SENT_WAIT_FILLOUT', 'ING_SENT_DILIVER']),
		);
	});

	it('counts the limit after it', async () => {
		const result = await setup.run({ statuses: ['rejected', 'revoked'], limit: 4 });
		const expected = newestFirst().filter(({ envelopeStatus }) =>
			['ED_FAIL_REJECT', 'ED_FAIL_REVOKE'].includes(envelopeStatus),
		);
		expect(column(result)).toEqual(idsOf(expected).slice(0, 4));
	});

	it('takes a text with commas from an expression, and refuses what it does not know', async () => {
		const result = await all({ statuses: "={{ 'rejected, notSigned' }}" });
		expect(new Set(column(result, 'status'))).toEqual(
			new Set(['rejected', 'waiting', 'processing']),
		);
		expect(messageOf(await all({ statuses: ['signed'] }))).toMatch(
			/^Status does not offer this value \| .*completed, .*notSigned/,
		);
	});
});

describe('Dates', () => {
	const day = Date.UTC(2024, 11, 1);

	it('includes After and excludes Before, in the time zone of the workflow', async () => {
		const times = newestFirst().map(created);
		// Whole seconds, as the editor has no others.
		const [before, after] = [times[40], times[140]].map((time) => time - (time % 1000));
		const envelopes = makeEnvelopes({ count: 300 }).map(({ id, source }, index) => ({
			id,
			source: { ...source, createdDatetime: index % 2 === 0 ? after : before },
		}));
		await withEnvelopes(envelopes, async () => {
			const result = await all({
				dates: { createdAfter: editorText(after), createdBefore: editorText(before) },
				options: { pageSize: 1000 },
			});
			expect(new Set(column(result, 'createdAt'))).toEqual(
				new Set([new Date(after).toISOString()]),
			);
			expect(result.items(NODE)).toHaveLength(150);
		});
	});

	it('names the zone in which they were read, unless it is that of China', async () => {
		const dates = { createdAfter: '2024-12-01T08:00:00' };
		expect(hintsOf(await all({ dates }))).toEqual([]);
		const timezone = 'America/New_York';
		const result = await setup.run({ returnAll: true, dates }, { timezone });
		expect(hintsOf(result)).toEqual([
			'Dates were read in the time zone of the workflow, America/New_York. It can be changed in the settings of the workflow.',
		]);
		expect(column(result)).toEqual(
			idsOf(newestFirst().filter((record) => created(record) >= day + 13 * 3_600_000)),
		);
		const zoned = { createdAfter: '2024-12-01T08:00:00Z' };
		expect(hintsOf(await setup.run({ returnAll: true, dates: zoned }, { timezone }))).toEqual([]);
	});

	it.each([
		['asc', 'createdBefore'],
		['desc', 'createdAfter'],
	])('ends reading where no more can fit, %s', async (direction, bound) => {
		const sorted = sortedBy('createdDatetime', direction === 'desc' ? -1 : 1);
		const time = created(sorted[30]);
		const result = await all({
			dates: { [bound]: new Date(time).toISOString() },
			sort: { rule: [{ field: 'createdDatetime', direction }] },
		});
		const expected = sorted.filter((record) =>
			direction === 'desc' ? created(record) >= time : created(record) < time,
		);
		expect(column(result)).toEqual(idsOf(expected));
		expect(requests()).toBeLessThanOrEqual(5);
	});

	it('sort by finished time where that is asked for, and end there, too', async () => {
		const ended = sortedBy('envelopeFinishedDatetime', -1);
		const time = finished(ended[25]);
		const result = await all({ dates: { finishedAfter: new Date(time).toISOString() } });
		expect(setup.sandbox.requests[0].query.sort).toBe('envelopeFinishedDatetime:desc');
		expect(column(result)).toEqual(idsOf(ended.filter((record) => finished(record) >= time)));
		expect(requests()).toBeLessThanOrEqual(5);
	});

	it('keep an own sort rule, and check both times', async () => {
		const [from, to] = [Date.UTC(2024, 10, 20), Date.UTC(2024, 11, 5)];
		const result = await all({
			dates: { createdAfter: new Date(from), finishedBefore: to },
			sort: { rule: [{ field: 'createdDatetime', direction: 'asc' }] },
		} as unknown as INodeParameters);
		expect(setup.sandbox.requests[0].query.sort).toBe('createdDatetime:asc');
		const expected = sortedBy('createdDatetime', 1).filter(
			(record) => created(record) >= from && finished(record) > 0 && finished(record) < to,
		);
		expect(expected.length).toBeGreaterThan(20);
		expect(column(result)).toEqual(idsOf(expected));
	});

	it('read on where the server does not sort, so that none is missed', async () => {
		setup.sandbox.options.sort = 'ignored';
		const result = await all({ dates: { createdAfter: new Date(day).toISOString() } });
		const expected = newestFirst().filter((record) => created(record) >= day);
		expect(column(result).toSorted()).toEqual(idsOf(expected).toSorted());
	});

	it('go by the sort value where the records have no created time', async () => {
		setup.sandbox.options.createdTime = 'none';
		const result = await all({ dates: { createdAfter: new Date(day).toISOString() } });
		const expected = newestFirst().filter((record) => created(record) >= day);
		expect(column(result)).toEqual(idsOf(expected));
		expect(column(result, 'createdAt')).toEqual(
			expected.map((record) => new Date(created(record)).toISOString()),
		);
	});

	it('stop the search where neither says when', async () => {
		Object.assign(setup.sandbox.options, { createdTime: 'none', sortValues: 'none' });
		const result = await all({ dates: { createdAfter: new Date(day).toISOString() } });
		expect(messageOf(result)).toMatch(
			/^No record has a created time \| .*Dates cannot be checked\. Remove the created dates/,
		);
	});

	it('stop the search where what has ended does not say when', async () => {
		await withEnvelopes(
			changed(() => ({ envelopeFinishedDatetime: null, envelopeStatus: 'ED_SUCCESS' })),
			async () => {
				const result = await all({ dates: { finishedAfter: '2024-12-01' } });
				expect(messageOf(result)).toMatch(/^No record has a finished time \| /);
			},
		);
	});

	it('find nothing finished among what is under way', async () => {
		await withEnvelopes(
			changed(() => ({ envelopeFinishedDatetime: null, envelopeStatus: 'ING_SENT_WAIT_FILLOUT' })),
			async () => {
				const result = await all({ dates: { finishedAfter: '2024-12-01' } });
				expect(messageOf(result)).toBe(' | ');
				expect(result.items(NODE)).toEqual([]);
			},
		);
	});

	it.each([
		[{ createdAfter: 'yesterday' }, 'Created After is not a date'],
		[{ finishedBefore: 1_733_011_200 }, 'Finished Before is not a date'],
		[{ createdAfter: '2026-11-25T08:00+99:00' }, 'Created After is not a date'],
		[{ createdAfter: '={{ $json.missing }}' }, 'Created After is empty'],
		[{ finishedAfter: '={{ null }}' }, 'Finished After is empty'],
		[{ finishedBefore: '' }, 'Finished Before is empty'],
		[
			{ createdAfter: '2024-12-02', createdBefore: '2024-12-01' },
			'Created After is not earlier than Created Before',
		],
	])('are refused before any request: %j', async (dates, message) => {
		expect(messageOf(await all({ dates }))).toContain(message);
		expect(requests()).toBe(0);
	});
});

describe('createdAt', () => {
	it('is in every item, whatever it is sorted by', async () => {
		const rule = [{ field: 'envelopeFinishedDatetime', direction: 'desc' }];
		const result = await all({ sort: { rule } });
		const times = new Map(records().map((record) => [record.envelopeWsid, created(record)]));
		for (const { json } of result.items(NODE)) {
			const time = times.get(json.envelopeWsid as string) ?? 0;
			expect(json.createdAt).toBe(new Date(time).toISOString());
		}
	});

	it('can be selected, and comes from the sort value in Get', async () => {
		setup.sandbox.options.createdTime = 'none';
		const [record] = newestFirst();
		const expected = {
			envelopeWsid: record.envelopeWsid,
			createdAt: new Date(created(record)).toISOString(),
		};
		const choice = { output: 'selected', fields: ['createdAt'] };
		const found = await setup.run({ limit: 1, ...choice });
		expect(found.items(NODE)[0].json).toEqual(expected);
		const envelopeWsid = { __rl: true, mode: 'id', value: record.envelopeWsid };
		const got = await setup.run({ operation: 'get', envelopeWsid, ...choice });
		expect(got.items(NODE)[0].json).toEqual(expected);
	});
});

/** Fields with codes: their parameter, and a code with its name as the sandbox has them. */
const LOCATORS = [
	['hospitalDepartmentId', 'department', 'KS0201', '儿科', 'hospitalDepartment'],
	['doctorID', 'doctor', DOCTORS[0].id, DOCTORS[0].name, 'doctorName'],
	['serviceType', 'documentType', 'D_手术知情同意书', '手术知情同意书', 'serviceTypeZhName'],
] as const;

const locator = (mode: string, value: unknown) =>
	({ __rl: true, mode, value, cachedResultName: 'as shown' }) as IDataObject;

describe.each(LOCATORS)('a condition on %s', (field, parameter, code, name, nameField) => {
	const expected = () => idsOf(newestFirst().filter((record) => record[field] === code));
	const find = (value: unknown) => all(conditions({ field, [parameter]: value } as IDataObject));

	it.each([
		['picked from the list', locator('list', code)],
		['by code', locator('id', ` ${code} `)],
		['by an expression over the whole field', `={{ '${code}' }}`],
	])('finds its envelopes %s, with one kind of query', async (_, value) => {
		const result = await find(value);
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toEqual(expected());
		const queries = new Set(setup.sandbox.requests.map(({ query }) => query.q));
		expect(queries).toEqual(new Set([`(${field}=${code})`]));
	});

	it('finds its envelopes by name: looks the code up in recent envelopes and sends that', async () => {
		const result = await find(locator('name', ` ${name}\u200B`));
		expect(messageOf(result)).toBe(' | ');
		expect(column(result)).toEqual(expected());
		expect(new Set(column(result, nameField))).toEqual(new Set([name]));
		const queries = setup.sandbox.requests.map(({ query }) => query.q);
		expect(queries[0]).toBeUndefined();
		expect(queries.at(-1)).toBe(`(${field}=${code})`);
	});

	it.each([
		['an empty value', locator('list', ''), /^Condition 1: .* is empty/],
		['an empty name', locator('name', ' '), /^Condition 1: .* is empty/],
		['nothing', undefined, /^Condition 1: .* is empty/],
		['another mode', locator('url', code), /^Condition 1: .*mode does not offer this value/],
		['a list', ['x'], /^Condition 1: .* has to be text, but it is a list/],
	])('is refused by its name with %s', async (_, value, message) => {
		expect(messageOf(await find(value))).toMatch(message);
		expect(requests()).toBe(0);
	});

	it('looks names up once for many input items', async () => {
		await setup.run(conditions({ field, [parameter]: locator('name', name) }), {
			input: Array.from({ length: 20 }, () => ({})),
		});
		const lookups = setup.sandbox.requests.filter(({ query }) => query.q === undefined);
		expect(lookups.length).toBeLessThanOrEqual(4);
	});
});

describe('a department by name', () => {
	const byName = (name: string) =>
		all(conditions({ field: 'hospitalDepartmentId', department: locator('name', name) }));
	const byCode = (code: string) =>
		all(conditions({ field: 'hospitalDepartmentId', department: locator('id', code) }));

	it('cannot be looked up where no envelope has one', async () => {
		await withEnvelopes(
			changed(() => ({ hospitalDepartment: '' })),
			async () => {
				expect(messageOf(await byName('儿科'))).toBe(
					'No recent envelope has this department name | Recent envelopes have no department names. So choose By ID, and enter the code.',
				);
			},
		);
	});

	it('is not guessed at where several codes have the name', async () => {
		const [one, other] = DEPARTMENTS;
		await withEnvelopes(
			changed(({ hospitalDepartmentId }) =>
				hospitalDepartmentId === other.id ? { hospitalDepartment: one.name } : {},
			),
			async () => {
				const message = messageOf(await byName(one.name));
				expect(message).toMatch(/^Several codes have the department name 产科 \| They are KS/);
				expect(message).toContain('KS0101');
				expect(message).toContain('KS0102');
				expect(message).toContain('From List or By ID');
			},
		);
	});

	it.each([
		['儿课', '儿科'],
		['内科', '呼吸内科'],
	])('that is not known (%s) is answered with the nearest', async (name, near) => {
		expect(messageOf(await byName(name))).toMatch(
			new RegExp(`^No recent envelope has the department name ${name} \\| The nearest: .*${near}`),
		);
	});

	it('that is like no other is answered with those there are', async () => {
		const message = messageOf(await byName('Radiology'));
		for (const { name } of DEPARTMENTS) expect(message).toContain(name);
		expect(message).toContain('choose it From List');
	});

	it('is recognized as a code where it is one, and a code as a name', async () => {
		expect(messageOf(await byName('KS0201'))).toBe(
			'No recent envelope has the department name KS0201 | It is a code: choose By ID.',
		);
		const recent = newestFirst().slice(0, 200);
		const count = recent.filter(({ hospitalDepartment }) => hospitalDepartment === '儿科').length;
		expect(hintsOf(await byCode('儿科'))).toEqual([
			`No envelope has the department code 儿科, but ${count} recent envelopes have that name: choose By Name.`,
		]);
	});

	it('is recognized as a name also by a server that finds by names', async () => {
		setup.sandbox.options.codes = 'codeOrName';
		expect(hintsOf(await byCode('儿科'))[0]).toMatch(
			/^No envelope has the department code 儿科, but/,
		);
	});

	/** The newest envelope of this department stands behind 450 of another. */
	function withQuietDepartment() {
		const envelopes = makeEnvelopes({ count: 700 });
		const order = envelopes.toSorted((a, b) => created(b.source) - created(a.source));
		for (const { source } of order)
			Object.assign(source, { hospitalDepartment: '产科', hospitalDepartmentId: 'KS0101' });
		const quiet = order[450].source;
		Object.assign(quiet, { hospitalDepartment: '中医科', hospitalDepartmentId: 'KS0999' });
		return { envelopes, quiet };
	}

	it('is found where the newest 200 envelopes are of others', async () => {
		const { envelopes, quiet } = withQuietDepartment();
		await withEnvelopes(envelopes, async () => {
			expect(column(await byName('中医科'))).toEqual([quiet.envelopeWsid]);
		});
	});

	it('is not said to have none where Yisign does not search by it, and the newest 200 are of others', async () => {
		setup.sandbox.options.searchableFields = ['admissionNumber'];
		await withEnvelopes(withQuietDepartment().envelopes, async () => {
			const result = await byName('中医科');
			expect(messageOf(result)).toMatch(
				/^Yisign does not search by department \(hospitalDepartmentId\) \| /,
			);
			// What was read to find the code is read once more only before this is said.
			const lookups = setup.sandbox.requests.filter(({ query }) => query.q === undefined);
			expect(lookups.filter(({ query }) => query.from === '0')).toHaveLength(2);
		});
	});

	it('with a code that holds brackets is picked from the list, and sent as it is', async () => {
		setup.sandbox.options.reserved = 'literal';
		const value = 'KS（儿）(二)';
		const envelopes = makeEnvelopes({ count: 60 });
		envelopes[7].source.hospitalDepartmentId = value;
		await withEnvelopes(envelopes, async () => {
			const search = (mode: string) =>
				all(conditions({ field: 'hospitalDepartmentId', department: locator(mode, value) }));
			expect(column(await search('list'))).toEqual([envelopes[7].source.envelopeWsid]);
			expect(messageOf(await search('id'))).toContain('must not contain the character (');
		});
	});

	it.each(['D3)|(idCard=1', 'D3 OR x', 'D3"', 'KS（儿）(二)'])(
		'from an expression in the place of an entry of the list is refused before any request: %s',
		async (code) => {
			const entry = locator('list', code);
			for (const department of [
				locator('list', '={{ $json.entry.value }}'),
				'={{ $json.entry }}',
			]) {
				const byList = conditions({ field: 'hospitalDepartmentId', department });
				const result = await setup.run(byList, { input: [{ entry }] });
				expect(messageOf(result)).toMatch(/^Condition 1: Department must not contain /);
			}
			expect(requests()).toBe(0);
		},
	);

	it('is found by an expression in the place of an entry of the list', async () => {
		const byList = conditions({
			field: 'hospitalDepartmentId',
			department: locator('list', '={{ $json.code }}'),
		});
		const result = await setup.run(byList, { input: [{ code: 'ＫＳ0201' }] });
		expect(new Set(column(result, 'hospitalDepartment'))).toEqual(new Set(['儿科']));
	});

	/** The newest envelope has the name with one code, another further back with a second one. */
	async function searchWithCodes(count: number, at: number) {
		const envelopes = makeEnvelopes({ count });
		const order = envelopes.toSorted((a, b) => created(b.source) - created(a.source));
		for (const [index, code] of [
			[0, 'KS0901'],
			[at, 'KS0902'],
		] as const) {
			const names = { hospitalDepartment: '中医科', hospitalDepartmentId: code };
			Object.assign(order[index].source, names);
		}
		let result: Awaited<ReturnType<typeof byName>> | undefined;
		await withEnvelopes(envelopes, async () => {
			result = await byName('中医科');
		});
		return result!;
	}

	it('has a second code behind the newest 200 envelopes: it is named', async () => {
		expect(messageOf(await searchWithCodes(700, 450))).toMatch(
			/^Several codes have the department name 中医科 \| They are KS0901, KS0902\./,
		);
	});

	it('may have a second code behind the newest 1,000 envelopes: a hint says which was asked for', async () => {
		const result = await searchWithCodes(1200, 1150);
		expect(column(result)).toHaveLength(1);
		expect(hintsOf(result)).toEqual([
			'Yisign was asked for the department code KS0901, which 中医科 has in recent envelopes. Older envelopes that have this name with another code are not found.',
		]);
	});

	it.each(['freeText', 'ignored', 'prefix'] as const)(
		'never lets another department’s envelope out, even if q means %s',
		async (query) => {
			setup.sandbox.options.query = query;
			const result = await byName('儿科');
			expect(messageOf(result)).toBe(' | ');
			expect(new Set(column(result, 'hospitalDepartment'))).toEqual(new Set(['儿科']));
		},
	);

	it('is checked by its name: a code that was given to another department lets none of it out', async () => {
		await withEnvelopes(
			changed(({ hospitalDepartmentId, createdDatetime }) =>
				hospitalDepartmentId === 'KS0201' && createdDatetime < Date.UTC(2024, 10, 1)
					? { hospitalDepartment: '老年科' }
					: {},
			),
			async () => {
				expect(records().some((record) => record.hospitalDepartment === '老年科')).toBe(true);
				const result = await byName('儿科');
				expect(new Set(column(result, 'hospitalDepartment'))).toEqual(new Set(['儿科']));
			},
		);
	});
});

describe('nothing found', () => {
	const find = (condition: IDataObject, more: INodeParameters = {}) =>
		all({ ...conditions(condition), ...more });

	it('is not believed of a server that knows only admissionNumber', async () => {
		setup.sandbox.options.searchableFields = ['admissionNumber'];
		const department = locator('id', 'KS0201');
		const result = await find({ field: 'hospitalDepartmentId', department });
		expect(messageOf(result)).toMatch(
			/^Yisign does not search by department \(hospitalDepartmentId\) \| .*Put a condition on another field first/,
		);
		const [{ customTagID, admissionNo }] = newestFirst().filter((record) => record.admissionNo);
		expect(messageOf(await find({ field: 'customTagID', value: customTagID }))).toMatch(
			/^Yisign does not search by customTagID/,
		);
		const found = await find({ field: 'admissionNumber', value: admissionNo ?? '' });
		expect(found.items(NODE).length).toBeGreaterThan(0);
	});

	it('is not believed of a field that no envelope has', async () => {
		const result = await find({ field: 'custom', customField: 'wardNumber', value: '12' });
		expect(messageOf(result)).toMatch(/^No record has the field wardNumber \| /);
	});

	it.each([
		['that Yisign searches by', {}],
		['that Yisign does not search by', { searchableFields: ['admissionNumber'] }],
		['whose query Yisign ignores', { query: 'ignored' as const }],
	])('is not believed of a field %s and that is empty in every envelope', async (_, dialect) => {
		Object.assign(setup.sandbox.options, dialect);
		await withEnvelopes(
			changed(() => ({ idCard: null })),
			async () => {
				const result = await find({ field: 'idCard', value: '990000190001011117' });
				expect(messageOf(result)).toMatch(/^No record has the field idCard \| /);
			},
		);
	});

	it('is true where no recent envelope fits, and says so after one look for all input items', async () => {
		setup.sandbox.options.searchableFields = ['admissionNumber'];
		const result = await setup.run(
			conditions({ field: 'customTagID', value: '={{ $json.tag }}' }),
			{
				input: Array.from({ length: 10 }, (_, index) => ({ tag: `NONE${index}` })),
			},
		);
		expect(messageOf(result)).toBe(' | ');
		expect(hintsOf(result)).toEqual(['No envelopes found.']);
		const looks = setup.sandbox.requests.filter(({ query }) => query.q === undefined);
		expect(looks.length).toBeGreaterThan(0);
		expect(looks.length).toBeLessThanOrEqual(2);
	});

	it('is looked at again where the envelope has become searchable only just now', async () => {
		const [fresh] = makeEnvelopes({ count: 1, seed: 7 });
		const value = 'JUST-STARTED';
		Object.assign(fresh.source, { customTagID: value, serviceId: value });
		fresh.source.createdDatetime = Date.UTC(2025, 0, 1);
		await withEnvelopes([...setup.sandbox.envelopes], async () => {
			setup.sandbox.options.faults = [
				meanwhile({ path: SEARCH_PATH, after: 1 }, () => {
					setup.sandbox.envelopes.push(fresh);
					setup.sandbox.touch();
				}),
			];
			const result = await find({ field: 'customTagID', value });
			expect(messageOf(result)).toBe(' | ');
			expect(column(result)).toEqual([fresh.source.envelopeWsid]);
			expect(hintsOf(result)).toEqual([]);
		});
	});

	it('is believed where the dates leave out what is there, and Yisign ignores the query', async () => {
		setup.sandbox.options.query = 'ignored';
		const [{ createdDatetime }] = newestFirst();
		const { envelopeWsid } = newestFirst()[100];
		const createdAfter = new Date(createdDatetime).toISOString();
		const result = await find(
			{ field: 'envelopeWsid', value: envelopeWsid },
			{ dates: { createdAfter } },
		);
		expect(messageOf(result)).toBe(' | ');
		expect(result.items(NODE)).toEqual([]);
	});

	it('behind From is not taken for nothing at all', async () => {
		const department = locator('id', 'KS0201');
		const result = await find(
			{ field: 'hospitalDepartmentId', department },
			{ options: { from: 500 } },
		);
		expect(messageOf(result)).toBe(' | ');
		expect(result.items(NODE)).toEqual([]);
	});

	it('names the nearest document type for a code with a typo', async () => {
		const documentType = locator('id', 'D_手术知情同意树');
		expect(hintsOf(await find({ field: 'serviceType', documentType }))).toEqual([
			'No envelope has the code D_手术知情同意树. The nearest in recent envelopes: D_手术知情同意书.',
		]);
	});

	it('says that only the case of the letters is another', async () => {
		const [{ customTagID }] = newestFirst();
		const hints = hintsOf(await find({ field: 'customTagID', value: customTagID.toLowerCase() }));
		expect(hints).toEqual([
			'No envelope has this value, but a recent one has it in another letter case. Enter it as it stands there.',
		]);
	});

	it.each([',', '，', '、', ';'])(
		'says that only one ID can be searched for: two by %s',
		async (by) => {
			const value = newestFirst()
				.slice(0, 2)
				.map(({ envelopeWsid }) => envelopeWsid)
				.join(by);
			expect(hintsOf(await find({ field: 'envelopeWsid', value }))).toEqual([
				expect.stringMatching(/^No envelope has this value\. If it is several, search for each/),
			]);
		},
	);

	it('never shows another patient’s number as the nearest', async () => {
		const [{ admissionNo }] = newestFirst().filter((record) => record.admissionNo);
		const value = `${(admissionNo ?? '').slice(0, -1)}X`;
		const result = await find({ field: 'admissionNumber', value });
		expect(hintsOf(result)).toEqual(['No envelopes found.']);
	});
});

describe('Limit', () => {
	it('says how much it left behind', async () => {
		const result = await setup.run({ limit: 7 });
		expect(result.hints(NODE)).toEqual([
			expect.objectContaining({
				type: 'info',
				message:
					'These are the first 7 of 600 envelopes, as Limit says. Switch on Return All to get them all.',
			}),
		]);
	});

	it('says that there may be more where the server does not count, or not what is wanted', async () => {
		const text =
			'These are the first 7 envelopes, as Limit says; there may be more. Switch on Return All to get them all.';
		expect(hintsOf(await setup.run({ limit: 7, statuses: ['completed'] }))).toEqual([text]);
		for (const total of ['none', 'gte'] as const) {
			Object.assign(setup.sandbox.options, { total, countedRows: 50 });
			expect(hintsOf(await setup.run({ limit: 7 }))).toEqual([text]);
		}
	});

	it('says that these are all where it left nothing behind, and one thing for many input items', async () => {
		expect(hintsOf(await setup.run({ limit: COUNT }))).toEqual([
			'These are all envelopes that match: 600.',
		]);
		expect(hintsOf(await setup.run({ limit: COUNT + 1 }))).toEqual([]);
		expect(hintsOf(await setup.run({ limit: COUNT - 1, options: { from: 1 } }))).toEqual([]);
		expect(hintsOf(await setup.run({ limit: 3 }, { input: [{}, {}, {}] }))).toEqual([
			'Limit left out envelopes of 3 input items. Switch on Return All to get them all.',
		]);
	});
});

describe('a typo', () => {
	const admission = (value: unknown) => conditions({ field: 'admissionNumber', value } as never);
	const number = () => newestFirst().find((record) => record.admissionNo)?.admissionNo ?? '';
	const fullWidth = (text: string) =>
		text.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));

	it.each([
		['full-width digits', fullWidth],
		[
			'invisible characters',
			(text: string) => `\uFEFF${text.slice(0, 4)}\u200B${text.slice(4)}\u200E`,
		],
		['blanks around it, wide ones too', (text: string) => `\u3000 ${text}\u00A0\n`],
	])('is corrected: %s', async (_, slip) => {
		const result = await all(admission(slip(number())));
		expect(messageOf(result)).toBe(' | ');
		expect(setup.sandbox.requests[0].query.q).toBe(`(admissionNumber=${number()})`);
		expect(result.items(NODE).length).toBeGreaterThan(0);
	});

	it.each([
		['a blank inside', admission('1429 2022'), /^Condition 1: Value must not contain a blank/],
		['a wide blank inside', admission('1429\u30002022'), /^Condition 1: Value .* a blank/],
		['two lines', admission('1429\n2022'), /^Condition 1: Value .* a line break/],
		[
			'a number as Excel shows it',
			admission('7.7E+15'),
			/^Condition 1: Value is a number that a spreadsheet has shortened \| Its last digits are lost/,
		],
		[
			'a status with a typo',
			conditions({ field: 'envelopeStatus', value: 'ED_SUCESS' }),
			/^Condition 1: Value is not a known status code \| Did you mean ED_SUCCESS\?/,
		],
		[
			'a status in small letters',
			conditions({ field: 'envelopeStatus', value: 'ed_success' }),
			/Did you mean ED_SUCCESS\?/,
		],
		[
			'a status in words',
			conditions({ field: 'envelopeStatus', value: '已完成' }),
			/^Condition 1: Value is not a status code \| .*remove the condition and use Status/,
		],
		[
			'the same field twice',
			conditions(
				{ field: 'admissionNumber', value: '1' },
				{ field: 'admissionNumber', value: '2' },
			),
			/^Condition 1 and Condition 2 have the same field \| All conditions have to hold.*one Search for each and join/,
		],
		[
			'the same field twice, by another way',
			conditions(
				{ field: 'hospitalDepartmentId', department: locator('name', '儿科') },
				{ field: 'custom', customField: 'hospitalDepartmentId', value: 'KS0201' },
			),
			/^Condition 1 and Condition 2 have the same field/,
		],
		[
			'the same field twice, by the name that it has in a record',
			conditions(
				{ field: 'admissionNumber', value: '1' },
				{ field: 'envelopeStatus', value: 'ED_SUCCESS' },
				{ field: 'custom', customField: 'admissionNo', value: '2' },
			),
			/^Condition 1 and Condition 3 have the same field/,
		],
		[
			'nothing chosen from the list',
			conditions({ field: 'hospitalDepartmentId', department: locator('list', '') }),
			/^Condition 1: Department is empty \| Choose one from the list/,
		],
		[
			"a patient's name as an admission number",
			conditions({ field: 'admissionNumber', value: '王小明' }),
			/^Condition 1: Value is not an admission number \| Yisign cannot be searched by a patient's name/,
		],
		[
			'two admission numbers with a Chinese comma',
			conditions({ field: 'admissionNumber', value: '77001，77002' }),
			/^Condition 1: Value is not an admission number \| Only one number/,
		],
		[
			'two admission numbers with a comma',
			conditions({ field: 'admissionNumber', value: '77001,77002' }),
			/^Condition 1: Value is not an admission number \| Only one number/,
		],
		[
			'a status code that none of the statuses can have',
			{ ...conditions({ field: 'envelopeStatus', value: 'ED_SUCCESS' }), statuses: ['notSigned'] },
			/^Condition 1 and Status do not go together \| No envelope with this status code/,
		],
	])('is refused before any request: %s', async (_, parameters, message) => {
		expect(messageOf(await all(parameters))).toMatch(message);
		expect(requests()).toBe(0);
	});
});

describe('the envelope of Get and Download', () => {
	const completed = () =>
		newestFirst().find(({ envelopeStatus }) => envelopeStatus === 'ED_SUCCESS')!.envelopeWsid;

	it.each([
		['picked from the list', (id: string) => locator('list', id)],
		['by ID', (id: string) => locator('id', ` ${id}`)],
		['by an expression over the whole field', (id: string) => `={{ '${id}' }}`],
		['of the item before, as it is when it is added', () => undefined],
	])('is found %s', async (_, value) => {
		const id = completed();
		const given = value(id);
		const parameters = given === undefined ? {} : { envelopeWsid: given };
		const input = [{ envelopeWsid: id }];
		const got = await setup.run({ operation: 'get', ...parameters } as INodeParameters, { input });
		expect(messageOf(got)).toBe(' | ');
		expect(column(got)).toEqual([id]);
		const loaded = await setup.run({ operation: 'download', ...parameters } as INodeParameters, {
			input,
		});
		expect(messageOf(loaded)).toBe(' | ');
		expect(loaded.items(NODE)[0].json).toMatchObject({
			envelopeWsid: id,
			mimeType: 'application/pdf',
		});
	});

	it.each(['get', 'download'])(
		'is asked for by its label where it is empty (%s)',
		async (operation) => {
			const result = await setup.run({ operation, envelopeWsid: "={{ ' ' }}" });
			expect(messageOf(result)).toMatch(/^No envelope is chosen/);
			expect(requests()).toBe(0);
		},
	);
});
