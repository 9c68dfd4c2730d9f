import type { IDataObject, INodeProperties } from 'n8n-workflow';
import {
	toFields,
	toRequiredIdentifier,
	toStoredIdentifier,
	toText,
	toWholeNumber,
} from '../../shared/fields/input';
import type { ReadField } from '../../shared/fields/parameters';
import { withoutInvisible } from '../../shared/identifier';
import { toConditionValue } from '../../shared/search/query';
import { timeoutField } from './timeout.field';

/** What distinguishes one envelope from another, and a second run from the first. */
export const customTagField: INodeProperties = {
	displayName: 'Custom Tag ID',
	name: 'customTagID',
	type: 'string',
	required: true,
	default: '={{ $json.customTagID }}',
	placeholder: 'e.g. L20241203084412',
	description:
		'The number of this document in your own system. Take it from your data, so that it stays the same when the workflow runs again and the envelope can be found by it.',
};

export const templateIdField: INodeProperties = {
	displayName: 'Template ID',
	name: 'templateId',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. WSID_TEMP_0000018a000000000000000000000001',
	description:
		'WSID of the template, which says who signs and where. Ask Yisign or its staff at your hospital for it.',
};

const templateNameField: INodeProperties = {
	displayName: 'Template Name',
	name: 'templateName',
	type: 'string',
	default: '',
	placeholder: 'e.g. Surgery consent',
	description: 'Name of the template, if Yisign wants it beside the ID',
};

export const patientField: INodeProperties = {
	displayName: 'Patient',
	name: 'patient',
	type: 'collection',
	placeholder: 'Add Field',
	default: { patientID: '', patientName: '' },
	description: 'Whom the document is about. What is empty is left out.',
	options: [
		{
			displayName: 'Admission Number',
			name: 'admissionNumber',
			type: 'string',
			default: '',
			placeholder: 'e.g. 1429202208055492',
			description: 'Number of the inpatient stay',
		},
		{
			displayName: 'Bed Number',
			name: 'bedNumber',
			type: 'string',
			default: '',
			placeholder: 'e.g. A12',
			description: 'Bed of the patient',
		},
		{
			displayName: 'Identity Card Number',
			name: 'idCard',
			type: 'string',
			default: '',
			description: 'Identity card number of the patient',
		},
		{
			displayName: 'Patient Age',
			name: 'patientAge',
			type: 'string',
			default: '',
			placeholder: 'e.g. 42',
			description: 'Age of the patient in years',
		},
		{
			displayName: 'Patient ID',
			name: 'patientID',
			type: 'string',
			default: '',
			placeholder: 'e.g. A00000001',
			description: 'Number of the patient card',
		},
		{
			displayName: 'Patient Name',
			name: 'patientName',
			type: 'string',
			default: '',
			description: 'Name of the patient',
		},
		{
			displayName: 'Patient Sex',
			name: 'patientSex',
			type: 'options',
			options: [
				{ name: 'Female', value: 1 },
				{ name: 'Male', value: 0 },
				{ name: 'Undetermined', value: 2 },
			],
			default: 2,
			description: 'Sex of the patient',
		},
	],
};

export const doctorField: INodeProperties = {
	displayName: 'Doctor and Department',
	name: 'doctor',
	type: 'collection',
	placeholder: 'Add Field',
	default: { doctorID: '', doctorName: '' },
	description: 'Who starts the envelope, and where. What is empty is left out.',
	options: [
		{
			displayName: 'Department ID',
			name: 'departmentID',
			type: 'string',
			default: '',
			description: 'Code of the department',
		},
		{
			displayName: 'Department Name',
			name: 'departmentName',
			type: 'string',
			default: '',
			placeholder: 'e.g. Obstetrics',
			description: 'Name of the department',
		},
		{
			displayName: 'Doctor ID',
			name: 'doctorID',
			type: 'string',
			default: '',
			description: 'Staff number of the doctor who starts the envelope',
		},
		{
			displayName: 'Doctor Name',
			name: 'doctorName',
			type: 'string',
			default: '',
			description: 'Name of the doctor who starts the envelope',
		},
	],
};

export const optionsField: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [templateNameField, timeoutField],
};

/** The body of a create as the wire has it, as far as both interfaces have the same. */
export interface CreateBody extends IDataObject {
	customTagID: string;
}

/**
 * What the common fields hold, by the names of the wire; what is empty is left out.
 *
 * @throws YisignError `input`, naming the field
 */
export function readCommonFields(read: ReadField): CreateBody {
	const { patientSex, ...patient } = toFields(read('patient', {}), patientField.displayName);
	const { departmentID, departmentName, ...doctor } = readTexts(read('doctor', {}), doctorField);
	const department = { departmentID, departmentName };
	return {
		customTagID: readCustomTag(read),
		template: readTemplate(read),
		...readTexts(patient, patientField),
		...(!isEmpty(patientSex) && {
			patientSex: toWholeNumber(patientSex, 'Patient Sex', { min: 0, max: 2 }),
		}),
		...doctor,
		...(Object.values(department).some(Boolean) && { hospitalDepartment: department }),
	};
}

const NOT_TO_BE_FOUND =
	'The envelope could never be found by it. Write the number without this, in the same way wherever you look for the envelope.';

/** As Get Envelope reads it, so that what is created can be found by what was entered. */
function readCustomTag(read: ReadField): string {
	const label = customTagField.displayName;
	return toConditionValue(toText(read(customTagField.name, ''), label), label, NOT_TO_BE_FOUND);
}

function readTemplate(read: ReadField): IDataObject {
	const wsid = toRequiredIdentifier(read('templateId', ''), templateIdField.displayName);
	const { templateName } = toFields(read('options', {}), optionsField.displayName);
	const name = readPart(templateName, templateNameField);
	return { wsid, ...(name !== '' && { name }) };
}

/** The fields of a group as texts; those that are empty are left out. */
function readTexts(value: unknown, { displayName, options = [] }: INodeProperties) {
	const group = toFields(value, displayName);
	const texts: Record<string, string> = {};
	for (const field of options) {
		if (!('displayName' in field)) continue;
		const text = readPart(group[field.name], field);
		if (text !== '') texts[field.name] = text;
	}
	return texts;
}

/** What is written as people write; any other field holds a number or a code. */
const NAMES = ['departmentName', 'doctorName', 'patientName', 'templateName'];

/** @returns the empty text for a field that is empty */
function readPart(
	value: unknown,
	{ name, displayName }: Pick<INodeProperties, 'name' | 'displayName'>,
): string {
	if (isEmpty(value)) return '';
	if (!NAMES.includes(name)) return toStoredIdentifier(value, displayName);
	// A cell of a table may have a name in two lines.
	return withoutInvisible(toText(value, displayName))
		.replace(/[\s\p{Cc}]+/gu, ' ')
		.trim();
}

function isEmpty(value: unknown): boolean {
	return value === undefined || value === null || value === '';
}
