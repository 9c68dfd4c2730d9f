import type { IPollFunctions } from 'n8n-workflow';
import { PageSize } from '../shared/search/pageSize';
import type { Backlog } from './backlog';
import type { ProvenTies } from './ties';

/** What a process remembers of a trigger between two polls. Times are epoch ms of n8n's clock. */
export interface Memory {
	/** n8n begins the next poll even if the last is not done. */
	isUnderWay: boolean;
	/** How many polls in a row got no answer. */
	unanswered: number;
	/** How many polls in a row ended with a server error. */
	serverErrors: number;
	/** What is known of the pages that the server gives. */
	pageSize: PageSize;
	/** How many records with a time later than now came first in the last reading. */
	ahead: number;
	/** When it was looked whether Finished Time leads to all envelopes that have ended. */
	checked?: number;
	/** Part of that look to when Yisign last answered it. */
	looked: Map<string, number>;
	/** Ids of envelopes that it does not lead to, as far as that has been reported. */
	hidden?: Set<string>;
	/** When a record showed last that Yisign sorts by the time that is asked for. */
	sortProven?: number;
	/** When one was looked for that does. */
	sortLooked?: number;
	/** Place in the result from which on there was no time then; undefined if there was. */
	sortPlace?: number;
	/** Whether a page has shown since that it does not. */
	isSortRefuted?: boolean;
	attempted?: number;
	answered?: number;
	/** Hash of what was watched then. */
	settings?: string;
	/** The server's clock at the last poll that was answered. */
	asOf?: number;
	/** Contexts of polls: n8n has one for each registration, or where cursors are durable each poll. */
	registrations: WeakSet<IPollFunctions>;
	/** A reading for which a poll had not enough time, and of what it is. */
	reading?: { of: string; backlog: Backlog };
	ties: ProvenTies;
}

const memories = new Map<string, Memory>();

/** When this process began, by n8n's clock in epoch ms. */
export const PROCESS_BEGAN = Date.now();

/** The memory of the trigger that polls. */
export function memoryOf(context: IPollFunctions): Memory {
	const key = `${context.getWorkflow().id}:${context.getNode().id}`;
	let memory = memories.get(key);
	if (!memory) {
		memory = {
			isUnderWay: false,
			unanswered: 0,
			serverErrors: 0,
			pageSize: new PageSize(),
			ahead: 0,
			looked: new Map(),
			registrations: new WeakSet(),
			ties: new Map(),
		};
		memories.set(key, memory);
	}
	return memory;
}
