/** `npm start`: a real n8n with this package, and a made-up Yisign beside it, to try by hand. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Listr } from 'listr2';
import type { Envelope } from '../sandbox/envelopes.mts';
import { startSandbox, type Sandbox } from '../sandbox/server.mts';
import { ROOT } from '../scripts/pack.mts';
import { checkPorts, HELP, readCommand, type Ports } from './command.mts';
import { fill, OWNER } from './contents.mts';
import { installN8n } from './install.mts';
import { startInstance, type Instance } from './instance.mts';
import { installPackage } from './package.mts';
import { npm } from './process.mts';
import { Rest } from './rest.mts';

/** What has been started so far. */
interface Running {
	n8n: string;
	sandbox?: Sandbox;
	instance?: Instance;
}

/** n8n's assistant would be the first thing to be seen, and needs an account at its makers. */
const ENV = { N8N_DISABLED_MODULES: 'instance-ai,mcp-registry' };

/** How old the newest made envelope is, ms: so that "today" and "this week" find some. */
const FRESH = 3 * 60_000;

/** Somebody pressed Ctrl-C. */
class Stopped extends Error {
	override message = 'Stopped.';
}

const stopping = new AbortController();
const { signal } = stopping;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	process.on(name, () => {
		// Ctrl-C a second time means not to wait: on exit, what still runs is killed.
		if (signal.aborted) process.exit(130);
		stopping.abort(new Stopped());
	});
}

/** Does everything that is needed until n8n and the sandbox are up. */
async function start(ports: Ports, userFolder: string, running: Running): Promise<void> {
	const tasks = new Listr<Running>(
		[
			{
				title: 'Build the package',
				task: async () => void (await npm(['run', '--silent', 'build'], { cwd: ROOT, signal })),
			},
			{
				title: 'Install n8n (once: some minutes, 3 GB)',
				task: async (context, task) => {
					const report = (progress: string) => {
						if (process.stdout.isTTY) task.output = progress;
					};
					context.n8n = await installN8n(2, { report, signal });
				},
			},
			{
				title: 'Install the package into n8n',
				task: async () => void (await installPackage(userFolder, signal)),
			},
			{
				title: 'Start the sandbox',
				task: async (context) => {
					const envelopes = await recall(userFolder);
					const newest = Date.now() - FRESH;
					context.sandbox = await startSandbox({ port: ports.sandbox, envelopes, newest });
				},
			},
			{
				title: 'Start n8n',
				task: async (context) => {
					const { n8n } = context;
					const { n8n: port } = ports;
					context.instance = await startInstance({ n8n, userFolder, port, env: ENV, signal });
				},
			},
			{
				title: 'Provide owner, credential and workflows',
				task: async ({ instance, sandbox }) => {
					if (!instance || !sandbox) return;
					const callback = await fill(new Rest(instance.url), sandbox);
					sandbox.options.callbackUrl = instance.url + callback;
				},
			},
		],
		{
			ctx: running,
			registerSignalListeners: false,
			rendererOptions: { showErrorMessage: false },
		},
	);
	await tasks.run();
	// Not every task can be broken off.
	signal.throwIfAborted();
}

/** Where the sandbox's envelopes are kept from one start to the next. */
const envelopesFile = (userFolder: string) => path.join(userFolder, 'envelopes.json');

/** The envelopes as they were left: n8n remembers too for which of them it has started. */
async function recall(userFolder: string): Promise<Envelope[] | undefined> {
	const file = envelopesFile(userFolder);
	if (!existsSync(file)) return undefined;
	return JSON.parse(await readFile(file, 'utf8')) as Envelope[];
}

async function stop({ instance, sandbox }: Running, userFolder: string): Promise<void> {
	await instance?.stop();
	await sandbox?.close();
	if (sandbox) await writeFile(envelopesFile(userFolder), JSON.stringify(sandbox.envelopes));
}

function welcome({ instance, sandbox }: Running, userFolder: string): string {
	return `
  n8n      ${instance?.url}   e-mail ${OWNER.email}, password ${OWNER.password}
  Sandbox  ${sandbox?.url}   a made-up Yisign with ${sandbox?.envelopes.length} envelopes

Try this:
  1. Open the sandbox and press Sign beside an envelope. Two published workflows in n8n start:
     “Yisign 06”, which Yisign calls back, at once; “Yisign 00”, which asks, within a minute.
     Look at their Executions.
  2. In n8n, open “Yisign 01” and choose Execute workflow. Then change a condition.
  3. Open “Yisign 07”, deactivate its e-mail node (select it and press D), publish it, and send its
     form with a PDF: then sign the new envelope on the sandbox's page.
  4. Search what was started since Monday: in “Yisign 01”, remove the condition and add Created After
     under Dates. On the first start, the newest envelopes are some minutes old.
  5. In a new workflow, add Yisign Envelope Trigger with On Envelope Overdue and publish it. On the
     first start, some envelopes become overdue within the next 40 minutes, one after the other.

Ctrl-C stops both. What you change is kept in ${path.relative(ROOT, userFolder)}; remove that folder to start over.
`;
}

async function main(): Promise<void> {
	const ports = readCommand(process.argv.slice(2));
	if (ports === 'help') return console.log(HELP);
	await checkPorts(ports);

	// Each port has a state of its own, so that two n8n never share one.
	const userFolder = path.join(ROOT, '.cache', `start-${ports.n8n}`);
	const running: Running = { n8n: '' };
	try {
		await start(ports, userFolder, running);
		console.log(welcome(running, userFolder));
		const asked = new Promise((resolve) => signal.addEventListener('abort', resolve));
		const ended = await Promise.race([running.instance?.end, asked]);
		if (!signal.aborted) throw new Error(`n8n ended by itself (${String(ended)}).`);
	} finally {
		if (running.instance) console.log('Stopping …');
		await stop(running, userFolder);
	}
}

try {
	await main();
} catch (error) {
	if (!signal.aborted) console.error((error as Error).message);
	process.exitCode = signal.aborted ? 130 : 1;
}
