import { describe, expect, it } from 'vitest';
import type { EnvelopeRecord } from '../../../nodes/shared/search/envelope.ts';
import { readSearchPage } from '../../../nodes/shared/search/page.ts';
import { caught, textOf } from '../caught.mts';

/** Synthetic; it must never turn up in a text. */
const ID_CARD = '990000190001011117';

const EMPTY_SEARCH = {
	took: 2471,
	timed_out: false,
	_shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
	hits: { total: { value: 0, relation: 'eq' }, max_score: null, hits: [] },
};

describe('readSearchPage', () => {
	const hit = (n: number) => ({ _id: `r${n}`, _source: { envelopeWsid: `W${n}` } });
	const result = (hits: unknown, rest: object = {}) => ({ ...EMPTY_SEARCH, hits, ...rest });

	it('reads the documented empty result', () => {
		expect(readSearchPage(EMPTY_SEARCH)).toEqual({
			hits: [],
			emptyHits: 0,
			total: 0,
			isTotalExact: true,
		});
	});

	it('reads hits in their order, each with its record, its envelope and its sort values', () => {
		const sorted = { ...hit(1), sort: [1715517253000, 'x'] };
		const { hits } = readSearchPage(result({ total: 2, hits: [hit(2), sorted] }));
		expect(hits).toMatchObject([
			{ hasId: true, envelopeId: 'W2', record: { envelopeWsid: 'W2' }, sortValues: [] },
			{ hasId: true, envelopeId: 'W1', record: sorted._source, sortValues: sorted.sort },
		]);
	});

	it.each<[string, EnvelopeRecord]>([
		['in data', { code: '100550000', data: result({ total: 1, hits: [hit(1)] }) }],
		['in data beside a hits that is no object', { hits: null, data: { hits: { hits: [hit(1)] } } }],
		['in nothing, with a data beside it', { ...result({ hits: [hit(1)] }), data: EMPTY_SEARCH }],
	])('reads a result that is wrapped %s', (_, body) => {
		expect(readSearchPage(body).hits).toHaveLength(1);
	});

	it.each<[unknown, number | null, boolean]>([
		[35, 35, true],
		[{ value: 35, relation: 'eq' }, 35, true],
		[{ value: 35 }, 35, true],
		[{ value: 10_000, relation: 'gte' }, 10_000, false],
		[undefined, null, false],
		[null, null, false],
		['35', null, false],
		[{}, null, false],
		[{ value: null, relation: 'eq' }, null, false],
	])('takes the total %j as %j, exact: %s', (total, expected, isTotalExact) => {
		const page = readSearchPage(result({ total, hits: [] }));
		expect(page).toMatchObject({ total: expected, isTotalExact });
	});

	it.each<[string, EnvelopeRecord]>([
		['it ran out of time', { timed_out: true }],
		['a shard failed', { _shards: { total: 5, failed: 1 } }],
		['a shard failed, in text', { _shards: { total: 5, failed: '1' } }],
	])('asks for another try where %s', (_, rest) => {
		const body = result({ total: 1, hits: [hit(1)] }, rest);
		for (const wrapped of [body, { data: body }]) {
			const error = caught(() => readSearchPage(wrapped));
			expect(error.kind).toBe('transient');
			expect(error.message).toBe('Yisign could search only part of its records');
		}
	});

	it.each<[string, EnvelopeRecord]>([
		['no shards named', { _shards: undefined, timed_out: undefined }],
		['shards without failed', { _shards: {} }],
	])('trusts a result with %s', (_, rest) => {
		expect(readSearchPage(result({ total: 1, hits: [hit(1)] }, rest)).hits).toHaveLength(1);
	});

	it('counts the hits that came without their content', () => {
		const hits = [hit(1), { _id: 'r2' }, null, 'r3', { _id: 'r4', _source: [] }];
		expect(readSearchPage(result({ total: 5, hits }))).toMatchObject({
			hits: [{ envelopeId: 'W1' }],
			emptyHits: 4,
		});
	});

	it.each([
		[{ _source: { envelopeWsid: 'W1' } }, false, 'W1'],
		[{ _id: 7, _source: { envelopeWsid: 'W1' } }, true, 'W1'],
		[{ _id: 'r1', _source: { envelopeWsid: 7 } }, true, '7'],
		[{ _id: '', _source: { envelopeWsid: 'W1' } }, false, 'W1'],
	])('finds the envelope of %j; an id: %s', (raw, hasId, envelopeId) => {
		const { hits } = readSearchPage(result({ total: 1, hits: [raw] }));
		expect(hits[0]).toMatchObject({ hasId, envelopeId });
	});

	it.each([{ _id: 'r1', _source: {} }, { _source: { a: 1 } }])(
		'takes %j without an envelope for one of its own',
		(raw) => {
			const [{ key, envelopeId }] = readSearchPage(result({ total: 1, hits: [raw] })).hits;
			expect(envelopeId).toBe(key);
		},
	);

	it.each<[string, EnvelopeRecord, EnvelopeRecord]>([
		['two ids', { _id: 'r1' }, { _id: 'r2' }],
		['two indices', { _index: 'a', _id: 'r1' }, { _index: 'b', _id: 'r1' }],
		['two contents without an id', { _source: { a: 1 } }, { _source: { a: 2 } }],
		['one id for two envelopes', hit(1), { ...hit(2), _id: 'r1' }],
	])('distinguishes records by %s', (_, ...raw) => {
		const hits = raw.map((fields) => ({ _source: {}, ...fields }));
		const [first, second] = readSearchPage(result({ total: 2, hits })).hits;
		expect(first.key).not.toBe(second.key);
	});

	it('knows a record again', () => {
		const [first, second] = [hit(1), hit(1)].map(
			(raw) => readSearchPage(result({ total: 1, hits: [raw] })).hits[0],
		);
		expect(first.key).toBe(second.key);
	});

	it.each([
		['Sun, 12 May 2024 12:34:13 GMT', Date.UTC(2024, 4, 12, 12, 34, 13)],
		['soon', undefined],
		[undefined, undefined],
	])('takes the header Date %j for the time %j', (date, time) => {
		expect(readSearchPage(EMPTY_SEARCH, { date }).serverTime).toBe(time);
	});

	it('does not take two records with an empty envelopeWsid for one envelope', () => {
		const hits = ['r1', 'r2'].map((_id) => ({ _id, _source: { envelopeWsid: '' } }));
		const [first, second] = readSearchPage(result({ total: 2, hits })).hits;
		expect(first.envelopeId).not.toBe(second.envelopeId);
	});

	it.each<[string, EnvelopeRecord]>([
		['another interface', { code: '100550000', message: '请求成功' }],
		['hits without a list', { hits: {} }],
		['a flat list of hits', { hits: [{ idCard: ID_CARD }] }],
		['a list in data', { data: [{ idCard: ID_CARD }] }],
	])('says that %s is no search result', (_, body) => {
		const error = caught(() => readSearchPage(body));
		expect(error.kind).toBe('notYisign');
		expect(error.message).toContain('JSON that is not a search result');
		expect(textOf(error)).not.toContain(ID_CARD);
	});
});
