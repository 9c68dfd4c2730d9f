import { YisignError } from '../../../nodes/shared/errors.ts';
import type { SearchOptions } from '../../../nodes/shared/search/search.ts';
import { search } from '../../../nodes/shared/search/search.ts';
import type { Hit, SearchPage } from '../../../nodes/shared/search/page.ts';

function hitOf(number: number): Hit {
	return { id: `r${number}`, envelopeId: `e${number}`, record: { number }, sortValues: [] };
}

/** A page of the records with these numbers; by default the server does not say how many match. */
export function pageOf(numbers: readonly number[], rest: Partial<SearchPage> = {}): SearchPage {
	return { hits: numbers.map(hitOf), emptyHits: 0, total: null, isTotalExact: false, ...rest };
}

export interface Server {
	/** Numbers of the records, in the server's order. */
	records: number[];
	/** Records on a page. */
	size: number;
	/** What the server says of the total, for the true one. */
	count: (total: number) => Pick<SearchPage, 'total' | 'isTotalExact'>;
	/** Where the page really begins that was asked for from here. */
	startOf: (from: number) => number;
	/** Looked at before each request is answered: faults to throw, records that move. */
	before: (from: number, server: Server) => void;
	/** The positions that were asked for. */
	asked: number[];
	/** How many requests were served, the present one included. */
	served: number;
}

export const range = (from: number, to: number): number[] =>
	Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);

export const exactly: Server['count'] = (total) => ({ total, isTotalExact: true });

export const silent: Server['count'] = () => ({ total: null, isTotalExact: false });

/** As Elasticsearch counts: exact up to a bound, "at least" from there on. */
export const upTo =
	(bound: number): Server['count'] =>
	(total) => ({ total: Math.min(total, bound), isTotalExact: total < bound });

export function makeServer(records: number, rest: Partial<Server> = {}): Server {
	return {
		records: range(0, records),
		size: 20,
		count: exactly,
		startOf: (from) => from,
		before: () => {},
		asked: [],
		served: 0,
		...rest,
	};
}

/** Refuses what reaches over the window, as Elasticsearch does. */
export function refuseBeyond(window: number): Server['before'] {
	return (from, { size }) => {
		if (from + size <= window) return;
		throw new YisignError('refused', 'Yisign refused the request', { httpStatus: 400 });
	};
}

/** More requests than any result of these tests can need. */
const RUNAWAY = 2000;

/**
 * Searches a server.
 *
 * @returns the numbers of the records found, the shortfall, and the positions asked for
 * @throws Error if the search does not come to an end
 */
export async function searchIn(server: Server, options: Partial<SearchOptions> = {}) {
	const { hits, shortfall } = await search(
		async (from) => {
			server.asked.push(from);
			if (server.asked.length > RUNAWAY) throw new Error('The search does not come to an end');
			await Promise.resolve();
			server.served += 1;
			server.before(from, server);
			const start = server.startOf(from);
			return pageOf(
				server.records.slice(start, start + server.size),
				server.count(server.records.length),
			);
		},
		{
			from: 0,
			countKept: (hits) => hits.length,
			hasChecks: options.countKept !== undefined,
			parallelRequests: 4,
			...options,
		},
	);
	return { numbers: hits.map(({ record }) => record.number), shortfall, asked: server.asked };
}
