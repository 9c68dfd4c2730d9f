import { YisignError } from '../errors';
import { toIdentifier } from '../identifier';
import type { Condition } from './conditions';

export interface SortRule {
	/** Wire name, for example `createdDatetime`. */
	field: string;
	direction: 'asc' | 'desc';
}

/** The only sort order that the documents show. */
export const DEFAULT_SORT_RULE: SortRule = { field: 'createdDatetime', direction: 'desc' };

const RESERVED = /[()=&|"'*?\\<>\s\p{Cc}\p{Cs}\p{Z}]/u;

/** Whether a text has a character that may mean something in a query, or is none to be searched for. */
export function hasReserved(text: string): boolean {
	return RESERVED.test(text);
}

/** What stands between several values; a Chinese keyboard has its own. */
const SEPARATOR = /[,;\uff0c\u3001\uff1b]/;

/** Whether a text may be several numbers or codes, one after the other. */
export function maybeSeveral(text: string): boolean {
	return SEPARATOR.test(text);
}

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
		const message = name === '' ? `${label} is empty` : `${label} is not a field name`;
		throw new YisignError('input', message, {
			description:
				'A field name has letters, digits, underscores and dots, for example doctorName.',
			cause: 'configuration-invalid',
		});
	}
	return name;
}

/** What to do about a value with something else in it. */
export const ONLY_ONE =
	'Only one number or code can be searched for. Take out what does not belong to it.';

/**
 * A value that may stand in a query. Full-width digits and letters and invisible characters are
 * corrected. The documents show no way to escape a character that has a meaning in a query, so a
 * value with one is refused instead of guessed at.
 *
 * @param label the place in the editor, for the message; the value itself is never shown
 * @param advice what to do about such a character, where it is another than for a person who searches
 * @throws YisignError `input`
 */
export function toConditionValue(text: string, label: string, advice?: string): string {
	const value = toIdentifier(text, label);
	if (value === '') {
		throw invalidValue(
			`${label} is empty`,
			'Enter a value. If it is an expression, it gave nothing for this item.',
		);
	}
	const reserved = RESERVED.exec(value)?.[0];
	if (reserved === undefined) return value;
	if (/\s/.test(reserved)) {
		throw invalidValue(`${label} must not contain a blank or a line break`, advice ?? ONLY_ONE);
	}
	const found = /\p{C}/u.test(reserved) ? 'a control character' : `the character ${reserved}`;
	throw invalidValue(
		`${label} must not contain ${found}`,
		advice ??
			'It has a meaning of its own in a Yisign query. Take it out. If that cannot be done, Search has Query Mode "Raw Query".',
	);
}

function invalidValue(message: string, description: string): YisignError {
	return new YisignError('input', message, { description, cause: 'configuration-invalid' });
}

/**
 * The query `q` for a list of conditions: the first one, in the only documented form. How several
 * are joined is not documented, so the others are left to `ConditionCheck`.
 *
 * @returns the empty text without conditions
 */
export function buildQuery([first]: readonly Condition[]): string {
	return first && first.value !== '' ? `(${first.field}=${first.value})` : '';
}

/**
 * The sort order as the server takes it.
 *
 * Inferred: several rules are joined by commas, as Elasticsearch joins them.
 */
export function buildSort(rules: readonly SortRule[]): string {
	return rules.map(({ field, direction }) => `${field}:${direction}`).join(',');
}
