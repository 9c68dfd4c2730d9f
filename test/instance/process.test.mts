import { describe, expect, it } from 'vitest';
import { ProgramFailed, run, startProgram, type Program } from '../../instance/process.mts';

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

	it('that is broken off is ended at once', async () => {
		const breaking = new AbortController();
		const running = run('node', ['-e', PARENT], {
			signal: breaking.signal,
			onLine: () => breaking.abort(new Error('Stopped')),
		});
		await expect(running).rejects.toThrow('Stopped');
	});

	it('that fails says its last words', async () => {
		const failing = run('node', ['-e', 'console.error("no luck"); process.exit(3)']);
		await expect(failing).rejects.toThrow(ProgramFailed);
		await expect(failing).rejects.toThrow('exit code 3:\nno luck');
	});

	it('that does not exist is an error', async () => {
		await expect(run('no-such-program', [])).rejects.toThrow('ENOENT');
	});
});
