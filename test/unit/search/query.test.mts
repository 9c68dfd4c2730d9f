import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	buildQuery,
	buildSort,
	checkConditions,
	isInOrder,
	toConditionValue,
	toFieldName,
} from '../../../nodes/shared/search/query.ts';
import { caught, textOf } from '../caught.mts';
import { asText } from '../../../nodes/shared/json.ts';
import type { Condition } from '../../../nodes/shared/search/conditions.ts';
import type { EnvelopeRecord } from '../../../nodes/shared/search/envelope.ts';

const RESERVED = [...'()=&|"\'*?\\<>'];
const CONTROLS = ['\u0000', '\t', '\n', '\r', '\u001b', '\u007f', '\u0085', '\u009f'];

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

	it.each(CONTROLS)('refuses the control character %j, in words', (char) => {
		const error = caught(() => toConditionValue(`geheim${char}1`, 'Condition 1: Value'));
		expect(error.kind).toBe('input');
		expect(error.message).toBe(
			'Condition 1: Value must not contain a line break or another control character',
		);
		expect(textOf(error)).not.toContain('geheim');
	});

	it.each(['', ' ', '\n\t', '\u3000'])('refuses %j as empty and thinks of expressions', (value) => {
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
		['a b:c-d/e+f,g;h%i#j!k~l', 'a b:c-d/e+f,g;h%i#j!k~l'],
		['（产科）', '（产科）'],
	])('takes %j as %j', (value, expected) => {
		expect(toConditionValue(value, 'Value')).toBe(expected);
	});

	it('lets no value through that could change a query, and changes none it lets through', () => {
		const char = fc.oneof(fc.constantFrom(...RESERVED, ...CONTROLS, ' '), fc.string());
		fc.assert(
			fc.property(fc.array(char), (parts) => {
				const value = parts.join('');
				const inner = value.trim();
				const isForbidden = [...inner].some((c) => RESERVED.includes(c) || /\p{Cc}/u.test(c));
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
		[[], 'createdDatetime:desc'],
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

describe('isInOrder', () => {
	it.each<[string, unknown[], 'asc' | 'desc', boolean]>([
		['rising numbers', [1, 2, 2, 3], 'asc', true],
		['falling numbers', [3, 2, 2, 1], 'desc', true],
		['rising numbers', [1, 2, 3], 'desc', false],
		['numbers by their value, not their digits', [9, 10, 11], 'asc', true],
		['rising texts', ['A', 'B', 'b'], 'asc', true],
		['falling texts', ['C', 'B', 'A'], 'asc', false],
		['nothing', [], 'asc', true],
		['one value', [1], 'asc', true],
		['nothing that can be compared', [null, undefined, {}, true], 'desc', true],
		['numbers with gaps between them', [3, null, 2, undefined, 1], 'desc', true],
		['kinds that cannot be compared', [5, 'A', 3], 'asc', true],
		['one record in twenty that moved', [...Array(19).keys(), 0], 'asc', true],
		['one record in five that moved', [1, 2, 3, 9, 5], 'asc', true],
		['every third record out of order', [1, 9, 3, 4, 10, 5, 6, 11, 7], 'asc', false],
	])('%s %j in %s order: %s', (_, values, direction, isSorted) => {
		expect(isInOrder(values, direction)).toBe(isSorted);
	});

	it('holds for every sorted list, and for a list both ways only if it is too short to tell', () => {
		fc.assert(
			fc.property(fc.array(fc.integer()), (values) => {
				const rising = values.toSorted((a, b) => a - b);
				expect(isInOrder(rising, 'asc')).toBe(true);
				expect(isInOrder(rising.toReversed(), 'desc')).toBe(true);
				const different = [...new Set(rising)];
				expect(isInOrder(different, 'desc')).toBe(different.length < 3);
			}),
		);
	});
});

describe('checkConditions', () => {
	const check = (records: EnvelopeRecord[], field: string, value = 'A1') =>
		checkConditions(records, [{ field, value }]);

	it.each<[string, EnvelopeRecord]>([
		['admissionNumber', { admissionNo: 'A1' }],
		['admissionNumber', { admissionNumber: 'A1' }],
		['customTagID', { customTagID: 'A1' }],
		['customTagID', { serviceId: 'A1' }],
		['customTagID', { customTagID: { id: 'A1' } }],
		['customTagID', { customTagID: null, serviceId: 'A1' }],
		['doctorID', { doctorID: ' A1 ' }],
	])('keeps, for a condition on %s, the record %j', (field, record) => {
		expect(check([record], field)).toMatchObject({ kept: [record], unchecked: [] });
	});

	it.each<[string, EnvelopeRecord]>([
		['admissionNumber', { admissionNo: 'A2' }],
		['admissionNumber', { admissionNo: null }],
		['admissionNumber', { admissionNo: '' }],
		['admissionNumber', { admissionNo: 'A10' }],
		['admissionNumber', { admissionNo: 'a1' }],
		['customTagID', { serviceId: 'A2' }],
		['customTagID', { customTagID: { id: 'A1', version: 2 } }],
		['customTagID', { customTagID: {} }],
		['customTagID', { customTagID: ['A1', 'A2'] }],
		['doctorID', { doctorID: null }],
	])('leaves out, for a condition on %s, the record %j', (field, record) => {
		expect(check([record], field)).toMatchObject({ kept: [], unchecked: [] });
	});

	it('compares a number of the record with the digits of the condition', () => {
		const record = { admissionNo: 1429202208055492 };
		expect(check([record], 'admissionNumber', '1429202208055492').kept).toEqual([record]);
	});

	it('cannot check a field that no record carries, keeps the records and says so once', () => {
		const records = [{ envelopeWsid: 'W1' }, { envelopeWsid: 'W2' }];
		const conditions = [
			{ field: 'bedNumber', value: 'A12' },
			{ field: 'bedNumber', value: 'A12' },
		];
		expect(checkConditions(records, conditions)).toMatchObject({
			kept: records,
			unchecked: ['bedNumber'],
		});
	});

	it('tells records that the server was not asked for from those that only fail a later condition', () => {
		const records = [
			{ a: '1', b: '1' },
			{ a: '1', b: '2' },
			{ a: '2', b: '1' },
			{ a: '2', b: '2' },
		];
		const conditions = [
			{ field: 'a', value: '1' },
			{ field: 'b', value: '1' },
		];
		expect(checkConditions(records, conditions)).toEqual({
			kept: [{ a: '1', b: '1' }],
			strangers: 2,
			unchecked: [],
		});
	});

	it('leaves out a record without the field as soon as another one has it', () => {
		const [has, lacks] = [{ doctorID: 'A1' }, { envelopeWsid: 'W2' }];
		expect(check([lacks, has], 'doctorID')).toMatchObject({ kept: [has], unchecked: [] });
		expect(check([lacks, { doctorID: 'A2' }], 'doctorID')).toMatchObject({
			kept: [],
			unchecked: [],
		});
	});

	it('asks all conditions of every record, wherever in the list they stand', () => {
		const records = [
			{ admissionNo: 'A1', doctorID: 'D1' },
			{ admissionNo: 'A1', doctorID: 'D2' },
			{ admissionNo: 'A2', doctorID: 'D1' },
		];
		const conditions = [
			{ field: 'admissionNumber', value: 'A1' },
			{ field: 'doctorID', value: 'D1' },
		];
		expect(checkConditions(records, conditions).kept).toEqual([records[0]]);
		expect(checkConditions(records, conditions.toReversed()).kept).toEqual([records[0]]);
	});

	it('has nothing to say where nothing was found', () => {
		expect(check([], 'bedNumber')).toMatchObject({ kept: [], unchecked: [] });
	});

	const NAMES: Record<string, string[]> = {
		admissionNumber: ['admissionNo', 'admissionNumber'],
		customTagID: ['customTagID', 'serviceId'],
		doctorID: ['doctorID'],
		idCard: ['idCard'],
	};
	const value = fc.constantFrom('A', 'B', 'C');
	const fieldValue = fc.oneof(value, fc.constantFrom(null, '', 7), fc.record({ id: value }));
	const anyRecord = fc.dictionary(fc.constantFrom(...Object.values(NAMES).flat()), fieldValue, {
		maxKeys: 6,
	});
	const anyCondition = fc.record({ field: fc.constantFrom(...Object.keys(NAMES)), value });

	/** The values that a record carries for a condition, under any of the field's names. */
	function carried(record: EnvelopeRecord, { field }: Condition): unknown[] {
		return NAMES[field].filter((name) => name in record).map((name) => record[name]);
	}

	it('never keeps a record whose field has another value, and keeps the order of the rest', () => {
		fc.assert(
			fc.property(fc.array(anyRecord), fc.array(anyCondition), (records, conditions) => {
				const { kept, unchecked } = checkConditions(records, conditions);
				expect(kept).toEqual(records.filter((record) => kept.includes(record)));
				for (const condition of conditions) {
					const isChecked = records.some((record) => carried(record, condition).length > 0);
					expect(unchecked.includes(condition.field)).toBe(!isChecked && records.length > 0);
					for (const record of isChecked ? kept : []) {
						expect(carried(record, condition).map(asText)).toContain(condition.value);
					}
				}
			}),
			{ numRuns: 500 },
		);
	});

	it('keeps every record that has what all conditions ask for', () => {
		fc.assert(
			fc.property(fc.array(anyRecord), fc.array(anyCondition), (records, conditions) => {
				const fitting = Object.fromEntries(
					conditions.flatMap(({ field, value }) => NAMES[field].map((name) => [name, value])),
				);
				const isPossible = conditions.every(
					({ field, value }) => asText(fitting[NAMES[field][0]]) === value,
				);
				const { kept } = checkConditions([...records, fitting], conditions);
				expect(kept.includes(fitting)).toBe(isPossible);
			}),
			{ numRuns: 500 },
		);
	});

	it('leaves out a record whose documented field has another value', () => {
		const record = { admissionNo: 'A2', admissionNumber: 'A1' };
		expect(check([record], 'admissionNumber').kept).toEqual([]);
	});

	it.each(['constructor', 'toString', 'valueOf', '__proto__'])(
		'cannot check the custom field %s and says so, as with any unknown field',
		(field) => {
			const records = [{ envelopeWsid: 'W1' }];
			expect(check(records, field)).toMatchObject({ kept: records, unchecked: [field] });
		},
	);
});
