import { DOCUMENTED_PAGE_SIZE } from '../../../shared/api/endpoints';
import type { Condition } from '../../../shared/search/conditions';
import { readAsked, satisfies } from '../../../shared/search/conditions';
import type { Hit } from '../../../shared/search/page';
import { DEFAULT_SORT_RULE } from '../../../shared/search/query';
import type { Check } from '../check';
import { hasBoth } from '../check';
import type { Finding, Question } from '../finding';
import { CannotTell, finding, OPEN } from '../finding';
import type { Sample } from './query';
import {
	askBy,
	confirmThere,
	contains,
	FEWEST_OTHERS,
	FIELDS,
	isSelection,
	NOWHERE,
	sampleOf,
} from './query';
import { valueOf } from './values';

/** Ways to write that two conditions have to hold. */
const JOINS: ReadonlyArray<[name: string, write: (a: string, b: string) => string]> = [
	['(a=1)(b=2)', (a, b) => `(${a})(${b})`],
	['(a=1) AND (b=2)', (a, b) => `(${a}) AND (${b})`],
	['(a=1)&(b=2)', (a, b) => `(${a})&(${b})`],
	['(a=1&b=2)', (a, b) => `(${a}&${b})`],
	['(a=1,b=2)', (a, b) => `(${a},${b})`],
];

const joins: Question = {
	question: 'Which way of joining conditions does q understand?',
	matters: 'Search and the triggers send one condition, and check the others themselves.',
	async ask(check) {
		const [left, right] = pairOf(check);
		for (const [name, write] of JOINS) {
			const q = write(textOf(left), textOf(right));
			if (!(await isJoined(check, q, [left, right]))) continue;
			await confirmOthers(check, left, right);
			await confirmOthers(check, right, left);
			// Where only the first is read, the other way round others come; a short page hides it.
			if (!(await isJoined(check, write(textOf(right), textOf(left)), [left, right]))) {
				throw new CannotTell('other envelopes came', OPEN.quiet);
			}
			return finding(
				name,
				null,
				'A Raw Query can ask for several conditions. Conditions are sent one at a time all the same.',
				'Send the report to the maintainers: Search could ask for less.',
			);
		}
		const isThere = await check.isEverywhere((hit) => holds(hit, left) && holds(hit, right));
		if (!isThere) {
			throw new CannotTell(
				'the envelope with both values is no longer among the newest',
				OPEN.quiet,
			);
		}
		return finding(
			'None of those that were tried',
			null,
			'One condition is sent, and the others are checked by Search and the triggers.',
			'Put the condition that fits the fewest envelopes first.',
		);
	},
};

/** Whether a query finds envelopes for which all conditions hold, and no others. */
async function isJoined(
	check: Check,
	q: string,
	conditions: readonly Condition[],
): Promise<boolean> {
	const answer = await check.ask({ q });
	if (answer.kind === 'refused' || answer.page.hits.length === 0) return false;
	return answer.page.hits.every((hit) => conditions.every((one) => holds(hit, one)));
}

/**
 * Two conditions that some of the newest envelopes satisfy, and of which each alone would show others.
 *
 * @throws CannotTell if there are none
 */
function pairOf(check: Check): [Condition, Condition] {
	const { pool, facts } = check;
	const fields = [...facts.matches].filter(([, match]) => match === 'exact' || match === 'prefix');
	if (fields.length < 2) throw noField(check, 'q does not search by two fields');
	for (const { record } of check.withoutNewest(pool.slice(0, DOCUMENTED_PAGE_SIZE))) {
		const known = fields.flatMap(([field]): Condition[] => {
			const value = valueOf(check, record, field);
			return value !== null && /^[\p{L}\d_-]{2,}$/u.test(value) ? [{ field, value }] : [];
		});
		for (const left of known) {
			const right = known.find((other) => other !== left && isTelling(pool, left, other));
			if (right) return [left, right];
		}
	}
	throw new CannotTell('there are too few envelopes with different values', OPEN.more);
}

/**
 * Makes sure that one condition alone would have shown others, then as now.
 *
 * @throws CannotTell
 */
async function confirmOthers(check: Check, one: Condition, other: Condition): Promise<void> {
	const isOther = (hit: Hit) => holds(hit, one) && !holds(hit, other);
	const before = check.pool;
	const after = await askBy(check, one.field, one.value);
	const isThere = after.kind === 'page' && hasBoth(before, after.page.hits, isOther);
	if (!isThere) throw new CannotTell('the envelopes kept changing', OPEN.quiet);
}

