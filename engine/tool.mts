import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes, toJsonSchema } from './n8n.mts';

/** The tool that n8n's server makes of a node which says `usableAsTool`, as far as it matters here. */
export function asTool(type: INodeType): INodeType {
	const description = structuredClone(type.description);
	description.properties.unshift(
		{
			displayName: 'Tool Description',
			name: 'descriptionType',
			type: 'options',
			options: [
				{ name: 'Set Automatically', value: 'auto' },
				{ name: 'Set Manually', value: 'manual' },
			],
			default: 'auto',
		},
		{
			displayName: 'Description',
			name: 'toolDescription',
			type: 'string',
			default: description.description,
			displayOptions: { show: { descriptionType: ['manual'] } },
		},
	);
	const tool = Object.create(type) as INodeType;
	tool.description = {
		...description,
		name: `${description.name}Tool`,
		displayName: `${description.displayName} Tool`,
		inputs: [],
		outputs: [NodeConnectionTypes.AiTool],
		usableAsTool: undefined,
	};
	return tool;
}

/** What an agent has of a tool. */
interface Tool {
	name: string;
	description: string;
	schema: unknown;
	invoke: (args: unknown) => Promise<string>;
}

/**
 * A stand-in for n8n's AI Agent with a model that asks the first tool once, with the arguments in
 * the parameter `ask`. Returns one item: what the model sees of the tool, and the tool's answer.
 */
export const AGENT: INodeType = {
	description: {
		displayName: 'AI Agent',
		name: 'agent',
		group: ['transform'],
		version: [1, 1.9, 2, 2.2, 3],
		description: 'Stand-in',
		defaults: {},
		inputs: [
			NodeConnectionTypes.Main,
			{ type: NodeConnectionTypes.AiLanguageModel },
			{ type: NodeConnectionTypes.AiTool },
		],
		outputs: [NodeConnectionTypes.Main],
		properties: [{ displayName: 'Ask', name: 'ask', type: 'json', default: '{}' }],
	} as INodeTypeDescription,
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const [tool] = (await this.getInputConnectionData(NodeConnectionTypes.AiTool, 0)) as Tool[];
		const { name, description, schema } = tool;
		const answer = await tool.invoke(this.getNodeParameter('ask', 0));
		return [[{ json: { name, description, schema: toJsonSchema(schema) as IDataObject, answer } }]];
	},
};
