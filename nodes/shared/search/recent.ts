import type { YisignClient } from '../api/client';
import { YisignError } from '../errors';
import { readText } from '../json';
import type { Condition } from './conditions';
import { hasValue, readAsked, satisfies } from './conditions';
import type { CodedField, Entry } from './directory';
import { isCoded, listEntries, NAME_FIELDS } from './directory';
import type { EnvelopeRecord } from './envelope';
import { isSameName, nearest, shorten } from './names';
import type { Hit } from './page';
import { requestPage } from './page';
import { buildQuery, DEFAULT_SORT_RULE, maybeSeveral } from './query';
import { CHECK_SERVER, lostDigits } from './reasons';
import type { SearchResult } from './search';
import { search } from './search';
import { createdTimeOf } from './times';

/** How many of the newest envelopes are looked at to explain what was not found. */
const RECENT_ENVELOPES = 200;

/** How many are looked at for a name: a department may be quiet for days, and have several codes. */
export const MOST_ENVELOPES = 1000;

/** ms; a copy of the index that lags behind may lack what was started so short a time ago. */
const LONGEST_LAG = 600_000;

/** What the user calls a field that holds codes; in the middle of a sentence. */
const NOUNS: Readonly<Record<CodedField, string>> = {
	hospitalDepartmentId: 'department',
	doctorID: 'doctor',
	serviceType: 'document type',
};

/** The newest envelopes, read when they are needed first, and kept for an execution. */
export class RecentEnvelopes {
	/** By how many were asked for. */
	private readonly readings = new Map<number, Promise<SearchResult>>();

	private readonly client: YisignClient;

	constructor(client: YisignClient) {
		this.client = client;
	}

	/**
	 * @param count how many at least, if there are so many: all that were read anyway are of use
	 * @throws YisignError if they cannot be read
	 */
	async list(count = RECENT_ENVELOPES): Promise<EnvelopeRecord[]> {
		const { hits } = await this.read(count);
		return hits.map(({ record }) => record);
	}

	/**
	 * Whether the envelopes that are looked at for a name are not all there are, or may not be.
	 *
	 * @throws YisignError if they cannot be read
	 */
	async hasMore(): Promise<boolean> {
		const { hasMore, reason } = await this.read(MOST_ENVELOPES);
		return hasMore || reason !== undefined;
	}

	/** Whether the server finds an envelope by the condition now, among whatever else it sends. */
	async isFound(condition: Condition): Promise<boolean> {
		const { hits } = await this.search(buildQuery([condition]), 1, ({ record }) =>
			satisfies(record, condition),
		);
		return hits.length > 0;
	}

	/**
	 * The newest envelopes as they are now, as many as were looked at before.
	 *
	 * @throws YisignError if they cannot be read
	 */
	async renew(): Promise<Hit[]> {
		const most = Math.max(RECENT_ENVELOPES, ...this.readings.keys());
		this.readings.clear();
		const { hits } = await this.read(most);
		return hits;
	}

	private async read(count: number): Promise<SearchResult> {
		const most = Math.max(count, ...this.readings.keys());
		const reading = this.readings.get(most) ?? this.search('', most);
		this.readings.set(most, reading);
		return await reading;
	}

	private async search(
		query: string,
		limit: number,
		isWanted?: (hit: Hit) => boolean,
	): Promise<SearchResult> {
		const sortRules = [DEFAULT_SORT_RULE];
		const { parallelRequests } = this.client;
		return await search(
			async (span, isTrial) =>
				await requestPage(this.client, {
					query,
					sortRules,
					...span,
					...(isTrial && { maxRetries: 0 }),
				}),
			{ sortRules, from: 0, limit, isWanted, parallelRequests },
		);
	}
}

/**
 * Looks the codes up of conditions of which only the name is known.
 *
 * @throws YisignError `input` if recent envelopes have no code for a name, or several
 */
export async function resolveNames(
	conditions: readonly Condition[],
	recent: RecentEnvelopes,
): Promise<Condition[]> {
	const resolved: Condition[] = [];
	for (const condition of conditions) {
		const { field, value, name } = condition;
		if (name === undefined || value !== '' || !isCoded(field)) {
			resolved.push(condition);
			continue;
		}
		resolved.push({ ...condition, value: await findCode(recent, field, name) });
	}
	return resolved;
}