function isTelling(pool: readonly Hit[], left: Condition, right: Condition): boolean {
	const isOther = (hit: Hit) => !holds(hit, left) || !holds(hit, right);
	return [
		pool,
		pool.filter((hit) => holds(hit, left)),
		pool.filter((hit) => holds(hit, right)),
	].every((hits) => hits.slice(0, DOCUMENTED_PAGE_SIZE).filter(isOther).length >= FEWEST_OTHERS);
}

/** Whether a record has the value, however loosely Yisign searches. */
function holds({ record }: Hit, { field, value }: Condition): boolean {
	return contains(readAsked(record, { field }), value);
}

function textOf({ field, value }: Condition): string {
	return `${field}=${value}`;
}

/** Ways to write a range of times, and whether it has a beginning. */
const RANGES: ReadonlyArray<
	[name: string, hasBegin: boolean, write: (from: Time, to: Time) => string]
> = [
	['(a<=2)', false, (_, to) => `(createdDatetime<=${to})`],
	['(a=[1 TO 2])', true, (from, to) => `(createdDatetime=[${from} TO ${to}])`],
	['(a=1~2)', true, (from, to) => `(createdDatetime=${from}~${to})`],
];

const RANGES_MATTER =
	'With Dates, Search reads in the order of time until they are passed, and needs no range.';

const ranges: Question = {
	question: 'Which way of writing a range of times does q understand?',
	matters: RANGES_MATTER,
	async ask(check) {
		const [from, earlier, to] = timesOf(check);
		for (const [name, hasBegin, write] of RANGES) {
			const begin = hasBegin ? from : undefined;
			const isRange = await findsRange(check, write(from, to), [begin, to]);
			if (!isRange) continue;
			// In no order at all, the first page may have been as it should be by chance.
			const isAgain = await findsRange(check, write(from, earlier), [begin, earlier], 1);
			if (!isAgain)
				throw new CannotTell('envelopes come in no order, or kept changing', OPEN.quiet);
			return finding(
				name,
				null,
				'A Raw Query can ask for a range. With Dates, Search reads in the order of time instead.',
				'Send the report to the maintainers: Search could ask for less.',
			);
		}
		// Where there are few, those within the range may be gone.
		const isSmall = check.pool.length <= DOCUMENTED_PAGE_SIZE;
		if (isSmall && countTimes((await check.page()).page.hits, to) < FEWEST_OTHERS) {
			throw new CannotTell('too few different created times were seen', OPEN.more);
		}
		return finding('None of those that were tried', null, RANGES_MATTER);
	},
};

type Time = string | number;

/**
 * The first created time that was seen, and two later ones.
 *
 * @throws CannotTell if the newest envelopes have too few
 */
