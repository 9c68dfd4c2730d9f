import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { credentialFor, OWNER } from '../../instance/contents.mts';
import { installN8n } from '../../instance/install.mts';
import { startInstance, type Instance } from '../../instance/instance.mts';
import { installPackage } from '../../instance/package.mts';
import { freePort } from '../../instance/ports.mts';
import { Rest, type StoredCredential } from '../../instance/rest.mts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/server.mts';
import { startServices, type Services } from './services.mts';

/** A process of n8n that takes executions from the queue. */
export interface Worker extends Instance {
	/** Ids of the executions it has begun. */
	readonly begun: ReadonlySet<string>;
}

/** n8n in queue mode: a main process and workers, with a folder each as if on machines of their own. */
export interface Fleet {
	readonly services: Services;
	readonly sandbox: Sandbox;
	/** Logged in to the main process; goes on to hold when that is started again. */
	readonly rest: Rest;
	/** Address of the main process. */
	readonly url: string;
	/** The main process that is up, or was last. */
	readonly main: Instance;
	/** Starts the main process again, in its folder. The last one has to have ended. */
	restartMain(): Promise<void>;
	/** Starts one more worker, in a folder of its own. */
	addWorker(): Promise<Worker>;
	/** Stores a credential for the sandbox, with the app secret. */
	addCredential(): Promise<StoredCredential>;
	/** Kills whatever still runs and removes what was kept. */
	stop(): Promise<void>;
}

/** Executions that a worker runs at once. n8n advises against fewer than 5. */
export const CONCURRENCY = 5;

/**
 * Installs n8n if need be, and starts services, sandbox and the main process.
 *
 * @param settings variables for all processes of n8n
 */
export async function startFleet(
	sandboxOptions: SandboxOptions = {},
	settings: Record<string, string> = {},
): Promise<Fleet> {
	const n8n = await installN8n(2);
	const folder = mkdtempSync(path.join(tmpdir(), 'yisign-fleet-'));
	const [services, sandbox] = await Promise.all([startServices(), startSandbox(sandboxOptions)]);
	const env = {
		...services.env,
		// One for all: what the main process has stored, the workers have to read.
		N8N_ENCRYPTION_KEY: randomBytes(24).toString('base64'),
		OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
		...settings,
	};
	const instances: Instance[] = [];

	async function startMember(name: string, options: Partial<Parameters<typeof startInstance>[0]>) {
		const userFolder = path.join(folder, name);
		await installPackage(userFolder);
		const instance = await startInstance({ n8n, userFolder, env, ...options });
		instances.push(instance);
		return instance;
	}

	const port = await freePort();
	const startMain = () => startMember('main', { port });
	let main = await startMain();
	const rest = new Rest(main.url);
	await rest.login(OWNER);

	let workers = 0;
	return {
		services,
		sandbox,
		rest,
		url: main.url,
		get main() {
			return main;
		},
		async restartMain() {
			main = await startMain();
		},
		async addWorker() {
			const begun = new Set<string>();
			const worker = await startMember(`worker-${++workers}`, {
				command: 'worker',
				args: [`--concurrency=${CONCURRENCY}`],
				onLine(line) {
					const [, id] = /Worker started execution (\d+)/.exec(line) ?? [];
					if (id) begun.add(id);
				},
			});
			return { ...worker, begun };
		},
		async addCredential() {
			const data = { ...credentialFor(sandbox), authentication: 'appSecret' };
			return await rest.createCredential('Yisign', 'yisignApi', data);
		},
		async stop() {
			await Promise.all(instances.map((instance) => instance.kill()));
			await Promise.all([services.stop(), sandbox.close()]);
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
