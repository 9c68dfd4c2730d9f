import { readFileSync } from 'node:fs';

/** How a switch's text becomes an option; `read` throws for a text that is not among `values`. */
export type Reader<Value> = { values: string; read: (text: string) => Value };

/** A whole number from 0 to `max`. */
export function whole(max: number): Reader<number> {
	return {
		values: 'number',
		read(text) {
			if (/^\d+$/.test(text) && Number(text) <= max) return Number(text);
			throw new Error(`must be a whole number from 0 to ${max}, not '${text}'`);
		},
	};
}

/** A whole number from 0 to `max`, or `Infinity`. */
export function bound(max: number): Reader<number> {
	return {
		values: 'number|Infinity',
		read(text) {
			if (text === 'Infinity') return Infinity;
			if (/^\d+$/.test(text) && Number(text) <= max) return Number(text);
			throw new Error(`must be a whole number from 0 to ${max}, or Infinity, not '${text}'`);
		},
	};
}

/** Any finite number, whole or not. */
export function real(): Reader<number> {
	return {
		values: 'number',
		read(text) {
			if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
			throw new Error(`must be a number, not '${text}'`);
		},
	};
}

/** Words by commas, or `all`. */
export function allOrList(): Reader<'all' | string[]> {
	const { read } = shape(/^\w+(,\w+)*$/, 'list', 'all, or names by commas');
	return {
		values: 'all|name,…',
		read: (text) => (read(text) === 'all' ? 'all' : text.split(',')),
	};
}

/** A text of a pattern; `wanted` says which in words. */
export function shape(pattern: RegExp, values: string, wanted: string): Reader<string> {
	return {
		values,
		read(text) {
			if (pattern.test(text)) return text;
			throw new Error(`must be ${wanted}, not '${text}'`);
		},
	};
}

/** A text without blanks. */
export function word(): Reader<string> {
	return shape(/^\S+$/, 'text', 'one word');
}

/** One of some texts. */
export function among<Value extends string>(...choices: Value[]): Reader<Value> {
	const values = choices.join('|');
	return {
		values,
		read(text) {
			const choice = choices.find((known) => known === text);
			if (choice !== undefined) return choice;
			throw new Error(`must be ${values}, not '${text}'`);
		},
	};
}

/** A time as epoch ms: `now`, or as JavaScript reads it. */
export function time(): Reader<number> {
	return {
		values: 'now|time',
		read(text) {
			const read = text === 'now' ? Date.now() : Date.parse(text);
			if (!Number.isNaN(read)) return read;
			throw new Error(`must be now, or a time such as 2026-11-25T08:00:00Z, not '${text}'`);
		},
	};
}

/** `true` or `false`. */
export function truth(): Reader<boolean> {
	const { values, read } = among('true', 'false');
	return { values, read: (text) => read(text) === 'true' };
}

/** The texts of two files. Throws the system's error if one is not readable. */
export function readPair(text: string): { key: string; cert: string } {
	const [key, cert, ...rest] = text.split(',');
	if (!key || !cert || rest.length > 0) {
		throw new Error(`must be two files, key.pem,cert.pem, not '${text}'`);
	}
	return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}
