import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asText } from '../../../nodes/shared/json.ts';
import type { Condition } from '../../../nodes/shared/search/conditions.ts';
import { ConditionCheck } from '../../../nodes/shared/search/conditions.ts';
import type { EnvelopeRecord } from '../../../nodes/shared/search/envelope.ts';

const hitOf = (record: EnvelopeRecord, key = JSON.stringify(record)) => ({ record, key });

const DEPARTMENT = { field: 'hospitalDepartmentId', value: 'D1' };
const WARD = { field: 'wardCode', value: 'W1' };

it.each<[string, Record<string, unknown>, boolean]>([
	['has both values', { hospitalDepartmentId: 'D1', wardCode: 'W1' }, true],
	['has another value', { hospitalDepartmentId: 'D1', wardCode: 'W2' }, false],
	['has not the first value', { hospitalDepartmentId: 'D2', wardCode: 'W1' }, false],
	['has a field without a value', { hospitalDepartmentId: 'D1', wardCode: null }, false],
	['has not the field', { hospitalDepartmentId: 'D1' }, false],
])('a record that %s', (_, record, isMatch) => {
	expect(new ConditionCheck([DEPARTMENT, WARD]).matches(hitOf(record))).toBe(isMatch);
});

it('the first of the names that a record has a value under counts', () => {
	const check = new ConditionCheck([{ field: 'admissionNumber', value: '7' }]);
	expect(check.matches(hitOf({ admissionNo: 7 }))).toBe(true);
	expect(check.matches(hitOf({ admissionNumber: '7' }))).toBe(true);
	expect(check.matches(hitOf({ admissionNo: null, admissionNumber: '7' }))).toBe(true);
	expect(check.matches(hitOf({ admissionNo: '7', admissionNumber: '8' }))).toBe(true);
	expect(check.matches(hitOf({ admissionNo: '8', admissionNumber: '7' }))).toBe(false);
});

it('a record that comes twice is counted once', () => {
	const check = new ConditionCheck([DEPARTMENT]);
	for (let time = 0; time < 2; time += 1) check.matches(hitOf({ hospitalDepartmentId: 'D2' }));
	expect(check.notAskedFor).toBe(1);
	expect(check.isNothingFound).toBe(true);
});

it('no conditions are satisfied by everything', () => {
	expect(new ConditionCheck([]).matches(hitOf({}))).toBe(true);
});

it('a field is missing only if none of the records has a value in it', () => {
	const check = new ConditionCheck([DEPARTMENT, WARD]);
	expect(check.missingFields).toEqual([]);
	for (const record of [{ hospitalDepartmentId: 'D2' }, { wardCode: null }, { wardCode: ' ' }]) {
		check.matches(hitOf(record));
		expect(check.missingFields).toEqual(['wardCode']);
	}
	check.matches(hitOf({ wardCode: 'W2' }));
	expect(check.missingFields).toEqual([]);
});

it('a number that has lost its last digits is a value', () => {
	const check = new ConditionCheck([WARD]);
	check.matches(hitOf({ wardCode: 990000190001011100 }));
	expect(check.missingFields).toEqual([]);
});

it('only records that the server should not have sent are counted', () => {
	const check = new ConditionCheck([DEPARTMENT, WARD]);
	check.matches(hitOf({ hospitalDepartmentId: 'D1', wardCode: 'W2' }));
	check.matches(hitOf({ hospitalDepartmentId: 'D2', wardCode: 'W1' }));
	expect(check.notAskedFor).toBe(1);
});

const matches = (record: EnvelopeRecord, field: string, value = 'A1') =>
	new ConditionCheck([{ field, value }]).matches(hitOf(record));

it.each<[string, EnvelopeRecord]>([
	['admissionNumber', { admissionNo: 'A1' }],
	['admissionNumber', { admissionNumber: 'A1' }],
	['customTagID', { customTagID: 'A1' }],
	['customTagID', { serviceId: 'A1' }],
	['customTagID', { customTagID: { id: 'A1' } }],
	['customTagID', { customTagID: null, serviceId: 'A1' }],
	['doctorID', { doctorID: ' A1 ' }],
])('keeps, for a condition on %s, the record %j', (field, record) => {
	expect(matches(record, field)).toBe(true);
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
	['doctorID', {}],
])('leaves out, for a condition on %s, the record %j', (field, record) => {
	expect(matches(record, field)).toBe(false);
});

it('compares a number of the record with the digits of the condition', () => {
	expect(matches({ admissionNo: 1429202208055492 }, 'admissionNumber', '1429202208055492')).toBe(
		true,
	);
});

it('a number that is too long to be exact matches nobody', () => {
	const admissionNo = 2 ** 60;
	expect(matches({ admissionNo }, 'admissionNumber', String(admissionNo))).toBe(false);
});

it('a number that has lost its last digits may be the one that is searched for', () => {
	const check = new ConditionCheck([{ field: 'idCard', value: '110101199001011234' }, WARD]);
	const lost = Number('110101199001011234');
	check.matches({ record: { idCard: lost, wardCode: 'W1' }, key: 'a' });
	check.matches({ record: { idCard: lost, wardCode: 'W2' }, key: 'b' });
	check.matches({ record: { idCard: lost + 64, wardCode: 'W1' }, key: 'c' });
	expect(check.uncheckable).toBe(1);
	expect(check.inexactFields).toEqual(['idCard']);
});

it('another field with the same value is looked at where a number has lost digits', () => {
	const record = { customTagID: 2 ** 60, serviceId: '1152921504606846977' };
	expect(matches(record, 'customTagID', '1152921504606846977')).toBe(true);
});

it.each(['constructor', 'toString', 'valueOf', '__proto__'])(
	'the custom field %s is one that no record has',
	(field) => {
		const check = new ConditionCheck([{ field, value: '1' }]);
		expect(check.matches(hitOf({ envelopeWsid: 'W1' }))).toBe(false);
		expect(check.missingFields).toEqual([field]);
	},
);

it('no record is kept but those that have what every condition asks for, and all of them are', () => {
	const NAMES: Record<string, string[]> = {
		admissionNumber: ['admissionNo', 'admissionNumber'],
		customTagID: ['customTagID', 'serviceId'],
		doctorID: ['doctorID'],
	};
	const value = fc.constantFrom('A', 'B');
	const fieldValue = fc.oneof(value, fc.constantFrom(null, '', 7), fc.record({ id: value }));
	const anyRecord = fc.dictionary(fc.constantFrom(...Object.values(NAMES).flat()), fieldValue);
	const anyCondition = fc.record({ field: fc.constantFrom(...Object.keys(NAMES)), value });
	const has = (record: EnvelopeRecord, condition: Condition) => {
		const texts = NAMES[condition.field]
			.filter((name) => name in record)
			.map((name) => asText(record[name]))
			.filter((text) => text !== null && text !== '');
		return texts.at(0) === condition.value;
	};
	fc.assert(
		fc.property(anyRecord, fc.array(anyCondition), (record, conditions) => {
			const isKept = new ConditionCheck(conditions).matches(hitOf(record));
			expect(isKept).toBe(conditions.every((condition) => has(record, condition)));
		}),
		{ numRuns: 500 },
	);
});
