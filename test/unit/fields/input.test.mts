import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toText, toTextList, toWholeNumber } from '../../../nodes/shared/fields/input.ts';
import { caught, textOf } from '../caught.mts';

const SECRET = '990000190001010007';

describe('toText', () => {
	it.each([
		['', ''],
		[' as typed ', ' as typed '],
		[0, '0'],
		[1429202208055492, '1429202208055492'],
		[-1.5, '-1.5'],
	])('takes %j as the text %j', (value, text) => {
		expect(toText(value, 'Value')).toBe(text);
	});

	it.each([
		[undefined, 'it is missing'],
		[null, 'it is null'],
		[[SECRET], 'it is a list'],
		[{ idCard: SECRET }, 'it is an object'],
		[true, 'it is a boolean'],
		[NaN, 'it is NaN'],
		[Infinity, 'it is Infinity'],
	])('refuses %j, naming the field and the kind but not the value', (value, found) => {
		const error = caught(() => toText(value, 'Condition 2: Value'));
		expect(error.kind).toBe('input');
		expect(error.message).toContain('Condition 2: Value');
		expect(error.message).toContain(found);
		expect(textOf(error)).not.toContain(SECRET);
	});

	it.each([2 ** 53, Number(SECRET), 1e21])(
		'refuses the number %d, which has lost its last digits',
		(value) => {
			caught(() => toText(value, 'Value'));
		},
	);
});

describe('toTextList', () => {
	it.each([
		[[], []],
		[
			['status', 'finishedAt'],
			['status', 'finishedAt'],
		],
		[[' status ', '', '  '], ['status']],
		[
			[1, 'a,b'],
			['1', 'a,b'],
		],
		['status, finishedAt,,', ['status', 'finishedAt']],
		['', []],
		[5, ['5']],
	])('takes %j as %j', (value, list) => {
		expect(toTextList(value, 'Fields')).toEqual(list);
	});

	it.each([[null], [undefined], [{}], [true], [[null]], [['status', {}]], [[['status']]]])(
		'refuses %j, naming the field',
		(value) => {
			const error = caught(() => toTextList(value, 'Fields'));
			expect(error.kind).toBe('input');
			expect(error.message).toMatch(/^Fields has to be text/);
		},
	);
});

describe('toWholeNumber', () => {
	it.each([
		[1, 1],
		[16, 16],
		['7', 7],
		[' 7 ', 7],
	])('takes %j as %d', (value, number) => {
		expect(toWholeNumber(value, 'Parallel Requests', { min: 1, max: 16 })).toBe(number);
	});

	it.each([
		[0, '0'],
		[13800138000, 'another number'],
		['13800138000', 'another number'],
		['1.5', 'text'],
		['0x10', 'text'],
		['', 'empty'],
		['  ', 'text'],
		['many', 'text'],
		[null, 'null'],
		[undefined, 'missing'],
		[true, 'a boolean'],
		[[1], 'a list'],
		[{}, 'an object'],
		[NaN, 'NaN'],
		[Infinity, 'Infinity'],
	])('refuses %j, naming the field, its range and the kind of what it is now', (value, found) => {
		const error = caught(() => toWholeNumber(value, 'Parallel Requests', { min: 1, max: 16 }));
		expect(error.kind).toBe('input');
		expect(error.message).toBe('Parallel Requests has to be a whole number, between 1 and 16');
		expect(error.description).toContain(`It is ${found} now. Enter a number`);
		expect(textOf(error)).not.toContain('13800138000');
	});

	it.each([1.5, -0.25])('says of %d that it is not a whole number', (value) => {
		const { description } = caught(() => toWholeNumber(value, 'Limit', { min: 1 }));
		expect(description).toBe(
			`${value} is not a whole number. Enter a number, or check the expression.`,
		);
	});

	it('names only the lower bound where there is no upper one', () => {
		const error = caught(() => toWholeNumber(-1, 'From', { min: 0 }));
		expect(error.message).toBe('From has to be a whole number, 0 or more');
		expect(toWholeNumber(1e15, 'From', { min: 0 })).toBe(1e15);
	});

	it('gives back every whole number in range and refuses every other, as number or text', () => {
		fc.assert(
			fc.property(fc.integer(), fc.integer(), fc.integer(), (number, low, high) => {
				const bounds = { min: Math.min(low, high), max: Math.max(low, high) };
				for (const value of [number, String(number)]) {
					const read = () => toWholeNumber(value, 'Limit', bounds);
					if (number >= bounds.min && number <= bounds.max) expect(read()).toBe(number);
					else expect(caught(read).kind).toBe('input');
				}
			}),
		);
	});
});
