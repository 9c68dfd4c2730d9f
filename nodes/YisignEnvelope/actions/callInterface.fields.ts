import type { INodeProperties } from 'n8n-workflow';
import type { KnownInterface, Method } from './callInterface.interfaces';
import { KNOWN_INTERFACES, METHODS, OTHER } from './callInterface.interfaces';
import { maxFileSizeField } from './storedFile';
import { timeoutField } from './timeout.field';

const interfaceField: INodeProperties = {
	displayName: 'Interface',
	name: 'interface',
	type: 'options',
	noDataExpression: true,
	options: [
		...KNOWN_INTERFACES.map(({ number, title, description }) => ({
			name: `${number} ${title}`,
			value: number,
			description,
		})),
		{
			name: 'Other',
			value: OTHER,
			description: 'Any other: method and path are in the documents that Yisign gave you',
		},
	],
	default: OTHER,
	description: 'Which of the interfaces to call, by its number in the documents of Yisign',
};

/** Which interfaces a field is shown for. */
const shownFor = (...values: string[]) => ({ show: { interface: values } });

/** The field, with the method as its default that the interfaces have. */
const methodField = (method: Method, ...more: string[]): INodeProperties => {
	const known = KNOWN_INTERFACES.filter((entry) => entry.method === method);
	return {
		displayName: 'Method',
		name: 'method',
		type: 'options',
		noDataExpression: true,
		displayOptions: shownFor(...known.map(({ number }) => number), ...more),
		options: METHODS.map((name) => ({ name, value: name })),
		default: method,
		description:
			'GET asks for something and may be repeated. POST changes something: it is not sent again once Yisign may have received it.',
	};
};

const pathField = ({ number, path }: Pick<KnownInterface, 'number' | 'path'>): INodeProperties => ({
	displayName: 'Path',
	name: 'path',
	type: 'string',
	required: true,
	displayOptions: shownFor(number),
	default: path,
	placeholder: 'e.g. /v1/open/hospital/…',
	description:
		'Path of the interface below Base URL of the credential. The token and App ID are added.',
});

export const queryField: INodeProperties = {
	displayName: 'Query Parameters',
	name: 'query',
	type: 'fixedCollection',
	typeOptions: {
		multipleValues: true,
		fixedCollection: { itemTitle: '={{ $collection.item.value.name }}' },
	},
	placeholder: 'Add Query Parameter',
	default: {},
	description:
		'Parameters behind the path. One with several values, or a list as its value, is sent once for each.',
	options: [
		{
			displayName: 'Query Parameter',
			name: 'parameter',
			values: [
				{
					displayName: 'Name',
					name: 'name',
					type: 'string',
					default: '',
					placeholder: 'e.g. loginId',
					description: 'Name of the parameter, as Yisign writes it',
				},
				{
					displayName: 'Value',
					name: 'value',
					type: 'string',
					default: '',
					description: 'Value of the parameter. It is encoded by the node.',
				},
			],
		},
	],
};

export const bodyField: INodeProperties = {
	displayName: 'Body',
	name: 'body',
	type: 'json',
	displayOptions: { show: { method: ['POST'] } },
	default: '{}',
	placeholder: 'e.g. {{ { "customTagID": $json.customTagID } }}',
	description:
		'The body as JSON. An expression that gives an object is safest: quotation marks in a value do no harm there.',
};

export const splitOutField: INodeProperties = {
	displayName: 'Split Out',
	name: 'splitOut',
	type: 'string',
	default: '',
	placeholder: 'e.g. data.list',
	description:
		'Name of a list in the reply, for one item per entry. With dots if there are several of that name.',
};

export const responseFormatField: INodeProperties = {
	displayName: 'Response Format',
	name: 'responseFormat',
	type: 'options',
	options: [
		{ name: 'File', value: 'file', description: 'A file, in the binary field data' },
		{ name: 'JSON', value: 'json', description: 'The reply as Yisign sends it' },
	],
	default: 'json',
	description: 'What the interface answers with',
};

/** The fields of the operation, in the order of the editor. */
export const fields: INodeProperties[] = [
	interfaceField,
	methodField('GET', OTHER),
	methodField('POST'),
	...KNOWN_INTERFACES.map(pathField),
	pathField({ number: OTHER, path: '' }),
	queryField,
	bodyField,
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [maxFileSizeField, responseFormatField, splitOutField, timeoutField],
	},
];
