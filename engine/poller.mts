import { AsyncLocalStorage } from 'node:async_hooks';
import type {
	IDataObject,
	INode,
	INodeExecutionData,
	INodeTypes,
	IWorkflowExecuteAdditionalData,
	WorkflowActivateMode,
} from 'n8n-workflow';
import { Container, PollContext, PollTriggerExecutor, Workflow } from './n8n.mts';

/** How n8n polls. */
export interface PollerSettings {
	/** ms that n8n gives a poll; 5 minutes by default, 36 s where cursors are durable. */
	budget?: number;
	/**
	 * Whether cursors are durable: each poll has a context of its own with the mode `update`, and
	 * starts from what is stored. Node data is stored by the node's id, at polls without items too;
	 * global data is not stored.
	 */
	isDurable?: boolean;
	/** Static data that n8n has stored, as a start after a restart finds it. */
	stored?: IDataObject;
	/** `manual` is the test in the editor. */
	mode?: 'trigger' | 'manual';
	/** Why n8n registers the trigger: `activate` for publishing, `update` for an edit, `init` for a start. */
	activation?: WorkflowActivateMode;
	workflowId?: string;
}

/** A published polling trigger. */
export interface Poller {
	/** One tick of the clock that n8n polls by: what it emits, or nothing; throws what it throws. */
	tick(): Promise<INodeExecutionData[]>;
	/** The first poll, as n8n makes it before a workflow counts as published; throws what it throws. */
	activate(): Promise<INodeExecutionData[]>;
	/** What n8n has stored of the static data so far, as JSON. */
	stored(): IDataObject;
	/** Failed executions that polls have reported beside what they returned. */
	readonly reported: Error[];
}

/** What one poll has come to; several may be under way. */
interface Outcome {
	emitted?: INodeExecutionData[];
	/** Whether it found nothing, and said so without a fault. */
	isIdle: boolean;
	failures: Error[];
}

/**
 * Polls a trigger through n8n's own tick. Static data is stored when a poll emits and once after
 * activation; a poll that throws or finds nothing stores nothing, unless cursors are durable.
 */
export function makePoller(
	nodeTypes: INodeTypes,
	additionalData: () => IWorkflowExecuteAdditionalData,
	node: INode,
	settings: PollerSettings = {},
): Poller {
	const {
		budget = 300_000,
		isDurable = false,
		mode = 'trigger',
		activation = 'activate',
	} = settings;
	const reported: Error[] = [];
	let persisted = settings.stored ?? {};
	const outcomes = new AsyncLocalStorage<Outcome>();
	const outcome = () => outcomes.getStore() ?? { isIdle: false, failures: [] };

	/** What n8n builds once for a registration, or for each poll where cursors are durable. */
	function register() {
		const workflow = new Workflow({
			id: settings.workflowId ?? 'published',
			nodes: [node],
			connections: {},
			active: true,
			nodeTypes,
			staticData: structuredClone(isDurable ? {} : persisted),
		});
		const byId = structuredClone((persisted[node.id] as IDataObject | undefined) ?? {});
		const persist = () => {
			const data = isDurable ? { ...persisted, [node.id]: byId } : workflow.staticData;
			persisted = JSON.parse(JSON.stringify(data)) as IDataObject;
		};
		const context = new PollContext(
			workflow,
			workflow.nodes[node.name],
			additionalData(),
			mode,
			isDurable ? 'update' : activation,
			(data) => {
				outcome().emitted = data[0];
				persist();
			},
			(error) => outcome().failures.push(error),
			() => {
				outcome().isIdle = true;
				if (isDurable) persist();
				return Promise.resolve();
			},
			undefined,
			isDurable ? () => byId : undefined,
			() => budget,
		);
		const run = Container.get(PollTriggerExecutor).create(
			workflow,
			workflow.nodes[node.name],
			context,
			() => true,
		);
		return { run, persist };
	}

	let registered = register();

	async function poll(isActivation: boolean): Promise<INodeExecutionData[]> {
		if (isDurable) registered = register();
		const { run } = registered;
		const result: Outcome = { isIdle: isActivation, failures: [] };
		await outcomes.run(result, async () => await run(isActivation));
		const { emitted, isIdle, failures } = result;
		const thrown = emitted === undefined && !isIdle ? failures.pop() : undefined;
		reported.push(...failures);
		if (thrown) throw thrown;
		return emitted ?? [];
	}

	return {
		reported,
		tick: () => poll(false),
		async activate() {
			const items = await poll(true);
			registered.persist();
			return items;
		},
		stored: () => persisted,
	};
}
