import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** How a program is started. */
export interface ProgramOptions {
	cwd?: string;
	/** The whole environment; this process's own by default. */
	env?: NodeJS.ProcessEnv;
	/** Whom it runs as; only root may choose. */
	uid?: number;
	gid?: number;
	/** Called with each line that the program writes, to either stream. */
	onLine?: (line: string) => void;
}

/** A program that runs in a process group of its own, so that it can be ended with its children. */
export interface Program {
	readonly pid: number;
	/** Set once the program has ended: its exit code, or the signal that ended it. */
	readonly ended: string | undefined;
	/** Resolves with {@link Program.ended}; nothing of the group is left then. */
	readonly end: Promise<string>;
	/** The last lines it wrote, oldest first. */
	readonly lastLines: readonly string[];
	/** Asks the program alone to stop, so that it can take its children down in order. */
	readonly stop: () => void;
	/** Ends the program and everything it started, at once. */
	readonly kill: () => void;
}

const LINES_KEPT = 200;

/** Process groups that still run: none of them outlives this process. */
const groups = new Set<number>();
process.on('exit', () => groups.forEach(killGroup));

/**
 * Kills a process group when this process is gone, for if it is killed it cannot do so itself.
 * Vitest kills the processes that its tests run in on Ctrl-C.
 *
 * @returns ends the watch
 */
function watchOver(pid: number): () => void {
	// The pipe is never written to: it closes when this process ends.
	const watcher = spawn('sh', ['-c', 'read _; kill -s KILL -- "-$0"', String(pid)], {
		detached: true,
		stdio: ['pipe', 'ignore', 'ignore'],
	});
	watcher.on('error', () => {});
	watcher.unref();
	(watcher.stdin as Socket).unref();
	return () => void watcher.kill('SIGKILL');
}

function killGroup(pid: number): void {
	try {
		process.kill(-pid, 'SIGKILL');
	} catch {
		// Nothing of it is left.
	}
}

/** Starts a program. Rejects with the system's error (`ENOENT`, …) if it cannot be started. */
export async function startProgram(
	command: string,
	args: readonly string[],
	{ onLine, ...options }: ProgramOptions = {},
): Promise<Program> {
	const child = spawn(command, args, {
		...options,
		detached: true,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
	// The error of a program that did not start comes from `spawn` below.
	closed.catch(() => {});
	await once(child, 'spawn');
	const pid = child.pid as number;
	groups.add(pid);
	const release = watchOver(pid);

	const lastLines: string[] = [];
	for (const stream of [child.stdout, child.stderr]) {
		createInterface({ input: stream }).on('line', (line) => {
			lastLines.push(line);
			if (lastLines.length > LINES_KEPT) lastLines.shift();
			onLine?.(line);
		});
	}

	let ended: string | undefined;
	// Children that outlive the program would hold its streams open, and `close` would never come.
	child.once('exit', () => killGroup(pid));
	const end = closed.then(([code, signal]) => {
		groups.delete(pid);
		release();
		return (ended = signal ?? `exit code ${code}`);
	});
	return {
		pid,
		get ended() {
			return ended;
		},
		end,
		lastLines,
		stop: () => void child.kill('SIGTERM'),
		kill: () => killGroup(pid),
	};
}

/** A program did not end well. */
export class ProgramFailed extends Error {
	/** The last lines that it wrote. */
	readonly output: string;

	constructor(command: string, ended: string, output: string) {
		super(`${command} ended with ${ended}:\n${output}`);
		this.output = output;
	}
}

/**
 * Runs a program to its end.
 *
 * @param signal ends it, with everything it started, and rejects with the signal's reason
 * @returns its last lines
 * @throws ProgramFailed if its exit code is not 0
 */
export async function run(
	command: string,
	args: readonly string[],
	{ signal, ...options }: ProgramOptions & { signal?: AbortSignal } = {},
): Promise<string> {
	signal?.throwIfAborted();
	const program = await startProgram(command, args, options);
	signal?.addEventListener('abort', program.kill, { once: true });
	const ended = await program.end;
	signal?.removeEventListener('abort', program.kill);
	signal?.throwIfAborted();
	const output = program.lastLines.join('\n');
	if (ended !== 'exit code 0') throw new ProgramFailed(`${command} ${args[0]}`, ended, output);
	return output;
}

/** Runs npm, under the Node that this process runs on, so that native modules fit to it. */
export async function npm(
	args: readonly string[],
	{ env, ...options }: ProgramOptions & { signal?: AbortSignal } = {},
): Promise<string> {
	return await run('npm', [...args, '--no-audit', '--no-fund', '--no-update-notifier'], {
		...options,
		env: { ...process.env, ...env, PATH: pathWithThisNode() },
	});
}

/** The search path of programs, with the Node that this process runs on before all others. */
export function pathWithThisNode(): string {
	return [path.dirname(process.execPath), process.env.PATH].join(path.delimiter);
}
