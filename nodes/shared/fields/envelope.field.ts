import type { INodeProperties } from 'n8n-workflow';
import { YisignError } from '../errors';
import { isObject } from '../json';
import { toConditionValue } from '../search/query';
import { toText } from './input';

const LABEL = 'Envelope';

/** The field Envelope of Get and Download: picked from a list, or its ID. */
export const envelopeField: INodeProperties = {
	displayName: LABEL,
	name: 'envelopeWsid',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'id', value: '={{ $json.envelopeWsid }}' },
	description:
		'By default that of the input item. To pick one, point at this field and choose Fixed, then From List.',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchEnvelopes', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. WSID_ENVE_000001938c63a7da2dc38f5ba12d0001',
		},
	],
};

/**
 * The WSID that the field holds.
 *
 * @param value what n8n gives for the field; a plain text, as an expression over the whole field
 *   gives one, is an ID
 * @throws YisignError `input`
 */
export function readEnvelopeId(value: unknown): string {
	const id = toText((isObject(value) ? value.value : value) ?? '', LABEL);
	if (id.trim() === '') throw notChosen();
	return toConditionValue(id, LABEL);
}

/** The default is an expression, which n8n's editor shows without the list to choose from. */
function notChosen(): YisignError {
	return new YisignError('input', 'No envelope is chosen', {
		description:
			'Point at Envelope and choose Fixed, then From List. Or put a Search or a trigger before this node.',
		cause: 'configuration-invalid',
	});
}
