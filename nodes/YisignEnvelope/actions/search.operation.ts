import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	NodeExecutionHint,
} from 'n8n-workflow';
import type { YisignClient } from '../../shared/api/client';
import { formatRecords } from '../../shared/count';
import { isTool, outcomeOf, valueOf, YisignError } from '../../shared/errors';
import { createParameterReader } from '../../shared/fields/parameters';
import type { Condition } from '../../shared/search/conditions';
import { ConditionCheck, satisfies } from '../../shared/search/conditions';
import type { EnvelopeRecord } from '../../shared/search/envelope';
import { deriveStatus, isReplaced, toItemJson } from '../../shared/search/envelope';
import type { Hit, SearchPage } from '../../shared/search/page';
import { requestPage } from '../../shared/search/page';
import type { ReadPage } from '../../shared/search/pageReader';
import type { SortRule } from '../../shared/search/query';
import { buildQuery, buildSort } from '../../shared/search/query';
import {
	describeCode,
	explainNothing,
	lookAgain,
	maybeLater,
	notSearchable,
	RecentEnvelopes,
	resolveNames,
} from '../../shared/search/recent';
import { CHECK_SERVER, lostDigits } from '../../shared/search/reasons';
import type { SearchResult } from '../../shared/search/search';
import { search as searchPages } from '../../shared/search/search';
import type { TimeField } from '../../shared/search/times';
import { TimeCheck, timeOf } from '../../shared/search/times';
import { toHint } from './hints';
import { runForEachItem } from './items';
import { MOST_FOR_MODEL } from './search.agent.fields';
import {
	asksForCreated,
	CreatedUnknown,
	isByFinished,
	lookForCreated,
	sortByBoth,
} from './search.created';
import type { SearchParameters } from './search.fields';
import { readClientOptions, readParameters } from './search.fields';
import { ASK_FOR_FEWER, SearchNotes } from './search.notes';

export { fields } from './search.fields';

/** How the operation shows in the list of operations. */
export const option = {
	name: 'Search Envelopes',
	value: 'search',
	description: 'Find envelopes, one item for each',
	action: 'Search envelopes',
};

const NOTHING_FOUND = toHint('warning', 'No envelopes found.');

const MORE_FOR_MODEL = `Ask again with a larger Limit, up to ${MOST_FOR_MODEL}, or for fewer envelopes.`;

const NO_MORE_FOR_MODEL =
	'No more are returned at a time: ask for fewer envelopes, by department, status or dates.';

/** Recent envelopes, not looked at again; or the newest alone or older ones, looked at again. */
type Fitting = 'recent' | 'newest' | 'older';

/** A search of one input item, ready to be sent. */
interface Search {
	client: YisignClient;
	parameters: SearchParameters;
	conditions: Condition[];
	recent: RecentEnvelopes;
	notes: SearchNotes;
	/** Whether the first page has to say when its envelopes were started. */
	needsCreated?: boolean;
	/** First pages that did not. */
	shown?: SearchPage[];
}

/**
 * Searches for each input item and returns one item per envelope.
 *
 * @throws YisignError, or the error of an item
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const readParameter = createParameterReader(context);
	const timeZone = context.getTimezone();
	const isForModel = isTool(context.getNode());
	const notes = new SearchNotes(isForModel);
	let recent: RecentEnvelopes | undefined;
	const items = await runForEachItem(
		context,
		() => readClientOptions(readParameter),
		async (client, itemIndex) => {
			const parameters = readParameters(readParameter, itemIndex, timeZone);
			if (isForModel) parameters.limit = Math.min(parameters.limit ?? Infinity, MOST_FOR_MODEL);
			recent ??= new RecentEnvelopes(client);
			const conditions = await resolveNames(parameters.conditions, recent);
			const [asked] = conditions;
			const code = asked && (await describeCode(asked, recent));
			if (code !== undefined) notes.codes.add(code);
			const found = await searchInOrder({ client, parameters, conditions, recent, notes });
			return found.map((json) => ({ json }));
		},
	);

	const hints = notes.toHints(timeZone, howToGetMore(isForModel, items.length));
	if (!isForModel) hints.push(...notes.toCountHints());
	if (items.length === 0 && hints.length === 0) hints.push(NOTHING_FOUND);
	if (isForModel) return withNotes(items, hints);
	context.addExecutionHints(...hints);
	return items;
}

/** @param returned how many envelopes came */
function howToGetMore(isForModel: boolean, returned: number): string {
	if (!isForModel) return 'Switch on Return All to get them all.';
	return returned < MOST_FOR_MODEL ? MORE_FOR_MODEL : NO_MORE_FOR_MODEL;
}

/** A model sees the items and nothing else, so what it has to know comes as the last of them. */
function withNotes(
	items: INodeExecutionData[],
	hints: readonly NodeExecutionHint[],
): INodeExecutionData[] {
	if (hints.length === 0) return items;
	const notes = hints.map(({ message }) => message);
	return [...items, { json: { notes }, pairedItem: { item: 0 } }];
}

