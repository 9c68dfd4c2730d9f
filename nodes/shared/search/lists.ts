import type { YisignClient } from '../api/client';
import { DOCUMENTED_PAGE_SIZE } from '../api/endpoints';
import { outcomeOf, YisignError } from '../errors';
import { parseJson, isObject } from '../json';
import type { SearchPage } from './page';
import { lengthOf, requestPage } from './page';
import { DEFAULT_SORT_RULE } from './query';

/** Envelopes that one step of a list reads. */
const STEP = 200;

/** Steps that one request of the editor takes, so that typing never waits for long. */
const MOST_STEPS = 5;

/**
 * Entries that are remembered so that none is shown twice; the newest, so that a long list stays
 * quick. Codes are fewer, and envelopes move by a few places only while a list is read.
 */
const MOST_SHOWN = 3000;

/** Where a list goes on: kept by the editor between two steps. */
interface Position {
	/** Number of the next envelope, counted from 0. */
	from: number;
	/** Records to ask for on a page. */
	size: number;
	/** Values of entries that the editor has. */
	shown: string[];
}

/** One entry of a list in the editor. */
export interface ListEntry {
	name: string;
	value: string;
}

export interface List {
	entries: ListEntry[];
	/** Where to go on; undefined at the end. */
	token?: string;
}

/**
 * The next entries of a list, out of recent envelopes. One request, or a few while nothing fits
 * what is being typed.
 *
 * @param token what the step before returned; undefined at the beginning
 * @param toEntries what the envelopes of a page have to offer, in the order to show it
 * @throws YisignError
 */
export async function readList(
	client: YisignClient,
	filter: string,
	token: string | undefined,
	toEntries: (page: SearchPage) => ListEntry[],
): Promise<List> {
	const position = parsePosition(token);
	const shown = new Set(position.shown);
	const wanted = filter.trim().toLowerCase();
	const entries: ListEntry[] = [];
	for (let step = 0; step < MOST_STEPS && entries.length === 0; step += 1) {
		const page = await readStep(client, position);
		if (page === undefined) return { entries };
		for (const entry of toEntries(page)) {
			const isWanted = `${entry.name} ${entry.value}`.toLowerCase().includes(wanted);
			if (!isWanted || shown.has(entry.value)) continue;
			shown.add(entry.value);
			entries.push(entry);
		}
		const length = lengthOf(page);
		position.from += length;
		if (length === 0 || (page.isTotalExact && position.from >= (page.total ?? 0)))
			return { entries };
	}
	const kept = [...shown].slice(-MOST_SHOWN);
	return { entries, token: JSON.stringify({ ...position, shown: kept }) };
}

/**
 * A larger page than the documented one, unless the server refuses that.
 *
 * @returns undefined beyond what the server allows to be read
 */
async function readStep(client: YisignClient, position: Position): Promise<SearchPage | undefined> {
	const { from, size } = position;
	const outcome = await outcomeOf(
		requestPage(client, { query: '', sortRules: [DEFAULT_SORT_RULE], from, size }),
	);
	if ('value' in outcome) return outcome.value;
	const isRefused = outcome.fault instanceof YisignError && outcome.fault.kind === 'refused';
	if (isRefused && size > DOCUMENTED_PAGE_SIZE) {
		position.size = DOCUMENTED_PAGE_SIZE;
		return await readStep(client, position);
	}
	if (isRefused && from > 0) return undefined;
	throw outcome.fault;
}

function parsePosition(token: string | undefined): Position {
	const known = token === undefined ? undefined : parseJson(token);
	if (!isObject(known)) return { from: 0, size: STEP, shown: [] };
	return known as unknown as Position;
}
