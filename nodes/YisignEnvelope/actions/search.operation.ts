import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
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
import type { Condition, EnvelopeRecord, SortRule } from '../../shared/search/query';
import {
	buildQuery,
	buildSort,
	checkConditions,
	DEFAULT_SORT_RULE,
	isInOrder,
} from '../../shared/search/query';
import { search } from '../../shared/search/search';
import { readTimeout, timeoutField } from './timeout.field';
import type { Hit } from '../../shared/search/page';

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
				description: 'Put nothing out and say how many of how many could be read',
			},
			{
				name: 'Return What Was Read',
				value: 'warn',
				description:
					'Put out what there is, with the message as a hint. Hints are seen in the editor only.',
			},
		],
		default: 'error',
		description: 'What to do when the whole result cannot be had',
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
		typeOptions: { minValue: 1, maxValue: 1000 },
		default: 20,
		description: 'How many results to ask for in one request. Yisign documents 20.',
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

const OPTION_DEFAULTS: Record<string, unknown> = Object.fromEntries(
	optionFields.map(({ name, default: value }) => [name, value]),
);

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
			'Sent to Yisign as typed. Whatever comes back is put out, so check that it is what you asked for.',
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
	sortRules: SortRule[];
	from: number;
	pageSize: number;
	limit: number | undefined;
	statuses: DerivedStatus[];
	latestVersionOnly: boolean;
	isPartWelcome: boolean;
}

const NOTHING_FOUND =
	'No envelope fits. Values have to be exact, and a department or a doctor goes by its code.';

/** What the user should know about a result, gathered over all input items. */
interface Notes {
	/** Records that do not fit the condition that Yisign was asked for. */
	strangers: number;
	/** Records that fit that one and fail another. */
	misfits: number;
	unchecked: Set<string>;
	/** Sort orders that the server does not keep to. */
	unsorted: Set<string>;
	shortfalls: YisignError[];
}

/**
 * Searches for each input item and puts out one item per envelope.
 *
 * @throws YisignError, or the error of an item
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const readParameter = createParameterReader(context);
	const notes: Notes = {
		strangers: 0,
		misfits: 0,
		unchecked: new Set(),
		unsorted: new Set(),
		shortfalls: [],
	};
	const items = await runForEachItem(
		context,
		() => readClientOptions(readParameter),
		async (client, itemIndex) => {
			const parameters = readParameters(readParameter, itemIndex);
			const records = await searchRecords(client, parameters, notes);
			return records.map((record) => ({
				json: toItemJson(record, parameters.output, parameters.fields),
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

async function searchRecords(
	client: YisignClient,
	parameters: SearchParameters,
	notes: Notes,
): Promise<EnvelopeRecord[]> {
	const { query, sortRules, pageSize, limit } = parameters;
	const sort = buildSort(sortRules);
	const { hits, shortfall } = await search(
		async (from) => await requestPage(client, { query, sortRules, from, size: pageSize }),
		{
			from: parameters.from,
			limit,
			parallelRequests: client.parallelRequests,
			countKept: (read) => keep(read, parameters).kept.length,
			hasChecks: hasChecks(parameters),
		},
	);

	const { kept, strangers, misfits, unchecked } = keep(hits, parameters);
	if (shortfall) {
		if (!parameters.isPartWelcome) throw withWayOut(shortfall);
		notes.shortfalls.push(shortfall);
	}
	notes.strangers += strangers;
	notes.misfits += misfits;
	for (const field of unchecked) {
		notes.unchecked.add(field);
	}
	if (!isSorted(hits, sortRules)) notes.unsorted.add(sort);
	return kept.slice(0, limit);
}

/** Whether the hits come in the order of the first sort rule, or of the documented one. */
function isSorted(hits: readonly Hit[], [rule = DEFAULT_SORT_RULE]: SortRule[]): boolean {
	const values = hits.map(({ record, sortValues }) => record[rule.field] ?? sortValues[0]);
	return isInOrder(values, rule.direction);
}

/** The records to put out, and what the checks found. */
function keep(
	hits: readonly Hit[],
	{ conditions, statuses, latestVersionOnly }: SearchParameters,
): { kept: EnvelopeRecord[]; strangers: number; misfits: number; unchecked: string[] } {
	const envelopeIds = new Map(hits.map(({ record, envelopeId }) => [record, envelopeId]));
	const {
		kept: matching,
		strangers,
		unchecked,
	} = checkConditions([...envelopeIds.keys()], conditions);
	const seen = new Set<string | undefined>();
	const kept = matching.filter((record) => {
		if (statuses.length > 0 && !statuses.includes(deriveStatus(record.envelopeStatus)))
			return false;
		if (latestVersionOnly && isReplaced(record)) return false;
		// Several records may speak of one envelope.
		return seen.size < seen.add(envelopeIds.get(record)).size;
	});
	return { kept, strangers, misfits: hits.length - matching.length - strangers, unchecked };
}

function hasChecks({ conditions, statuses, latestVersionOnly }: SearchParameters): boolean {
	return conditions.length > 0 || statuses.length > 0 || latestVersionOnly;
}

function describe({ strangers, misfits, unchecked, unsorted, shortfalls }: Notes): string[] {
	const messages: string[] = [];
	if (strangers > 0) {
		messages.push(
			`Left out ${countRecords(strangers)} that Yisign sent although the first condition does not fit.`,
		);
	}
	if (misfits > 0) {
		messages.push(
			`Left out ${countRecords(misfits)} that the first condition fits, but not all conditions.`,
		);
	}
	if (unchecked.size > 0) {
		messages.push(
			`Could not check the condition on ${[...unchecked].join(', ')}: no record has this field. Make sure that the items are the ones you asked for.`,
		);
	}
	if (unsorted.size > 0) {
		messages.push(
			`Yisign did not sort by ${[...unsorted].join(' or ')}. With a Limit, the items may not be the first ones in that order.`,
		);
	}
	const shown = shortfalls.slice(0, 3);
	for (const { message, description } of shown) {
		messages.push(`${message}. ${description ?? ''}`.trim());
	}
	if (shortfalls.length > shown.length) {
		messages.push(`${shortfalls.length - shown.length} more input items are incomplete, too.`);
	}
	return messages;
}

function countRecords(count: number): string {
	return `${count.toLocaleString('en-US')} ${count === 1 ? 'record' : 'records'}`;
}

function withWayOut({ message, details }: YisignError): YisignError {
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
	return {
		conditions,
		query: isRaw ? toText(read('query', ''), 'Query') : buildQuery(conditions),
		sortRules: toRows(read('sort', {}), 'rule', 'Sort Rule').map(readSortRule),
		from: toWholeNumber(options.from, 'From', { min: 0 }),
		pageSize: toWholeNumber(options.pageSize, 'Page Size', { min: 1, max: 1000 }),
		limit: toBoolean(read('returnAll', false), 'Return All')
			? undefined
			: toWholeNumber(read('limit', 50), 'Limit', { min: 1 }),
		statuses: toTextList(options.statuses, 'Statuses').map((status) =>
			toChoice(status, 'Statuses', DERIVED_STATUSES),
		),
		latestVersionOnly: toBoolean(options.latestVersionOnly, 'Latest Version Only'),
		isPartWelcome: toChoice(options.onIncomplete, 'If Incomplete', ['error', 'warn']) === 'warn',
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
