import { formatCount, formatRecords } from '../count';
import { YisignError } from '../errors';

/** Why a result is not, or not known to be, the whole: the texts that a user reads. */

/** What helps wherever a server behaves otherwise than documented. */
export const CHECK_SERVER = 'Run the operation Check Server to see how this Yisign behaves.';

/** @param got how many records were read; `total` of how many, null if the server does not say */
export function incomplete(
	got: number,
	total: number | null,
	isTotalExact: boolean,
	{ message, details }: YisignError,
): YisignError {
	const all =
		total === null || total < got
			? 'the'
			: `${isTotalExact ? '' : 'at least '}${formatCount(total)}`;
	return new YisignError(
		'incomplete',
		`Only ${formatCount(got)} of ${all} matching envelopes could be read`,
		{ ...details, description: `${message}. ${details.description ?? ''}`.trim() },
	);
}

/** A refusal of a later page says more about the server than about the query. */
export function refusedAfter(read: number, isFirstPage: boolean, fault: YisignError): YisignError {
	const { httpStatus } = fault.details;
	const status = httpStatus === undefined ? '' : ` (HTTP ${httpStatus})`;
	return new YisignError(
		'refused',
		`Yisign refuses to send more than the first ${formatCount(read)}${status}`,
		{
			...fault.details,
			description: isFirstPage
				? `It seems to allow the first page only. Narrow the search with conditions until its result fits on one page. ${CHECK_SERVER}`
				: 'There is a limit to what one search returns. Split it into several with conditions, for example by department.',
		},
	);
}

/** The server ends a result where it does not go any further, so that more may come. */
export function notBeyond(read: number): YisignError {
	return new YisignError(
		'refused',
		`Yisign does not send more than the first ${formatCount(read)}, and there may be others`,
		{
			description:
				'There is a limit to what one search returns. Split it into several with conditions or dates, for example by department or by day.',
		},
	);
}

/** Nothing comes where From says to begin, and no count shows that nothing is there. */
export function nothingAtFrom(from: number): YisignError {
	return new YisignError(
		'refused',
		`Yisign sends nothing from record ${formatCount(from)} on, and does not say whether there is any`,
		{
			description:
				'The result may end before, or there is a limit to what one search returns. Set From under Options to less, or split the search into several with conditions or dates.',
		},
	);
}

/** The server sends the first page, whatever is asked for. */
export function fromIgnored(): YisignError {
	return new YisignError(
		'refused',
		'Yisign sends the same records again instead of the next ones: it ignores "from"',
		{
			description: `Narrow the search with conditions until its result fits on one page. ${CHECK_SERVER}`,
			cause: 'configuration-invalid',
		},
	);
}

/** The server begins at another record than it was asked for. */
export function fromNotHonoured(): YisignError {
	return new YisignError('refused', 'Yisign does not begin at the record that From asks for', {
		description: `It ignores "from", or goes by whole pages. Remove From under Options, or set it to a multiple of 20 and Page Size to 20. ${CHECK_SERVER}`,
		cause: 'configuration-invalid',
	});
}

/** The server ends the result before as many records came as it counts. */
export function fewerThanCounted(): YisignError {
	return new YisignError('refused', 'Yisign counts more matching envelopes than it sends', {
		description: 'Try again. If it stays so, show this message to Yisign.',
	});
}

/** Some hits had no `_source`. */
export function withoutContent(): YisignError {
	return new YisignError('refused', 'Some results came without their content', {
		description: 'They have no "_source". Show this message to Yisign.',
	});
}

/**
 * A record may be the one that is searched for, or another patient's.
 *
 * @param count of such records
 * @param names query names of the fields whose digits were lost
 */
export function lostDigits(count: number, names: readonly string[]): YisignError {
	const records = formatRecords(count);
	const fields = names.join(', ');
	return new YisignError('refused', `Yisign sent ${records} that cannot be checked by ${fields}`, {
		description: `It sends ${fields} as a number, whose last digits are lost: the envelope may be the one you search for, or another. Use a condition on another field, and ask Yisign to send ${fields} as text.`,
		toolDescription: `It sends ${fields} as a number, whose last digits are lost. Ask by something else.`,
		cause: 'configuration-invalid',
	});
}

/** Records moved about faster than pages could be read. */
export function keptChanging(): YisignError {
	return new YisignError(
		'transient',
		'The envelopes kept changing while they were read, so some may be missing',
		{
			description: 'Try again at a quieter time, or narrow the search with conditions.',
			cause: 'temporarily-unavailable',
		},
	);
}

/**
 * Neither the values that records are sorted by nor an exact total show that nothing is missing.
 *
 * @param explicitSize the user's Page Size; undefined for automatic
 */
export function notProvable(explicitSize: number | undefined): YisignError {
	return new YisignError(
		'refused',
		'What Yisign sends does not show whether envelopes are missing between two pages',
		{
			description:
				explicitSize === undefined
					? `Many records have the same time or none, or Yisign does not sort as asked. Narrow the search with conditions until its result fits on one page, or sort by another field. ${CHECK_SERVER}`
					: `Many records have the same time or none for pages of ${explicitSize}. Leave Page Size empty, so that larger pages can be read.`,
			cause: 'configuration-invalid',
		},
	);
}
