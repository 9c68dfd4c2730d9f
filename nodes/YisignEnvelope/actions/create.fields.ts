import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { toFields, toRequiredText, toText, toWholeNumber } from '../../shared/fields/input';
import type { ReadField } from '../../shared/fields/parameters';
import { timeoutField } from './timeout.field';

/** What tells one envelope from another, and a second run from the first. */
export const customTagField: INodeProperties = {
	displayName: 'Custom Tag ID',
	name: 'customTagID',
	type: 'string',
	required: true,
	default: '={{ $json.customTagID }}',
	placeholder: 'e.g. L20241203084412',
	description:
		'The number of this document in your own system (业务编号). Take it from your data, so that it stays the same when the workflow runs again and the envelope can be found by it.',
};

/** No `fixedCollection`: n8n's editor cannot add a node with one that has a default. */
export const templateField: INodeProperties = {
	displayName: 'Template',
	name: 'template',
	type: 'collection',
	placeholder: 'Add Field',
	default: { wsid: '' },
	description:
		'The template (模板) that says where and by whom is signed. Template ID is required.',
	options: [
		{
			displayName: 'Template ID',
			name: 'wsid',
			type: 'string',
			default: '',
			placeholder: 'e.g. WSID_TEMP_0000018a000000000000000000000001',
			description: 'WSID of the template; Yisign or its staff at your hospital has it',
		},
		{
			displayName: 'Template Name',
			name: 'name',
			type: 'string',
			default: '',
			placeholder: 'e.g. 手术知情同意书',
			description: 'Name of the template (模板名称)',
		},
	],
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
			description: 'Number of the inpatient stay (住院号)',
		},
		{
			displayName: 'Bed Number',
			name: 'bedNumber',
			type: 'string',
			default: '',
			placeholder: 'e.g. A12',
			description: 'Bed of the patient (床号)',
		},
		{
			displayName: 'Identity Card Number',
			name: 'idCard',
			type: 'string',
			default: '',
			description: 'Identity card number of the patient (身份证号)',
		},
		{
			displayName: 'Patient Age',
			name: 'patientAge',
			type: 'string',
			default: '',
			placeholder: 'e.g. 42',
			description: 'Age of the patient in years (年龄)',
		},
		{
			displayName: 'Patient ID',
			name: 'patientID',
			type: 'string',
			default: '',
			placeholder: 'e.g. A00000001',
			description: 'Number of the patient card (就诊卡号)',
		},
		{
			displayName: 'Patient Name',
			name: 'patientName',
			type: 'string',
			default: '',
			description: 'Name of the patient (姓名)',
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
			description: 'Sex of the patient (性别)',
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
			description: 'Code of the department (科室代码)',
		},
		{
			displayName: 'Department Name',
			name: 'departmentName',
			type: 'string',
			default: '',
			placeholder: 'e.g. 产科',
			description: 'Name of the department (科室名称)',
		},
		{
			displayName: 'Doctor ID',
			name: 'doctorID',
			type: 'string',
			default: '',
			description: 'Staff number of the doctor who starts the envelope (工号)',
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
	options: [timeoutField],
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
		customTagID: toRequiredText(read('customTagID', ''), customTagField.displayName),
		template: readTemplate(read('template', {})),
		...readTexts(patient, patientField),
		...(!isEmpty(patientSex) && {
			patientSex: toWholeNumber(patientSex, 'Patient Sex', { min: 0, max: 2 }),
		}),
		...doctor,
		...(Object.values(department).some(Boolean) && { hospitalDepartment: department }),
	};
}

function readTemplate(value: unknown): IDataObject {
	const { wsid, ...others } = readTexts(value, templateField);
	return { wsid: toRequiredText(wsid ?? '', 'Template ID'), ...others };
}

/** The fields of a group as texts; those that are empty are left out. */
function readTexts(value: unknown, { displayName, options = [] }: INodeProperties) {
	const group = toFields(value, displayName);
	const texts: Record<string, string> = {};
	for (const field of options) {
		const label = 'displayName' in field ? field.displayName : field.name;
		const text = isEmpty(group[field.name]) ? '' : toText(group[field.name], label).trim();
		if (text !== '') texts[field.name] = text;
	}
	return texts;
}

function isEmpty(value: unknown): boolean {
	return value === undefined || value === null || value === '';
}
