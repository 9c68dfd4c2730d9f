import type { IExecuteFunctions } from 'n8n-workflow';

/** Says that a parameter is wanted as it stands in the workflow, with its expressions. */
interface AsWritten {
	rawExpressions: true;
}

/** Reads a parameter of the node for an input item; the fallback stands for one that is not set. */
export type ReadParameter = (
	name: string,
	itemIndex: number,
	fallback: unknown,
	options?: AsWritten,
) => unknown;

/** Reads a parameter of the node, for one input item or where there is none. */
export type ReadField = (name: string, fallback: unknown, options?: AsWritten) => unknown;

/** The reader for one input item. */
export function forItem(readParameter: ReadParameter, itemIndex: number): ReadField {
	return (name, fallback, options) => readParameter(name, itemIndex, fallback, options);
}

/**
 * A reader for one execution. n8n resolves a parameter for each item; one without an
 * expression is the same for all of them and is resolved once.
 */
export function createParameterReader(context: IExecuteFunctions): ReadParameter {
	const constants = new Map<string, unknown>();
	const readRaw = (name: string, itemIndex: number, fallback: unknown): unknown =>
		context.getNodeParameter(name, itemIndex, fallback, { rawExpressions: true });
	return (name, itemIndex, fallback, options) => {
		if (options) return readRaw(name, itemIndex, fallback);
		if (constants.has(name)) return constants.get(name);
		const value: unknown = context.getNodeParameter(name, itemIndex, fallback);
		const raw = readRaw(name, itemIndex, fallback);
		if (!hasExpression(raw)) constants.set(name, value);
		return value;
	};
}

/** n8n takes a text that begins with "=" for an expression, however deep it stands. */
function hasExpression(raw: unknown): boolean {
	return (JSON.stringify(raw) ?? '').includes('"=');
}
