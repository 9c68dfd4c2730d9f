import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
} from 'n8n-workflow';
import { CREATE_FROM_PDF_PATH } from '../../shared/api/endpoints';
import { YisignError } from '../../shared/errors';
import {
	toBoolean,
	toRequiredIdentifier,
	toRequiredName,
	toRows,
	toText,
	toWholeNumber,
} from '../../shared/fields/input';
import type { ReadField } from '../../shared/fields/parameters';
import { withoutInvisible } from '../../shared/identifier';
import { createForEachItem } from './create';
import {
	customTagField,
	doctorField,
	optionsField,
	patientField,
	readCommonFields,
	templateIdField,
} from './create.fields';
import { readPdf } from './pdf';

/** How the operation shows in the list of operations. */
export const option = {
	name: 'Create Envelope From PDF',
	value: 'createFromPdf',
	description: 'Send a PDF to be signed (Yisign interface 4.1)',
	action: 'Create envelope from PDF',
};

/** Inferred: signers with the same number may sign at the same time. */
const orderField: INodeProperties = {
	displayName: 'Signing Order',
	name: 'signerUserSequence',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 1,
	description: 'Who signs when: 1 signs first',
};

const placeField: INodeProperties = {
	displayName: 'Signature Place',
	name: 'signerKeyName',
	type: 'string',
	default: '',
	placeholder: 'e.g. doctor or patient',
	description: 'Name of the place in the template where this person signs',
};

const binaryField: INodeProperties = {
	displayName: 'Input Binary Field',
	name: 'binaryPropertyName',
	type: 'string',
	required: true,
	default: 'data',
	placeholder: 'e.g. data',
	hint: 'The name of the input binary field containing the PDF',
};

const hospitalSignersField: INodeProperties = {
	displayName: 'Hospital Signers',
	name: 'inHospitalUserSignerInfomation',
	type: 'fixedCollection',
	typeOptions: {
		multipleValues: true,
		sortable: true,
		fixedCollection: { itemTitle: '={{ $collection.item.value.signerKeyName }}' },
	},
	placeholder: 'Add Signer',
	default: {},
	description: 'Staff of the hospital who sign',
	options: [
		{
			displayName: 'Signer',
			name: 'signer',
			values: [
				placeField,
				{
					displayName: 'Staff Number',
					name: 'signerUserJobId',
					type: 'string',
					default: '',
					description: 'Staff number of the signer; an identity card number works too',
				},
				orderField,
				{
					displayName: 'Additional Text',
					name: 'appendContent',
					type: 'string',
					default: '',
					placeholder: 'e.g. I have explained the operation',
					description: 'Text to put beside the signature',
				},
				{
					displayName: 'Disable Automatic Signing',
					name: 'disableAutoSign',
					type: 'boolean',
					default: false,
					description:
						'Whether this person has to sign by hand even if automatic signing is on for them',
				},
			],
		},
	],
};

const outsideSignersField: INodeProperties = {
	displayName: 'Outside Signers',
	name: 'outHospitalUserSignerInfomation',
	type: 'fixedCollection',
	typeOptions: {
		multipleValues: true,
		sortable: true,
		fixedCollection: { itemTitle: '={{ $collection.item.value.signerKeyName }}' },
	},
	placeholder: 'Add Signer',
	default: {},
	description: 'Patients or relatives who sign',
	options: [
		{
			displayName: 'Signer',
			name: 'signer',
			values: [
				placeField,
				{
					displayName: 'Mobile Number',
					name: 'signerUserPhone',
					type: 'string',
					default: '',
					description: 'Mobile number of the signer',
				},
				orderField,
			],
		},
	],
};

/** The fields of the operation, in the order of the editor. */
export const fields: INodeProperties[] = [
	customTagField,
	binaryField,
	templateIdField,
	patientField,
	doctorField,
	hospitalSignersField,
	outsideSignersField,
	{
		displayName: 'Extra Parameter',
		name: 'extraParam',
		type: 'string',
		default: '',
		placeholder: 'e.g. {"source":"HIS"}',
		description: 'Sent as it is. Leave empty unless Yisign asked for something.',
	},
	optionsField,
];

/**
 * Starts an envelope with the PDF of each input item.
 *
 * @throws YisignError, or the error of an item
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	return await createForEachItem(context, {
		path: CREATE_FROM_PDF_PATH,
		readBody: (read) => ({
			...readCommonFields(read),
			...readSigners(read, hospitalSignersField, 'Hospital Signer', readHospitalSigner),
			...readSigners(read, outsideSignersField, 'Outside Signer', readOutsideSigner),
			...readExtraParameter(read),
		}),
		readDocument: async (read, itemIndex) => {
			const pdf = await readPdf(context, itemIndex, read(binaryField.name, binaryField.default));
			return { document: { base64: pdf.toString('base64') } };
		},
	});
}

function readSigners(
	read: ReadField,
	{ name }: INodeProperties,
	label: string,
	readSigner: (row: Record<string, unknown>, label: string) => IDataObject,
): IDataObject {
	const rows = toRows(read(name, {}), 'signer', label);
	if (rows.length === 0) return {};
	return { [name]: rows.map((row, index) => readSigner(row, `${label} ${index + 1}`)) };
}

function readHospitalSigner(row: Record<string, unknown>, label: string): IDataObject {
	const { signerUserJobId, appendContent = '', disableAutoSign = false } = row;
	const text = withoutInvisible(toText(appendContent, `${label}: Additional Text`));
	return {
		...readPlaceAndOrder(row, label),
		signerUserJobId: toRequiredIdentifier(signerUserJobId, `${label}: Staff Number`),
		...(text !== '' && { appendContent: text }),
		disableAutoSign: toBoolean(disableAutoSign, `${label}: Disable Automatic Signing`),
	};
}

function readOutsideSigner(row: Record<string, unknown>, label: string): IDataObject {
	return {
		...readPlaceAndOrder(row, label),
		signerUserPhone: readPhone(row.signerUserPhone, `${label}: Mobile Number`),
	};
}

/** What people write between the digits, each in another way. */
const BETWEEN_DIGITS = /[\s().\p{Pd}]/gu;

/** Digits of the longest number there is, with its country's (ITU-T E.164). */
const PHONE = /^\+?\d{1,15}$/;

/** @throws YisignError `input` for what is no number, or may be several */
function readPhone(value: unknown, label: string): string {
	const phone = toRequiredIdentifier(value, label).replace(BETWEEN_DIGITS, '');
	if (PHONE.test(phone)) return phone;
	throw new YisignError('input', `${label} is not a mobile number`, {
		description:
			'The person would never get the link to sign. Enter one number, or remove the signer. If it is an expression, check what it gives.',
		cause: 'configuration-invalid',
	});
}

function readPlaceAndOrder(
	{ signerKeyName, signerUserSequence = 1 }: Record<string, unknown>,
	label: string,
): IDataObject {
	const order = toWholeNumber(signerUserSequence, `${label}: Signing Order`, { min: 1 });
	return {
		signerKeyName: toRequiredName(signerKeyName, `${label}: Signature Place`),
		// Documented as text.
		signerUserSequence: String(order),
	};
}

function readExtraParameter(read: ReadField): IDataObject {
	const extraParam = toText(read('extraParam', ''), 'Extra Parameter');
	return extraParam === '' ? {} : { extraParam };
}
