import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
} from 'n8n-workflow';
import type { ClientOptions, YisignClient } from '../../shared/api/client';
import {
	conditionsField,
	readConditions,
	readFieldName,
} from '../../shared/fields/conditions.fields';
import type { DerivedStatus } from '../../shared/search/envelope';
import {
	DERIVED_STATUSES,
	deriveStatus,
	isReplaced,
	toItemJson,
} from '../../shared/search/envelope';
import { YisignError } from '../../shared/errors';
import {
	toBoolean,
	toChoice,
	toRows,
	toText,
	toTextList,
	toWholeNumber,
} from '../../shared/fields/input';
import { runForEachItem } from './items';
import type { OutputChoice } from '../../shared/fields/output.fields';
import { outputFields, readOutputChoice } from '../../shared/fields/output.fields';
import { requestPage } from '../../shared/search/page';
import type { ReadParameter } from '../../shared/fields/parameters';
import { createParameterReader, forItem } from '../../shared/fields/parameters';
import type { SortRule } from '../../shared/search/query';
import { buildQuery, buildSort, DEFAULT_SORT_RULE } from '../../shared/search/query';
import { ConditionCheck } from '../../shared/search/conditions';
import { LARGEST_PAGE_SIZE } from '../../shared/search/pageSize';
import { search } from '../../shared/search/search';
import { readTimeout, timeoutField } from './timeout.field';
import type { Hit } from '../../shared/search/page';
import type { Condition } from '../../shared/search/conditions';

/** How the operation shows in the list of operations. */
export const option = {
	name: 'Search',
	value: 'search',
	description: 'Find envelopes, one item for each',
	action: 'Search envelopes',
};

const optionFields: INodeProperties[] = [
	{
		displayName: 'From',
		name: 'from',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 0,
		description: 'How many results to skip at the beginning',
	},
	{
		displayName: 'If Incomplete',
		name: 'onIncomplete',
		type: 'options',
		options: [
			{
				name: 'Stop With a Message',
				value: 'error',
				description: 'Return nothing, and say how many of how many could be read',
			},
			{
				name: 'Return What Was Read',
				value: 'warn',
				description:
					'Return what there is, with the message as a hint. Hints are seen in the editor only.',
			},
		],
		default: 'error',
		description: 'What to do when the whole result could not be read',
	},
	{
		displayName: 'Latest Version Only',
		name: 'latestVersionOnly',
		type: 'boolean',
		default: false,
		description:
			'Whether to leave out envelopes that were started again under the same Custom Tag ID',
	},
	{
		displayName: 'Max Retries',
		name: 'maxRetries',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 10 },
		default: 4,
		description:
			'How often to try one request again when Yisign does not answer. An expression is read for the first item.',
	},
	{
		displayName: 'Page Size',
		name: 'pageSize',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: LARGEST_PAGE_SIZE },
		default: 20,
		description:
			'How many results to ask for in one request. Without this option, larger pages are used where Yisign allows them; with it, never more than this number.',
	},
	{
		displayName: 'Parallel Requests',
		name: 'parallelRequests',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 16 },
		default: 4,
		description:
			'How many requests may be under way at the same time, over all input items. An expression is read for the first item.',
	},
	{
		displayName: 'Statuses',
		name: 'statuses',
		type: 'multiOptions',
		options: [
			{ name: 'Completed', value: 'completed' },
			{ name: 'Expired', value: 'expired' },
			{ name: 'Failed', value: 'failed', description: 'Ended without success, other reasons' },
			{ name: 'Invalidated', value: 'invalidated' },
			{ name: 'Processing', value: 'processing' },
			{ name: 'Rejected', value: 'rejected' },
			{ name: 'Revoked', value: 'revoked' },
			{ name: 'Unknown', value: 'unknown' },
			{ name: 'Waiting', value: 'waiting', description: 'Waiting for a signature' },
		],
		default: [],
		description: 'Keep only envelopes with one of these statuses',
	},
	timeoutField,
];

/** Page Size has none: not set, it is automatic. */
const OPTION_DEFAULTS: Record<string, unknown> = {
	...Object.fromEntries(optionFields.map(({ name, default: value }) => [name, value])),
	pageSize: undefined,
};

