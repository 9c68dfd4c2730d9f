import type { Envelope, EnvelopeSource } from './envelopes.mts';
import { malformed } from './refusals.mts';
import type { SearchSettings } from './settings.mts';
import { readQuery, type Condition, type Range } from './syntax.mts';
import { storedValue } from './times.mts';

/** One rule of `sort`: a record field, and 1 for ascending or -1 for descending. */
export type SortRule = { field: string; direction: 1 | -1 };

/** Query names that differ from the record's field (vendor-api 2.1); all others are the same. */
const RECORD_FIELDS: Record<string, string> = { admissionNumber: 'admissionNo' };

const recordField = (name: string) => RECORD_FIELDS[name] ?? name;

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

/** Fields that a record may have (vendor-api 2.1); a type, so that none is left out. */
const FIELDS: Record<keyof EnvelopeSource, true> = {
	customTagID: true,
	serviceId: true,
	serviceType: true,
	serviceTypeZhName: true,
	hospitalBusinessWsi: true,
	hospitalBusinessLastVersion: true,
	doctorID: true,
	doctorName: true,
	admissionNo: true,
	bedNumber: true,
	idCard: true,
	patientAge: true,
	patientSex: true,
	hospitalDepartmentId: true,
	hospitalDepartment: true,
	envelopeFileUrls: true,
	envelopeStatus: true,
	envelopeStatusDescription: true,
	envelopeWsid: true,
	envelopeFinishedDatetime: true,
	createdDatetime: true,
};

/** The name that goes with a code, by their fields. */
const NAMES: Record<string, string> = {
	hospitalDepartmentId: 'hospitalDepartment',
	doctorID: 'doctorName',
	serviceType: 'serviceTypeZhName',
};

type Matcher = (condition: Condition, source: EnvelopeSource) => boolean;

/**
 * The envelopes that `q` asks for, as the settings have it. Throws a `Refusal` (HTTP 400) if it is
 * malformed, or on a field that is refused.
 */
export function selectBy(
	q: string | undefined,
	envelopes: Envelope[],
	settings: SearchSettings,
): Envelope[] {
	if (q === undefined || settings.query === 'ignored') return envelopes;
	const asked = readQuery(q, settings);
	switch (asked.kind) {
		case 'malformed':
			throw malformed('q is not (field=value)');
		case 'nothing':
			return [];
		case 'everything':
			return envelopes;
		case 'range':
			return selectRange(asked.range, envelopes, settings);
		case 'conditions':
			return asked.conditions.reduce(
				(found, condition) => selectOne(condition, found, envelopes, settings),
				envelopes,
			);
	}
}

/** @param all every envelope there is: a field that none has is not searchable */
function selectOne(
	condition: Condition,
	envelopes: Envelope[],
	all: Envelope[],
	settings: SearchSettings,
): Envelope[] {
	const select = (matches: Matcher) => envelopes.filter(({ source }) => matches(condition, source));
	if (settings.query === 'freeText') return select(matchesFreely);
	if (!isSearchable(condition.name, all, settings)) return withoutField(envelopes, settings);
	const matches = condition.isPrefix ? matchesPrefix : matcherOf(settings.query);
	return select(settings.codes === 'codeOrName' ? orByName(matches) : matches);
}

function selectRange(
	{ name, from, to }: Range,
	envelopes: Envelope[],
	settings: SearchSettings,
): Envelope[] {
	if (!isSearchable(name, envelopes, settings)) return withoutField(envelopes, settings);
	const field = recordField(name);
	return envelopes.filter((envelope) => {
		const value = fieldValue(envelope.source, field);
		const own = storedValue(field, value, envelope, settings) ?? undefined;
		if (own === undefined) return false;
		const read = (text: string) => (typeof own === 'number' ? Number(text) : text);
		const isAfter = from === undefined || compareValues(own, read(from)) >= 0;
		return isAfter && (to === undefined || compareValues(own, read(to)) <= 0);
	});
}

