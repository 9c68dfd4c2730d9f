import { DOCUMENTED_PAGE_SIZE } from '../../../shared/api/endpoints';
import { asText } from '../../../shared/json';
import type { Condition } from '../../../shared/search/conditions';
import { readAsked, satisfies } from '../../../shared/search/conditions';
import type { EnvelopeRecord } from '../../../shared/search/envelope';
import type { Hit } from '../../../shared/search/page';
import { buildQuery, hasReserved } from '../../../shared/search/query';
import type { PageAnswer, RefusedAnswer } from '../asker';
import type { Check } from '../check';
import type { Finding, Question } from '../finding';
import { CannotTell, finding, OPEN, statusOf } from '../finding';
import { valueOf } from './values';

/** What `q` on a field finds. */
export type FieldMatch =
	| 'exact'
	| 'prefix'
	| 'suffix'
	| 'anyCase'
	| 'loose'
	| 'freeText'
	| 'ignored'
	| 'refused'
	| 'nothing';

/** A value that is in no field of any record, and begins as none does. */
export const NOWHERE = 'zq0x7vnosuchvalue';

/** Records on a page without the value, which show that it is not the page of all envelopes. */
export const FEWEST_OTHERS = 3;

/** Shorter values cannot be cut and still mean something. */
const SHORTEST = 3;

/** Fields that the Conditions of the node offer, beside the identity number. */
export const FIELDS: ReadonlyArray<[field: string, label: string]> = [
	['admissionNumber', 'Admission Number'],
	['customTagID', 'Custom Tag ID'],
	['envelopeWsid', 'Envelope ID'],
	['envelopeStatus', 'Status Code'],
	['hospitalDepartmentId', 'Department'],
	['doctorID', 'Doctor'],
	['serviceType', 'Document Type'],
];

/** Fields that hold the names beside the codes. */
const NAMES: ReadonlyArray<[code: string, name: string, label: string]> = [
	['hospitalDepartmentId', 'hospitalDepartment', 'Department'],
	['doctorID', 'doctorName', 'Doctor'],
	['serviceType', 'serviceTypeZhName', 'Document Type'],
];

const MATTERS =
	'Search and the triggers ask for the first condition, and check all of them themselves.';

const MEANINGS: Record<FieldMatch, string> = {
	exact: 'A condition on it can come first: Yisign finds what is asked for.',
	prefix: 'Yisign also finds other values; Search leaves those out.',
	suffix: 'Yisign also finds other values; Search leaves those out.',
	anyCase: 'Yisign also finds values in the other case; Search leaves those out.',
	loose: 'Yisign also finds other values of the field; Search leaves those out.',
	freeText:
		'Yisign finds the text anywhere, in other patients’ envelopes, too; Search leaves those out.',
	ignored: 'Yisign sends everything; Search reads all of it and leaves out what does not match.',
	refused: 'A condition on it that comes first stops Search with a message.',
	nothing: 'A condition on it that comes first finds nothing, and Search stops and says so.',
};

const ANSWERS: Record<FieldMatch, string> = {
	exact: 'Exactly',
	prefix: 'Loosely: a value without its last character finds it, too',
	suffix: 'Loosely: a value without its first character finds it, too',
	anyCase: 'Loosely: the other case of its letters finds it, too',
	loose: 'Loosely: other values of the field are found, too',
	freeText: 'As free text, in any field',
	ignored: 'The condition is ignored: everything is found',
	refused: 'Refused',
	nothing: 'Nothing is found',
};

/** Fields of which more is tried than the value without its last character. */
const TRIED_FURTHER: readonly string[] = ['admissionNumber', 'customTagID'];

const AS_FAR_AS_TRIED = {
	answer: 'Exactly, as far as was tried: not without the last character',
	meaning: 'A condition on it can come first; Search leaves out whatever else is found.',
};

/** A value of a field, and the same without its last character. */
export interface Sample extends Condition {
	cut: string;
	record: EnvelopeRecord;
}

