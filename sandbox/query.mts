import type { Envelope, EnvelopeSource } from './envelopes.mts';

/** One condition of `q`: a record field and the value asked for, as text. */
export type Condition = { field: string; value: string };

/** One rule of `sort`: a record field, and 1 for ascending or -1 for descending. */
export type SortRule = { field: string; direction: 1 | -1 };

/** Query names that differ from the record's field (vendor-api 2.1); all others are the same. */
const RECORD_FIELDS: Record<string, string> = { admissionNumber: 'admissionNo' };

const recordField = (name: string) => RECORD_FIELDS[name] ?? name;

/**
 * Reads `(field=value)`, the only form of `q` the vendor shows (vendor-api 2.1); `undefined` if
 * the text is anything else. No escaping and no way to join conditions is documented
 * (vendor-api 2.2), so a value with one of `( ) = & | : " *` or a blank is not accepted.
 */
export function parseQuery(q: string): Condition | undefined {
	const [, name, value] = /^\((\w+)=([^()=&|:"*\s]+)\)$/.exec(q) ?? [];
	return name === undefined ? undefined : { field: recordField(name), value };
}

/** Reads `field:asc` or `field:desc`, or several by commas; `undefined` for anything else. */
export function parseSort(sort: string): SortRule[] | undefined {
	const rules: SortRule[] = [];
	for (const rule of sort.split(',')) {
		const [, name, direction] = /^(\w+):(asc|desc)$/.exec(rule) ?? [];
		if (name === undefined) return undefined;
		rules.push({ field: recordField(name), direction: direction === 'asc' ? 1 : -1 });
	}
	return rules;
}

/** The value of a record's field, or `undefined` for `null`, missing and unknown fields. */
export function fieldValue(source: EnvelopeSource, field: string): unknown {
	return (source as Record<string, unknown>)[field] ?? undefined;
}

/** Whether the record's own field is exactly the value: what the documents lead one to expect. */
export function matchesExactly({ field, value }: Condition, source: EnvelopeSource): boolean {
	const own = fieldValue(source, field);
	return own !== undefined && asText(own) === value;
}

/** Characters of a value that are enough for {@link matchesFreely}. */
const LOOSE_PREFIX = 10;

/**
 * Whether any field contains the value, or begins with the first ten characters of it.
 * Inferred: a stand-in for what Elasticsearch may do if `q` reaches it untranslated
 * (vendor-api 2.2): the field's name counts for nothing and other patients' records come back.
 */
export function matchesFreely({ value }: Condition, source: EnvelopeSource): boolean {
	const prefix = value.slice(0, LOOSE_PREFIX);
	return Object.values(source).some((own) => {
		const text = String(own ?? '');
		return text.includes(value) || text.startsWith(prefix);
	});
}

/**
 * Orders records by the rules in turn. Records without the value come last in either direction,
 * as in Elasticsearch; equal records are ordered by their id, so the order is total.
 */
export function compareBy(rules: SortRule[]): (a: Envelope, b: Envelope) => number {
	return (a, b) => {
		for (const { field, direction } of rules) {
			const left = fieldValue(a.source, field);
			const right = fieldValue(b.source, field);
			if (left === undefined && right === undefined) continue;
			if (left === undefined) return 1;
			if (right === undefined) return -1;
			const order = compareValues(left, right);
			if (order !== 0) return order * direction;
		}
		return compareValues(a.id, b.id);
	};
}

function asText(value: unknown): string {
	return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
}

function compareValues(a: unknown, b: unknown): number {
	if (typeof a === 'number' && typeof b === 'number') return a - b;
	const [left, right] = [asText(a), asText(b)];
	if (left === right) return 0;
	return left < right ? -1 : 1;
}
