import { expect, it } from 'vitest';
import { Chain } from '../../../nodes/shared/search/chain.ts';
import { pageOf } from './searchServer.mts';

function chainOf(...pages: number[][]): Chain {
	const chain = new Chain();
	for (const numbers of pages) chain.add(pageOf(numbers));
	return chain;
}

it('keeps each record once and in the order in which the pages came', () => {
	const { hits } = chainOf([1, 2, 3], [3, 4, 5], [5, 5, 6], []);
	expect(hits.map(({ id }) => id)).toEqual(['r1', 'r2', 'r3', 'r4', 'r5', 'r6']);
});

it.each([
	[[3, 4], true],
	[[9, 8, 1], true],
	[[4, 5], false],
	[[], false],
])('a page of %j repeats a record of 1, 2, 3: %s', (numbers, connects) => {
	const chain = chainOf([1, 2], [3]);
	expect(chain.connects(pageOf(numbers))).toBe(connects);
	expect(chain.hits).toHaveLength(3);
});
