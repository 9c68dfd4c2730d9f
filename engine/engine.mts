import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeListSearchResult,
	INodeType,
	INodeTypes,
	IRun,
	ITaskData,
	IVersionedNodeType,
	IWorkflowBase,
	IWorkflowExecuteAdditionalData,
	NodeExecutionHint,
} from 'n8n-workflow';
import { testCredential, type TestOutcome } from './credential-test.mts';
import { CredentialStore } from './credentials.mts';
import { makePoller, type Poller, type PollerSettings } from './poller.mts';
import {
	ExecutionLifecycleHooks,
	NodeHelpers,
	PackageDirectoryLoader,
	Workflow,
	WorkflowExecute,
} from './n8n.mts';
import { STAND_INS } from './stand-ins.mts';
import { asTool } from './tool.mts';
import { readList, type ListRequest } from './list.mts';

/** The part of an exported workflow that the engine needs. */
export type WorkflowFile = Pick<IWorkflowBase, 'nodes' | 'connections' | 'settings'> & {
	name?: string;
};

/** How a run ended. */
export interface Result {
	/** Everything n8n would store of the execution. */
	run: IRun;
	/** Output items of a node, of its first output. */
	items(nodeName: string): INodeExecutionData[];
	/** What the node says beside its output. */
	hints(nodeName: string): NodeExecutionHint[];
	/** The error that ended the run. */
	error: (Error & { description?: string; context?: IDataObject }) | undefined;
}

/** How a workflow is run. */
export interface RunSettings {
	/** When it is fulfilled, the workflow is stopped as with the editor's Stop button. */
	stop?: Promise<unknown>;
	/** `manual`, the default, is the editor's button; `trigger` is a published workflow. */
	mode?: 'manual' | 'trigger';
	/** Static data as an earlier run has left it; what this run leaves is written into it. */
	staticData?: IDataObject;
	/** Called where n8n stores the execution and waits, with the time (epoch ms) it waits for. */
	onWait?: (until: number) => void;
}

/** n8n's own engine in this process, with a package loaded as n8n loads it. */
export interface Engine {
	nodeTypes: INodeTypes;
	credentials: CredentialStore;
	/** What n8n hands to every context, made for each. */
	additionalData(): IWorkflowExecuteAdditionalData;
	/** Stores a credential and gives what a node refers to it by. */
	addCredential(
		type: string,
		data: ICredentialDataDecryptedObject,
	): Record<string, { id: string; name: string }>;
	/**
	 * Runs a workflow from the connected node that has no input to its end. What n8n would store to
	 * wait is stored, and goes on at once.
	 */
	run(workflow: WorkflowFile, settings?: RunSettings): Promise<Result>;
	/** Publishes a polling trigger; see {@link Poller}. */
	poller(node: INode, settings?: PollerSettings): Poller;
	/** Opens a list of a resource locator in the editor, types into it, or scrolls to its end. */
	list(node: INode, request: ListRequest): Promise<INodeListSearchResult>;
	/** Presses "Test" in a credential that is being edited. */
	testCredential(type: string, data: ICredentialDataDecryptedObject): Promise<TestOutcome>;
}

/**
 * Loads a built package and gets the engine ready.
 *
 * @param packageFolder folder of the package's package.json
 * @param more further node types by their full name; they take the place of the stand-ins
 */