function toJson(hit: Hit, { output, fields, sortRules }: SearchParameters): IDataObject {
	const created = timeOf(hit, 'createdDatetime', sortRules);
	return toItemJson(hit.record, output, fields, created) as IDataObject;
}

/** Searches in an order that shows itself if there is one, see {@link lookForCreated}. */
async function searchInOrder(search: Search): Promise<IDataObject[]> {
	const { parameters } = search;
	const attempts = isByFinished(parameters) ? [parameters, sortByBoth(parameters)] : [];
	const shown: SearchPage[] = [];
	for (const attempt of attempts) {
		const outcome = await outcomeOf(
			searchEnvelopes({ ...search, parameters: attempt, needsCreated: true, shown }),
		);
		const fault = 'fault' in outcome ? outcome.fault : undefined;
		if (!(fault instanceof CreatedUnknown)) return valueOf(outcome);
		if (fault.page) shown.push(fault.page);
	}
	if (attempts.length > 0 && asksForCreated(parameters)) {
		throw noSuchTime(['createdDatetime'], parameters);
	}
	return await searchEnvelopes({ ...search, shown });
}

/** @param fitting which envelopes fit, of which nothing was found before */
async function searchEnvelopes(search: Search, fitting?: Fitting): Promise<IDataObject[]> {
	const { parameters, conditions, recent, notes } = search;
	const { sortRules, timeRanges } = parameters;
	const check = new ConditionCheck(conditions);
	const times = new TimeCheck(timeRanges, sortRules);
	const result = await readResult(search, check, times);
	const { hits, isInOrder, isWhole, total } = result;
	const reason = result.reason && explain(result.reason, result.showsOrder, parameters, times);
	if (reason && !parameters.returnsIncomplete) throw withOption(reason);
	if (check.missingFields.length > 0) throw noSuchField(check.missingFields);
	if (check.uncheckable > 0) throw lostDigits(check.uncheckable, check.inexactFields);
	if (times.missingFields.length > 0) throw noSuchTime(times.missingFields, parameters);
	if (times.uncheckable > 0) throw withoutCreated(times.uncheckable, parameters);
	if (check.isNothingFound && parameters.from === 0) {
		const { advice, isFieldMissing, isThere } = await explainNothing(conditions[0], recent);
		if (isFieldMissing) throw noSuchField([conditions[0].field]);
		if (advice !== undefined) notes.advice.add(advice);
		if (isThere && isWhole) {
			if (fitting === 'older') throw notSearchable(conditions[0]);
			if (fitting === undefined) return await searchEnvelopes(search, 'recent');
			const still = fitting === 'recent' && (await lookAgain(conditions[0], recent));
			if (still) return await searchEnvelopes(search, still);
			if (fitting === 'newest') notes.advice.add(maybeLater(conditions[0]));
		}
	}
	if (hits.length === 0) await lookForUntimed(search, times);
	if (reason) notes.reasons.push(reason);
	notes.notAskedFor += check.notAskedFor;
	notes.usesZone ||= parameters.usesZone;
	if (!isInOrder) notes.unsorted.add(buildSort(sortRules));
	const isAll = !result.hasMore && !reason && parameters.from === 0;
	if (result.hasMore) {
		notes.cut.push({ returned: hits.length, total: hasFilter(search) ? null : total });
	} else if (isAll && hits.length === parameters.limit) notes.whole.push(hits.length);
	return hits.map((hit) => toJson(hit, parameters));
}

/** Whether some of the records that match the query may be left out. */
function hasFilter({ parameters, conditions }: Search): boolean {
	const { statuses, timeRanges, latestVersionOnly } = parameters;
	return latestVersionOnly || [conditions, statuses, timeRanges].some(({ length }) => length > 0);
}

/** The pages of a search, checked record by record; notes those that only want for a time. */
async function readResult(
	search: Search,
	check: ConditionCheck,
	times: TimeCheck,
): Promise<SearchResult> {
	const { client, parameters, conditions, notes, needsCreated, shown = [] } = search;
	const { sortRules, timeRanges, from, limit, pageSize } = parameters;
	const isWanted = (hit: Hit): boolean => {
		if (!check.matches(hit)) return false;
		const isInTime = times.matches(hit);
		if (!isOfKind(hit.record, parameters)) return false;
		times.noteUncheckable(hit);
		if (times.isUntimed(hit)) notes.untimed.set(hit.envelopeId, hit.record.envelopeStatus);
		return isInTime;
	};
	const query = parameters.rawQuery ?? buildQuery(conditions);
	const readBy =
		(rules: readonly SortRule[]): ReadPage =>
		async (span, isTrial) => {
			const retries = isTrial && { maxRetries: 0 };
			return await requestPage(client, { query, sortRules: rules, ...span, ...retries });
		};
	const readPage = needsCreated ? lookForCreated(readBy, parameters, shown) : readBy(sortRules);
	return await searchPages(readPage, {
		sortRules,
		from,
		limit,
		pageSize,
		// What does not say when it was started cannot be checked, and by both rules it comes again.
		shown: asksForCreated(parameters) ? undefined : shown,
		parallelRequests: client.parallelRequests,
		isWanted: hasFilter(search) ? isWanted : undefined,
		isBeyond:
			timeRanges.length > 0 ? (hit, isWithout) => times.isBeyond(hit, isWithout) : undefined,
	});
}

