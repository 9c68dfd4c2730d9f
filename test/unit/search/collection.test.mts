import { expect, it } from 'vitest';
import { Collection } from '../../../nodes/shared/search/collection.ts';
import { SortOrder } from '../../../nodes/shared/search/order.ts';
import type { Hit, SearchPage } from '../../../nodes/shared/search/page.ts';
import { readSearchPage } from '../../../nodes/shared/search/page.ts';

interface Row {
	id?: string;
	index?: string;
	wsid?: string;
	created?: number;
}

function pageOf(...rows: Row[]): SearchPage {
	const hits = rows.map(({ id, index = 'i', wsid, created }) => ({
		_index: index,
		_id: id,
		_source: { envelopeWsid: wsid, createdDatetime: created },
	}));
	return readSearchPage({ hits: { total: rows.length, hits } });
}

const order = new SortOrder([{ field: 'createdDatetime', direction: 'desc' }]);

const idsOf = (hits: Hit[]) => hits.map(({ envelopeId }) => envelopeId);

it.each<[string, Row[], { size: number; envelopes: number; rows: number }]>([
	[
		'two envelopes',
		[
			{ id: '1', wsid: 'A' },
			{ id: '2', wsid: 'B' },
		],
		{ size: 2, envelopes: 2, rows: 2 },
	],
	[
		'two records of one envelope',
		[
			{ id: '1', wsid: 'A' },
			{ id: '2', wsid: 'A' },
		],
		{ size: 2, envelopes: 1, rows: 2 },
	],
	[
		'one id in two indices',
		[
			{ id: '1', wsid: 'A' },
			{ id: '1', index: 'j', wsid: 'B' },
		],
		{ size: 2, envelopes: 2, rows: 2 },
	],
	[
		'one id for two envelopes',
		[
			{ id: '1', wsid: 'A' },
			{ id: '1', wsid: 'B' },
		],
		{ size: 2, envelopes: 2, rows: 2 },
	],
	[
		'two records of one envelope without ids',
		[
			{ wsid: 'A', created: 1 },
			{ wsid: 'A', created: 2 },
		],
		{ size: 2, envelopes: 1, rows: 2 },
	],
	[
		'two equal records without ids',
		[{ wsid: 'A' }, { wsid: 'A' }],
		{ size: 1, envelopes: 1, rows: 2 },
	],
])('%s on one page', (_, rows, expected) => {
	const collection = new Collection();
	collection.add(pageOf(...rows));
	const { size, wantedCount, rows: counted } = collection;
	expect({ size, envelopes: wantedCount, rows: counted }).toEqual(expected);
});

it('the same page again adds nothing', () => {
	const collection = new Collection();
	const page = pageOf({ id: '1', wsid: 'A' }, { id: '2', wsid: 'B' });
	expect(collection.add(page)).toBe(2);
	expect(collection.add(page)).toBe(0);
	expect([collection.size, collection.rows]).toEqual([2, 2]);
});

it('a record that arrives in front later stands in front', () => {
	const collection = new Collection();
	collection.add(pageOf({ id: '1', wsid: 'A', created: 2 }, { id: '2', wsid: 'B', created: 1 }));
	collection.add(pageOf({ id: '3', wsid: 'C', created: 3 }));
	expect(idsOf(collection.list(order))).toEqual(['C', 'A', 'B']);
});

it('the record of an envelope that is wanted is kept, whichever comes first', () => {
	const collection = new Collection(({ record }) => record.createdDatetime === 1);
	collection.add(pageOf({ id: '1', wsid: 'A', created: 2 }, { id: '2', wsid: 'A', created: 1 }));
	expect(collection.list(order).map(({ record }) => record.createdDatetime)).toEqual([1]);
});

it('what only an earlier reading had found is added', () => {
	const [earlier, later] = [new Collection(), new Collection()];
	earlier.add(pageOf({ id: '1', wsid: 'A', created: 2 }, { id: '2', wsid: 'B', created: 1 }));
	later.add(pageOf({ id: '2', wsid: 'B', created: 1 }));
	later.addMissing(earlier);
	expect(idsOf(later.list(order))).toEqual(['A', 'B']);
});
