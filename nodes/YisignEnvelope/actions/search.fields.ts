import type { INodeProperties } from 'n8n-workflow';
import { updateDisplayOptions } from 'n8n-workflow';
import type { ClientOptions } from '../../shared/api/client';
import { YisignError } from '../../shared/errors';
import {
	conditionsField,
	readConditions,
	readFieldName,
} from '../../shared/fields/conditions.fields';
import type { DateBounds } from '../../shared/fields/dates.fields';
import { datesField, readDates } from '../../shared/fields/dates.fields';
import { toBoolean, toChoice, toRows, toText, toWholeNumber } from '../../shared/fields/input';
import type { OutputChoice } from '../../shared/fields/output.fields';
import { outputFields, readOutputChoice } from '../../shared/fields/output.fields';
import type { ReadParameter } from '../../shared/fields/parameters';
import { forItem } from '../../shared/fields/parameters';
import { readStatuses, statusesField } from '../../shared/fields/statuses.field';
import type { Condition } from '../../shared/search/conditions';
import type { DerivedStatus } from '../../shared/search/envelope';
import { deriveStatus } from '../../shared/search/envelope';
import { LARGEST_PAGE_SIZE } from '../../shared/search/pageSize';
import type { SortRule } from '../../shared/search/query';
import { DEFAULT_SORT_RULE } from '../../shared/search/query';
import type { TimeRange } from '../../shared/search/times';
import { agentFields, readAgentConditions, readAgentDates } from './search.agent.fields';
import { readTimeout, timeoutField } from './timeout.field';

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
	timeoutField,
];

const optionsField: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: optionFields,
};

/** Page Size has none: not set, it is automatic. */
const OPTION_DEFAULTS: Record<string, unknown> = {
	...Object.fromEntries(optionFields.map(({ name, default: value }) => [name, value])),
	pageSize: undefined,
};

/** The fields for a person, in the order of the editor. */
const editorFields: INodeProperties[] = [
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
	statusesField,
	datesField,
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

/**
 * The fields of the operation. A tool of an AI Agent has others: what stands in rows or groups has
 * no key that a model could fill in. n8n drops what is hidden, so each field is simply read.
 */
export const fields: INodeProperties[] = [
	...updateDisplayOptions({ hide: { '@tool': [true] } }, editorFields),
	...updateDisplayOptions({ show: { '@tool': [true] } }, agentFields),
	optionsField,
];

/** What one input item asks for. */
export interface SearchParameters extends OutputChoice {
	/** In Raw Query mode none. */
	conditions: Condition[];
	/** The raw query; undefined if it is to be built of the conditions. */
	rawQuery: string | undefined;
	/** At least one; the documented order if the user has none. */
	sortRules: SortRule[];
	/** Whether the order is the user's own. */
	hasSortRules: boolean;
	from: number;
	/** Undefined for automatic. */
	pageSize: number | undefined;
	limit: number | undefined;
	/** None for any. */
	statuses: DerivedStatus[];
	timeRanges: TimeRange[];
	/** Whether the time zone of the workflow was needed to read a date. */
	usesZone: boolean;
	latestVersionOnly: boolean;
	/** Whether to return what could be read of a result. */
	returnsIncomplete: boolean;
}

/** The options that hold for the whole execution; an expression in them is read for the first item. */
export function readClientOptions(readParameter: ReadParameter): ClientOptions {
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

/**
 * What one input item asks for.
 *
 * @param timeZone of the workflow
 * @throws YisignError `input`
 */
export function readParameters(
	readParameter: ReadParameter,
	itemIndex: number,
	timeZone: string,
): SearchParameters {
	const read = forItem(readParameter, itemIndex);

	const isRaw =
		toChoice(read('queryMode', 'conditions'), 'Query Mode', ['conditions', 'raw']) === 'raw';
	const conditions = isRaw ? [] : [...readConditions(read), ...readAgentConditions(read)];
	const options = readOptions(readParameter, itemIndex);
	const { bounds, usesZone } = readDates(read('dates', readAgentDates(read)), timeZone);
	const timeRanges = toRanges(bounds);
	const statuses = readStatuses(read('statuses', []));
	checkStatusCodes(conditions, statuses);
	const sortRules = toRows(read('sort', {}), 'rule', 'Sort Rule').map(readSortRule);
	return {
		conditions,
		rawQuery: isRaw ? toText(read('query', ''), 'Query') : undefined,
		sortRules: sortRules.length > 0 ? sortRules : [defaultRule(timeRanges)],
		hasSortRules: sortRules.length > 0,
		from: toWholeNumber(options.from, 'From', { min: 0 }),
		pageSize:
			options.pageSize === undefined
				? undefined
				: toWholeNumber(options.pageSize, 'Page Size', { min: 1, max: LARGEST_PAGE_SIZE }),
		limit: toBoolean(read('returnAll', false), 'Return All')
			? undefined
			: toWholeNumber(read('limit', 50), 'Limit', { min: 1 }),
		statuses,
		timeRanges,
		usesZone,
		latestVersionOnly: toBoolean(options.latestVersionOnly, 'Latest Version Only'),
		returnsIncomplete:
			toChoice(options.onIncomplete, 'If Incomplete', ['error', 'warn']) === 'warn',
		...readOutputChoice(read),
	};
}

/** A status code that none of the statuses can have would find nothing, without a word. */
function checkStatusCodes(
	conditions: readonly Condition[],
	statuses: readonly DerivedStatus[],
): void {
	for (const [index, { field, value }] of conditions.entries()) {
		if (field !== 'envelopeStatus' || statuses.length === 0) continue;
		if (statuses.includes(deriveStatus(value))) continue;
		throw new YisignError('input', `Condition ${index + 1} and Status do not go together`, {
			description:
				'No envelope with this status code has one of the chosen statuses. Remove the condition, or change Status.',
			cause: 'configuration-invalid',
		});
	}
}

function toRanges(bounds: DateBounds): TimeRange[] {
	const ranges: TimeRange[] = [
		{
			field: 'createdDatetime',
			after: bounds.createdAfter ?? -Infinity,
			before: bounds.createdBefore ?? Infinity,
		},
		{
			field: 'envelopeFinishedDatetime',
			after: bounds.finishedAfter ?? -Infinity,
			before: bounds.finishedBefore ?? Infinity,
		},
	];
	return ranges.filter(({ after, before }) => after > -Infinity || before < Infinity);
}

/** By finished time where that is asked for, so that reading can end where no more can fit. */
function defaultRule(ranges: readonly TimeRange[]): SortRule {
	const isFinished = ranges.some(({ field }) => field === 'envelopeFinishedDatetime');
	return isFinished
		? { ...DEFAULT_SORT_RULE, field: 'envelopeFinishedDatetime' }
		: DEFAULT_SORT_RULE;
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