/** The fields of the operation, in the order of the editor. */
export const fields: INodeProperties[] = [
	{
		displayName: 'Query Mode',
		name: 'queryMode',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Conditions',
				value: 'conditions',
				description: 'Fill in fields and values; each result is checked against them',
			},
			{
				name: 'Raw Query',
				value: 'raw',
				description: 'Type the query yourself; results are not checked against it',
			},
		],
		default: 'conditions',
		description: 'How to say which envelopes to find',
	},
	{ ...conditionsField, displayOptions: { show: { queryMode: ['conditions'] } } },
	{
		displayName: 'Query',
		name: 'query',
		type: 'string',
		displayOptions: { show: { queryMode: ['raw'] } },
		default: '',
		placeholder: 'e.g. (admissionNumber=1429202208055492)',
		description:
			'Sent to Yisign as typed. Whatever comes back is returned, so check that it is what you asked for.',
	},
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		displayOptions: { show: { returnAll: [false] } },
		default: 50,
		description: 'Max number of results to return',
	},
	...outputFields,
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: optionFields,
	},
	{
		displayName: 'Sort',
		name: 'sort',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true },
		placeholder: 'Add Sort Rule',
		default: {},
		description: 'In which order Yisign sends the results. Without a rule, the newest comes first.',
		options: [
			{
				displayName: 'Rule',
				name: 'rule',
				values: [
					{
						displayName: 'Field',
						name: 'field',
						type: 'options',
						options: [
							{ name: 'Created Time', value: 'createdDatetime' },
							{ name: 'Custom Field', value: 'custom' },
							{ name: 'Finished Time', value: 'envelopeFinishedDatetime' },
						],
						default: 'createdDatetime',
						description: 'The field to sort by. Yisign documents Created Time only.',
					},
					{
						displayName: 'Field Name',
						name: 'customField',
						type: 'string',
						displayOptions: { show: { field: ['custom'] } },
						default: '',
						placeholder: 'e.g. doctorID',
						description: 'Name of the field as Yisign spells it',
					},
					{
						displayName: 'Direction',
						name: 'direction',
						type: 'options',
						options: [
							{ name: 'Ascending', value: 'asc', description: 'Oldest or smallest first' },
							{ name: 'Descending', value: 'desc', description: 'Newest or largest first' },
						],
						default: 'desc',
						description: 'Which end comes first',
					},
				],
			},
		],
	},
];

/** What one input item asks for. */
interface SearchParameters extends OutputChoice {
	conditions: Condition[];
	/** Empty if nothing is asked for: `q` is then left out. */
	query: string;
	/** At least one; the documented order if the user has none. */
	sortRules: SortRule[];
	from: number;
	/** Undefined for automatic. */
	pageSize: number | undefined;
	limit: number | undefined;
	statuses: DerivedStatus[];
	latestVersionOnly: boolean;
	/** Whether to return what could be read of a result. */
	returnsIncomplete: boolean;
}

const NOTHING_FOUND =
	'No envelopes found. Values have to be exact, and a department or a doctor goes by its code.';

/** What the user should know about a result, gathered over all input items. */
interface Notes {
	/** Records that do not match the condition that Yisign was asked for. */
	notAskedFor: number;
	/** Sort orders that the server does not keep to. */
	unsorted: Set<string>;
	/** Why results are not whole. */
	reasons: YisignError[];
}