function timesOf(check: Check): [from: Time, earlier: Time, to: Time] {
	const values = check.pool.map(createdOf).filter((value) => value !== undefined);
	if (new Set(values.map((value) => typeof value)).size > 1) {
		throw new CannotTell('the times are not all written alike', OPEN.report);
	}
	const sorted = [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
	const [from, earlier, to] = [0, sorted.length >> 3, sorted.length >> 2].map((at) => sorted[at]);
	if (sorted.length < 4 * FEWEST_OTHERS || countAfter(check, to) < FEWEST_OTHERS) {
		throw new CannotTell('too few different created times were seen', OPEN.more);
	}
	return [from, earlier, to];
}

/**
 * Whether a query finds envelopes of a range of time, and no others.
 *
 * @param range first and last time; the first may be left out
 * @param fewest different times that have to come
 * @throws CannotTell if it may have found some by a part of the value alone
 */
async function findsRange(
	check: Check,
	q: string,
	[from, to]: [from: Time | undefined, to: Time],
	fewest = FEWEST_OTHERS,
): Promise<boolean> {
	const answer = await check.ask({ q });
	if (answer.kind === 'refused' || answer.page.hits.length === 0) return false;
	const { hits } = answer.page;
	const isWithin = (time: Time | undefined) =>
		time !== undefined &&
		typeof time === typeof to &&
		time <= to &&
		(from === undefined || time >= from);
	if (!hits.map(createdOf).every(isWithin)) return false;
	if (countTimes(hits, to) >= fewest) return true;
	throw new CannotTell('too few different created times came', OPEN.more);
}

function createdOf({ record, sortValues }: Hit): Time | undefined {
	const value = record[DEFAULT_SORT_RULE.field] ?? sortValues[0];
	return typeof value === 'number' || typeof value === 'string' ? value : undefined;
}

/** How many different created times there are up to one. */
function countTimes(hits: readonly Hit[], to: Time): number {
	const times = hits.map(createdOf).filter((time) => time !== undefined && time <= to);
	return new Set(times).size;
}

/** Records of the first page that were created later, and are in every replica of the index. */
function countAfter(check: Check, time: Time): number {
	const first = check.pool.slice(0, DOCUMENTED_PAGE_SIZE);
	const later = check.withoutNewest(first).map(createdOf);
	return later.filter((value) => value !== undefined && value > time).length;
}

const quotes: Question = {
	question: 'Does q understand a value in quotes?',
	matters: 'Values with a blank or a reserved character would need them.',
	ask: async (check) => await trySyntax(check, ({ value }) => [value, (text) => `"${text}"`]),
};

const wildcards: Question = {
	question: 'Does q understand * as any text?',
	matters: 'Nothing: the node does not send it.',
	ask: async (check) => await trySyntax(check, ({ cut }) => [cut, (text) => `${text}*`]),
};

/** Whether a value finds envelopes that begin with it, if it is written in another way. */
async function trySyntax(
	check: Check,
	choose: (sample: Sample) => [value: string, write: (text: string) => string],
): Promise<Finding> {
	const sample = searchableSample(check);
	const { field } = sample;
	const [value, write] = choose(sample);
	const meaning = 'None: the node does not send it.';
	const answer = await askBy(check, field, write(value));
	if (answer.kind === 'refused') return finding('Refused', null, meaning);
	const { hits } = answer.page;
	if (hits.length === 0) {
		await confirmThere(check, sample);
		return finding('No: nothing is found', null, meaning);
	}
	const hasValue = (hit: Hit) => holds(hit, { field, value });
	if (!hits.every(hasValue)) throw new CannotTell('other envelopes came', OPEN.same);
	if (!isSelection(check, hits, hasValue)) {
		const nowhere = await askBy(check, field, write(NOWHERE));
		const isNothing = nowhere.kind === 'page' && nowhere.page.hits.length === 0;
		if (!isNothing) throw new CannotTell('everything may have been found', OPEN.same);
	}
	return finding('Yes', null, `${meaning} A Raw Query may have it.`);
}

/** A value of a field that `q` is known to find exactly by. */
function searchableSample(check: Check): Sample {
	// Values that many envelopes have stay, whatever happens to one of them.
	const [field] = exactFields(check).filter((name) => name !== 'envelopeWsid');
	if (field === undefined) throw noField(check, 'q finds exactly by no field');
	return sampleOf(check, field);
}

function exactFields({ facts }: Check): string[] {
	const exact = [...facts.matches].filter(([, match]) => match === 'exact');
	return exact.map(([name]) => name);
}

/** @returns what is thrown where too few fields are known that `q` searches by */
function noField({ facts }: Check, reason: string): CannotTell {
	// Where all is known, it will not be otherwise.
	const isKnown = FIELDS.every(([field]) => facts.matches.has(field));
	return new CannotTell(reason, isKnown ? OPEN.same : OPEN.quiet);
}

/** What has a meaning of its own in a query, but may stand in the name of a template. */
const RESERVED = /[()&|*\s]/;

const reserved: Question = {
	question: 'Does q find values with a blank or a reserved character?',
	matters: 'The node refuses to send such values.',
	async ask(check) {
		const condition = reservedSample(check);
		const plain = await askBy(check, condition.field, condition.value);
		const quoted = await askBy(check, condition.field, `"${condition.value}"`);
		const [isPlain, isQuoted] = [plain, quoted].map(
			(answer) =>
				answer.kind === 'page' &&
				answer.page.hits.length > 0 &&
				answer.page.hits.every(({ record }) => satisfies(record, condition)),
		);
		const meaning = 'The node refuses to send such values; a Raw Query can have them.';
		if (isPlain) return finding('As they are', null, meaning);
		if (isQuoted) return finding('In quotes', null, meaning);
		await confirmThere(check, condition);
		return finding('No', null, meaning, 'Choose by another field.');
	},
};

function reservedSample(check: Check): Condition {
	const fields = exactFields(check);
	if (fields.length === 0) throw noField(check, 'q finds exactly by no field');
	for (const field of fields) {
		for (const { record } of check.withoutNewest(check.pool)) {
			if (!RESERVED.test(readAsked(record, { field }) ?? '')) continue;
			const value = valueOf(check, record, field);
			if (value !== null) return { field, value };
		}
	}
	throw new CannotTell(
		'no envelope was seen with such a value in a field that q searches by',
		OPEN.more,
	);
}

export const syntaxQuestions = [joins, ranges, quotes, wildcards, reserved];
