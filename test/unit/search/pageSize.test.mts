import { describe, expect, it } from 'vitest';
import { PageSize } from '../../../nodes/shared/search/pageSize.ts';

const LATER = false;

/** A size that has seen a first page of 20 within 100 ms. */
function started(explicit?: number): PageSize {
	const size = new PageSize(explicit);
	size.note(size.current, size.current, LATER, 100);
	return size;
}

describe('an automatic page size', () => {
	it('begins with the documented 20 and grows to 200 and 1,000', () => {
		const size = started();
		const asked: number[] = [];
		for (let trial = size.trial(5000); trial; trial = size.trial(5000)) {
			asked.push(trial);
			size.note(trial, trial, LATER, 100);
		}
		expect(asked).toEqual([200, 1000]);
		expect(size.current).toBe(1000);
	});

	it.each([0, 20, 80])('stays at 20 where %i records are left', (wanted) => {
		expect(started().trial(wanted)).toBeUndefined();
	});

	it.each([
		[20, 20],
		[50, 50],
		[5, 20],
	])('goes by the %i records that really came, and tries no further', (came, current) => {
		const size = started();
		size.note(200, came, LATER, 100);
		expect(size.current).toBe(current);
		expect(size.trial(5000)).toBeUndefined();
	});

	it('goes by a first page that has fewer than asked', () => {
		const size = new PageSize();
		size.note(20, 10, LATER, 100);
		expect(size.current).toBe(10);
	});

	it.each([
		['the only', 20, 7],
		['an empty', 20, 0],
	])('learns nothing from %s page', (_, asked, came) => {
		const size = new PageSize();
		size.note(asked, came, came > 0, 100);
		expect(size.current).toBe(20);
	});

	it('goes back where the larger page took much longer', () => {
		const size = started();
		size.note(200, 200, LATER, 2000);
		expect(size.current).toBe(20);
		expect(size.trial(5000)).toBeUndefined();
	});

	it.each([
		['a second', 900],
		['a few times as long', 400],
	])('does not mind %s', (_, duration) => {
		const size = started();
		size.note(200, 200, LATER, duration);
		expect(size.current).toBe(200);
	});

	it('shrinks to 20 once where a page that used to work is refused', () => {
		const size = started();
		size.note(200, 200, LATER, 100);
		expect(size.shrink()).toBe(true);
		expect([size.current, size.most]).toEqual([20, 20]);
		expect(size.shrink()).toBe(false);
	});
});

it('an explicit page size is never exceeded', () => {
	const size = started(50);
	expect([size.current, size.most]).toEqual([50, 50]);
	expect(size.trial(5000)).toBeUndefined();
});
