import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes, updateDisplayOptions } from 'n8n-workflow';
import { credentialTest } from '../shared/api/credentialTest';
import { toNodeError } from '../shared/errors';
import { toChoice } from '../shared/fields/input';
import { listSearch } from '../shared/fields/listSearch';
import * as callInterface from './actions/callInterface.operation';
import * as checkServer from './actions/checkServer.operation';
import * as createFromPdf from './actions/createFromPdf.operation';
import * as createStepwise from './actions/createStepwise.operation';
import * as download from './actions/download.operation';
import * as get from './actions/get.operation';
import * as search from './actions/search.operation';

/** Every operation exports its `option`, its `fields` and its `execute`; this is all there is to add. */
const OPERATIONS = {
	callInterface,
	checkServer,
	createFromPdf,
	createStepwise,
	download,
	get,
	search,
};

/** What the canvas shows below the node's name, by the value of Operation. */
const LABELS = Object.fromEntries(
	Object.values(OPERATIONS).map(({ option }) => [option.value, option.name]),
);

const properties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		options: Object.values(OPERATIONS).map(({ option }) => option),
		default: 'search',
	},
	...Object.values(OPERATIONS).flatMap(({ option, fields }) =>
		updateDisplayOptions({ show: { operation: [option.value] } }, fields),
	),
];

/** The action node: what a workflow can do with envelopes. */
export class YisignEnvelope implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Yisign Envelope',
		name: 'yisignEnvelope',
		icon: { light: 'file:../../icons/yisign.svg', dark: 'file:../../icons/yisign.dark.svg' },
		group: ['input'],
		version: 1,
		subtitle: `={{ (${JSON.stringify(LABELS)})[$parameter["operation"]] }}`,
		description: 'Search, get, download and create envelopes of the e-signature platform Yisign',
		builderHint: {
			searchHint:
				'To be notified when an envelope is signed, use Yisign Envelope Trigger instead. What is not signed yet: Search with Status.',
		},
		defaults: { name: 'Yisign Envelope' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'yisignApi', required: true, testedBy: 'testYisignConnection' }],
		sensitiveOutputFields: ['idCard'],
		properties,
	};

	methods = { credentialTest, listSearch };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		try {
			const names = Object.keys(OPERATIONS) as Array<keyof typeof OPERATIONS>;
			const operation = toChoice(this.getNodeParameter('operation', 0), 'Operation', names);
			return [await OPERATIONS[operation].execute(this)];
		} catch (error) {
			throw toNodeError(this.getNode(), error);
		}
	}
}
