import type {
	IDataObject,
	INode,
	INodeExecutionData,
	INodeTypes,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { Container, PollContext, PollTriggerExecutor, Workflow } from './n8n.mts';

/** How n8n polls. */
export interface PollerSettings {
	/** ms that n8n gives a poll; 5 minutes by default, 36 s where cursors are durable. */
	budget?: number;
	/** Whether n8n stores the static data of a poll that found nothing, too. */
	isDurable?: boolean;
	/** Static data that n8n has stored, as a start after a restart finds it. */
	stored?: IDataObject;
	/** `manual` is the test in the editor. */
	mode?: 'trigger' | 'manual';
}

/** A published polling trigger. */
export interface Poller {
	/** One tick of the clock that n8n polls by: what it emits, or nothing. */
	tick(): Promise<INodeExecutionData[]>;
	/** The first poll, as n8n makes it before a workflow counts as published; throws what it throws. */
	activate(): Promise<INodeExecutionData[]>;
	/** What n8n has stored of the static data so far, as JSON. */
	stored(): IDataObject;
}

/**
 * Polls a trigger through n8n's own tick: the static data is stored when a poll emits and once after
 * activation, as n8n does it.
 */
export function makePoller(
	nodeTypes: INodeTypes,
	additionalData: () => IWorkflowExecuteAdditionalData,
	node: INode,
	{ budget = 300_000, isDurable = false, stored = {}, mode = 'trigger' }: PollerSettings = {},
): Poller {
	const workflow = new Workflow({
		id: 'published',
		nodes: [node],
		connections: {},
		active: true,
		nodeTypes,
		staticData: structuredClone(stored),
	});
	let persisted = stored;
	const persist = () => {
		persisted = JSON.parse(JSON.stringify(workflow.staticData)) as IDataObject;
	};

	function poll(isActivation: boolean): Promise<INodeExecutionData[]> {
		let emitted: INodeExecutionData[] = [];
		let failure: Error | undefined;
		const context = new PollContext(
			workflow,
			workflow.nodes[node.name],
			additionalData(),
			mode,
			isActivation ? 'activate' : 'init',
			(data) => {
				emitted = data[0];
				persist();
			},
			(error) => (failure = error),
			() => {
				if (isDurable) persist();
				return Promise.resolve();
			},
			undefined,
			undefined,
			() => budget,
		);
		const run = Container.get(PollTriggerExecutor).create(
			workflow,
			workflow.nodes[node.name],
			context,
			() => true,
		);
		return run(isActivation).then(() => {
			if (failure) throw failure;
			return emitted;
		});
	}

	return {
		tick: () => poll(false),
		async activate() {
			const emitted = await poll(true);
			persist();
			return emitted;
		},
		stored: () => persisted,
	};
}