function questionOf(field: string, label: string): Question {
	return {
		question: `How does q find by ${field} (${label})?`,
		matters: MATTERS,
		async ask(check) {
			const sample = sampleOf(check, field);
			const { match, status } = await tryField(check, sample);
			const isTried = match === 'exact' && TRIED_FURTHER.includes(field);
			const all = isTried ? await tryFurther(check, sample) : match;
			check.facts.matches.set(field, all);
			const found = describe(all, status, field === 'admissionNumber');
			return all === 'exact' && !isTried ? { ...found, ...AS_FAR_AS_TRIED } : found;
		},
	};
}

function describe(match: FieldMatch, status: string, isDocumented: boolean): Finding {
	const isBad = match === 'refused' || match === 'nothing' || match === 'ignored';
	return finding(
		match === 'refused' ? `${ANSWERS.refused} (${status})` : ANSWERS[match],
		isDocumented ? match === 'exact' : null,
		MEANINGS[match],
		isBad
			? 'Put a condition on another field first, and the one on this field below it.'
			: undefined,
	);
}

/**
 * A value to try a field with.
 *
 * @throws CannotTell if no record has one that fits
 */
export function sampleOf(check: Check, field: string): Sample {
	const values = new Set(check.pool.map(({ record }) => readAsked(record, { field })));
	for (const { record } of check.withoutNewest(check.pool)) {
		const value = valueOf(check, record, field);
		if (value === null || value.length < SHORTEST || hasReserved(value)) continue;
		const cut = value.slice(0, -1);
		if (!values.has(cut) && !/[\uD800-\uDBFF]$/.test(cut)) return { field, value, cut, record };
	}
	throw new CannotTell('too few envelopes were seen with a value to try it with', OPEN.more);
}

async function tryField(
	check: Check,
	sample: Sample,
): Promise<{ match: FieldMatch; status: string }> {
	const { field, value, cut } = sample;
	const half = await askBy(check, field, cut);
	const whole = await askBy(check, field, value);
	if (whole.kind === 'refused') return { match: 'refused', status: statusOf(whole.fault) };
	const { hits } = whole.page;
	if (hits.length === 0) return { match: await confirmNothing(check, sample), status: '' };
	if (half.kind === 'refused') throw new CannotTell('a part of a value is refused', OPEN.same);
	const match = await judge(check, sample, hits, half.page.hits);
	return { match, status: '' };
}

/** @param half what was found by the value without its last character */
async function judge(
	check: Check,
	sample: Sample,
	hits: readonly Hit[],
	half: readonly Hit[],
): Promise<FieldMatch> {
	const { field, value, cut } = sample;
	const beginsWith = (text: string) => (hit: Hit) =>
		readAsked(hit.record, { field })?.startsWith(text) === true;
	if (!hits.every(beginsWith(value)) || !half.every(beginsWith(cut))) {
		return await judgeOthers(check, sample);
	}
	if (half.length > 0 && (await isAnythingFound(check, field))) return 'ignored';
	if (await isFreeText(check, sample)) return await judgeOthers(check, sample);
	const isExact = hits.every(({ record }) => satisfies(record, sample));
	if (half.length === 0) {
		if (isExact) return 'exact';
		throw new CannotTell('some values were found by their beginning, and others not', OPEN.same);
	}
	// As many records as one finds by the cut value itself say nothing.
	if (half.some(({ record }) => !satisfies(record, { field, value: cut }))) return 'prefix';
	throw new CannotTell('the values of the field are too much alike', OPEN.more);
}

/** Records came that do not have the value: everything, those that have it elsewhere, or similar ones. */
async function judgeOthers(check: Check, sample: Sample): Promise<FieldMatch> {
	const { facts } = check;
	if (facts.isFreeText) return 'freeText';
	if (await isAnythingFound(check, sample.field)) return 'ignored';
	if (!(await isFreeText(check, sample))) return 'loose';
	facts.isFreeText = true;
	return 'freeText';
}

