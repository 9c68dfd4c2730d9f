import type { RequestParts } from '../../shared/api/client';
import { YisignError } from '../../shared/errors';
import { toRequiredText, toRows, toText } from '../../shared/fields/input';
import type { ReadField } from '../../shared/fields/parameters';
import { withoutInvisible } from '../../shared/identifier';
import { queryField } from './callInterface.fields';

/** What the node adds to each request; one that is typed could be of another application. */
const ADDED = ['access_token', 'X-Signit-App-Id'];

/**
 * The query parameters of an item. Rows of one name are one parameter with several values.
 *
 * @throws YisignError `input`
 */
export function readQuery(read: ReadField): RequestParts['query'] {
	const values = new Map<string, string[]>();
	for (const [index, row] of toRows(read(queryField.name, {}), 'parameter', ROW).entries()) {
		const label = `${ROW} ${index + 1}`;
		const name = plain(toRequiredText(row.name, `${label}: Name`)).trim();
		const added = findAdded(name);
		if (added !== undefined) throw givenByHand(`${label}: Name must not be ${added}`);
		const more = toValues(row.value, `${label}: Value`);
		values.set(name, [...(values.get(name) ?? []), ...more]);
	}
	return Object.fromEntries(values);
}

const ROW = 'Query Parameter';

/** Nothing is made of what an expression did not give: the parameter would be missing in silence. */
function toValues(value: unknown, label: string): string[] {
	if (Array.isArray(value)) return value.flatMap((entry) => toValues(entry, label));
	return [typeof value === 'boolean' ? String(value) : toText(value, label)];
}

/** A text without invisible characters, and with the usual ones for those of another width or form. */
export function plain(text: string): string {
	return withoutInvisible(text.normalize('NFKC'));
}

/**
 * The name of what the node itself adds, if that is what a parameter's name comes to, however it is
 * written or encoded.
 */
export function findAdded(name: string): string | undefined {
	let text = plain(name);
	for (let before = ''; text !== before; ) {
		before = text;
		text = plain(decodePercent(text));
	}
	const letters = text.toLowerCase().replace(/[^a-z0-9_-]/g, '');
	return ADDED.find((known) => known.toLowerCase() === letters);
}

function decodePercent(text: string): string {
	return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
		Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
	);
}

/** @param message names the field and what stands there */
export function givenByHand(message: string): YisignError {
	return new YisignError('input', message, {
		description: 'Remove it: the token and the App ID of the credential are added by the node.',
		cause: 'configuration-invalid',
	});
}
