import type { FastifyReply } from 'fastify';

/** What a fault may look at before it acts. */
export type FaultRequest = {
	/** Path as sent, with the server's prefix and without the query. */
	path: string;
	/** Query as sent, decoded and unmasked. */
	query: Record<string, string>;
	/** Running number of the request since the server started; the first is 1. */
	number: number;
};

/** Something that goes wrong on purpose. */
export type Fault = {
	/** For people reading a list of faults. */
	name: string;
	/**
	 * Either answers in the server's place, by `reply.send` or, to spoil the connection itself,
	 * by `reply.hijack()` and `reply.raw`, and returns true; or leaves the reply alone and
	 * returns false.
	 */
	handle(request: FaultRequest, reply: FastifyReply): boolean | Promise<boolean>;
};

/** Offers a request to the faults in order; true as soon as one of them has answered it. */
export async function tryFaults(
	faults: readonly Fault[],
	request: FaultRequest,
	reply: FastifyReply,
): Promise<boolean> {
	for (const fault of faults) {
		if (await fault.handle(request, reply)) return true;
	}
	return false;
}

/** A fixed answer in place of the server's own. */
export type Answer = {
	/** HTTP status. */
	status: number;
	headers?: Record<string, string>;
	/** Sent as it is if a text, as JSON otherwise; empty if left out. */
	body?: string | object;
	/** How many matching requests are answered before the fault is over; default 1. */
	times?: number;
	/** Only requests whose path ends with this match; all do if left out. */
	path?: string;
};

/** A fault that answers the next `times` matching requests and then does nothing. */
export function answer({ status, headers = {}, body = '', times = 1, path = '' }: Answer): Fault {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	const type = typeof body === 'string' ? 'text/plain' : 'application/json';
	let left = times;
	return {
		name: `answer ${status}`,
		handle(request, reply) {
			if (left <= 0 || !request.path.endsWith(path)) return false;
			left--;
			reply.code(status).type(`${type}; charset=utf-8`).headers(headers).send(text);
			return true;
		},
	};
}
