import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { YisignClient } from '../../shared/api/client';
import { YisignError } from '../../shared/errors';
import { isChinaTime } from '../../shared/fields/dates.fields';
import { createParameterReader } from '../../shared/fields/parameters';
import type { Condition } from '../../shared/search/conditions';
import { ConditionCheck } from '../../shared/search/conditions';
import { deriveStatus, isReplaced, toItemJson } from '../../shared/search/envelope';
import type { Hit } from '../../shared/search/page';
import { requestPage } from '../../shared/search/page';
import { buildQuery, buildSort } from '../../shared/search/query';
import { explainNothing, RecentEnvelopes, resolveNames } from '../../shared/search/recent';
import { search as searchPages } from '../../shared/search/search';
import type { TimeField } from '../../shared/search/times';
import { TimeCheck, timeOf } from '../../shared/search/times';
import { runForEachItem } from './items';
import type { SearchParameters } from './search.fields';
import { readClientOptions, readParameters } from './search.fields';

export { fields } from './search.fields';

/** How the operation shows in the list of operations. */
export const option = {
	name: 'Search Envelopes',
	value: 'search',
	description: 'Find envelopes, one item for each',
	action: 'Search envelopes',
};

/** What the user should know about a result, gathered over all input items. */
interface Notes {
	/** Records that do not match the condition that Yisign was asked for. */
	notAskedFor: number;
	/** Sort orders that the server does not keep to. */
	unsorted: Set<string>;
	/** Why results are not whole. */
	reasons: YisignError[];
	/** Why nothing may have been found. */
	advice: Set<string>;
	/** Results that Limit has cut: how many envelopes of how many, null where that is not known. */
	cut: Array<{ returned: number; total: number | null }>;
	usesZone: boolean;
}

/** A search of one input item, ready to be sent. */
interface Search {
	client: YisignClient;
	parameters: SearchParameters;
	conditions: Condition[];
	recent: RecentEnvelopes;
	notes: Notes;
}

