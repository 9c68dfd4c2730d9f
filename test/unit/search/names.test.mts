import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSameName, nearest, shorten } from '../../../nodes/shared/search/names.ts';

describe('isSameName', () => {
	it.each([
		['科室3', '科室３'],
		['ICU', 'ＩＣＵ'],
		['ICU', 'icu'],
		['产科（一）', '产科(一)'],
		['Dr. Wang', ' Dr.\u3000\u00a0Wang '],
		['儿科', '儿\u200b科\ufeff'],
	])('takes %j and %j for one name', (left, right) => {
		expect(isSameName(left, right)).toBe(true);
		expect(isSameName(right, left)).toBe(true);
	});

	it.each([
		['科室3', '科室33'],
		['产科', '产科(一)'],
		['Dr. Wang', 'Dr.Wang'],
	])('takes %j and %j for two', (left, right) => {
		expect(isSameName(left, right)).toBe(false);
	});

	it('takes every text and what a keyboard of another width makes of it for one', () => {
		const widened = (text: string) =>
			text.replace(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0));
		fc.assert(
			fc.property(fc.string(), (text) => {
				expect(isSameName(text, widened(text))).toBe(true);
			}),
		);
	});
});

describe('nearest', () => {
	const known = ['科室0', '科室1', '科室2', '科室3', 'ICU', ''];

	it.each([
		['科室３', '科室3'],
		['ｉｃｕ', 'ICU'],
		['科 室3', '科室3'],
	])('names the obvious one first for %j', (text, expected) => {
		expect(nearest(text, known)[0]).toBe(expected);
	});

	it('names nothing where a record has no name', () => {
		expect(nearest('x', known)).toEqual([]);
	});

	it('gives up at once on a text that is longer than any name', () => {
		expect(nearest('x'.repeat(1e6), ['x'.repeat(1e5)])).toEqual([]);
	});
});

it('a long name is cut without breaking a character', () => {
	expect(shorten('𠮷'.repeat(100))).toBe('𠮷'.repeat(100));
	expect(shorten('𠮷'.repeat(101))).toBe(`${'𠮷'.repeat(99)}…`);
});
