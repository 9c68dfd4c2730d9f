import type { YisignClient } from '../api/client';
import { DOCUMENTED_PAGE_SIZE } from '../api/endpoints';
import { isRefusal, outcomeOf } from '../errors';
import { hashOf } from '../hash';
import type { JsonObject } from '../json';
import { isObject, parseJson } from '../json';
import { foldName } from './names';
import type { SearchPage } from './page';
import { lengthOf, requestPage } from './page';
import { DEFAULT_SORT_RULE } from './query';

/** Envelopes that one step of a list reads. */
const STEP = 200;

/** Steps that one request of the editor takes, so that typing never waits for long. */
const MOST_STEPS = 5;

/**
 * Characters of the hash that stands for an entry, of 6 bits each: among 20,000 entries, two that are
 * alike come once in 20,000 lists.
 */
const HASH_LENGTH = 7;

/** Where a list goes on: kept by the editor between two steps. */
interface Position {
	/** Number of the next envelope, counted from 0. */
	from: number;
	/** Records to ask for on a page. */
	size: number;
	/** Hashes of the values that the editor has, one behind the other, so that none comes twice. */
	shown: string;
}

/** One entry of a list in the editor. */
interface ListEntry {
	name: string;
	value: string;
}

/** An entry that an envelope has to offer. */
export interface FoundEntry extends ListEntry {
	/** What the filter is compared with. */
	searched: string;
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
	toEntries: (page: SearchPage) => FoundEntry[],
): Promise<List> {
	const position = parsePosition(token);
	const shown = new Set(position.shown.match(/.{7}/g));
	const words = foldName(filter).split(' ');
	const entries: ListEntry[] = [];
	for (let step = 0; step < MOST_STEPS && entries.length === 0; step += 1) {
		const page = await readStep(client, position);
		if (page === undefined) return { entries };
		for (const { name, value, searched } of toEntries(page)) {
			const hash = hashOf(value, HASH_LENGTH);
			const text = foldName(searched);
			if (shown.has(hash) || !words.every((word) => text.includes(word))) continue;
			shown.add(hash);
			entries.push({ name, value });
		}
		const length = lengthOf(page);
		position.from += length;
		if (length === 0 || (page.isTotalExact && position.from >= (page.total ?? 0)))
			return { entries };
	}
	return { entries, token: JSON.stringify({ ...position, shown: [...shown].join('') }) };
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
	if (!isRefusal(outcome.fault)) throw outcome.fault;
	if (size > DOCUMENTED_PAGE_SIZE) {
		position.size = DOCUMENTED_PAGE_SIZE;
		return await readStep(client, position);
	}
	if (from > 0) return undefined;
	throw outcome.fault;
}

/** Where the step before has ended; the beginning if the editor sends what is not ours. */
function parsePosition(token: string | undefined): Position {
	const known = token === undefined ? undefined : parseJson(token);
	return isPosition(known) ? known : { from: 0, size: STEP, shown: '' };
}

function isPosition(value: unknown): value is Position & JsonObject {
	if (!isObject(value)) return false;
	const { from, size, shown } = value;
	const isOurSize = size === STEP || size === DOCUMENTED_PAGE_SIZE;
	const isCount = Number.isSafeInteger(from) && Number(from) >= 0;
	return isOurSize && isCount && typeof shown === 'string' && /^[\w-]*$/.test(shown);
}