async function findCode(recent: RecentEnvelopes, field: CodedField, name: string): Promise<string> {
	const entries = listEntries(await recent.list(MOST_ENVELOPES), field);
	const named = entries.filter((entry) => isSameName(entry.name, name));
	const inexact = named.filter(({ code }) => code === null);
	if (inexact.length > 0) throw lostDigits(countOf(inexact), [field]);
	const codes = [...new Set(named.map(({ code }) => code ?? ''))];
	if (codes.length === 0) throw noSuchName(entries, field, name);
	if (codes.length === 1) return codes[0];
	throw new YisignError('input', `Several codes have the ${NOUNS[field]} name ${shorten(name)}`, {
		description: `They are ${listTexts(codes)}. Choose one From List or By ID.`,
		toolDescription: `Leave it out, and choose among what comes by ${NAME_FIELDS[field]}.`,
		cause: 'configuration-invalid',
	});
}

function countOf(entries: readonly Entry[]): number {
	return entries.reduce((sum, { count }) => sum + count, 0);
}

/**
 * What a user should know about a condition by name that Yisign was asked for by its code.
 *
 * @returns undefined if no envelope can have the name and another code
 * @throws YisignError if recent envelopes cannot be read
 */
export async function describeCode(
	{ field, value, name }: Condition,
	recent: RecentEnvelopes,
): Promise<string | undefined> {
	if (name === undefined || !isCoded(field) || !(await recent.hasMore())) return undefined;
	return `Yisign was asked for the ${NOUNS[field]} code ${value}, which ${shorten(name)} has in recent envelopes. Older envelopes that have this name with another code are not found.`;
}

/** A name that none of the envelopes has from which the entries come. */
export function noSuchName(
	entries: readonly Entry[],
	field: CodedField,
	name: string,
): YisignError {
	const noun = NOUNS[field];
	const names = entries.map((entry) => entry.name).filter((known) => known !== '');
	const near = nearest(name, names);
	const code = findByCode(entries, name);
	const found =
		near.length > 0
			? `The nearest: ${listTexts(near)}`
			: `Recent envelopes have ${names.length > 0 ? listTexts(names) : `no ${noun} names`}`;
	const advice =
		names.length > 0
			? 'If none of them is meant, choose it From List.'
			: 'So choose By ID, and enter the code.';
	return new YisignError(
		'input',
		code !== undefined || mayBeShown(field, name, near)
			? `No recent envelope has the ${noun} name ${shorten(name)}`
			: `No recent envelope has this ${noun} name`,
		{
			description: code === undefined ? `${found}. ${advice}` : 'It is a code: choose By ID.',
			toolDescription:
				code === undefined
					? `${found}.`
					: `It is the code of ${shorten(code.name) || 'one without a name'}.`,
			cause: 'configuration-invalid',
		},
	);
}

/** The entry whose code was given for a name, in any spelling. */
export function findByCode(entries: readonly Entry[], name: string): Entry | undefined {
	return entries.find(({ code }) => code !== null && isSameName(code, name));
}

/**
 * Whether the user's own text may be repeated in a message although no envelope has it: it may have
 * been put into the wrong field. What is like nothing that is known, or next to a doctor's name, may
 * be a patient's name, and so many digits the number of a person, whatever stands between them.
 *
 * @param near what the text is like
 */
function mayBeShown(field: string, text: string, near: readonly string[]): boolean {
	const bare = text.normalize('NFKC').replace(/[^\p{L}\p{N}]/gu, '');
	return near.length > 0 && field !== 'doctorID' && !/\p{N}{6}/u.test(bare);
}

function listTexts(texts: readonly string[]): string {
	return [...new Set(texts)].slice(0, 10).map(shorten).join(', ');
}

/** Why a condition found nothing. */
export interface Explanation {
	/** A sentence for the user; undefined if recent envelopes say nothing about it. */
	advice?: string;
	/** Whether it is because the code that is asked for is a name. */
	isName?: boolean;
	/** Whether none of them has a value in the field, so that nothing can satisfy the condition. */
	isFieldMissing: boolean;
	/** Whether one of them satisfies the condition, and should have been found. */
	isThere: boolean;
}

/**
 * What recent envelopes say about a condition that found nothing.
 *
 * @throws YisignError if they cannot be read
 */
