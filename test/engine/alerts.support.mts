import type { INode, INodeExecutionData } from 'n8n-workflow';
import { vi } from 'vitest';
import type { Result, RunSettings } from '../../engine/engine.mts';
import { readWorkflow } from '../../instance/contents.mts';
import { fillIn, ROBOT_NODE, type Robot } from '../chats.mts';
import type { Setup } from './support.mts';

/** How an example is played. */
export interface Play extends RunSettings {
	/** What its first node returns; an empty item if left out. */
	items?: INodeExecutionData[];
	/** What other nodes return, by name, in place of doing their work. */
	instead?: Record<string, INodeExecutionData[]>;
	/** Whose address and secret are filled in. */
	robot?: Robot;
}

/**
 * Runs an example as it runs when published. Where n8n waits, the time of this process moves on, and
 * `onWait` is called after that. `vi.useFakeTimers({ toFake: ['Date'] })` has to be on.
 */
export async function play(
	setup: Pick<Setup, 'engine' | 'sandbox'>,
	file: string,
	options: Play = {},
): Promise<Result> {
	const { items = [{ json: {} }], instead = {}, robot, onWait, ...settings } = options;
	const { engine, sandbox } = setup;
	const { appId, accessToken } = sandbox.options;
	const credentials = engine.addCredential('yisignApi', {
		baseUrl: sandbox.url,
		appId,
		accessToken,
	});
	const { nodes, connections, settings: own } = readWorkflow(file);
	const given = { ...instead, [nodes[0].name]: items };
	const fitted = nodes.map((node): INode => {
		if (node.name in given) {
			const parameters = { items: given[node.name] as never };
			return { ...node, type: 'n8n-nodes-base.code', typeVersion: 2, parameters };
		}
		return node.name === ROBOT_NODE && robot ? fillIn(node, robot) : { ...node, credentials };
	});
	return await engine.run(
		{ nodes: fitted, connections, settings: own },
		{
			mode: 'trigger',
			onWait(until) {
				vi.setSystemTime(until);
				onWait?.(until);
			},
			...settings,
		},
	);
}

/** The trigger of an example, to be published. */
export function triggerOf(file: string): INode {
	return readWorkflow(file).nodes[0];
}
