import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	buildQuery,
	buildSort,
	DEFAULT_SORT_RULE,
	toConditionValue,
	toFieldName,
} from '../../../nodes/shared/search/query.ts';
import { caught, textOf } from '../caught.mts';

const RESERVED = [...'()=&|"\'*?\\<>'];
const CONTROLS = ['\u0000', '\u001b', '\u007f', '\u0085', '\u009f'];
const BLANKS = [' ', '\t', '\n', '\r', '\u00a0', '\u3000'];

describe('toConditionValue', () => {
	it.each(RESERVED)('refuses %s before anything is sent, naming it and the condition', (char) => {
		for (const value of [`${char}geheim`, `ge${char}heim`, `geheim${char}`, char]) {
			const error = caught(() => toConditionValue(value, 'Condition 1: Value'));
			expect(error.kind).toBe('input');
			expect(error.message).toBe(`Condition 1: Value must not contain the character ${char}`);
			expect(error.description).toContain('Raw Query');
			expect(textOf(error)).not.toMatch(/geheim|heim/);
		}
	});

	it.each([
		...CONTROLS.map((char) => [char, 'a control character']),
		...BLANKS.map((char) => [char, 'a blank or a line break']),
	])('refuses %j inside, in words', (char, found) => {
		const error = caught(() => toConditionValue(`geheim${char}1`, 'Condition 1: Value'));
		expect(error.kind).toBe('input');
		expect(error.message).toBe(`Condition 1: Value must not contain ${found}`);
		expect(textOf(error)).not.toContain('geheim');
	});

	it.each(['', ' ', '\n\t', '\u3000'])('refuses %j as empty and mentions expressions', (value) => {
		const error = caught(() => toConditionValue(value, 'Condition 1: Value'));
		expect(error.kind).toBe('input');
		expect(error.message).toBe('Condition 1: Value is empty');
		expect(error.description).toContain('expression');
	});

	it.each([
		['1429202208055492', '1429202208055492'],
		['  1429202208055492\r\n', '1429202208055492'],
		['\u3000产科\u00a0', '产科'],
		['D_西药处方', 'D_西药处方'],
		['ab:c-d/e+f,g;h%i#j!k~l', 'ab:c-d/e+f,g;h%i#j!k~l'],
		['１４２９ＡＢｙｚ', '1429AByz'],
		['\ufeff14\u200b29\u202e', '1429'],
		['（产科）', '（产科）'],
	])('takes %j as %j', (value, expected) => {
		expect(toConditionValue(value, 'Value')).toBe(expected);
	});

	it('lets no value through that could change a query, and changes none it lets through', () => {
		const char = fc.oneof(fc.constantFrom(...RESERVED, ...CONTROLS, ...BLANKS), fc.string());
		fc.assert(
			fc.property(fc.array(char), (parts) => {
				const value = parts.join('');
				const inner = value.trim();
				const isForbidden = [...inner].some(
					(c) => RESERVED.includes(c) || /[\p{Cc}\s]/u.test(c) || /^\d\.?\d*e\+\d+$/i.test(inner),
				);
				if (inner === '' || isForbidden) caught(() => toConditionValue(value, 'Value'));
				else expect(toConditionValue(value, 'Value')).toBe(inner);
			}),
		);
	});
});

describe('toFieldName', () => {
	it.each([' doctorName ', '_id', 'a.b_c9'])('takes %j without the blanks around it', (text) => {
		expect(toFieldName(text, 'Field Name')).toBe(text.trim());
	});

	it.each(['', '  '])('refuses %j as empty', (text) => {
		const error = caught(() => toFieldName(text, 'Condition 3: Field Name'));
		expect(error.message).toBe('Condition 3: Field Name is empty');
	});

	it.each(['9a', 'a b', 'a=b', 'a:b', 'a-b', '医生', 'a\nb', 'a)', 'a,createdDatetime'])(
		'refuses %j, naming the place in the editor',
		(text) => {
			const error = caught(() => toFieldName(text, 'Sort Rule 1: Field Name'));
			expect(error.kind).toBe('input');
			expect(error.message).toBe('Sort Rule 1: Field Name is not a field name');
			expect(error.description).toContain('for example doctorName');
		},
	);
});

describe('buildQuery', () => {
	const first = { field: 'admissionNumber', value: '1429202208055492' };

	it('sends nothing without conditions', () => {
		expect(buildQuery([])).toBe('');
	});

	it('sends the first of one or several conditions in the documented form', () => {
		expect(buildQuery([first])).toBe('(admissionNumber=1429202208055492)');
		expect(buildQuery([first, { field: 'doctorID', value: 'lidd' }])).toBe(
			'(admissionNumber=1429202208055492)',
		);
	});
});

describe('buildSort', () => {
	it.each([
		[[DEFAULT_SORT_RULE], 'createdDatetime:desc'],
		[[{ field: 'doctorID', direction: 'asc' as const }], 'doctorID:asc'],
		[
			[
				{ field: 'envelopeFinishedDatetime', direction: 'desc' as const },
				{ field: 'doctorID', direction: 'asc' as const },
			],
			'envelopeFinishedDatetime:desc,doctorID:asc',
		],
	])('makes of %j the order %s', (rules, sort) => {
		expect(buildSort(rules)).toBe(sort);
	});
});
