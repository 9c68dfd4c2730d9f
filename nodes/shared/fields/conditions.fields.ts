import type { INodeProperties } from 'n8n-workflow';
import { YisignError } from '../errors';
import { isObject } from '../json';
import type { Condition } from '../search/conditions';
import { isSameField } from '../search/conditions';
import type { CodedField } from '../search/directory';
import { isCoded } from '../search/directory';
import { STATUS_CODES } from '../search/envelope';
import { nearest } from '../search/names';
import { maybeSeveral, toConditionValue, toFieldName } from '../search/query';
import { toChoice, toRequiredName, toRequiredText, toRows, toText } from './input';
import type { ReadField } from './parameters';

const CUSTOM = 'custom';

const STATUS = 'envelopeStatus';

/** Every status code that is known is made of capitals; a word in a language is none. */
const STATUS_CODE = /^[A-Z][A-Z0-9_]*$/;

/** The parameter that holds the value of a field with codes, and the method that lists them. */
const LOCATORS: Readonly<Record<CodedField, { name: string; label: string; method: string }>> = {
	hospitalDepartmentId: {
		name: 'department',
		label: 'Department',
		method: 'searchDepartments',
	},
	doctorID: { name: 'doctor', label: 'Doctor', method: 'searchDoctors' },
	serviceType: {
		name: 'documentType',
		label: 'Document Type',
		method: 'searchDocumentTypes',
	},
};

const EXAMPLES: Readonly<Record<CodedField, { code: string; name: string }>> = {
	hospitalDepartmentId: { code: 'e.g. 0301', name: 'e.g. Paediatrics' },
	doctorID: { code: 'e.g. job_0042', name: 'e.g. Dr. Wang' },
	serviceType: { code: 'e.g. D_CONSENT', name: 'e.g. Surgery consent' },
};

const locatorFields = Object.entries(LOCATORS).map(
	([field, { name, label, method }]): INodeProperties => ({
		displayName: label,
		name,
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		displayOptions: { show: { field: [field] } },
		description: `The ${label.toLowerCase()} that has to be the envelope's`,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod: method, searchable: true },
			},
			{
				// n8n's editor shows its own words for the mode `id`, and these are they.
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: EXAMPLES[field as CodedField].code,
			},
			{
				displayName: 'By Name',
				name: 'name',
				type: 'string',
				placeholder: EXAMPLES[field as CodedField].name,
			},
		],
	}),
);

/** The Conditions field of the search and of the trigger. */
export const conditionsField: INodeProperties = {
	displayName: 'Conditions',
	name: 'conditions',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true, sortable: true },
	placeholder: 'Add Condition',
	default: {},
	description:
		'All of them have to hold; without a condition, all envelopes are found. Yisign searches with the first, so put the one that fits the fewest envelopes first; the others are checked on what it finds.',
	options: [
		{
			displayName: 'Condition',
			name: 'condition',
			values: [
				{
					displayName: 'Field',
					name: 'field',
					type: 'options',
					options: [
						{
							name: 'Admission Number',
							value: 'admissionNumber',
							description: 'Number of one inpatient stay',
						},
						{ name: 'Custom Field', value: CUSTOM, description: 'Another field, by its name' },
						{
							name: 'Custom Tag ID',
							value: 'customTagID',
							description: 'The number your own system gave the envelope',
						},
						{
							name: 'Department',
							value: 'hospitalDepartmentId',
							description: 'From a list, by code or by name',
						},
						{ name: 'Doctor', value: 'doctorID', description: 'From a list, by code or by name' },
						{
							name: 'Document Type',
							value: 'serviceType',
							description: 'What kind of document it is: from a list, by code or by name',
						},
						{ name: 'Envelope ID', value: 'envelopeWsid', description: 'WSID of the envelope' },
						{
							name: 'Identity Card Number',
							value: 'idCard',
							description: 'Identity card number of the patient',
						},
						{
							name: 'Status Code',
							value: STATUS,
							description: 'A status code of Yisign. For words such as Completed, use Status.',
						},
					],
					default: 'admissionNumber',
					description: 'The field that has to have the value',
				},
				{
					displayName: 'Field Name',
					name: 'customField',
					type: 'string',
					displayOptions: { show: { field: [CUSTOM] } },
					default: '',
					placeholder: 'e.g. doctorName',
					description: 'Name of the field as Yisign spells it',
				},
				...locatorFields,
				{
					displayName: 'Value',
					name: 'value',
					type: 'options',
					displayOptions: { show: { field: [STATUS] } },
					options: [
						{ name: 'ED_FAIL_EXPIRED (Expired)', value: 'ED_FAIL_EXPIRED' },
						{ name: 'ED_FAIL_INVALIDATE (Invalidated)', value: 'ED_FAIL_INVALIDATE' },
						{ name: 'ED_FAIL_REJECT (Rejected)', value: 'ED_FAIL_REJECT' },
						{ name: 'ED_FAIL_REVOKE (Revoked)', value: 'ED_FAIL_REVOKE' },
						{ name: 'ED_FAIL_TIMEOUT (Expired)', value: 'ED_FAIL_TIMEOUT' },
						{ name: 'ED_SUCCESS (Completed)', value: 'ED_SUCCESS' },
						{ name: 'ING_SENT_DILIVER (Processing)', value: 'ING_SENT_DILIVER' },
						{ name: 'ING_SENT_WAIT_FILLOUT (Waiting)', value: 'ING_SENT_WAIT_FILLOUT' },
					],
					default: 'ED_SUCCESS',
					description: 'The status code. For one that is not listed, use a Custom Field.',
				},
				{
					displayName: 'Value',
					name: 'value',
					type: 'string',
					displayOptions: { hide: { field: [...Object.keys(LOCATORS), STATUS] } },
					default: '',
					placeholder: 'e.g. 1429202208055492',
					description: 'The exact value. It must not contain ( ) = & | " \' * ? \\ &lt; >.',
				},
			],
		},
	],
};