/**
 * Searches for each input item and returns one item per envelope.
 *
 * @throws YisignError, or the error of an item
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const readParameter = createParameterReader(context);
	const timeZone = context.getTimezone();
	const notes: Notes = {
		notAskedFor: 0,
		unsorted: new Set(),
		reasons: [],
		advice: new Set(),
		cut: [],
		usesZone: false,
	};
	let recent: RecentEnvelopes | undefined;
	const items = await runForEachItem(
		context,
		() => readClientOptions(readParameter),
		async (client, itemIndex) => {
			const parameters = readParameters(readParameter, itemIndex, timeZone);
			recent ??= new RecentEnvelopes(client);
			const conditions = await resolveNames(parameters.conditions, recent);
			const hits = await searchEnvelopes({ client, parameters, conditions, recent, notes });
			return hits.map((hit) => ({ json: toJson(hit, parameters) }));
		},
	);

	for (const message of describeProblems(notes, items.length)) {
		context.addExecutionHints({ message, type: 'warning', location: 'outputPane' });
	}
	for (const message of describeResult(notes, timeZone)) {
		context.addExecutionHints({ message, type: 'info', location: 'outputPane' });
	}
	return items;
}

function toJson(hit: Hit, { output, fields, sortRules }: SearchParameters): IDataObject {
	const created = timeOf(hit, 'createdDatetime', sortRules);
	return toItemJson(hit.record, output, fields, created) as IDataObject;
}

async function searchEnvelopes(search: Search): Promise<Hit[]> {
	const { client, parameters, conditions, recent, notes } = search;
	const { sortRules, statuses, timeRanges, latestVersionOnly, limit } = parameters;
	const check = new ConditionCheck(conditions);
	const times = new TimeCheck(timeRanges, sortRules);
	const isWanted = (hit: Hit): boolean =>
		check.matches(hit.record) &&
		times.matches(hit) &&
		(statuses.length === 0 || statuses.includes(deriveStatus(hit.record.envelopeStatus))) &&
		!(latestVersionOnly && isReplaced(hit.record));
	const filters = [conditions, statuses, timeRanges];
	const hasFilter = latestVersionOnly || filters.some(({ length }) => length > 0);
	const query = parameters.rawQuery ?? buildQuery(conditions);

	const result = await searchPages(
		async (span, isTrial) =>
			await requestPage(client, { query, sortRules, ...span, ...(isTrial && { maxRetries: 0 }) }),
		{
			sortRules,
			from: parameters.from,
			limit,
			pageSize: parameters.pageSize,
			parallelRequests: client.parallelRequests,
			isWanted: hasFilter ? isWanted : undefined,
			isBeyond: timeRanges.length > 0 ? (hit) => times.isBeyond(hit) : undefined,
		},
	);
	const { hits, isInOrder, reason, total } = result;
	if (reason && !parameters.returnsIncomplete) throw withOption(reason);
	if (check.missingFields.length > 0) throw noSuchField(check.missingFields);
	if (times.missingFields.length > 0) throw noSuchTime(times.missingFields);
	if (hits.length === 0 && check.checked === 0 && conditions.length > 0) {
		const advice = await explainNothing(conditions[0], recent);
		if (advice !== undefined) notes.advice.add(advice);
	}
	if (reason) notes.reasons.push(reason);
	notes.notAskedFor += check.notAskedFor;
	notes.usesZone ||= parameters.usesZone;
	if (!isInOrder) notes.unsorted.add(buildSort(sortRules));
	if (result.hasMore) notes.cut.push({ returned: hits.length, total: hasFilter ? null : total });
	return hits;
}

function describeProblems(notes: Notes, found: number): string[] {
	const { notAskedFor, unsorted, reasons, advice } = notes;
	const messages = [...advice];
	if (notAskedFor > 0) {
		messages.push(
			`Yisign sent ${countRecords(notAskedFor)} that the first condition does not match. They were left out. Check its field and value.`,
		);
	}
	if (unsorted.size > 0) {
		messages.push(
			`Yisign did not sort by ${[...unsorted].join(' or ')}. With a Limit, the items may not be the first ones in that order.`,
		);
	}
	const shown = reasons.slice(0, 3);
	for (const { message, description } of shown) {
		messages.push(`${message}. ${description ?? ''}`.trim());
	}
	if (reasons.length > shown.length) {
		messages.push(`${reasons.length - shown.length} more input items are incomplete, too.`);
	}
	if (found === 0 && messages.length === 0) messages.push('No envelopes found.');
	return messages;
}

function describeResult({ cut, usesZone }: Notes, timeZone: string): string[] {
	const messages: string[] = [];
	if (usesZone && !isChinaTime(timeZone, Date.now())) {
		messages.push(
			`Dates were read in the time zone of the workflow, ${timeZone}. It can be changed in the settings of the workflow.`,
		);
	}
	if (cut.length === 1) {
		const [{ returned, total }] = cut;
		const all = total === null ? 'there may be more' : `of ${total.toLocaleString('en-US')}`;
		messages.push(
			total === null
				? `Returned ${returned.toLocaleString('en-US')} envelopes, as Limit says; ${all}. Switch on Return All to get them.`
				: `Returned ${returned.toLocaleString('en-US')} envelopes ${all}, as Limit says. Switch on Return All to get them all.`,
		);
	} else if (cut.length > 1) {
		messages.push(
			`Limit left out envelopes of ${cut.length.toLocaleString('en-US')} input items. Switch on Return All to get them all.`,
		);
	}
	return messages;
}

function countRecords(count: number): string {
	return `${count.toLocaleString('en-US')} ${count === 1 ? 'record' : 'records'}`;
}

/** A condition that no record can satisfy says nothing: not even that there is no such envelope. */
function noSuchField(fields: string[]): YisignError {
	return new YisignError('refused', `No record has the field ${fields.join(', ')}`, {
		description:
			'So the condition on it cannot be checked, and the records might be of other patients. Remove the condition, or use another field. If you trust what Yisign finds, set Query Mode to "Raw Query".',
		cause: 'configuration-invalid',
	});
}

function noSuchTime([field]: readonly TimeField[]): YisignError {
	const name = field === 'createdDatetime' ? 'created' : 'finished';
	return new YisignError('refused', `No record has a ${name} time`, {
		description: `So Dates cannot be checked. Remove the ${name} dates. If Sort has a rule of another field, remove that rule: Yisign may send the time when it sorts by it.`,
		cause: 'configuration-invalid',
	});
}

function withOption({ message, details }: YisignError): YisignError {
	return new YisignError('incomplete', message, {
		...details,
		description:
			`${details.description ?? ''} To go on with what was read, set If Incomplete under Options to "Return What Was Read".`.trim(),
	});
}
