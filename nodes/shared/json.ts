/** A JSON object; what its fields hold is not known. */
export type JsonObject = Record<string, unknown>;

/** Whether a value is a JSON object: no list, and not null. */
export function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a text says as JSON; undefined if it is none. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Whether a value is a whole number that has lost its last digits when it was read as JSON. */
export function isRounded(value: unknown): boolean {
	return Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** Whether a number in a value, however deep, has more digits than are kept of it. */
export function hasRoundedNumber(value: unknown): boolean {
	const left = [value];
	while (left.length > 0) {
		const one = left.pop();
		if (isRounded(one)) return true;
		if (typeof one !== 'object' || one === null) continue;
		for (const inner of Object.values(one)) left.push(inner);
	}
	return false;
}

/** A field of a record as text, null if the record has none or an empty one. */
export function readText(record: JsonObject, name: string): string | null {
	return (Object.hasOwn(record, name) && asText(record[name])) || null;
}

/**
 * A record's field as text, null if it holds nothing.
 *
 * Inferred: `customTagID` is documented as an object and is called a number elsewhere; an object
 * with a single value is taken for that value, an empty one for nothing, any other for its JSON text.
 */
export function asText(value: unknown): string | null {
	if (value === undefined || value === null) return null;
	if (typeof value !== 'object') return String(value).trim();
	const inner = Object.values(value);
	if (inner.length === 0) return null;
	return inner.length === 1 && (inner[0] === null || typeof inner[0] !== 'object')
		? asText(inner[0])
		: writeJson(value);
}

/** Null for what is nested too deeply to be written. */
function writeJson(value: object): string | null {
	try {
		return JSON.stringify(value);
	} catch {
		return null;
	}
}