/**
 * Searches for each input item and returns one item per envelope.
 *
 * @throws YisignError, or the error of an item
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const readParameter = createParameterReader(context);
	const notes: Notes = { notAskedFor: 0, unsorted: new Set(), reasons: [] };
	const items = await runForEachItem(
		context,
		() => readClientOptions(readParameter),
		async (client, itemIndex) => {
			const parameters = readParameters(readParameter, itemIndex);
			const hits = await searchEnvelopes(client, parameters, notes);
			return hits.map(({ record }) => ({
				json: toItemJson(record, parameters.output, parameters.fields) as IDataObject,
			}));
		},
	);

	const messages = describe(notes);
	if (items.length === 0 && messages.length === 0) messages.push(NOTHING_FOUND);
	for (const message of messages) {
		context.addExecutionHints({ message, type: 'warning', location: 'outputPane' });
	}
	return items;
}

async function searchEnvelopes(
	client: YisignClient,
	{ query, conditions, statuses, latestVersionOnly, ...parameters }: SearchParameters,
	notes: Notes,
): Promise<Hit[]> {
	const { sortRules, from, limit, pageSize, returnsIncomplete } = parameters;
	const check = new ConditionCheck(conditions);
	const isWanted = ({ record }: Hit): boolean =>
		check.matches(record) &&
		(statuses.length === 0 || statuses.includes(deriveStatus(record.envelopeStatus))) &&
		!(latestVersionOnly && isReplaced(record));
	const hasFilter = conditions.length > 0 || statuses.length > 0 || latestVersionOnly;

	const { hits, isInOrder, reason } = await search(
		async (span, isTrial) =>
			await requestPage(client, { query, sortRules, ...span, ...(isTrial && { maxRetries: 0 }) }),
		{
			sortRules,
			from,
			limit,
			pageSize,
			parallelRequests: client.parallelRequests,
			isWanted: hasFilter ? isWanted : undefined,
		},
	);
	if (reason && !returnsIncomplete) throw withOption(reason);
	if (check.missingFields.length > 0) throw noSuchField(check.missingFields);
	if (reason) notes.reasons.push(reason);
	notes.notAskedFor += check.notAskedFor;
	if (!isInOrder) notes.unsorted.add(buildSort(sortRules));
	return hits;
}

function describe({ notAskedFor, unsorted, reasons }: Notes): string[] {
	const messages: string[] = [];
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

function withOption({ message, details }: YisignError): YisignError {
	return new YisignError('incomplete', message, {
		...details,
		description:
			`${details.description ?? ''} To go on with what was read, set If Incomplete under Options to "Return What Was Read".`.trim(),
	});
}

/** The options that hold for the whole execution; an expression in them is read for the first item. */
function readClientOptions(readParameter: ReadParameter): ClientOptions {
	const options = readOptions(readParameter, 0);
	return {
		timeout: readTimeout(options.timeout),
		maxRetries: toWholeNumber(options.maxRetries, 'Max Retries', { min: 0, max: 10 }),
		parallelRequests: toWholeNumber(options.parallelRequests, 'Parallel Requests', {
			min: 1,
			max: 16,
		}),
	};
}

function readOptions(readParameter: ReadParameter, itemIndex: number): Record<string, unknown> {
	return { ...OPTION_DEFAULTS, ...(readParameter('options', itemIndex, {}) as object) };
}

function readParameters(readParameter: ReadParameter, itemIndex: number): SearchParameters {
	const read = forItem(readParameter, itemIndex);

	const isRaw =
		toChoice(read('queryMode', 'conditions'), 'Query Mode', ['conditions', 'raw']) === 'raw';
	const conditions = isRaw ? [] : readConditions(read('conditions', {}));
	const options = readOptions(readParameter, itemIndex);
	const sortRules = toRows(read('sort', {}), 'rule', 'Sort Rule').map(readSortRule);
	return {
		conditions,
		query: isRaw ? toText(read('query', ''), 'Query') : buildQuery(conditions),
		sortRules: sortRules.length > 0 ? sortRules : [DEFAULT_SORT_RULE],
		from: toWholeNumber(options.from, 'From', { min: 0 }),
		pageSize:
			options.pageSize === undefined
				? undefined
				: toWholeNumber(options.pageSize, 'Page Size', { min: 1, max: LARGEST_PAGE_SIZE }),
		limit: toBoolean(read('returnAll', false), 'Return All')
			? undefined
			: toWholeNumber(read('limit', 50), 'Limit', { min: 1 }),
		statuses: toTextList(options.statuses, 'Statuses').map((status) =>
			toChoice(status, 'Statuses', DERIVED_STATUSES),
		),
		latestVersionOnly: toBoolean(options.latestVersionOnly, 'Latest Version Only'),
		returnsIncomplete:
			toChoice(options.onIncomplete, 'If Incomplete', ['error', 'warn']) === 'warn',
		...readOutputChoice(read),
	};
}

function readSortRule(
	{ field, customField, direction }: Record<string, unknown>,
	index: number,
): SortRule {
	const label = `Sort Rule ${index + 1}`;
	return {
		field: readFieldName(field, customField, label),
		direction: toChoice(direction ?? 'desc', `${label}: Direction`, ['asc', 'desc']),
	};
}
