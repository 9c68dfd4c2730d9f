import type { YisignClient } from '../api/client';
import { DOCUMENTED_PAGE_SIZE } from '../api/endpoints';
import { formatRecords } from '../count';
import { YisignError } from '../errors';
import type { Condition } from './conditions';
import { ConditionCheck, isCheckable } from './conditions';
import type { EnvelopeRecord } from './envelope';
import { isReplaced } from './envelope';
import type { Hit } from './page';
import { requestPage } from './page';
import { buildQuery, DEFAULT_SORT_RULE } from './query';
import { search } from './search';
import { createdTimeOf } from './times';

/** What an envelope is looked up by: its own id, or the number that all its versions share. */
export interface LookupCondition extends Condition {
	field: 'envelopeWsid' | 'customTagID';
}

/**
 * The envelope that has a number, as the server has it; of several versions the latest.
 *
 * @param mostPages read at the most; a server that searches by the condition answers with one
 * @returns null if there is none
 * @throws YisignError if the server cannot be asked, not to the end, or if records came that do not
 *   show whether they are the one
 */
export async function lookUp(
	client: YisignClient,
	condition: LookupCondition,
	mostPages = Infinity,
): Promise<Hit | null> {
	const isBounded = mostPages < Infinity;
	const check = new ConditionCheck([condition]);
	const versions: Hit[] = [];
	let pages = 0;
	let unchecked = 0;
	const { hits, reason } = await search(
		async (span, isTrial) => {
			pages += 1;
			if (pages > mostPages) throw tooMany();
			const query = buildQuery([condition]);
			const request = { query, sortRules: [DEFAULT_SORT_RULE], ...span };
			return await requestPage(client, { ...request, ...(isTrial && { maxRetries: 0 }) });
		},
		{
			sortRules: [DEFAULT_SORT_RULE],
			from: 0,
			limit: 1,
			pageSize: isBounded ? DOCUMENTED_PAGE_SIZE : undefined,
			parallelRequests: 1,
			isWanted: (hit) => {
				if (!isCheckable(hit.record, condition)) unchecked += 1;
				if (!check.matches(hit)) return false;
				versions.push(hit);
				return isLast(condition, hit.record);
			},
		},
	);
	// Without the last version there may be a later one among what could not be read.
	if (hits.length === 0 && reason) throw reason;
	const last = versions.filter(({ record }) => isLast(condition, record));
	const found = (last.length > 0 ? last : versions).toSorted(newestFirst).at(0);
	if (!found && unchecked > 0) throw cannotCheck(condition, unchecked);
	return found ?? null;
}

/**
 * The envelope that a user asks for.
 *
 * @throws YisignError if there is none, and as {@link lookUp} does
 */
export async function getEnvelope(client: YisignClient, condition: LookupCondition): Promise<Hit> {
	const hit = await lookUp(client, condition);
	if (hit) return hit;
	throw new YisignError(
		'refused',
		`No envelope has the ${labelOf(condition)} ${mask(condition.value)}`,
		{
			description: `Check the value. An envelope that was only just started may take a minute until it is found${condition.field === 'envelopeWsid' ? ', and a number of your own system is a Custom Tag ID' : ''}.`,
		},
	);
}

function labelOf({ field }: LookupCondition): string {
	return field === 'envelopeWsid' ? 'Envelope ID' : 'Custom Tag ID';
}

/** A WSID says nothing about a patient; of any other number only the ends are shown. */
function mask(value: string): string {
	if (/^WSID_[A-Z]{4}_[0-9a-f]{32}$/.test(value)) return value;
	return value.length < 8 ? '***' : `${value.slice(0, 2)}***${value.slice(-2)}`;
}

/** Whether no other record has to be looked for: an id of its own is that of one envelope. */
function isLast({ field }: LookupCondition, record: EnvelopeRecord): boolean {
	return field === 'envelopeWsid' || !isReplaced(record);
}

function newestFirst(left: Hit, right: Hit): number {
	return (createdTimeOf(right) ?? 0) - (createdTimeOf(left) ?? 0);
}

function cannotCheck(condition: LookupCondition, count: number): YisignError {
	const records = formatRecords(count);
	return new YisignError(
		'refused',
		`Yisign sent ${records} without ${labelOf(condition)}, so it cannot be said whether the envelope is there`,
		{
			description: `Do not create it again before you have looked in Yisign itself. The records lack the field ${condition.field}; show this message to Yisign.`,
		},
	);
}

function tooMany(): YisignError {
	return new YisignError('refused', 'Yisign sends many envelopes that were not asked for', {
		description: 'It does not seem to search by envelope ID. Set Verification to "Signature".',
	});
}