export async function explainNothing(
	condition: Condition,
	recent: RecentEnvelopes,
): Promise<Explanation> {
	const records = await recent.list();
	if (records.some((record) => satisfies(record, condition))) {
		return { isFieldMissing: false, isThere: true };
	}
	const isFieldMissing =
		records.length > 0 && !records.some((record) => hasValue(record, condition));
	return { ...adviseOn(condition, records), isFieldMissing, isThere: false };
}

/**
 * Looks again whether recent envelopes that satisfied a condition, and were not found by it, still do:
 * they may have been signed since, and a copy of the index may lack the newest.
 *
 * @returns whether only the newest do, of the last minutes, or older ones, too; undefined if none does
 * @throws YisignError if they cannot be read
 */
export async function lookAgain(
	condition: Condition,
	recent: RecentEnvelopes,
): Promise<'newest' | 'older' | undefined> {
	const before = (await recent.list()).filter((record) => satisfies(record, condition));
	const ids = new Set(before.map(({ envelopeWsid }) => envelopeWsid));
	const still = (await recent.renew()).filter(
		({ record }) => ids.has(record.envelopeWsid) && satisfies(record, condition),
	);
	if (still.length === 0) return undefined;
	const oldest = Math.min(...still.map((hit) => createdTimeOf(hit) ?? 0));
	return oldest > Date.now() - LONGEST_LAG ? 'newest' : 'older';
}

function adviseOn(
	{ field, value }: Condition,
	records: readonly EnvelopeRecord[],
): Pick<Explanation, 'advice' | 'isName'> {
	if (!isCoded(field)) {
		return { advice: suggest(field, value, records) ?? explainValue(field, value, records) };
	}
	const named = records.filter((record) =>
		isSameName(readText(record, NAME_FIELDS[field]) ?? '', value),
	);
	if (named.length === 0) return { advice: suggest(field, value, records) };
	const have = named.length === 1 ? 'envelope has' : 'envelopes have';
	return {
		advice: `No envelope has the ${NOUNS[field]} code ${shorten(value)}, but ${named.length} recent ${have} that name: choose By Name.`,
		isName: true,
	};
}

/** What may be wrong with a value, without showing any: it may be a patient's. */
function explainValue(
	field: string,
	value: string,
	records: readonly EnvelopeRecord[],
): string | undefined {
	const folded = value.toLowerCase();
	if (records.some((record) => readAsked(record, { field })?.toLowerCase() === folded)) {
		return 'No envelope has this value, but a recent one has it in another letter case. Enter it as it stands there.';
	}
	if (!maybeSeveral(value)) return undefined;
	return 'No envelope has this value. If it is several, search for each of them by itself: only one can be searched for.';
}

/** Only codes are suggested: any other value may be a patient's. */
function suggest(
	field: string,
	value: string,
	records: readonly EnvelopeRecord[],
): string | undefined {
	if (!isCoded(field) && field !== 'envelopeStatus') return undefined;
	const known = records.map((record) => readAsked(record, { field }));
	const near = nearest(
		value,
		known.filter((code) => code !== null),
	);
	if (near.length === 0) return undefined;
	const nothing = mayBeShown(field, value, near)
		? `No envelope has the code ${shorten(value)}.`
		: 'No envelope has this code.';
	return `${nothing} The nearest in recent envelopes: ${listTexts(near)}.`;
}

/** The server finds nothing by a condition that only the newest envelopes satisfy. */
export function maybeLater({ field }: Condition): string {
	return `Yisign finds no envelope by ${labelOf(field)}, although one of the newest has the value. It may take a minute until it is found: search again later. If it stays so, Yisign does not search by this field.`;
}

function labelOf(field: string): string {
	return isCoded(field) ? `${NOUNS[field]} (${field})` : field;
}

/** The server finds nothing by a condition, also when asked again, although a recent envelope satisfies it. */
export function notSearchable({ field }: Condition): YisignError {
	return new YisignError('refused', `Yisign does not search by ${labelOf(field)}`, {
		description: `It finds nothing by this field, although a recent envelope has the value. Put a condition on another field first, and leave this one below it: it is then checked on every record. Without another, search by Dates alone, and choose among the items with a Filter node. ${CHECK_SERVER}`,
		toolDescription:
			'It finds nothing by this field, although a recent envelope has the value. Leave it out, ask by something else, and choose among what comes.',
		cause: 'configuration-invalid',
	});
}
