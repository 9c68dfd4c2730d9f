import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startSandbox } from '../../sandbox/server.mts';

const MAIN = fileURLToPath(new URL('../../sandbox/main.mts', import.meta.url));

function run(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
	return new Promise((resolve) => {
		execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) => {
			resolve({ code: error?.code ?? 0, stdout, stderr });
		});
	});
}

it('lists its switches', async () => {
	const { code, stdout } = await run('--help');
	expect(code).toBe(0);
	expect(stdout).toContain('--total object|number|gte|text|none');
});

it.each([
	[
		'--paging',
		'some',
		"--paging must be honoured|ignored|fromIgnored|refused|rounded|clamped|tens|restarts, not 'some'",
	],
	['--port', '99999', '--port must be a whole number'],
	['--prefix', 'gw/', '--prefix must be a path'],
	['--file-type', 'pdf', '--file-type must be a media type or none'],
	[
		'--window',
		'none',
		"--window must be a whole number from 0 to 2147483647, or Infinity, not 'none'",
	],
	['--delay-per-row', '1e3', "--delay-per-row must be a number, not '1e3'"],
	['--searchable-fields', 'a b', "--searchable-fields must be all, or names by commas, not 'a b'"],
	[
		'--newest',
		'someday',
		"--newest must be now, or a time such as 2026-11-25T08:00:00Z, not 'someday'",
	],
	['--unknown', '1', '--unknown'],
])('names a bad value: %s %s', async (name, value, message) => {
	const { code, stderr } = await run(name, value);
	expect(code).toBe(1);
	expect(stderr).toContain(message);
});

it('says when its port is in use', async () => {
	const other = await startSandbox({ count: 1 });
	const { port } = new URL(other.url);
	const { code, stderr } = await run('--port', port);
	await other.close();
	expect(code).toBe(1);
	expect(stderr).toContain(`port ${port} is in use`);
});

it('prints its address, passes its switches on and stops on Ctrl-C', async () => {
	const child = spawn(process.execPath, [MAIN, '--port', '0', '--prefix', '/gw']);
	const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
	expect(line).toMatch(/^Base URL +http:\/\/127\.0\.0\.1:\d+\/gw$/);
	expect((await fetch(`${line.split(/ +/)[2]}/files/unknown.pdf`)).status).toBe(404);
	child.kill('SIGINT');
	expect(await once(child, 'exit')).toEqual([0, null]);
});
