import { YisignError } from './errors';

/**
 * A text of the credential that has to be there, without blanks around it.
 *
 * @param label the field as the editor names it
 * @param alternative what else helps, behind a comma; where a trigger cannot start, the editor shows
 *   nothing but the message
 * @param description where the text comes from
 * @throws YisignError `input` if it is missing or blank
 */
export function requireCredentialText(
	value: unknown,
	label: string,
	{
		alternative = '',
		description = `${label} comes from Yisign, or from the IT of your hospital.`,
	} = {},
): string {
	const text = typeof value === 'string' ? value.trim() : '';
	if (text !== '') return text;
	throw new YisignError(
		'input',
		`The credential has no ${label}: enter it in the Yisign API credential${alternative}`,
		{ description, cause: 'configuration-invalid' },
	);
}
