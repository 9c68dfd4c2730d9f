import { expect, it } from 'vitest';
import { ConditionCheck } from '../../../nodes/shared/search/conditions.ts';

const DEPARTMENT = { field: 'hospitalDepartmentId', value: 'D1' };
const WARD = { field: 'wardCode', value: 'W1' };

it.each<[string, Record<string, unknown>, boolean]>([
	['has both values', { hospitalDepartmentId: 'D1', wardCode: 'W1' }, true],
	['has another value', { hospitalDepartmentId: 'D1', wardCode: 'W2' }, false],
	['has not the first value', { hospitalDepartmentId: 'D2', wardCode: 'W1' }, false],
	['has a field without a value', { hospitalDepartmentId: 'D1', wardCode: null }, false],
	['has not the field', { hospitalDepartmentId: 'D1' }, false],
])('a record that %s', (_, record, isMatch) => {
	expect(new ConditionCheck([DEPARTMENT, WARD]).matches(record)).toBe(isMatch);
});

it('the reply’s own name for a field counts, and one that contradicts it does too', () => {
	const check = new ConditionCheck([{ field: 'admissionNumber', value: '7' }]);
	expect(check.matches({ admissionNo: 7 })).toBe(true);
	expect(check.matches({ admissionNumber: '7' })).toBe(true);
	expect(check.matches({ admissionNo: '7', admissionNumber: '8' })).toBe(false);
});

it('no conditions are satisfied by everything', () => {
	expect(new ConditionCheck([]).matches({})).toBe(true);
});

it('a field is missing only if none of the records has it', () => {
	const check = new ConditionCheck([DEPARTMENT, WARD]);
	expect(check.missingFields).toEqual([]);
	check.matches({ hospitalDepartmentId: 'D2' });
	expect(check.missingFields).toEqual(['wardCode']);
	check.matches({ wardCode: null });
	expect(check.missingFields).toEqual([]);
});

it('only records that the server should not have sent are counted', () => {
	const check = new ConditionCheck([DEPARTMENT, WARD]);
	check.matches({ hospitalDepartmentId: 'D1', wardCode: 'W2' });
	check.matches({ hospitalDepartmentId: 'D2', wardCode: 'W1' });
	expect(check.notAskedFor).toBe(1);
});
