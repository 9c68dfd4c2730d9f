import { YisignError } from '../errors';
import type { Condition } from './conditions';

export interface SortRule {
	/** Wire name, for example `createdDatetime`. */
	field: string;
	direction: 'asc' | 'desc';
}

/** The only sort order that the documents show. */
export const DEFAULT_SORT_RULE: SortRule = { field: 'createdDatetime', direction: 'desc' };

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
 * are joined is not documented, so the others are left to `ConditionCheck`.
 *
 * @returns the empty text without conditions
 */
export function buildQuery([first]: readonly Condition[]): string {
	return first ? `(${first.field}=${first.value})` : '';
}

/**
 * The sort order as the server takes it.
 *
 * Inferred: several rules are joined by commas, as Elasticsearch joins them.
 */
export function buildSort(rules: readonly SortRule[]): string {
	return rules.map(({ field, direction }) => `${field}:${direction}`).join(',');
}
