import { YisignError } from '../../shared/errors';
import { toRequiredText } from '../../shared/fields/input';
import { findAdded, givenByHand, plain } from './callInterface.query';

const LABEL = 'Path';

/**
 * What may lead out of a path, or means something else to one of the servers on the way: nothing
 * encoded gets through, so that nothing stands for a dot or a slash in disguise.
 */
const NOT_IN_PATH = /[^\p{L}\p{N}\p{M}/._~:@-]/u;

/** What an expression within the path leaves behind that gave nothing. */
const NOTHING = ['', 'undefined', 'null', 'NaN'];

/** What to do about a character that cannot stand in a path. */
const ADVICE: Record<string, string> = {
	'?': 'Put what stands behind it into Query Parameters, one row for each.',
	'%': 'Enter the path as it reads: the node encodes what has to be.',
	'{': 'Put the value in the place of the braces and what they hold.',
};

const EXAMPLE =
	'Enter the path of the interface as Yisign prints it, for example /v1/open/seal/third-person-seal/file-wsid.';

/**
 * The path of an interface below Base URL. It is refused if it could lead anywhere else.
 *
 * @param value what was filled in; full-width and invisible characters are corrected first
 * @returns begins with a slash, percent-encoded where it has to be
 * @throws YisignError `input`
 */
export function toPath(value: unknown): string {
	const path = plain(toRequiredText(value, LABEL)).trim();
	const [, ...parameters] = path.split(/[?&;#]/);
	for (const parameter of parameters) {
		const added = findAdded(parameter.split('=')[0]);
		if (added !== undefined) throw givenByHand(`${LABEL} must not contain ${added}`);
	}
	if (!path.startsWith('/')) {
		throw invalid('has to begin with /', `${EXAMPLE} The server before it is Base URL.`);
	}
	const found = NOT_IN_PATH.exec(path)?.[0];
	if (found !== undefined) throw invalid(`must not contain ${nameOf(found)}`, ADVICE[found]);
	const [, ...segments] = path.split('/');
	if (segments.some((segment) => NOTHING.includes(segment))) {
		throw invalid(
			'must not have an empty part',
			`If an expression stands in it, it gave nothing for this item. ${EXAMPLE}`,
		);
	}
	if (segments.some((segment) => /^\.+$/.test(segment))) {
		throw invalid('must not have a part that is nothing but dots');
	}
	return encodeURI(path);
}

function nameOf(character: string): string {
	if (/\s/u.test(character)) return 'a blank or a line break';
	return /\p{C}/u.test(character) ? 'a control character' : `the character ${character}`;
}

function invalid(found: string, description = EXAMPLE): YisignError {
	return new YisignError('input', `${LABEL} ${found}`, {
		description,
		cause: 'configuration-invalid',
	});
}
