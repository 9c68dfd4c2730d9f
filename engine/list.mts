import type {
	INode,
	INodeListSearchResult,
	INodeTypes,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { LoadOptionsContext, Workflow } from './n8n.mts';

/** What the editor asks a list for. */
export interface ListRequest {
	/** Name in the node's `methods.listSearch`. */
	method: string;
	/** What was typed into the list. */
	filter?: string;
	/** What the request before returned, when the end of the list comes into view. */
	paginationToken?: unknown;
	/** Zone of the workflow. */
	timezone?: string;
}

/** The next entries of a resource locator's list, as n8n's server gets them for the editor. */
export async function readList(
	nodeTypes: INodeTypes,
	additionalData: IWorkflowExecuteAdditionalData,
	node: INode,
	{ method, filter, paginationToken, timezone }: ListRequest,
): Promise<INodeListSearchResult> {
	const type = nodeTypes.getByNameAndVersion(node.type, node.typeVersion);
	const search = type.methods?.listSearch?.[method];
	if (!search) throw new Error(`${node.type} has no list ${method}`);
	const workflow = new Workflow({
		nodes: [structuredClone(node)],
		connections: {},
		active: false,
		nodeTypes,
		settings: { timezone },
	});
	const context = new LoadOptionsContext(
		workflow,
		workflow.nodes[node.name],
		{ ...additionalData, currentNodeParameters: node.parameters },
		'',
	);
	return await search.call(context, filter, paginationToken as string | undefined);
}
