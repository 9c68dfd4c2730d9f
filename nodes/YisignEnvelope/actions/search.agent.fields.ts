import type { INodeProperties } from 'n8n-workflow';
import { toNameCondition } from '../../shared/fields/conditions.fields';
import { datesField, isNothing } from '../../shared/fields/dates.fields';
import { toText } from '../../shared/fields/input';
import type { ReadField } from '../../shared/fields/parameters';
import { statusesField } from '../../shared/fields/statuses.field';
import type { Condition } from '../../shared/search/conditions';
import { ONLY_ONE, toConditionValue } from '../../shared/search/query';

const ADMISSION_NUMBER = 'Admission Number';

const CUSTOM_TAG_ID = 'Custom Tag ID';

const DEPARTMENT_NAME = 'Department Name';

/** Envelopes, where a model does not say: it has to read all that comes. */
const LIMIT = 20;

/** Envelopes that a model gets at most, however many it asks for: it has to have room for them. */
export const MOST_FOR_MODEL = 200;

/**
 * A field that a model fills in. All it sees of it is in the call that stands as the default: a key,
 * what is meant by it, and what holds if it leaves the key out.
 *
 * @param label of the field; the key too, with underscores
 * @param meaning for the model, without quotation marks
 */
function agentField(name: string, label: string, meaning: string, otherwise?: number) {
	const key = label.replaceAll(' ', '_');
	const rest = otherwise === undefined ? "'string', ''" : `'number', ${otherwise}`;
	return {
		displayName: label,
		name,
		type: otherwise === undefined ? 'string' : 'number',
		default: `={{ $fromAI('${key}', '${meaning}', ${rest}) }}`,
		description: meaning,
	} satisfies INodeProperties;
}

const dateField = (name: string, label: string, meaning: string) =>
	agentField(
		name,
		label,
		`${meaning}, in the time zone of the workflow, such as 2026-11-25T08:00:00. Leave empty for any time.`,
	);

/** The fields of the search for an AI Agent: each on the first level, with a key of its own. */
export const agentFields: INodeProperties[] = [
	agentField(
		'admissionNumber',
		ADMISSION_NUMBER,
		'Number of the inpatient stay whose envelopes to find. Leave empty if it is not known; never guess it.',
	),
	agentField(
		'customTagID',
		CUSTOM_TAG_ID,
		'Number that the hospital gave the document. Leave empty if it is not known; never guess it.',
	),
	agentField(
		'departmentName',
		DEPARTMENT_NAME,
		'Name of the department, exactly as the hospital writes it. Leave empty for all departments.',
	),
	agentField(
		statusesField.name,
		statusesField.displayName,
		`One or several of ${statusesField.options.map(({ value }) => value).join(', ')}; notSigned means waiting or processing. Separate several by commas, and leave empty for any.`,
	),
	dateField(
		'createdAfter',
		'Created After',
		'Only envelopes that were started at this time or later',
	),
	dateField('createdBefore', 'Created Before', 'Only envelopes that were started before this time'),
	dateField('finishedAfter', 'Finished After', 'Only envelopes that ended at this time or later'),
	dateField('finishedBefore', 'Finished Before', 'Only envelopes that ended before this time'),
	agentField(
		'limit',
		'Limit',
		`Most envelopes to return, ${MOST_FOR_MODEL} at most. If there are more, the last item says so.`,
		LIMIT,
	),
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
		if (value !== '')
			conditions.push({ field: name, value: toConditionValue(value, label, ONLY_ONE) });
	}
	const name = readOptionalText(read, 'departmentName', DEPARTMENT_NAME);
	if (name !== '') {
		conditions.push(toNameCondition('hospitalDepartmentId', name, DEPARTMENT_NAME));
	}
	return conditions;
}

/** The dates that a model filled in, as the field Dates would hold them; it need not give any. */
export function readAgentDates(read: ReadField): Record<string, unknown> {
	const names = (datesField.options ?? []).map(({ name }) => name);
	const dates = names.map((name) => [name, read(name, '')] as const);
	return Object.fromEntries(dates.filter(([, date]) => !isNothing(date)));
}

function readOptionalText(read: ReadField, name: string, label: string): string {
	return toText(read(name, '') ?? '', label).trim();
}
