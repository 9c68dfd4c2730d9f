import { YisignError } from './errors';

/**
 * A parameter's value as text. A number counts as text, because an expression that reads an
 * admission number often gives one.
 *
 * @param label the field as the editor names it, for the message
 * @throws YisignError `input` for null, an object, a list, a boolean
 */
export function toText(value: unknown, label: string): string {
	if (typeof value === 'string') return value;
	if (typeof value === 'number' && Number.isFinite(value)) return String(value);
	throw new YisignError('input', `${label} has to be text, but it is ${describe(value)}`, {
		description: `Check the expression in ${label}: it has to give text or a number.`,
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
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	const range = max === undefined ? `${min} or more` : `between ${min} and ${max}`;
	if (
		typeof number !== 'number' ||
		!Number.isSafeInteger(number) ||
		number < min ||
		(max !== undefined && number > max)
	) {
		const found = typeof number === 'number' ? String(number) : describe(value);
		throw new YisignError('input', `${label} has to be a whole number, ${range}`, {
			description: `It is ${found} now.`,
			cause: 'configuration-invalid',
		});
	}
	return number;
}

/** Names the kind of a value without showing it: it may be a patient's. */
function describe(value: unknown): string {
	if (value === undefined) return 'missing';
	if (value === null) return 'null';
	if (Array.isArray(value)) return 'a list';
	if (typeof value === 'number') return String(value);
	if (typeof value === 'object') return 'an object';
	return value === '' ? 'empty' : `a ${typeof value}`;
}
