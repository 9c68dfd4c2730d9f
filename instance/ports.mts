import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A TCP port on 127.0.0.1 that nothing listens at just now. */
export async function freePort(): Promise<number> {
	return await listen(0);
}

/** Whether nothing listens at a TCP port of 127.0.0.1. */
export async function isFree(port: number): Promise<boolean> {
	try {
		await listen(port);
		return true;
	} catch {
		return false;
	}
}

async function listen(port: number): Promise<number> {
	const server = createServer();
	server.listen(port, '127.0.0.1');
	await once(server, 'listening');
	const taken = (server.address() as AddressInfo).port;
	server.close();
	await once(server, 'close');
	return taken;
}
