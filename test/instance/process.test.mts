import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ProgramFailed, run, startProgram, type Program } from '../../instance/process.mts';
import { ROOT } from '../../scripts/pack.mts';

/** A program that starts another one on the same streams, says so, and waits. */
const PARENT = `
	require('child_process').spawn('sleep', ['60'], { stdio: 'inherit' });
	console.log('started');
	setInterval(() => {}, 1000);
`;

/** Starts {@link PARENT}; it ends when nobody holds its streams any more. */
async function startParent(): Promise<Program> {
	const started = Promise.withResolvers<string>();
	const program = await startProgram('node', ['-e', PARENT], { onLine: started.resolve });
	await started.promise;
	return program;
}

/** Whether a process is there; one that nobody has buried yet is not. */
function isRunning(pid: number): boolean {
	const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
	return /^[^Z]/.test(stdout);
}

describe('a program', () => {
	it('that is killed leaves nothing of what it started', async () => {
		const program = await startParent();
		program.kill();
		expect(await program.end).toBe('SIGKILL');
	});

	it('that stops leaves nothing of what it started', async () => {
		const program = await startParent();
		program.stop();
		expect(await program.end).toBe('SIGTERM');
	});

	it('ends when the process that started it is killed', async () => {
		const module = JSON.stringify(path.join(ROOT, 'instance', 'process.mts'));
		const starter = await startProgram(process.execPath, [
			'--input-type=module',
			'-e',
			`import { startProgram } from ${module};
			const { pid } = await startProgram('sleep', ['60']);
			console.log(pid);
			process.kill(process.pid, 'SIGKILL');`,
		]);
		expect(await starter.end).toBe('SIGKILL');
		const pid = Number(starter.lastLines[0]);
		expect(pid).toBeGreaterThan(1);
		await vi.waitFor(() => expect(isRunning(pid)).toBe(false));
	});

	it('that is broken off is ended at once', async () => {
		const breaking = new AbortController();
		const running = run('node', ['-e', PARENT], {
			signal: breaking.signal,
			onLine: () => breaking.abort(new Error('Stopped')),
		});
		await expect(running).rejects.toThrow('Stopped');
	});

	it('that fails shows the last lines of its output', async () => {
		const failing = run('node', ['-e', 'console.error("no luck"); process.exit(3)']);
		await expect(failing).rejects.toThrow(ProgramFailed);
		await expect(failing).rejects.toThrow('exit code 3:\nno luck');
	});

	it('that does not exist is an error', async () => {
		await expect(run('no-such-program', [])).rejects.toThrow('ENOENT');
	});
});
