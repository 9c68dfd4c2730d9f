import type { YisignClient } from '../api/client';
import { YisignError } from '../errors';
import { readText } from '../json';
import type { Condition } from './conditions';
import { satisfies } from './conditions';
import type { CodedField } from './directory';
import { isCoded, listEntries, NAME_FIELDS, nearest } from './directory';
import type { EnvelopeRecord } from './envelope';
import { requestPage } from './page';
import { DEFAULT_SORT_RULE } from './query';
import { search } from './search';

/** How many of the newest envelopes are looked at to explain what was not found. */
const RECENT_ENVELOPES = 200;

/** What the user calls a field that holds codes; in the middle of a sentence. */
const NOUNS: Readonly<Record<CodedField, string>> = {
	hospitalDepartmentId: 'department',
	doctorID: 'doctor',
	serviceType: 'document type',
};

/** The newest envelopes, read once when they are needed first. */
export class RecentEnvelopes {
	private reading: Promise<EnvelopeRecord[]> | undefined;

	private readonly client: YisignClient;

	constructor(client: YisignClient) {
		this.client = client;
	}

	/** @throws YisignError if they cannot be read */
	async list(): Promise<EnvelopeRecord[]> {
		this.reading ??= this.read();
		return await this.reading;
	}

	private async read(): Promise<EnvelopeRecord[]> {
		const sortRules = [DEFAULT_SORT_RULE];
		const { hits } = await search(
			async (span, isTrial) =>
				await requestPage(this.client, {
					query: '',
					sortRules,
					...span,
					...(isTrial && { maxRetries: 0 }),
				}),
			{
				sortRules,
				from: 0,
				limit: RECENT_ENVELOPES,
				parallelRequests: this.client.parallelRequests,
			},
		);
		return hits.map(({ record }) => record);
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
		resolved.push({ ...condition, value: findCode(await recent.list(), field, name) });
	}
	return resolved;
}

function findCode(records: readonly EnvelopeRecord[], field: CodedField, name: string): string {
	const entries = listEntries(records, field);
	const codes = [...new Set(entries.filter((entry) => entry.name === name).map((e) => e.code))];
	if (codes.length === 1) return codes[0];
	const noun = NOUNS[field];
	if (codes.length > 1) {
		throw new YisignError('input', `Several codes have the ${noun} name ${shown(name)}`, {
			description: `They are ${codes.slice(0, 10).join(', ')}. Choose one From List or By Code.`,
			cause: 'configuration-invalid',
		});
	}
	const near = nearest(
		name,
		entries.map((entry) => entry.name),
	);
	const isCode = entries.some(({ code }) => code === name);
	const help = isCode
		? 'It is a code: choose By Code.'
		: near.length > 0
			? `The nearest are ${near.join(', ')}.`
			: `Recent envelopes have ${listNames(entries)}.`;
	throw new YisignError('input', `No recent envelope has the ${noun} name ${shown(name)}`, {
		description: `${help} If the ${noun} is new, choose By Code.`,
		cause: 'configuration-invalid',
	});
}

/** The user's own text; not if it may be the number of a person, put into the wrong field. */
function shown(text: string): string {
	return /\d{8}/.test(text) || text.length > 40 ? 'that was given' : text;
}

function listNames(entries: Array<{ name: string }>): string {
	const names = [...new Set(entries.map(({ name }) => name))].filter((name) => name !== '');
	return names.length === 0 ? 'no names' : names.slice(0, 10).join(', ');
}

/**
 * What recent envelopes say about a condition that found nothing.
 *
 * @returns a sentence for the user; undefined if they say nothing
 * @throws YisignError if one of them satisfies the condition: the server does not search by its field
 */
export async function explainNothing(
	condition: Condition,
	recent: RecentEnvelopes,
): Promise<string | undefined> {
	const records = await recent.list();
	if (records.some((record) => satisfies(record, condition))) throw notSearchable(condition);
	const { field, value } = condition;
	if (!isCoded(field)) return suggest(field, value, records);
	const named = records.filter((record) => readText(record, NAME_FIELDS[field]) === value);
	if (named.length > 0) {
		const have = named.length === 1 ? 'envelope has' : 'envelopes have';
		return `No envelope has the ${NOUNS[field]} code ${shown(value)}, but ${named.length} recent ${have} that name: choose By Name.`;
	}
	return suggest(field, value, records);
}

/** Only codes are suggested: any other value may be a patient's. */
function suggest(
	field: string,
	value: string,
	records: readonly EnvelopeRecord[],
): string | undefined {
	if (!isCoded(field) && field !== 'envelopeStatus') return undefined;
	const known = records.map((record) => readText(record, field)).filter((text) => text !== null);
	const near = nearest(value, known);
	return near.length === 0
		? undefined
		: `No envelope has the code ${shown(value)}. The nearest in recent envelopes: ${near.join(', ')}.`;
}

function notSearchable({ field }: Condition): YisignError {
	return new YisignError('refused', `Yisign does not search by ${field}`, {
		description:
			'It finds nothing by this field, although recent envelopes have the value. Put another condition first, and leave this one below: it is then checked on every record.',
		cause: 'configuration-invalid',
	});
}
