import { createRequire } from 'node:module';
import type { INode, INodeType, IVersionedNodeType } from 'n8n-workflow';
import type { Engine, WorkflowFile } from '../engine/engine.mts';
import { ACCESS_TOKEN, APP_ID } from '../sandbox/server.mts';

/** One measured task. */
export interface Task {
	/** Base URL of the server. */
	url: string;
	/** How many requests may be under way. */
	inFlight: number;
	/** Ids to look up, one search for each; without them everything is read. */
	ids?: string[];
	/** The node's Page Size; automatic if left out. */
	pageSize?: number;
	/** How many envelopes to create. */
	creates?: number;
}

/** Does the task once and gives the number of items that came out. */
export type Contender = (task: Task) => Promise<number>;

/** Contenders by name; each is prepared before the clock runs. */
export type Contenders = Record<string, () => Promise<Contender>>;

/** ms in which a burst of envelopes ends. */
export const BURST = 600_000;

const require = createRequire(import.meta.url);

/** One of n8n's own nodes, such as `HttpRequest/HttpRequest`. */
export function loadNode(file: string): INodeType | IVersionedNodeType {
	const module = require(`n8n-nodes-base/dist/nodes/${file}.node.js`) as Record<
		string,
		new () => INodeType | IVersionedNodeType
	>;
	return new module[file.split('/').at(-1)!]();
}

/** A credential for the server at this address. */
export function addCredential(engine: Engine, baseUrl: string) {
	return engine.addCredential('yisignApi', { baseUrl, appId: APP_ID, accessToken: ACCESS_TOKEN });
}

/** Runs a workflow and counts the items of its last node. */
export async function count(engine: Engine, workflow: WorkflowFile): Promise<number> {
	const result = await engine.run(workflow);
	if (result.error) throw result.error;
	return result.items(workflow.nodes.at(-1)?.name ?? '').length;
}

/** A node without parameters. */
export function node(name: string, type: string, typeVersion: number): INode {
	return { id: name, name, type, typeVersion, position: [0, 0], parameters: {} };
}
