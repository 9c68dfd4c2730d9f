import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
} from 'n8n-workflow';
import { DEFAULT_CLIENT_OPTIONS } from '../../shared/api/client';
import { YisignError } from '../../shared/errors';
import { toItemJson } from '../../shared/search/envelope';
import { envelopeField, readEnvelopeId } from '../../shared/fields/envelope.field';
import { toChoice, toText } from '../../shared/fields/input';
import { runForEachItem } from './items';
import type { LookupCondition } from '../../shared/search/lookup';
import { getEnvelope } from '../../shared/search/lookup';
import { createdTimeOf } from '../../shared/search/times';
import { outputFields, readOutputChoice } from '../../shared/fields/output.fields';
import type { ReadField } from '../../shared/fields/parameters';
import { createParameterReader, forItem } from '../../shared/fields/parameters';
import { toConditionValue } from '../../shared/search/query';

/** How the operation shows in the list of operations. */
export const option = {
	name: 'Get Envelope',
	value: 'get',
	description: 'Get one envelope by its ID, for example to see whether it is signed',
	action: 'Get envelope',
};

/** The fields of the operation, in the order of the editor. */
export const fields: INodeProperties[] = [
	{
		displayName: 'Look Up By',
		name: 'lookupField',
		type: 'options',
		options: [
			{
				name: 'Custom Tag ID',
				value: 'customTagID',
				description: 'The number your own system gave it; of several versions the latest is taken',
			},
			{ name: 'Envelope ID', value: 'envelopeWsid', description: 'From a list, or by its ID' },
		],
		default: 'envelopeWsid',
		description: 'Which number of the envelope you have',
	},
	{ ...envelopeField, displayOptions: { show: { lookupField: ['envelopeWsid'] } } },
	{
		displayName: 'Custom Tag ID',
		name: 'lookupValue',
		type: 'string',
		required: true,
		displayOptions: { show: { lookupField: ['customTagID'] } },
		default: '={{ $json.customTagID }}',
		placeholder: 'e.g. L20241203084412',
		description:
			'By default that of the input item. To type the number that your own system gave the envelope, point at this field and choose Fixed.',
	},
	...outputFields,
];

/**
 * Looks up one envelope for each input item.
 *
 * @throws YisignError, or the error of an item
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const readParameter = createParameterReader(context);
	return await runForEachItem(
		context,
		() => DEFAULT_CLIENT_OPTIONS,
		async (client, itemIndex) => {
			const read = forItem(readParameter, itemIndex);
			const condition = readCondition(read);
			const { output, fields: names } = readOutputChoice(read);
			const hit = await getEnvelope(client, condition);
			const json = toItemJson(hit.record, output, names, createdTimeOf(hit));
			return [{ json: json as IDataObject }];
		},
	);
}

function readCondition(read: ReadField): LookupCondition {
	const field = toChoice(read('lookupField', 'envelopeWsid'), 'Look Up By', [
		'envelopeWsid',
		'customTagID',
	]);
	if (field === 'envelopeWsid') return { field, value: readEnvelopeId(read('envelopeWsid', '')) };
	const value = toText(read('lookupValue', '') ?? '', 'Custom Tag ID');
	if (value.trim() === '') throw noTagId();
	return { field, value: toConditionValue(value, 'Custom Tag ID') };
}

/** The default is an expression, in whose place a number can be typed only once it is Fixed. */
function noTagId(): YisignError {
	return new YisignError('input', 'Custom Tag ID is empty', {
		description:
			'Point at Custom Tag ID, choose Fixed and enter the number. If it is to be an expression, it gave nothing for this item.',
		cause: 'configuration-invalid',
	});
}