/** Whether a value is found that does not exist. */
async function isAnythingFound(check: Check, field: string): Promise<boolean> {
	const answer = await askBy(check, field, NOWHERE);
	if (answer.kind === 'refused')
		throw new CannotTell('a value that does not exist is refused', OPEN.same);
	return answer.page.hits.length > 0;
}

/**
 * Whether records that all fit a value cannot be the beginning of all envelopes, since the newest of
 * those do not fit. Where there are few, a change may make them fit.
 */
export function isSelection(
	{ pool }: Check,
	hits: readonly Hit[],
	fits: (hit: Hit) => boolean,
): boolean {
	const first = pool.slice(0, Math.min(DOCUMENTED_PAGE_SIZE, hits.length));
	return (
		pool.length > DOCUMENTED_PAGE_SIZE && first.filter((hit) => !fits(hit)).length >= FEWEST_OTHERS
	);
}

/** Whether the value of one field is found under the name of another. Asked for once. */
async function isFreeText(check: Check, sample: Sample): Promise<boolean> {
	const { facts } = check;
	if (facts.isFreeText !== undefined) return facts.isFreeText;
	const { field, value } = sample;
	const other = otherValueOf(check, sample);
	const answer = await askBy(check, field, other.value);
	if (answer.kind === 'refused')
		throw new CannotTell('a value of another field is refused', OPEN.same);
	const { hits } = answer.page;
	const isFound = hits.length > 0;
	if (!hits.every((hit) => hasAnywhere(hit, other.value))) {
		throw new CannotTell('envelopes came that have the value nowhere', OPEN.report);
	}
	// Nothing says nothing if the envelope is gone.
	const again = isFound ? answer : await askBy(check, field, value);
	const isThere =
		again.kind === 'page' &&
		again.page.hits.some(({ record }) => satisfies(record, sample) && satisfies(record, other));
	if (!isFound && !isThere) throw new CannotTell('the envelope with the value is gone', OPEN.quiet);
	if (!isFound) facts.isFreeText = false;
	return isFound;
}

/** Whether a value has a text in it, in whichever case. */
export function contains(value: string | null, text: string): boolean {
	return value?.toLowerCase().includes(text.toLowerCase()) === true;
}

/** Whether a record has a text in any of its fields. */
function hasAnywhere({ record }: Hit, text: string): boolean {
	return Object.values(record).some((value) => contains(asText(value), text));
}

/** A value that the same record has in another field, and that no value of this field begins with. */
function otherValueOf(check: Check, { field, record }: Sample): Condition {
	for (const [other] of FIELDS) {
		const value = other === field ? null : valueOf(check, record, other);
		if (value === null || value.length < SHORTEST || hasReserved(value)) continue;
		if (!isPartOf(check, value, field)) return { field: other, value };
	}
	throw new CannotTell('no other value can show whether it is free text', OPEN.more);
}

/**
 * Whether a value that is found exactly is also found without its first character, or in the other
 * case.
 */
async function tryFurther(check: Check, sample: Sample): Promise<FieldMatch> {
	const { field, value } = sample;
	const lower = value.toLowerCase();
	const variants: ReadonlyArray<[FieldMatch, string]> = [
		['suffix', value.slice(1)],
		['anyCase', lower === value ? value.toUpperCase() : lower],
	];
	for (const [match, text] of variants) {
		if (text === value || /^[\uDC00-\uDFFF]/.test(text)) continue;
		const answer = await askBy(check, field, text);
		if (answer.kind === 'refused') throw new CannotTell('a part of a value is refused', OPEN.same);
		const isFound = answer.page.hits.some(
			({ record }) => satisfies(record, sample) && readAsked(record, { field }) !== text,
		);
		if (isFound) return match;
	}
	await confirmThere(check, sample);
	return 'exact';
}

/**
 * Makes sure that there was something to find by a value, in every replica of the index.
 *
 * @throws CannotTell
 */
