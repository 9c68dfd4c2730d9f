import { YisignError } from './errors';

/** Full-width digits and letters, as a Chinese keyboard may type them. */
const FULL_WIDTH = /[\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A]/g;

/** How far a full-width character is from the usual one. */
const FULL_WIDTH_DISTANCE = 0xfee0;

/** A long number as Excel shows it: its last digits are lost. */
const SHORTENED_NUMBER = /^\d(?:\.\d+)?E\+\d+$/i;

/**
 * A text with the usual characters for full-width ones.
 *
 * @param wide which of them; global
 */
export function withUsualWidth(text: string, wide: RegExp): string {
	return text.replace(wide, (char) =>
		String.fromCharCode(char.charCodeAt(0) - FULL_WIDTH_DISTANCE),
	);
}

/** Without the characters that nobody sees, as a copied text may hold them. */
export function withoutInvisible(text: string): string {
	return text.replace(/\p{Cf}/gu, '');
}

/**
 * A number or code that tells one person or thing from others, as it is meant: with the usual digits
 * and letters for full-width ones, without invisible characters, and without blanks around it.
 *
 * @param label the place in the editor, for the message; the value itself is never shown
 * @returns the empty text if nothing is left
 * @throws YisignError `input` for a number that has lost digits: it would be that of somebody else
 */
export function toIdentifier(text: string, label: string): string {
	const value = withUsualWidth(withoutInvisible(text), FULL_WIDTH).trim();
	if (!SHORTENED_NUMBER.test(value.normalize('NFKC'))) return value;
	throw new YisignError('input', `${label} is a number that a spreadsheet has shortened`, {
		description:
			'Its last digits are lost. Format the column as text in the spreadsheet, and take the number again.',
		cause: 'configuration-invalid',
	});
}
