import { setTimeout as sleep } from 'node:timers/promises';
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
	 * Whether it comes after the server has carried the request out, and spoils only the answer;
	 * otherwise it comes before the server has looked at anything.
	 */
	late?: boolean;
	/**
	 * Either answers in the server's place, by `reply.send` or, to spoil the connection itself,
	 * by `reply.hijack()` and `reply.raw`, and returns true; or leaves the reply alone and
	 * returns false.
	 *
	 * @param answer what the server is about to send; undefined unless the fault is a late one
	 */
	handle(request: FaultRequest, reply: FastifyReply, answer?: unknown): boolean | Promise<boolean>;
};

/** Which requests a fault is for. */
export type Aim = {
	/** How many matching requests go wrong before the fault is over; default 1. */
	times?: number;
	/** How many matching requests are let through first; default 0. */
	after?: number;
	/** Only requests whose path ends with this match; all do if left out. */
	path?: string;
	/** Only requests whose `q` has this text in it do; all do if left out. */
	q?: string;
	/**
	 * Whether the server carries the request out first and only the answer is spoilt, so that a
	 * create goes through and the client does not learn of it; default false.
	 */
	late?: boolean;
};

/** Offers a request to the faults of one phase in order; true as soon as one has answered it. */
export async function tryFaults(
	faults: readonly Fault[],
	phase: 'early' | 'late',
	request: FaultRequest,
	reply: FastifyReply,
	answer?: unknown,
): Promise<boolean> {
	for (const fault of faults) {
		if (Boolean(fault.late) !== (phase === 'late')) continue;
		if (await fault.handle(request, reply, answer)) return true;
	}
	return false;
}

/** Counts the requests that an aim is for, and says of each whether it is its turn to go wrong. */
function makeSight({ times = 1, after = 0, path = '', q = '' }: Aim) {
	let seen = 0;
	return (request: FaultRequest): boolean => {
		if (!request.path.endsWith(path) || !(request.query.q ?? '').includes(q)) return false;
		seen += 1;
		return seen > after && seen <= after + times;
	};
}

/** A fault out of what it does to one request. */
function aimed(
	name: string,
	aim: Aim,
	spoil: (reply: FastifyReply, request: FaultRequest) => void,
): Fault {
	const isHit = makeSight(aim);
	return {
		name: aim.late ? `${name}, after the request was carried out` : name,
		late: aim.late,
		handle(request, reply) {
			if (!isHit(request)) return false;
			spoil(reply, request);
			return true;
		},
	};
}

/** A fixed answer in place of the server's own. */
export type Answer = Aim & {
	/** HTTP status. */
	status: number;
	headers?: Record<string, string>;
	/** Sent as it is if a text, as JSON otherwise; empty if left out. */
	body?: string | object;
};

/** Answers with something fixed, then does nothing any more. */
export function answer({ status, headers = {}, body = '', ...aim }: Answer): Fault {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	const type = typeof body === 'string' ? 'text/plain' : 'application/json';
	return aimed(`answer ${status}`, aim, (reply) => {
		reply.code(status).type(`${type}; charset=utf-8`).headers(headers).send(text);
	});
}

/** Answers with the address that was asked for, token and all, as chatty servers do. */
export function echo({ status, ...aim }: Aim & { status: number }): Fault {
	return aimed(`echo ${status}`, aim, (reply, { path, query }) => {
		const asked = `${path}?${new URLSearchParams(query).toString()}`;
		reply.code(status).send({
			code: '100550400',
			errorWsid: 'WSID_ERRO_00000193000000000000000000000001',
			userMessage: `参数不正确 ${asked}`,
			developerMessage: asked,
		});
	});
}

/** Resets the connection: before the answer, or when half of it is out. */
export function reset({ amid = false, ...aim }: Aim & { amid?: boolean } = {}): Fault {
	return aimed(amid ? 'reset amid the body' : 'reset', aim, (reply) => {
		reply.hijack();
		const { raw } = reply;
		if (!amid) {
			raw.socket?.resetAndDestroy();
			return;
		}
		raw.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
		raw.write('{"took":1,"hits":{', () => raw.socket?.resetAndDestroy());
	});
}

/** The first 1,000 bytes of a PDF of 2,000. */
const HALF = '%PDF-1.4\n'.padEnd(1000);

/**
 * A PDF that breaks off after half of its 2,000 bytes. `length` says how it can be noticed: the
 * header announced the `whole`; it announced the `half`, or `none`, and only the file's missing
 * end shows it.
 */
export function cut({
	length = 'whole',
	...aim
}: Aim & { length?: 'whole' | 'half' | 'none' } = {}): Fault {
	return aimed(`cut, length of ${length} announced`, aim, (reply) => {
		reply.hijack();
		const { raw } = reply;
		// Without a length, Node would frame the body in chunks, whose missing end is noticed too.
		raw.removeHeader('transfer-encoding');
		const announced = { whole: { 'content-length': '2000' }, half: { 'content-length': '1000' } };
		raw.writeHead(200, {
			'content-type': 'application/pdf',
			connection: 'close',
			...(length === 'none' ? {} : announced[length]),
		});
		raw.write(HALF, () => raw.socket?.end());
	});
}

/** A PDF of which half of its 2,000 bytes come, and then nothing, over a connection that stays open. */
export function stall(aim: Aim = {}): Fault {
	return aimed('stall', aim, (reply) => {
		reply.hijack();
		reply.raw.writeHead(200, { 'content-type': 'application/pdf', 'content-length': '2000' });
		reply.raw.write(HALF);
	});
}

/** Waits `ms` before the server answers as always. */
export function slow({ ms, ...aim }: Aim & { ms: number }): Fault {
	const isHit = makeSight(aim);
	return {
		name: 'slow',
		async handle(request) {
			if (isHit(request)) await sleep(ms);
			return false;
		},
	};
}

/** Takes the request and never answers. */
export function silence(aim: Aim = {}): Fault {
	return aimed('silence', aim, (reply) => void reply.hijack());
}

/** Begins JSON and then sends a blank every `every` ms, so that the answer never ends. */
export function drip({ every = 300, ...aim }: Aim & { every?: number } = {}): Fault {
	return aimed('drip', aim, (reply) => {
		reply.hijack();
		const { raw } = reply;
		raw.writeHead(200, { 'content-type': 'application/json' });
		raw.write('{"took":1,');
		const dripping = setInterval(() => raw.write(' '), every);
		raw.on('close', () => clearInterval(dripping));
	});
}

/** Does something while a request is on its way, and then lets the server answer it. */
export function meanwhile(aim: Pick<Aim, 'after' | 'path'>, act: () => void): Fault {
	const isHit = makeSight(aim);
	return {
		name: 'meanwhile',
		handle(request) {
			if (isHit(request)) act();
			return false;
		},
	};
}
