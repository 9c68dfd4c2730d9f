import type { YisignClient } from '../shared/api/client';
import { tookTooLong } from '../shared/api/transport';
import { outcomeOf, YisignError } from '../shared/errors';

/** So many requests are sent in one look at the most. */
const MOST_REQUESTS = 60;

/** A look at what lies beside a poll's own pages. It never stops or delays the poll. */
export interface Look {
	/**
	 * Sends each request once, so that one that is not answered takes little of the poll's time, and
	 * none when looking is over: then it throws a YisignError `incomplete`.
	 */
	client: YisignClient;
	/** Whether no request is sent any more. */
	isOver: () => boolean;
}

/** @param isOverdue whether the time for reading is over */
export function startLook(client: YisignClient, isOverdue: () => boolean): Look {
	let requests = 0;
	const isOver = () => requests >= MOST_REQUESTS || isOverdue();
	const limited: YisignClient = {
		...client,
		async get(path, query, read) {
			if (isOver()) throw new YisignError('incomplete', tookTooLong().message);
			requests += 1;
			return await client.get(path, query, read, 0);
		},
	};
	return { client: limited, isOver };
}

/** What came of a part of a look: a value, or why there is none. */
export type Seen<T> = { value: T; fault?: undefined } | { value?: undefined; fault: YisignError };

/** @throws only what is no fault of Yisign's, or that the poll was given up */
export async function trySee<T>(work: Promise<T>): Promise<Seen<T>> {
	const outcome = await outcomeOf(work);
	if ('value' in outcome) return outcome;
	const { fault } = outcome;
	if (!(fault instanceof YisignError) || fault.kind === 'cancelled') throw fault;
	return { fault };
}

/** Whether Yisign has answered, if only that it does not search or sort so. */
export function isAnswer({ fault }: Seen<unknown>): boolean {
	return fault === undefined || ['refused', 'notYisign'].includes(fault.kind);
}