export async function startEngine(
	packageFolder: string,
	more: Record<string, INodeType | IVersionedNodeType> = {},
): Promise<Engine> {
	const loader = new PackageDirectoryLoader(packageFolder);
	await loader.loadAll();
	const { name: packageName } = loader.packageJson;

	const types: Record<string, INodeType | IVersionedNodeType> = { ...STAND_INS, ...more };
	for (const [name, { type }] of Object.entries(loader.nodeTypes)) {
		types[`${packageName}.${name}`] = type;
		if ('description' in type && type.description.usableAsTool === true) {
			types[`${packageName}.${name}Tool`] = asTool(type as INodeType);
		}
	}
	const nodeTypes: INodeTypes = {
		getByName: (type) => types[type],
		getByNameAndVersion: (type, version) => {
			if (!(type in types)) throw new Error(`No node type ${type} is loaded`);
			return NodeHelpers.getVersionedNodeType(types[type], version);
		},
		getKnownTypes: () => ({}),
	};
	const credentials = new CredentialStore(
		Object.fromEntries(
			Object.entries(loader.credentialTypes).map(([name, { type }]) => [name, type]),
		),
	);

	function additionalData(): IWorkflowExecuteAdditionalData {
		const address = 'http://127.0.0.1/';
		return {
			credentialsHelper: credentials,
			hooks: new ExecutionLifecycleHooks('manual', '1', {} as IWorkflowBase),
			currentNodeExecutionIndex: 0,
			restApiUrl: address,
			instanceBaseUrl: address,
			formBaseUrl: address,
			formWaitingBaseUrl: address,
			formTestBaseUrl: address,
			webhookBaseUrl: address,
			webhookWaitingBaseUrl: address,
			webhookTestBaseUrl: address,
			mcpBaseUrl: address,
			mcpTestBaseUrl: address,
			variables: {},
			executionId: '1',
			setExecutionStatus() {},
			sendDataToUI() {},
			logAiEvent() {},
		} as unknown as IWorkflowExecuteAdditionalData;
	}

	return {
		nodeTypes,
		credentials,
		additionalData,

		poller: (node, settings) => makePoller(nodeTypes, additionalData, node, settings),

		list: (node, request) => readList(nodeTypes, additionalData(), node, request),

		async testCredential(type, data) {
			return await testCredential(
				Object.values(loader.nodeTypes).map((node) => node.type as INodeType),
				type,
				credentials.withDefaults(type, data),
				additionalData(),
			);
		},

		addCredential(type, data) {
			const id = String(credentials.stored.size + 1);
			credentials.stored.set(id, data);
			return { [type]: { id, name: `${type} ${id}` } };
		},

		async run({ nodes, connections, name, settings }, options = {}) {
			const { stop, mode = 'manual', staticData, onWait } = options;
			const workflow = new Workflow({
				id: '1',
				name,
				nodes: structuredClone(nodes),
				connections: structuredClone(connections),
				active: false,
				nodeTypes,
				settings: { executionOrder: 'v1', ...settings },
				staticData,
			});
			const running = new WorkflowExecute(additionalData(), mode).run({
				workflow,
				startNode: findStart(workflow),
			});
			void stop?.then(() => running.cancel());
			let run = await running;
			while (run.waitTill) {
				onWait?.(run.waitTill.getTime());
				const stored = structuredClone(run.data);
				run = await new WorkflowExecute(additionalData(), mode, stored).processRunExecutionData(
					workflow,
				);
			}
			if (staticData) Object.assign(staticData, workflow.staticData);
			const taskOf = (nodeName: string): ITaskData | undefined =>
				run.data.resultData.runData[nodeName]?.[0];
			return {
				run,
				items: (nodeName) => taskOf(nodeName)?.data?.main[0] ?? [],
				hints: (nodeName) => taskOf(nodeName)?.hints ?? [],
				error: run.data.resultData.error as unknown as Result['error'],
			};
		},
	};
}

/** A workflow of nodes in a row. */
export function chain(...nodes: INode[]): WorkflowFile {
	const connections: WorkflowFile['connections'] = {};
	for (const [index, { name }] of nodes.slice(0, -1).entries()) {
		connections[name] = { main: [[{ node: nodes[index + 1].name, type: 'main', index: 0 }]] };
	}
	return { nodes, connections };
}

function findStart(workflow: InstanceType<typeof Workflow>): INode {
	const first = Object.values(workflow.nodes).filter(
		({ name }) => workflow.getParentNodes(name).length === 0,
	);
	// Notes, and nodes that only hold settings, lead nowhere.
	const start = first.find(({ name }) => workflow.getChildNodes(name).length > 0) ?? first[0];
	if (!start) throw new Error('The workflow has no node to begin with');
	return start;
}