/**
 * The conditions as the user filled them in, checked. Of one by name, the code is yet to be found.
 *
 * @param read gives a parameter of the node
 * @throws YisignError `input`, naming the condition by its number
 */
export function readConditions(read: ReadField): Condition[] {
	const written = readWrittenRows(read);
	const collection = read(conditionsField.name, {});
	const conditions = toRows(collection, 'condition', 'Condition').map((row, index) => {
		const label = `Condition ${index + 1}`;
		const field = readFieldName(row.field, row.customField, label);
		return isCoded(field) && row.field !== CUSTOM
			? readCoded(field, row, written[index], label)
			: { field, value: readValue(row.value, row.field, label) };
	});
	for (const [index, { field }] of conditions.entries()) {
		const other = conditions.findIndex((condition) => isSameField(condition.field, field));
		if (other < index) throw sameField(other + 1, index + 1);
	}
	return conditions;
}

/** The rows as they stand in the workflow; none where an expression makes all of them. */
function readWrittenRows(read: ReadField): unknown[] {
	const written = read(conditionsField.name, {}, { rawExpressions: true });
	return isObject(written) && Array.isArray(written.condition) ? written.condition : [];
}

function readValue(value: unknown, field: unknown, label: string): string {
	const valueLabel = `${label}: Value`;
	const text = toConditionValue(toText(value, valueLabel), valueLabel);
	if (field === STATUS) checkStatusCode(text, valueLabel);
	if (field === 'admissionNumber') checkAdmissionNumber(text, valueLabel);
	return text;
}

/** A patient's name, or several numbers, would find nothing and say nothing. */
function checkAdmissionNumber(text: string, label: string): void {
	if (maybeSeveral(text)) {
		throw notOneNumber(label, 'Only one number can be searched for. Use one Search for each.');
	}
	if (/\p{Script=Han}/u.test(text) && !/\p{N}/u.test(text)) {
		throw notOneNumber(
			label,
			"Yisign cannot be searched by a patient's name. Enter the number of the inpatient stay.",
		);
	}
}

function notOneNumber(label: string, description: string): YisignError {
	return new YisignError('input', `${label} is not an admission number`, {
		description,
		cause: 'configuration-invalid',
	});
}

/** What to do where nothing is chosen from a list. */
const CHOOSE_ONE =
	'Choose one from the list. If it is an expression, it gave nothing for this item.';

/**
 * The value of a locator; a plain text, as an expression over the whole field gives one, is a code.
 *
 * @param written the row as it stands in the workflow
 */
function readCoded(
	field: CodedField,
	row: Record<string, unknown>,
	written: unknown,
	label: string,
): Condition {
	const { name: parameter, label: fieldLabel } = LOCATORS[field];
	const valueLabel = `${label}: ${fieldLabel}`;
	const locator = row[parameter];
	const mode = isObject(locator)
		? toChoice(locator.mode ?? 'id', `${valueLabel}: mode`, ['list', 'id', 'name'])
		: 'id';
	const value = (isObject(locator) ? locator.value : locator) ?? '';
	if (mode === 'name') return toNameCondition(field, value, valueLabel);
	const text =
		mode === 'list' ? toRequiredText(value, valueLabel, CHOOSE_ONE) : toText(value, valueLabel);
	// A code out of a record is sent as it is, as that of a name is; what an expression gives is not one.
	const isPicked = mode === 'list' && isObject(written) && isWritten(written[parameter], value);
	return { field, value: isPicked ? text : toConditionValue(text, valueLabel) };
}

/** Whether a locator's value stands in the workflow as it is, and does not come of an expression. */
function isWritten(locator: unknown, value: unknown): boolean {
	return isObject(locator) && locator.value === value;
}

/**
 * A condition on the name that goes with a code. The name is not sent, so it may hold anything.
 *
 * @throws YisignError `input` if there is none
 */
export function toNameCondition(field: CodedField, value: unknown, label: string): Condition {
	return { field, value: '', name: toRequiredName(value, label) };
}

/** The field picked from a list, or the name typed for "Custom Field". */
export function readFieldName(field: unknown, customField: unknown, label: string): string {
	const isCustom = field === CUSTOM;
	const fieldLabel = `${label}: ${isCustom ? 'Field Name' : 'Field'}`;
	return toFieldName(toText(isCustom ? customField : field, fieldLabel), fieldLabel);
}

function checkStatusCode(text: string, label: string): void {
	if (STATUS_CODES.includes(text)) return;
	const [near] = nearest(text, STATUS_CODES);
	if (near !== undefined) {
		throw new YisignError('input', `${label} is not a known status code`, {
			description: `Did you mean ${near}? If Yisign really has the other code, choose Custom Field with the name envelopeStatus.`,
			cause: 'configuration-invalid',
		});
	}
	if (!STATUS_CODE.test(text)) {
		throw new YisignError('input', `${label} is not a status code`, {
			description:
				'Yisign has codes such as ED_SUCCESS. To choose by words, remove the condition and use Status; for any other value, choose Custom Field with the name envelopeStatus.',
			cause: 'configuration-invalid',
		});
	}
}

function sameField(first: number, second: number): YisignError {
	return new YisignError(
		'input',
		`Condition ${first} and Condition ${second} have the same field`,
		{
			description:
				'All conditions have to hold, and one field cannot have two values. Remove one. To find several values, use one Search for each and join their results with a Merge node.',
			cause: 'configuration-invalid',
		},
	);
}
