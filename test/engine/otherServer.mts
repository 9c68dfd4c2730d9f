import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach } from 'vitest';

/** One request that has reached a server of {@link startOtherServer}. */
export interface Received {
	/** Method, address and headers as they came. */
	head: string;
	/** Undefined until all of it has come. */
	body?: string;
}

const servers: Server[] = [];

afterEach(() => {
	for (const server of servers.splice(0)) {
		server.closeAllConnections();
		server.close();
	}
});

/** Starts a server of an origin of its own, which is closed after the test, and notes what it gets. */
export async function startOtherServer(listener: RequestListener) {
	const requests: Received[] = [];
	let open = 0;
	const server = createServer((request, response) => {
		const { method, url, rawHeaders } = request;
		const received: Received = { head: `${method} ${url} ${rawHeaders.join(' ')}` };
		requests.push(received);
		open += 1;
		response.on('close', () => (open -= 1));
		void text(request).then((body) => {
			received.body = body;
			listener(request, response);
		});
	});
	servers.push(server);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}`, requests, countOpen: () => open };
}
