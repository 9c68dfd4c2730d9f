import type { IDataObject } from 'n8n-workflow';
import { YisignError } from '../../shared/errors';
import { isObject, type JsonObject } from '../../shared/json';

/** Objects within objects in which a list is looked for: a reply is wrapped once, its list perhaps too. */
const DEEPEST = 3;

/** A key that looks like a name in a program, and so not like a value that belongs to a patient. */
const PLAIN_KEY = /^[A-Za-z_]{1,40}\d{0,2}$/;

/**
 * The items that a reply becomes: itself, the entries of a list that it is, or those of the list in
 * it that was chosen.
 *
 * @param name of the list; with dots, or without if no other list in the reply has the name; empty for
 *   none
 * @param isPost for the message: whether something was done that is not to be done again
 * @throws YisignError `refused` if there is no such list
 */
export function toItems(
	reply: JsonObject | unknown[],
	name: string,
	isPost: boolean,
): IDataObject[] {
	if (Array.isArray(reply)) {
		if (name === '') return toEntries(reply, 'value');
		throw noSuchList('The reply is a list by itself: leave Split Out empty.', isPost);
	}
	if (name === '') return [reply as IDataObject];
	const lists = findLists(reply);
	const fitting = [...lists.keys()].filter((path) => path.endsWith(`.${name}`));
	const path = lists.has(name) || fitting.length !== 1 ? name : fitting[0];
	const list = lists.get(path);
	if (list !== undefined) return toEntries(list, path.split('.').at(-1) ?? path);
	throw noSuchList(describe([...lists.keys()]), isPost);
}

/** An entry that is no object becomes one, with the name of its list as the key. */
function toEntries(list: readonly unknown[], key: string): IDataObject[] {
	return list.map((entry) => (isObject(entry) ? entry : { [key]: entry }) as IDataObject);
}

/** All lists in a reply, by their keys with dots between them. */
function findLists(object: JsonObject, prefix = '', depth = 1): Map<string, readonly unknown[]> {
	const lists = new Map<string, readonly unknown[]>();
	for (const [key, value] of Object.entries(object)) {
		const path = prefix + key;
		if (Array.isArray(value)) lists.set(path, value);
		if (!isObject(value) || depth === DEEPEST) continue;
		for (const [inner, list] of findLists(value, `${path}.`, depth + 1)) lists.set(inner, list);
	}
	return lists;
}

function describe(paths: readonly string[]): string {
	const plain = paths.filter((path) => path.split('.').every((key) => PLAIN_KEY.test(key)));
	if (plain.length === 0) {
		return 'There is no list in it: leave Split Out empty, and look at the reply.';
	}
	return `Lists in it: ${plain.join(', ')}. Enter one of them, or leave Split Out empty and look at the reply.`;
}

function noSuchList(description: string, isPost: boolean): YisignError {
	const done = isPost ? 'Yisign carried out the request, but ' : '';
	return new YisignError('refused', `${done}Split Out names no list in the reply`, {
		description,
		cause: 'configuration-invalid',
	});
}
