import { YisignError } from '../errors';
import { toIdentifier, withoutInvisible } from '../identifier';
import { isObject } from '../json';

/**
 * A parameter's value as text. A number counts as text, because an expression that reads an
 * admission number often gives one.
 *
 * @param label the field as the editor names it, for the message
 * @throws YisignError `input` for null, an object, a list, a boolean, and for a number that is too
 *   long to be exact: its last digits would be those of somebody else's number
 */
export function toText(value: unknown, label: string): string {
	if (typeof value === 'string') return value;
	if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value);
	throw new YisignError('input', `${label} has to be text, but it is ${describe(value)}`, {
		description: 'Check the expression, or the item that it reads: it has to give text.',
		cause: 'configuration-invalid',
	});
}

/**
 * A parameter's value as text without blanks around it, which has to be there.
 *
 * @param advice what to do if it is not
 * @throws YisignError `input` if there is none
 */
export function toRequiredText(
	value: unknown,
	label: string,
	advice = `Enter ${label}. If it is an expression, it gave nothing for this item.`,
): string {
	const text = toText(value, label).trim();
	if (text !== '') return text;
	throw new YisignError('input', `${label} is empty`, {
		description: advice,
		cause: 'configuration-invalid',
	});
}

/**
 * A number or code that is to be stored, corrected as `toIdentifier` does.
 *
 * @returns the empty text if nothing is left
 * @throws YisignError `input` if it has lost digits, or holds a line break or another control character
 */
export function toStoredIdentifier(value: unknown, label: string): string {
	const text = toIdentifier(toText(value, label), label);
	if (!/\p{Cc}/u.test(text)) return text;
	throw new YisignError('input', `${label} must not contain a line break or a control character`, {
		description:
			'Only one number or code can stand there. Take out what does not belong to it, or check the expression.',
		cause: 'configuration-invalid',
	});
}

/**
 * A number or code that is to be stored and has to be there.
 *
 * @throws YisignError `input` as {@link toStoredIdentifier} does, and if there is none
 */
export function toRequiredIdentifier(value: unknown, label: string): string {
	return toRequiredText(toStoredIdentifier(value, label), label);
}

/**
 * A name that has to be there. It is taken as it is written, but for invisible characters.
 *
 * @throws YisignError `input` if there is none
 */
export function toRequiredName(value: unknown, label: string): string {
	return toRequiredText(withoutInvisible(toText(value, label)), label);
}

/**
 * The rows of a field with rows, such as Conditions; none if nothing was filled in.
 *
 * @param collection what n8n gives for the field
 * @param key name of the list inside
 * @param label what a row is called, such as "Condition"
 * @throws YisignError `input` for anything else: without its rows a search would find everything
 */
export function toRows(
	collection: unknown,
	key: string,
	label: string,
): Array<Record<string, unknown>> {
	if (!isObject(collection)) throw noRows(`${label}s`, collection);
	const rows = collection[key] ?? [];
	if (!Array.isArray(rows)) throw noRows(`${label}s`, rows);
	return rows.map((row: unknown, index) => toFields(row, `${label} ${index + 1}`));
}

/**
 * The fields of a group such as Options, by name; none if nothing was filled in.
 *
 * @param label the group as the editor names it
 * @throws YisignError `input` for anything else
 */
export function toFields(group: unknown, label: string): Record<string, unknown> {
	if (isObject(group)) return group;
	throw new YisignError('input', `${label} has to hold fields, but it is ${describe(group)}`, {
		description: 'Fill in the fields in the editor, or check the expression that makes them.',
		cause: 'configuration-invalid',
	});
}

function noRows(label: string, found: unknown): YisignError {
	return new YisignError('input', `${label} has to hold rows, but it is ${describe(found)}`, {
		description: 'Fill in the rows in the editor, or check the expression that makes them.',
		cause: 'configuration-invalid',
	});
}

/**
 * A list of texts; an expression may also give one text with commas.
 *
 * @throws YisignError `input`
 */
export function toTextList(value: unknown, label: string): string[] {
	const list: unknown[] = Array.isArray(value) ? value : toText(value, label).split(',');
	return list.map((entry) => toText(entry, label).trim()).filter((entry) => entry !== '');
}

/**
 * One of the values that a field offers. An expression can give any other, which must not be taken
 * for the default in silence.
 *
 * @throws YisignError `input`
 */
export function toChoice<T extends string>(
	value: unknown,
	label: string,
	choices: readonly T[],
): T {
	const choice = choices.find((known) => known === value);
	if (choice !== undefined) return choice;
	throw new YisignError('input', `${label} does not offer this value`, {
		description: `Choose from the list, or check the expression: it has to give ${choices.join(', ')}.`,
		toolDescription: `It has to be ${choices.join(', ')}.`,
		cause: 'configuration-invalid',
	});
}

/**
 * A switch; the words true and false in text count too.
 *
 * @throws YisignError `input`
 */
export function toBoolean(value: unknown, label: string): boolean {
	if (typeof value === 'boolean') return value;
	return toChoice(value, label, ['true', 'false']) === 'true';
}

/**
 * A parameter's value as a whole number; digits in text count too.
 *
 * @param bounds the smallest and largest value allowed, both inclusive
 * @throws YisignError `input` for anything else
 */
export function toWholeNumber(
	value: unknown,
	label: string,
	{ min, max }: { min: number; max?: number },
): number {
	const number = typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? Number(value) : value;
	const range = max === undefined ? `${min} or more` : `between ${min} and ${max}`;
	if (
		typeof number !== 'number' ||
		!Number.isSafeInteger(number) ||
		number < min ||
		(max !== undefined && number > max)
	) {
		throw new YisignError('input', `${label} has to be a whole number, ${range}`, {
			description: `${describeNumber(number, value)}. Enter a number, or check the expression.`,
			cause: 'configuration-invalid',
		});
	}
	return number;
}

/** What is wrong with it: a short number is shown, for it is nobody's. */
function describeNumber(number: unknown, value: unknown): string {
	if (typeof number !== 'number' || !Number.isFinite(number)) return `It is ${describe(value)} now`;
	if (Math.abs(number) >= 1e6) return 'It is another number now';
	return Number.isInteger(number) ? `It is ${number} now` : `${number} is not a whole number`;
}

/** Names the kind of a value without showing it: it may be a patient's. */
function describe(value: unknown): string {
	if (value === undefined) return 'missing';
	if (value === null) return 'null';
	if (Array.isArray(value)) return 'a list';
	if (Number.isFinite(value)) return 'a number too long to be exact';
	if (typeof value === 'number') return String(value);
	if (typeof value === 'object') return 'an object';
	if (typeof value === 'string') return value === '' ? 'empty' : 'text';
	return `a ${typeof value}`;
}
