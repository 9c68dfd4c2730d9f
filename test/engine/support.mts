import type { IDataObject, INode, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { chain, startEngine, type Engine, type Result } from '../../engine/engine.mts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/server.mts';
import { ROOT } from '../../scripts/pack.mts';

export const NODE = 'Yisign Envelope';

/** A sandbox, the engine with the built package, and a credential that fits both. */
export interface Setup {
	sandbox: Sandbox;
	engine: Engine;
	/** Runs the node with these parameters, once for each input item; a search unless they say. */
	run(parameters: INodeParameters, options?: RunOptions): Promise<Result>;
}

export interface RunOptions {
	/** JSON of the input items; a single empty one if left out. */
	input?: IDataObject[];
	/** Put into the binary field `data` of every input item. */
	file?: Buffer;
	/** Fields of the credential that differ from the sandbox's own. */
	credential?: IDataObject;
	/** Settings of the node beside its parameters, such as `onError`. */
	node?: Partial<INode>;
	/** Time zone of the workflow; that of China if left out. */
	timezone?: string;
	/** When it is fulfilled, the workflow is stopped. */
	stop?: Promise<unknown>;
}

/** Starts both; the caller closes the sandbox. */
export async function startSetup(given: SandboxOptions = {}): Promise<Setup> {
	const [sandbox, engine] = await Promise.all([startSandbox(given), startEngine(ROOT)]);
	return {
		sandbox,
		engine,
		async run(parameters, options = {}) {
			const { input = [{}], file, credential = {}, node = {} } = options;
			const { timezone = 'Asia/Shanghai', stop } = options;
			const { appId, accessToken } = sandbox.options;
			const credentials = engine.addCredential('yisignApi', {
				baseUrl: sandbox.url,
				appId,
				accessToken,
				...(credential as Record<string, string>),
			});
			const binary = file && { data: { data: file.toString('base64'), mimeType: '' } };
			const items = input.map((json) => ({ json, binary }));
			const working = { ...yisign(parameters), credentials, ...node };
			const settings = { timezone };
			return await engine.run({ ...chain(source(items), working), settings }, { stop });
		},
	};
}

/**
 * A setup for all tests of a file. Before each of them, the sandbox has the options it was started
 * with, and has seen no request, no create and no other POST.
 */
export function useSetup(options: SandboxOptions = {}): Setup {
	const setup = {} as Setup;
	let defaults: SandboxOptions;
	beforeAll(async () => {
		Object.assign(setup, await startSetup(options));
		defaults = { ...setup.sandbox.options };
	});
	beforeEach(() => {
		Object.assign(setup.sandbox.options, defaults);
		setup.sandbox.clearRequests();
		setup.sandbox.created.splice(0);
		setup.sandbox.posted.splice(0);
	});
	afterAll(() => setup.sandbox.close());
	return setup;
}

function source(items: INodeExecutionData[]): INode {
	return {
		id: 'source',
		name: 'Source',
		type: 'n8n-nodes-base.code',
		typeVersion: 1,
		position: [0, 0],
		parameters: { items: items as unknown as INodeParameters[] },
	};
}

function yisign(parameters: INodeParameters): INode {
	return {
		id: 'yisign',
		name: NODE,
		type: 'n8n-nodes-yisign.yisignEnvelope',
		typeVersion: 1,
		position: [200, 0],
		parameters,
	};
}

/** The Conditions field, filled in. */
export function conditions(...condition: IDataObject[]): INodeParameters {
	return { conditions: { condition: condition as INodeParameters[] } };
}

/** One field of all output items. */
export function column(result: Result, field = 'envelopeWsid'): unknown[] {
	return result.items(NODE).map(({ json }) => json[field]);
}

/** The message and description that the editor shows in red. */
export function messageOf({ error }: Result): string {
	return `${error?.message ?? ''} | ${error?.description ?? ''}`;
}

/** The texts that the editor shows above the output. */
export function hintsOf(result: Result): string[] {
	return result.hints(NODE).map(({ message }) => message);
}
