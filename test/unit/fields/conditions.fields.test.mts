import { describe, expect, it } from 'vitest';
import { readConditions as readField } from '../../../nodes/shared/fields/conditions.fields.ts';
import { caught, textOf } from '../caught.mts';

const readConditions = (collection: unknown) => readField(() => collection);

describe('readConditions', () => {
	it.each([[{}], [{ condition: [] }]])('takes %j for no conditions', (value) => {
		expect(readConditions(value)).toEqual([]);
	});

	it('reads the listed field, the custom one by its typed name, and a number as text', () => {
		expect(
			readConditions({
				condition: [
					{ field: 'admissionNumber', customField: 'ignored', value: 1429202208055492 },
					{ field: 'custom', customField: ' doctorName ', value: ' 签名医生 ' },
				],
			}),
		).toEqual([
			{ field: 'admissionNumber', value: '1429202208055492' },
			{ field: 'doctorName', value: '签名医生' },
		]);
	});

	it.each([
		['a bracket', { field: 'idCard', value: 'geheim)' }, 'Condition 2: Value', 'character )'],
		['an empty value', { field: 'idCard', value: ' ' }, 'Condition 2: Value', 'is empty'],
		['no value', { field: 'idCard' }, 'Condition 2: Value', 'it is missing'],
		['null', { field: 'idCard', value: null }, 'Condition 2: Value', 'it is null'],
		['an object', { field: 'idCard', value: ['geheim'] }, 'Condition 2: Value', 'a list'],
		[
			'no field name',
			{ field: 'custom', value: 'geheim' },
			'Condition 2: Field Name',
			'it is missing',
		],
		[
			'an empty field name',
			{ field: 'custom', customField: ' ', value: 'geheim' },
			'Condition 2: Field Name',
			'is empty',
		],
		[
			'a field name that would change the query',
			{ field: 'custom', customField: 'a=1)OR(b', value: 'geheim' },
			'Condition 2: Field Name',
			'is not a field name',
		],
		['no field', { value: 'geheim' }, 'Condition 2: Field', 'it is missing'],
		[
			'a listed field that is none',
			{ field: 'a b', value: 'geheim' },
			'Condition 2: Field',
			'is not',
		],
	])('refuses %s before anything is sent, naming the condition', (_, second, label, found) => {
		const error = caught(() =>
			readConditions({ condition: [{ field: 'doctorID', doctor: 'lidd' }, second] }),
		);
		expect(error.kind).toBe('input');
		expect(error.message).toContain(`${label} `);
		expect(error.message).toContain(found);
		expect(textOf(error)).not.toContain('geheim');
	});

	it.each([
		[null],
		['admissionNumber=1429202208055492'],
		[[{ field: 'admissionNumber', value: '1429202208055492' }]],
		[{ condition: { field: 'admissionNumber', value: '1429202208055492' } }],
	])('refuses %j instead of searching without conditions', (value) => {
		expect(caught(() => readConditions(value)).kind).toBe('input');
	});

	it('refuses null in place of a condition in words that a user understands', () => {
		expect(caught(() => readConditions({ condition: [null] })).message).toContain('Condition 1');
	});
});