/** What a condition finds on a field that is not searched by. */
function withoutField(envelopes: Envelope[], { unsearchable }: SearchSettings): Envelope[] {
	if (unsearchable === 'refused') throw malformed('q is on a field that is not searchable');
	return unsearchable === 'ignored' ? envelopes : [];
}

function isSearchable(
	name: string,
	envelopes: Envelope[],
	{ searchableFields }: SearchSettings,
): boolean {
	const field = recordField(name);
	if (searchableFields !== 'all') return searchableFields.map(recordField).includes(field);
	return field in FIELDS || envelopes.some(({ source }) => field in source);
}

function orByName(matches: Matcher): Matcher {
	return (condition, source) => {
		const name = NAMES[condition.name];
		return (
			matches(condition, source) || (name !== undefined && matches({ ...condition, name }, source))
		);
	};
}

/** Whether the record's own field begins with the value. */
function matchesPrefix({ name, value }: Condition, source: EnvelopeSource): boolean {
	const own = fieldValue(source, recordField(name));
	return own !== undefined && asText(own).startsWith(value);
}

/** Whether the record's own field is exactly the value: what the documents lead one to expect. */
function matchesExactly({ name, value }: Condition, source: EnvelopeSource): boolean {
	const own = fieldValue(source, recordField(name));
	return own !== undefined && asText(own) === value;
}

function matcherOf(query: SearchSettings['query']): Matcher {
	if (query === 'prefix') return matchesPrefix;
	if (query === 'suffix') return matchesBy((own, value) => own.endsWith(value));
	if (query === 'contains') return matchesBy((own, value) => own.includes(value));
	if (query === 'anyCase') {
		return matchesBy((own, value) => own.toLowerCase() === value.toLowerCase());
	}
	return matchesExactly;
}

function matchesBy(isMatch: (own: string, value: string) => boolean): Matcher {
	return ({ name, value }, source) => {
		const own = fieldValue(source, recordField(name));
		return own !== undefined && isMatch(asText(own), value);
	};
}

/** Characters of a value that are enough for {@link matchesFreely}. */
const LOOSE_PREFIX = 10;

/**
 * Whether any field contains the value, or begins with the first ten characters of it.
 * Inferred: a stand-in for what Elasticsearch may do if `q` reaches it untranslated
 * (vendor-api 2.2): the field's name counts for nothing and other patients' records come back.
 */
function matchesFreely({ value }: Condition, source: EnvelopeSource): boolean {
	const prefix = value.slice(0, LOOSE_PREFIX);
	return Object.values(source).some((own) => {
		const text = String(own ?? '');
		return text.includes(value) || text.startsWith(prefix);
	});
}

/**
 * Orders lists of the sort rules' values by the rules in turn; 0 if they are equal. Missing values
 * (`undefined`) come where `missing` says.
 */
export function compareKeys(
	rules: SortRule[],
	missing: SearchSettings['missing'],
): (a: unknown[], b: unknown[]) => number {
	return (a, b) => {
		for (let at = 0; at < rules.length; at++) {
			const [left, right] = [a[at], b[at]];
			if (left === right) continue;
			const isLast = missing === 'smallest' ? rules[at].direction === -1 : missing === 'last';
			const without = isLast ? 1 : -1;
			if (left === undefined) return without;
			if (right === undefined) return -without;
			const order = compareValues(left, right);
			if (order !== 0) return order * rules[at].direction;
		}
		return 0;
	};
}

/** Orders envelopes as the search does by default: those without the value last, ties by id. */
export function compareBy(rules: SortRule[]): (a: Envelope, b: Envelope) => number {
	const compare = compareKeys(rules, 'last');
	const keysOf = ({ source }: Envelope) => rules.map(({ field }) => fieldValue(source, field));
	return (a, b) => compare(keysOf(a), keysOf(b)) || compareValues(a.id, b.id);
}

function asText(value: unknown): string {
	return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
}

/** Orders numbers by size and anything else as text. */
export function compareValues(a: unknown, b: unknown): number {
	if (typeof a === 'number' && typeof b === 'number') return a - b;
	const [left, right] = [asText(a), asText(b)];
	if (left === right) return 0;
	return left < right ? -1 : 1;
}