/** Whether a record has one of the statuses, and is the latest version if only that is wanted. */
function isOfKind(
	record: EnvelopeRecord,
	{ statuses, latestVersionOnly }: SearchParameters,
): boolean {
	const isAny = statuses.length === 0 || statuses.includes(deriveStatus(record.envelopeStatus));
	return isAny && !(latestVersionOnly && isReplaced(record));
}

/**
 * Notes recent envelopes that only finished dates leave out, as they ended without a finished time:
 * reading may have ended before these came. Completed envelopes have one.
 */
async function lookForUntimed(search: Search, times: TimeCheck): Promise<void> {
	const { parameters, conditions, recent, notes } = search;
	const { statuses, timeRanges } = parameters;
	const isByFinished = timeRanges.some(({ field }) => field === 'envelopeFinishedDatetime');
	if (!isByFinished || statuses.length === 0 || statuses.includes('completed')) return;
	for (const record of await recent.list()) {
		const isMatch = conditions.every((condition) => satisfies(record, condition));
		if (!isMatch || !isOfKind(record, parameters)) continue;
		if (times.isUntimed({ record, sortValues: [] })) {
			notes.untimed.set(String(record.envelopeWsid), record.envelopeStatus);
		}
	}
}

/** What helps where records have no created time of their own; begins with a blank. */
const NO_OTHER_RULE =
	' If Sort has a rule of another field, remove that rule: Yisign may send the time when it sorts by it.';

/** A condition that no record can satisfy says nothing: not even that there is no such envelope. */
function noSuchField(fields: string[]): YisignError {
	return new YisignError('refused', `No record has the field ${fields.join(', ')}`, {
		description: `So the condition on it cannot be checked, and the records might be of other patients. Remove the condition, or use another field. If you trust what Yisign finds, set Query Mode to "Raw Query". ${CHECK_SERVER}`,
		toolDescription:
			'So it cannot be checked, and the records might be of other patients. Leave it out, or ask by something else.',
		cause: 'configuration-invalid',
	});
}

function noSuchTime(
	[field]: readonly TimeField[],
	{ hasSortRules }: SearchParameters,
): YisignError {
	const name = field === 'createdDatetime' ? 'created' : 'finished';
	return new YisignError('refused', `No record has a ${name} time`, {
		description: `So Dates cannot be checked. Remove the ${name} dates.${hasSortRules ? NO_OTHER_RULE : ''} ${CHECK_SERVER}`,
		toolDescription: `So it cannot be asked for. Leave out the ${name} dates.`,
		cause: 'configuration-invalid',
	});
}

/** @param count of records that may lie in the created dates, or not */
function withoutCreated(count: number, { hasSortRules }: SearchParameters): YisignError {
	const records = formatRecords(count);
	return new YisignError('refused', `Yisign sent ${records} without a created time`, {
		description: `Others have one. Dates cannot be checked on these, so envelopes would be missing. Remove the created dates.${hasSortRules ? NO_OTHER_RULE : ''} ${CHECK_SERVER}`,
		toolDescription:
			'So created dates cannot be checked on all of them. Leave the created dates out.',
		cause: 'configuration-invalid',
	});
}

/** Without proof of the order by finished time, finished dates bound nothing that has to be read. */
function explain(
	reason: YisignError,
	showsOrder: boolean,
	parameters: SearchParameters,
	{ isCreatedSaid }: TimeCheck,
): YisignError {
	if (showsOrder || !isByFinished(parameters)) return reason;
	const instead = isCreatedSaid
		? 'Created dates with a rule Created Time under Sort do.'
		: 'Conditions do.';
	return withAdvice(
		reason,
		`Nothing shows that Yisign sorts by finished time, so finished dates do not make a search shorter. ${instead}`,
	);
}

function withAdvice({ kind, message, details }: YisignError, advice: string): YisignError {
	const description = `${details.description ?? ''} ${advice}`.trim();
	return new YisignError(kind, message, { ...details, description });
}

function withOption(reason: YisignError): YisignError {
	const { kind, message, details } = withAdvice(
		reason,
		'To go on with what was read, set If Incomplete under Options to "Return What Was Read".',
	);
	return new YisignError(kind, message, { ...details, toolDescription: ASK_FOR_FEWER });
}
