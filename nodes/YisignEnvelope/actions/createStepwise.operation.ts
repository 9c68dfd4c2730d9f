import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { CREATE_STEPWISE_PATH } from '../../shared/api/endpoints';
import { toRequiredText } from '../../shared/fields/input';
import { createForEachItem } from './create';
import {
	customTagField,
	doctorField,
	optionsField,
	patientField,
	readCommonFields,
	templateIdField,
} from './create.fields';

/** How the operation shows in the list of operations. */
export const option = {
	name: 'Create Stepwise Envelope',
	value: 'createStepwise',
	description: 'Start a form that is filled in and signed step by step (Yisign interface 5.1)',
	action: 'Create stepwise envelope',
};

/** Inferred: there are other values than AUTO; none is documented. */
const modeField: INodeProperties = {
	displayName: 'Mode',
	name: 'mode',
	type: 'string',
	default: 'AUTO',
	placeholder: 'e.g. AUTO',
	description:
		'AUTO: the envelope is completed by itself when the last signer of the template has signed. Change it only if Yisign gave you another value.',
};

/** The fields of the operation, in the order of the editor. */
export const fields: INodeProperties[] = [
	customTagField,
	templateIdField,
	patientField,
	doctorField,
	modeField,
	optionsField,
];

/**
 * Starts an envelope for each input item.
 *
 * @throws YisignError, or the error of an item
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	return await createForEachItem(context, {
		path: CREATE_STEPWISE_PATH,
		readBody: (read) => ({
			...readCommonFields(read),
			mode: toRequiredText(read(modeField.name, modeField.default), modeField.displayName),
		}),
	});
}