export async function confirmThere(check: Check, condition: Condition): Promise<void> {
	if (await check.isEverywhere(({ record }) => satisfies(record, condition))) return;
	throw new CannotTell('the envelope with the value is no longer among the newest', OPEN.quiet);
}

/** Nothing was found by a value that an envelope had: it may be gone, or come and go. */
async function confirmNothing(
	check: Check,
	{ field, value }: Condition,
	asked = field,
): Promise<'nothing'> {
	await confirmThere(check, { field, value });
	const again = await askBy(check, asked, value);
	if (again.kind === 'page' && again.page.hits.length === 0) return 'nothing';
	throw new CannotTell('Yisign found it only sometimes', OPEN.quiet);
}

export async function askBy(
	check: Check,
	field: string,
	value: string,
): Promise<PageAnswer | RefusedAnswer> {
	return await check.ask({ q: buildQuery([{ field, value }]) });
}

const identityCard: Question = {
	question: 'How does q find by idCard (Identity Card Number)?',
	matters: MATTERS,
	ask: () =>
		finding(
			'Not tried, to protect patients',
			null,
			MATTERS,
			'Search by Admission Number instead, or try it with a number of your own.',
		),
};

const BY_NAME =
	'Nothing changes by it: By Name, the node looks the code up in recent envelopes, and asks for the code.';

function nameQuestionOf(code: string, name: string, label: string): Question {
	return {
		question: `Does q find by the name of ${code} (${label})?`,
		matters: BY_NAME,
		async ask(check) {
			const match = check.facts.matches.get(code);
			if (match !== 'exact' && match !== 'prefix') {
				throw new CannotTell(
					'it is not known that q searches by the code alone',
					match === undefined ? OPEN.quiet : OPEN.same,
				);
			}
			const sample = sampleOf(check, name);
			const byCode = await tryName(check, code, sample);
			if (byCode === 'found' && isPartOf(check, sample.value, code)) {
				throw new CannotTell('codes have the name in them', OPEN.same);
			}
			const byName = await tryName(check, name, sample);
			if (byName === 'nothing' || (byCode === 'nothing' && byName !== 'found')) {
				await confirmNothing(check, sample, byName === 'nothing' ? name : code);
			}
			return describeNames(byCode, byName);
		},
	};
}

/** Whether a value of a field has a text in it. */
function isPartOf({ pool }: Check, text: string, field: string): boolean {
	return pool.some(({ record }) => contains(readAsked(record, { field }), text));
}

type NameMatch = 'found' | 'nothing' | 'refused' | 'everything';

/** Whether a name is found under the name of a field, that of the code or its own. */
async function tryName(check: Check, field: string, sample: Sample): Promise<NameMatch> {
	const answer = await askBy(check, field, sample.value);
	if (answer.kind === 'refused') return 'refused';
	const { hits } = answer.page;
	if (hits.length === 0) return 'nothing';
	const hasName = ({ record }: Hit) => readAsked(record, sample)?.startsWith(sample.value) === true;
	if (!hits.every(hasName)) {
		if (await isAnythingFound(check, field)) return 'everything';
		throw new CannotTell('other envelopes came', OPEN.same);
	}
	if (isSelection(check, hits, hasName)) return 'found';
	return (await isAnythingFound(check, field)) ? 'everything' : 'found';
}

const NAME_ANSWERS: Record<NameMatch, string> = {
	found: 'yes',
	nothing: 'no',
	refused: 'refused',
	everything: 'ignored',
};

function describeNames(byCode: NameMatch, byName: NameMatch): Finding {
	return finding(
		`Under the field of the code: ${NAME_ANSWERS[byCode]}. Under that of the name: ${NAME_ANSWERS[byName]}`,
		null,
		BY_NAME,
	);
}

export const queryQuestions = [
	...FIELDS.map(([field, label]) => questionOf(field, label)),
	identityCard,
	...NAMES.map(([code, name, label]) => nameQuestionOf(code, name, label)),
];
