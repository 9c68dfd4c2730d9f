import { YisignError } from '../errors';
import type { JsonObject } from '../json';
import { readText } from '../json';

/** One line of the Conditions field: the record's field has to equal the value. */
export interface Condition {
	/** Query name, for example `admissionNumber`. */
	field: string;
	value: string;
}

export interface SortRule {
	/** Wire name, for example `createdDatetime`. */
	field: string;
	direction: 'asc' | 'desc';
}

/** The only sort order that the documents show. */
export const DEFAULT_SORT_RULE: SortRule = { field: 'createdDatetime', direction: 'desc' };

/** A search record's fields as Yisign sent them; any of them may be missing. */
export type EnvelopeRecord = JsonObject;

export interface ConditionCheck {
	/** The records that satisfy every condition that could be checked, in their order. */
	kept: EnvelopeRecord[];
	/** How many records fail the first condition, which is the one that the server was asked for. */
	strangers: number;
	/** Query names of the conditions whose field no record carries. */
	unchecked: string[];
}

/**
 * Field names of a query, and where a record of the reply carries the same value.
 * `admissionNumber` is documented in the query and `admissionNo` in the reply; `serviceId` is
 * documented as "the same value as customTagID".
 *
 * Inferred: every other reply field can be queried under its own name.
 */
const REPLY_FIELDS: Readonly<Record<string, readonly string[]>> = {
	admissionNumber: ['admissionNo', 'admissionNumber'],
	customTagID: ['customTagID', 'serviceId'],
};

const RESERVED = /[()=&|"'*?\\<>\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_.]*$/;

/**
 * A field name that may stand in a query or a sort order.
 *
 * @param label the place in the editor, for the message
 * @throws YisignError `input`
 */
export function toFieldName(text: string, label: string): string {
	const name = text.trim();
	if (!FIELD_NAME.test(name)) {
		const found = name === '' ? 'is empty' : 'is not a field name';
		throw new YisignError('input', `${label} ${found}`, {
			description:
				'A field name has letters, digits, underscores and dots, for example doctorName.',
			cause: 'configuration-invalid',
		});
	}
	return name;
}

/**
 * A value that may stand in a query. The documents show no way to escape a character that has a
 * meaning in a query, so such a value is refused instead of guessed at.
 *
 * @param label the place in the editor, for the message; the value itself is never shown
 * @throws YisignError `input`
 */
export function toConditionValue(text: string, label: string): string {
	const value = text.trim();
	if (value === '') {
		throw new YisignError('input', `${label} is empty`, {
			description: 'Enter a value. If it is an expression, it gave nothing for this item.',
			cause: 'configuration-invalid',
		});
	}
	const reserved = RESERVED.exec(value)?.[0];
	if (reserved !== undefined) {
		const found = /[\p{C}\p{Z}]/u.test(reserved)
			? 'a line break or another control character'
			: `the character ${reserved}`;
		throw new YisignError('input', `${label} must not contain ${found}`, {
			description:
				'It has a meaning of its own in a Yisign query. Take it out; for the expert, Search has Query Mode "Raw Query".',
			cause: 'configuration-invalid',
		});
	}
	return value;
}

/**
 * The query `q` for a list of conditions: the first one, in the only documented form. How several
 * are joined is not documented, so the others are left to {@link checkConditions}.
 *
 * @returns the empty text without conditions
 */
export function buildQuery([first]: readonly Condition[]): string {
	return first ? `(${first.field}=${first.value})` : '';
}

/**
 * The sort order; without rules the documented one.
 *
 * Inferred: several rules are joined by commas, as Elasticsearch joins them.
 */
export function buildSort(rules: readonly SortRule[]): string {
	return (rules.length === 0 ? [DEFAULT_SORT_RULE] : rules)
		.map(({ field, direction }) => `${field}:${direction}`)
		.join(',');
}

/** Below this share of neighbours in the wrong order, a moving result is more likely than no order. */
const UNSORTED_SHARE = 0.1;

/**
 * Whether values stand in an order, as far as they are numbers or texts of one kind. A few
 * exceptions pass: records may move while pages are being read.
 */
export function isInOrder(values: readonly unknown[], direction: SortRule['direction']): boolean {
	const known = values.filter((value) => typeof value === 'number' || typeof value === 'string');
	const sign = direction === 'asc' ? 1 : -1;
	let wrong = 0;
	for (const [index, value] of known.entries()) {
		const before = known[index - 1];
		if (typeof before !== typeof value) continue;
		if ((before < value ? -1 : before > value ? 1 : 0) * sign > 0) wrong += 1;
	}
	return wrong <= Math.max(1, known.length * UNSORTED_SHARE);
}

/**
 * Checks every condition on every record, because a server that takes the query as free text
 * answers with other patients' records.
 *
 * A record that has the field with another value, or with nothing, fails. So does a record without
 * the field, as long as any other record has it; if none has, the condition cannot be checked.
 */
export function checkConditions(
	records: readonly EnvelopeRecord[],
	conditions: readonly Condition[],
): ConditionCheck {
	const unchecked = new Set<string>();
	let kept = [...records];
	let strangers = 0;
	for (const [index, { field, value }] of conditions.entries()) {
		const names = Object.hasOwn(REPLY_FIELDS, field) ? REPLY_FIELDS[field] : [field];
		if (!records.some((record) => names.some((name) => Object.hasOwn(record, name)))) {
			if (records.length > 0) unchecked.add(field);
			continue;
		}
		kept = kept.filter((record) => {
			const values = names.map((name) => readText(record, name)).filter((text) => text !== null);
			return values.length > 0 && values.every((text) => text === value);
		});
		if (index === 0) strangers = records.length - kept.length;
	}
	return { kept, strangers, unchecked: [...unchecked] };
}
