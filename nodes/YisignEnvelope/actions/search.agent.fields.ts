import type { INodeProperties } from 'n8n-workflow';
import { toNameCondition } from '../../shared/fields/conditions.fields';
import { datesField } from '../../shared/fields/dates.fields';
import { toText } from '../../shared/fields/input';
import type { ReadField } from '../../shared/fields/parameters';
import { statusesField } from '../../shared/fields/statuses.field';
import type { Condition } from '../../shared/search/conditions';
import { toConditionValue } from '../../shared/search/query';

/**
 * What a model fills in: a key, what it is told about it, and what stands for an answer it has not.
 * All a model sees of a field is in this call; n8n's engine fills it in as any other default.
 */
function fromModel(key: string, description: string, type: 'string' | 'number', otherwise = "''") {
	return `={{ $fromAI('${key}', '${description}', '${type}', ${otherwise}) }}`;
}

const ADMISSION_NUMBER = 'Admission Number';

const CUSTOM_TAG_ID = 'Custom Tag ID';

const DEPARTMENT_NAME = 'Department Name';

/** ISO 8601, as far as a model needs to know. */
const DATE = 'ISO 8601, such as 2026-11-25T08:00:00; leave empty for any time';

const DATE_KEYS = {
	createdAfter: ['Created_After', 'Only envelopes that were started at this time or later'],
	createdBefore: ['Created_Before', 'Only envelopes that were started before this time'],
	finishedAfter: ['Finished_After', 'Only envelopes that ended at this time or later'],
	finishedBefore: ['Finished_Before', 'Only envelopes that ended before this time'],
} as const;

const dateFields = Object.entries(DATE_KEYS).map(
	([name, [key, description]]): INodeProperties => ({
		displayName: key.replace('_', ' '),
		name,
		type: 'string',
		default: fromModel(key, `${description}. ${DATE}.`, 'string'),
		description: `${description}. A date and time, in the time zone of the workflow.`,
	}),
);

/** The fields of the search for an AI Agent: each on the first level, with a key of its own. */
export const agentFields: INodeProperties[] = [
	{
		displayName: ADMISSION_NUMBER,
		name: 'admissionNumber',
		type: 'string',
		default: fromModel(
			'Admission_Number',
			'Number of the inpatient stay whose envelopes to find. Leave empty if it is not known; never guess it.',
			'string',
		),
		description: 'Number of one inpatient stay',
	},
	{
		displayName: CUSTOM_TAG_ID,
		name: 'customTagID',
		type: 'string',
		default: fromModel(
			'Custom_Tag_ID',
			'Number that the hospital gave the document. Leave empty if it is not known; never guess it.',
			'string',
		),
		description: 'The number your own system gave the envelope',
	},
	{
		displayName: DEPARTMENT_NAME,
		name: 'departmentName',
		type: 'string',
		default: fromModel(
			'Department_Name',
			'Name of the department, exactly as the hospital writes it. Leave empty for all departments.',
			'string',
		),
		description: 'Name of the department',
	},
	{
		...statusesField,
		type: 'string',
		options: undefined,
		default: fromModel(
			'Statuses',
			`One or several of ${statusesField.options.map(({ value }) => value).join(', ')}; notSigned means waiting or processing. Separate several by commas, and leave empty for any.`,
			'string',
		),
		description: 'Only envelopes with one of these, separated by commas',
	},
	...dateFields,
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: fromModel(
			'Limit',
			'Most envelopes to return. If there are more, the last item says so.',
			'number',
			'20',
		),
		description: 'Max number of results to return',
	},
];

/**
 * The conditions that a model filled in; none where the fields are not shown.
 *
 * @throws YisignError `input`, naming the field
 */
export function readAgentConditions(read: ReadField): Condition[] {
	const conditions: Condition[] = [];
	for (const [name, label] of [
		['customTagID', CUSTOM_TAG_ID],
		['admissionNumber', ADMISSION_NUMBER],
	] as const) {
		const value = readOptionalText(read, name, label);
		if (value !== '') conditions.push({ field: name, value: toConditionValue(value, label) });
	}
	const name = readOptionalText(read, 'departmentName', DEPARTMENT_NAME);
	if (name !== '') {
		conditions.push(toNameCondition('hospitalDepartmentId', name, DEPARTMENT_NAME));
	}
	return conditions;
}

/** The dates that a model filled in, as the field Dates would hold them. */
export function readAgentDates(read: ReadField): Record<string, unknown> {
	const names = (datesField.options ?? []).map(({ name }) => name);
	return Object.fromEntries(names.map((name) => [name, read(name, '')]));
}

function readOptionalText(read: ReadField, name: string, label: string): string {
	return toText(read(name, '') ?? '', label).trim();
}
