import type { YisignClient } from '../api/client';
import { isReplaced, toTime } from './envelope';
import { YisignError } from '../errors';
import { requestPage } from './page';
import type { Condition, EnvelopeRecord } from './query';
import { buildQuery, checkConditions } from './query';
import { search } from './search';
import type { Hit } from './page';

/** What an envelope is looked up by; the envelope's own id, or the number all its versions share. */
export interface LookupCondition extends Condition {
	field: 'envelopeWsid' | 'customTagID';
}

/**
 * The envelope that has a number, as the server has it; of several versions the latest.
 *
 * @param mostPages read at the most; a server that heeds the condition answers with one
 * @returns null if there is none, or none that is sure to be the one
 * @throws YisignError if the server cannot be asked, or not to the end
 */
export async function lookUp(
	client: YisignClient,
	condition: LookupCondition,
	mostPages = Infinity,
): Promise<EnvelopeRecord | null> {
	let pages = 0;
	const { hits, shortfall } = await search(
		async (from) => {
			pages += 1;
			if (pages > mostPages) throw tooMany();
			return await requestPage(client, { query: buildQuery([condition]), sortRules: [], from });
		},
		{
			from: 0,
			limit: 1,
			parallelRequests: 1,
			countKept: (read) => keep(read, condition).filter(isLast(condition)).length,
			hasChecks: true,
		},
	);
	const kept = keep(hits, condition);
	const last = kept.filter(isLast(condition));
	// Without the last version there may be a later one among what could not be read.
	if (last.length === 0 && shortfall) throw shortfall;
	return (last.length > 0 ? last : kept).toSorted(newestFirst).at(0) ?? null;
}

/**
 * The envelope that a user asks for.
 *
 * @throws YisignError if there is none, and as {@link lookUp} does
 */
export async function getEnvelope(
	client: YisignClient,
	condition: LookupCondition,
): Promise<EnvelopeRecord> {
	const record = await lookUp(client, condition);
	if (record) return record;
	const { field, value } = condition;
	const label = field === 'envelopeWsid' ? 'Envelope ID' : 'Custom Tag ID';
	throw new YisignError('refused', `No envelope has the ${label} ${mask(value)}`, {
		description: `Check the value. An envelope that was only just started may take a moment until it is found${field === 'envelopeWsid' ? ', and a number of your own system is a Custom Tag ID' : ''}.`,
	});
}

/** A WSID says nothing about a patient; of any other number only the ends are shown. */
function mask(value: string): string {
	if (/^WSID_[A-Z]{4}_[0-9a-f]{32}$/.test(value)) return value;
	return value.length < 8 ? '***' : `${value.slice(0, 2)}***${value.slice(-2)}`;
}

/** Whether no other record has to be looked for: an id of its own is that of one envelope. */
function isLast({ field }: LookupCondition): (record: EnvelopeRecord) => boolean {
	return (record) => field === 'envelopeWsid' || !isReplaced(record);
}

function newestFirst(left: EnvelopeRecord, right: EnvelopeRecord): number {
	return (toTime(right.createdDatetime) ?? 0) - (toTime(left.createdDatetime) ?? 0);
}

/** The records that are sure to be meant: a condition that cannot be checked keeps none. */
function keep(hits: readonly Hit[], condition: Condition): EnvelopeRecord[] {
	const { kept, unchecked } = checkConditions(
		hits.map(({ record }) => record),
		[condition],
	);
	return unchecked.length > 0 ? [] : kept;
}

function tooMany(): YisignError {
	return new YisignError('refused', 'Yisign sends many envelopes that were not asked for', {
		description: 'It does not seem to search by envelope ID. Set Verification to "Signature".',
	});
}
