import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { freePort, isFree } from './ports.mts';
import { pathWithThisNode, startProgram } from './process.mts';

/** How n8n is started. */
export interface InstanceOptions {
	/** The folder that `installN8n` gave. */
	n8n: string;
	/** Where n8n keeps its database and key; the same folder again is a restart. */
	userFolder: string;
	/** `worker` takes executions from a queue and has no editor. Default `start`. */
	command?: 'start' | 'worker';
	/** More words of the command, such as `--concurrency=5`. */
	args?: readonly string[];
	/** TCP port on 127.0.0.1; a free one by default. */
	port?: number;
	/** Variables beside, and before, the ones set here. */
	env?: Record<string, string>;
	/** Called with each line of n8n's log. */
	onLine?: (line: string) => void;
	/** Ends n8n if it is still starting, and rejects with the signal's reason. */
	signal?: AbortSignal;
}

/** An n8n that is up. */
export interface Instance {
	/** Address of the editor, without a slash at the end. */
	readonly url: string;
	/** Everything n8n has said, of earlier starts too. */
	readonly logFile: string;
	/** Process id of n8n, which is that of its process group too. */
	readonly pid: number;
	/** Resolves when n8n has ended, however that came, with how: `exit code 0`, `SIGKILL`, … */
	readonly end: Promise<string>;
	/** Lets n8n finish what it does, and ends it. Resolves when nothing of it is left. */
	stop(): Promise<void>;
	/** Ends n8n and everything it started, at once, as a power cut would. */
	kill(): Promise<void>;
}

/** What n8n says when it is up. */
const UP = { start: 'Editor is now accessible', worker: 'n8n worker is now ready' };

/** ms; the first start on an empty PostgreSQL takes 40 s, on a busy machine more. */
const START_TIMEOUT = 180_000;

/** ms that `stop` waits before it kills; n8n itself gives executions 30 s. */
const STOP_TIMEOUT = 40_000;

/** Variables of this process that would change what n8n does: settings of another n8n, of npm, of tests. */
const FOREIGN = /^(N8N|DB|EXECUTIONS|QUEUE|npm|VITEST)_|^(NODE_ENV|NODE_OPTIONS|VITEST|TEST)$/;

/**
 * Starts n8n and resolves when it is up.
 *
 * @throws Error if the port is taken, or n8n ends or says nothing within 3 minutes: with the end of
 * its log
 */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
	const { n8n, userFolder, command = 'start', args = [], env, onLine, signal } = options;
	signal?.throwIfAborted();
	const port = options.port ?? (await freePort());
	if (!(await isFree(port))) throw new Error(`Port ${port} is in use by another program.`);
	await mkdir(userFolder, { recursive: true });
	const logFile = path.join(userFolder, `${command}.log`);
	const log = createWriteStream(logFile, { flags: 'a' });

	const up = Promise.withResolvers<void>();
	const program = await startProgram(
		process.execPath,
		[path.join(n8n, 'node_modules', 'n8n', 'bin', 'n8n'), command, ...args],
		{
			cwd: userFolder,
			env: { ...(await makeEnvironment(userFolder, port)), ...env },
			onLine(line) {
				log.write(`${line}\n`);
				onLine?.(line);
				if (line.includes(UP[command])) up.resolve();
			},
		},
	);
	void program.end.then((ended) => {
		log.end();
		up.reject(new Error(`n8n did not start: it ended with ${ended}. ${lastWords()}`));
	});
	const lastWords = () => `The end of ${logFile}:\n${program.lastLines.slice(-20).join('\n')}`;
	const timer = setTimeout(
		() => up.reject(new Error(`n8n was not up after 3 minutes. ${lastWords()}`)),
		START_TIMEOUT,
	);
	const abort = () => up.reject(signal?.reason as Error);
	signal?.addEventListener('abort', abort, { once: true });
	const kill = async () => {
		program.kill();
		await program.end;
	};
	try {
		await up.promise;
	} catch (error) {
		await kill();
		throw error;
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener('abort', abort);
	}
	return {
		url: `http://127.0.0.1:${port}`,
		logFile,
		pid: program.pid,
		end: program.end,
		kill,
		async stop() {
			program.stop();
			const killing = setTimeout(program.kill, STOP_TIMEOUT);
			await program.end;
			clearTimeout(killing);
		},
	};
}

/** An n8n that keeps to this machine and to one folder, and shows nothing but what is asked of it. */
async function makeEnvironment(userFolder: string, port: number): Promise<NodeJS.ProcessEnv> {
	const own = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name));
	return {
		...Object.fromEntries(own),
		PATH: pathWithThisNode(),
		NODE_ENV: 'production',
		N8N_USER_FOLDER: userFolder,
		N8N_HOST: '127.0.0.1',
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_PORT: String(port),
		N8N_RUNNERS_ENABLED: 'true',
		N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		N8N_SECURE_COOKIE: 'false',
		GENERIC_TIMEZONE: 'Asia/Shanghai',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		NO_PROXY: [process.env.NO_PROXY, '127.0.0.1,localhost'].filter(Boolean).join(','),
	};
}
