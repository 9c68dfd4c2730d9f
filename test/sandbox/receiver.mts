import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Something that callbacks are posted to. */
export type Receiver = {
	url: string;
	/** What was posted, in order. */
	received: Array<{ headers: IncomingHttpHeaders; body: string }>;
	/** How many posts were under way at once, at the most. */
	most: () => number;
	close: () => void;
};

/** A receiver that answers with these statuses in turn, the last one for ever. */
export async function startReceiver(...statuses: number[]): Promise<Receiver> {
	const received: Receiver['received'] = [];
	let inFlight = 0;
	let mostInFlight = 0;
	const server = createServer((request, response) => {
		mostInFlight = Math.max(mostInFlight, ++inFlight);
		let body = '';
		request.on('data', (chunk: Buffer) => (body += chunk.toString()));
		request.on('end', () => {
			received.push({ headers: request.headers, body });
			setTimeout(() => {
				inFlight -= 1;
				response.writeHead(statuses.length > 1 ? (statuses.shift() ?? 200) : statuses[0]).end();
			}, 2);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/`,
		received,
		most: () => mostInFlight,
		close: () => {
			server.close();
			server.closeAllConnections();
		},
	};
}
