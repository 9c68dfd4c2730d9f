import type { INodeProperties } from 'n8n-workflow';
import type { OutputMode } from '../search/envelope';
import { OUTPUT_MODES } from '../search/envelope';
import { toChoice, toTextList } from './input';
import type { ReadField } from './parameters';

/** The choice of what an item holds. */
export const outputFields: INodeProperties[] = [
	{
		displayName: 'Output',
		name: 'output',
		type: 'options',
		options: [
			{
				name: 'Simplified',
				value: 'simplified',
				description: 'The eleven fields most workflows need, without the identity card number',
			},
			{ name: 'Raw', value: 'raw', description: 'Everything as Yisign sent it' },
			{ name: 'Selected Fields', value: 'selected', description: 'Only the fields you choose' },
		],
		default: 'simplified',
		description: 'Which fields an item has',
	},
	{
		displayName: 'Fields',
		name: 'fields',
		type: 'multiOptions',
		displayOptions: { show: { output: ['selected'] } },
		options: [
			{ name: 'Admission Number', value: 'admissionNo' },
			{ name: 'Bed Number', value: 'bedNumber' },
			{ name: 'Business Record ID', value: 'hospitalBusinessWsi' },
			{ name: 'Created At (ISO)', value: 'createdAt' },
			{ name: 'Created Time (Epoch Ms)', value: 'createdDatetime' },
			{ name: 'Custom Tag ID', value: 'customTagID' },
			{ name: 'Department', value: 'hospitalDepartment' },
			{ name: 'Department ID', value: 'hospitalDepartmentId' },
			{ name: 'Doctor ID', value: 'doctorID' },
			{ name: 'Doctor Name', value: 'doctorName' },
			{ name: 'Document Type', value: 'serviceTypeZhName' },
			{ name: 'Document Type Code', value: 'serviceType' },
			{ name: 'Envelope ID', value: 'envelopeWsid' },
			{ name: 'File URLs (as Sent)', value: 'envelopeFileUrls' },
			{ name: 'File URLs (List)', value: 'fileUrls' },
			{ name: 'Finished At (ISO)', value: 'finishedAt' },
			{ name: 'Finished Time (Epoch Ms)', value: 'envelopeFinishedDatetime' },
			{ name: 'Identity Card Number', value: 'idCard' },
			{ name: 'Last Version', value: 'hospitalBusinessLastVersion' },
			{ name: 'Patient Age', value: 'patientAge' },
			{ name: 'Patient Sex', value: 'patientSex' },
			{ name: 'Service ID', value: 'serviceId' },
			{ name: 'Status', value: 'status' },
			{ name: 'Status Code', value: 'envelopeStatus' },
			{ name: 'Status Text', value: 'envelopeStatusDescription' },
		],
		default: ['status', 'finishedAt'],
		description: 'The fields to return. Envelope ID always comes along.',
	},
];

/** What an item holds. */
export interface OutputChoice {
	output: OutputMode;
	/** For `selected`; otherwise empty. */
	fields: string[];
}

/**
 * The choice as the user made it.
 *
 * @param read gives a parameter of the node
 * @throws YisignError `input`
 */
export function readOutputChoice(read: ReadField): OutputChoice {
	const output = toChoice(read('output', 'simplified'), 'Output', OUTPUT_MODES);
	return { output, fields: output === 'selected' ? toTextList(read('fields', []), 'Fields') : [] };
}
