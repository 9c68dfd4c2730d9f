import type { INodeProperties } from 'n8n-workflow';
import { YisignError } from '../errors';
import { toRows, toText } from './input';
import { toConditionValue, toFieldName } from '../search/query';
import type { Condition } from '../search/conditions';

const CUSTOM = 'custom';

const STATUS = 'envelopeStatus';

/** Every status code that is known is made of capitals; a word in a language is none. */
const STATUS_CODE = /^[A-Z][A-Z0-9_]*$/;

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
							description: 'Number of the inpatient stay (住院号)',
						},
						{ name: 'Custom Field', value: CUSTOM, description: 'Another field, by its name' },
						{
							name: 'Custom Tag ID',
							value: 'customTagID',
							description: 'The number your own system gave the envelope',
						},
						{
							name: 'Department ID',
							value: 'hospitalDepartmentId',
							description: 'Code of the department (科室代码), not its name',
						},
						{
							name: 'Doctor ID',
							value: 'doctorID',
							description: 'Staff number of the doctor (工号)',
						},
						{ name: 'Envelope ID', value: 'envelopeWsid', description: 'WSID of the envelope' },
						{
							name: 'Envelope Status',
							value: STATUS,
							description: 'A status code such as ED_SUCCESS or ING_SENT_WAIT_FILLOUT',
						},
						{
							name: 'Identity Card Number',
							value: 'idCard',
							description: 'Identity card number of the patient (身份证号)',
						},
						{
							name: 'Service Type',
							value: 'serviceType',
							description: 'As Yisign writes it, often D_ and the template name (模板名称)',
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
				{
					displayName: 'Value',
					name: 'value',
					type: 'string',
					default: '',
					placeholder: 'e.g. 1429202208055492',
					description: 'The exact value. It must not contain ( ) = & | " \' * ? \\ &lt; >.',
				},
			],
		},
	],
};

/**
 * The conditions as the user filled them in, checked.
 *
 * @param collection what n8n gives for the field `conditions`
 * @throws YisignError `input`, naming the condition by its number
 */
export function readConditions(collection: unknown): Condition[] {
	const rows = toRows(collection, 'condition', 'Condition');
	return rows.map(({ field, customField, value }, index) => {
		const label = `Condition ${index + 1}`;
		const valueLabel = `${label}: Value`;
		const text = toConditionValue(toText(value, valueLabel), valueLabel);
		if (field === STATUS && !STATUS_CODE.test(text)) throw notAStatusCode(valueLabel);
		return { field: readFieldName(field, customField, label), value: text };
	});
}

/** The field picked from a list, or the name typed for "Custom Field". */
export function readFieldName(field: unknown, customField: unknown, label: string): string {
	return field === CUSTOM
		? toFieldName(toText(customField, `${label}: Field Name`), `${label}: Field Name`)
		: toFieldName(toText(field, `${label}: Field`), `${label}: Field`);
}

function notAStatusCode(label: string): YisignError {
	return new YisignError('input', `${label} is not a status code`, {
		description:
			'Yisign has codes such as ED_SUCCESS. To choose by words, remove the condition and use Statuses under the Options of Search; for any other value, choose Custom Field with the name envelopeStatus.',
		cause: 'configuration-invalid',
	});
}
