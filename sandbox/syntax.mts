import type { SearchSettings } from './settings.mts';

/** One condition of `q`: a query name, and the value asked for, as text. */
export type Condition = { name: string; value: string; isPrefix: boolean };

/** A range of values, both ends included; one that is left out is open. */
export type Range = { name: string; from?: string; to?: string };

/** What `q` asks for: conditions that all have to hold, or a range; or something not understood. */
export type Asked =
	| { kind: 'conditions'; conditions: Condition[] }
	| { kind: 'range'; range: Range }
	| { kind: 'nothing' | 'everything' | 'malformed' };

type Syntax = Pick<
	SearchSettings,
	'joins' | 'ranges' | 'quotes' | 'wildcards' | 'reserved' | 'misread'
>;

/** Two conditions as they are joined; each is `field=value`, without a bracket in it. */
const JOINS: Record<Exclude<Syntax['joins'], 'none'>, RegExp> = {
	adjacent: /^\(([^()]*)\)\(([^()]*)\)$/,
	and: /^\(([^()]*)\) AND \(([^()]*)\)$/,
	ampersand: /^\(([^()]*)\)&\(([^()]*)\)$/,
	inside: /^\(([^()&]*)&([^()&]*)\)$/,
	comma: /^\(([^(),]*),([^(),]*)\)$/,
};

/** A value without a blank or a reserved character. */
const PLAIN = /^[^()=&|:"*\s]+$/;

/**
 * Reads `(field=value)`, the only form of `q` the vendor shows (vendor-api 2.1), and what the
 * settings add to it.
 */
export function readQuery(q: string, syntax: Syntax): Asked {
	const joined = readJoined(q, syntax);
	if (joined) return { kind: 'conditions', conditions: joined };
	const range = readRange(q, syntax);
	if (range) return { kind: 'range', range };
	const single = /^\((.+)\)$/s.exec(q);
	const condition = single && readCondition(single[1], syntax);
	return condition ? { kind: 'conditions', conditions: [condition] } : misread(q, syntax);
}

function readJoined(q: string, { joins, ...syntax }: Syntax): Condition[] | undefined {
	if (joins === 'none') return undefined;
	const [, ...parts] = JOINS[joins].exec(q) ?? [];
	const conditions = parts.map((part) =>
		readCondition(part, { ...syntax, joins, reserved: 'none' }),
	);
	const known = conditions.filter((condition) => condition !== undefined);
	return known.length === 2 ? known : undefined;
}

function readRange(q: string, { ranges }: Syntax): Range | undefined {
	if (ranges === 'operators') {
		const [, name, operator, value] = /^\((\w+)(<=|>=)(.+)\)$/.exec(q) ?? [];
		if (name === undefined) return undefined;
		return operator === '<=' ? { name, to: value } : { name, from: value };
	}
	if (ranges === 'none') return undefined;
	const pattern =
		ranges === 'brackets' ? /^\((\w+)=\[(.+) TO (.+)\]\)$/ : /^\((\w+)=([^~]+)~([^~]+)\)$/;
	const [, name, from, to] = pattern.exec(q) ?? [];
	return name === undefined ? undefined : { name, from, to };
}

/** `field=value`; no escaping is documented (vendor-api 2.2). */
function readCondition(
	text: string,
	{ quotes, wildcards, reserved }: Syntax,
): Condition | undefined {
	const [, name, value] = /^(\w+)=(.+)$/s.exec(text) ?? [];
	if (name === undefined) return undefined;
	if (PLAIN.test(value)) return { name, value, isPrefix: false };
	const [, inner] = /^"([^"]+)"$/.exec(value) ?? [];
	if (inner !== undefined && (reserved === 'quoted' || quotes === 'stripped')) {
		if (reserved === 'quoted' || PLAIN.test(inner)) return { name, value: inner, isPrefix: false };
	}
	const start = value.slice(0, -1);
	if (wildcards === 'star' && value.endsWith('*') && PLAIN.test(start)) {
		return { name, value: start, isPrefix: true };
	}
	return reserved === 'literal' ? { name, value, isPrefix: false } : undefined;
}

function misread(q: string, { misread: way }: Syntax): Asked {
	if (way === 'refused') return { kind: 'malformed' };
	if (way === 'ignored') return { kind: 'everything' };
	const [, name, value] = (way === 'first' && /^\((\w+)=([^()=&|:"*\s,]+)/.exec(q)) || [];
	if (name === undefined) return { kind: 'nothing' };
	return { kind: 'conditions', conditions: [{ name, value, isPrefix: false }] };
}
