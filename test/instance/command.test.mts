import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { checkPorts, readCommand } from '../../instance/command.mts';
import { freePort } from '../../instance/ports.mts';

it('npm start takes the usual ports', () => {
	expect(readCommand([])).toEqual({ n8n: 5678, sandbox: 2576 });
});

it('npm start uses the ports that it is given', () => {
	expect(readCommand(['--port', '5680', '--sandbox-port=2600'])).toEqual({
		n8n: 5680,
		sandbox: 2600,
	});
});

it.each(['0', '65536', '-1', '80.5', 'http'])('npm start refuses the port %s', (port) => {
	expect(() => readCommand([`--port=${port}`])).toThrow(
		`--port has to be a number from 1 to 65535, not '${port}'`,
	);
});

it('npm start refuses one port for two', () => {
	expect(() => readCommand(['--port', '2576'])).toThrow('cannot both have port 2576');
});

it('npm start refuses what it does not know', () => {
	expect(() => readCommand(['--prot', '1'])).toThrow('--prot');
});

it('npm start says which port is taken, and how to choose another', async () => {
	const other = createServer().listen(0, '127.0.0.1');
	await once(other, 'listening');
	const { port } = other.address() as AddressInfo;
	try {
		await expect(checkPorts({ n8n: port, sandbox: await freePort() })).rejects.toThrow(
			new RegExp(`^Port ${port}, which n8n is to have, is in use .* npm start -- --port \\d+$`),
		);
		await expect(checkPorts({ n8n: await freePort(), sandbox: port })).rejects.toThrow(
			new RegExp(`^Port ${port}, which the sandbox .* npm start -- --sandbox-port \\d+$`),
		);
	} finally {
		other.close();
	}
	await expect(checkPorts({ n8n: await freePort(), sandbox: port })).resolves.toBeUndefined();
});
