import type { Hit } from '../../../shared/search/page';
import { buildSort } from '../../../shared/search/query';
import type { TimeField } from '../../../shared/search/times';
import type { PageAnswer, RefusedAnswer } from '../asker';
import type { Check } from '../check';
import { hasBoth, isWhole, rowsOf } from '../check';
import type { Question } from '../finding';
import { CannotTell, finding, NOTHING, OPEN, statusOf } from '../finding';
import type { Row } from '../rows';
import { countValues, isInOrder } from '../rows';

/** So many different times in a row are not in order by chance. */
const FEWEST_TIMES = 6;

/** The same where the other direction does not bear it out. */
const FEWEST_ONE_WAY = 10;

/** So many envelopes without the time at the beginning are not there by chance. */
const MANY = 10;

/** Records of a larger page, which has more different times, where such pages come. */
const LARGER = 200;

const BOTH = ['desc', 'asc'] as const;

const created: Question = {
	question: 'Is sort by created time honoured?',
	matters:
		'Search proves with the order that nothing is missing; Created Time and Overdue need it.',
	async ask(check) {
		const verdict = await tryOrder(check, 'createdDatetime');
		check.facts.sortsByCreated = verdict === 'both' || verdict === 'descending';
		if (check.facts.sortsByCreated) {
			const isBoth = verdict === 'both';
			return finding(
				isBoth ? 'Honoured in both directions' : 'Only descending: the newest come first',
				true,
				'Search can prove that a result is whole. The trigger can work with Detect By "Created Time".',
				isBoth ? NOTHING : 'Leave Direction of a sort rule by Created Time at Descending.',
			);
		}
		return finding(
			verdict === 'broken' ? 'Not honoured' : `Refused (${verdict})`,
			false,
			'Search returns small results only, and the trigger cannot find new envelopes.',
			'Show the report to Yisign: the order createdDatetime:desc is the one that is documented.',
		);
	},
};

const finished: Question = {
	question: 'Is sort by finished time honoured?',
	matters: 'The trigger needs it with Detect By "Finished Time", and Search for finished dates.',
	async ask(check) {
		const verdict = await tryOrder(check, 'envelopeFinishedDatetime');
		// Of envelopes that are signed as they are created, the order by created time is the same.
		if (verdict === 'descending')
			throw new CannotTell('it seems so when descending, and not when ascending', PUBLISH);
		check.facts.sortsByFinished = verdict === 'both';
		if (check.facts.sortsByFinished) {
			return finding(
				'Honoured in both directions',
				null,
				'The trigger can work with Detect By "Finished Time", which costs one request a poll.',
			);
		}
		const isByCreated = check.facts.sortsByCreated === true;
		return finding(
			verdict === 'broken' ? 'Not honoured' : `Refused (${verdict})`,
			null,
			'The trigger cannot work with Detect By "Finished Time".',
			isByCreated
				? 'Set Detect By of the trigger to "Created Time", or use callbacks.'
				: 'Use callbacks, and ask Yisign how to sort by finished time.',
		);
	},
};

const PUBLISH = 'Publish the trigger once: it says at once whether it can work.';

/**
 * Which directions are honoured.
 *
 * @returns `both`, `descending`, `broken`, or the status of a refusal
 * @throws CannotTell
 */
async function tryOrder(check: Check, field: TimeField): Promise<string> {
	const [descending, ascending] = await askBoth(check, field);
	if (descending.kind === 'refused') return statusOf(descending.fault);
	const kept = isInOrder(rowsOf(descending), 'desc');
	const others = ascending.kind === 'refused' ? [] : rowsOf(ascending);
	const isAscending = ascending.kind === 'refused' ? 'broken' : isInOrder(others, 'asc');
	if (kept === 'broken') return 'broken';
	if (kept === 'unclear' || isAscending === 'unclear') {
		throw new CannotTell('the times are not all written alike', OPEN.report);
	}
	if (isAscending === 'broken') {
		requireTimes(rowsOf(descending), FEWEST_ONE_WAY);
		return 'descending';
	}
	for (const rows of [rowsOf(descending), others]) requireTimes(rows, FEWEST_TIMES);
	return 'both';
}

/** @throws CannotTell if an order may have come by chance */
function requireTimes(rows: readonly Row[], fewest: number): void {
	const count = countValues(rows);
	if (count >= fewest) return;
	if (rows.length > 0 && count === 0) {
		throw new CannotTell('the first envelopes do not say the time they are sorted by', PUBLISH);
	}
	throw new CannotTell(`the first envelopes have fewer than ${fewest} different times`, OPEN.more);
}

async function askBoth(check: Check, field: TimeField): Promise<Array<PageAnswer | RefusedAnswer>> {
	const size = check.facts.largestPage >= LARGER ? LARGER : check.probe({}).size;
	const answers = [];
	for (const direction of BOTH) {
		answers.push(await check.ask({ sort: buildSort([{ field, direction }]), size }));
	}
	return answers;
}

const missing: Question = {
	question: 'Where do envelopes without a finished time come?',
	matters: 'The trigger with Detect By "Finished Time" needs times on the first page.',
	async ask(check) {
		const again = await check.page();
		const after = check.withoutNewest(again.page.hits);
		const places = BOTH.map((direction) => placeOf(check, direction, after));
		const [descending, ascending] = places;
		const meaning =
			descending === 'first'
				? 'The trigger stops with Detect By "Finished Time" if a page is full of them.'
				: 'The trigger finds what ended last on the first page.';
		const todo =
			descending === 'first' ? 'Set Detect By of the trigger to "Created Time".' : undefined;
		const answer =
			descending === ascending
				? `${descending === 'first' ? 'First' : 'Last'}, in both directions`
				: descending === 'first'
					? 'First when descending, last when ascending'
					: 'Last when descending, first when ascending';
		return finding(answer, null, meaning, todo);
	},
};

/** @param after the newest envelopes that every replica of the index has, as they are now */
function placeOf(
	check: Check,
	direction: (typeof BOTH)[number],
	after: readonly Hit[],
): 'first' | 'last' {
	const { asker, facts } = check;
	const sort = buildSort([{ field: 'envelopeFinishedDatetime', direction }]);
	const answer = asker.pages.find(({ probe }) => probe.sort === sort);
	if (!answer) throw new CannotTell('Yisign refuses to sort by finished time', OPEN.same);
	if (facts.sortsByFinished === false) {
		throw new CannotTell('Yisign does not sort by finished time', OPEN.same);
	}
	const rows = rowsOf(answer);
	const values = countValues(rows);
	const before = asker.pages.slice(0, asker.pages.indexOf(answer)).flatMap(({ page }) => page.hits);
	if (values === 0) {
		if (rows.length >= MANY && hasBoth(before, after, isEnded)) return 'first';
		throw new CannotTell('the first envelopes have no finished time', OPEN.more);
	}
	if (facts.sortsByFinished !== true) {
		throw new CannotTell('it is not known whether Yisign sorts by finished time', OPEN.quiet);
	}
	if (isWithout(rows[0])) return 'first';
	if (isWithout(rows[rows.length - 1])) return 'last';
	if (isWhole(answer) || isFewer(answer, check.lastBase)) {
		throw new CannotTell('they may not come at all in this order', OPEN.report);
	}
	if (hasBoth(before, after, isUnderWay)) return 'last';
	throw new CannotTell('no envelope without a finished time was seen', OPEN.more);
}

/** Whether many are missing from a result that should be as large as another. */
function isFewer({ page: few }: PageAnswer, { page: all }: PageAnswer): boolean {
	return few.isTotalExact && all.isTotalExact && Number(few.total) + MANY <= Number(all.total);
}

function isUnderWay({ record }: Hit): boolean {
	return (record.envelopeFinishedDatetime ?? null) === null;
}

function isEnded(hit: Hit): boolean {
	return !isUnderWay(hit);
}

function isWithout({ value }: Row): boolean {
	return value === null;
}

/** Rows of a page that are compared: a group of equal times may be as long as the page. */
const MOST_ROWS = 60;

/** Pages of the newest envelopes to compare. */
const MOST_PAGES = 5;

const ties: Question = {
	question: 'Do envelopes with the same time keep their places?',
	matters: 'Nothing: Search and the triggers do not rely on it.',
	async ask(check) {
		for (let { length } = check.newest; length < MOST_PAGES; length += 1) await check.page();
		const pages = check.newest.map((answer) => rowsOf(answer).slice(0, MOST_ROWS));
		if (pages.every((rows) => tiesIn(rows).length === 0)) {
			throw new CannotTell('no two of the first envelopes have the same created time', OPEN.more);
		}
		const isChanged = changesPlaces(pages);
		return finding(
			isChanged
				? 'No: they change from request to request'
				: `Not seen to change in ${pages.length} answers`,
			null,
			'Search and the triggers do not rely on it.',
		);
	},
};

/** Pairs of records with the same time, in their order. */
function tiesIn(rows: readonly Row[]): string[] {
	const count = new Map<string, number>();
	for (const { key } of rows) count.set(key, (count.get(key) ?? 0) + 1);
	const single = rows.filter(({ key, value }) => value !== null && count.get(key) === 1);
	return single.flatMap((left, index) =>
		single
			.slice(index + 1)
			.filter((right) => right.value === left.value)
			.map((right) => pairOf(left, right)),
	);
}

function pairOf(left: Pick<Row, 'key'>, right: Pick<Row, 'key'>): string {
	return JSON.stringify([left.key, right.key]);
}

function changesPlaces(pages: ReadonlyArray<readonly Row[]>): boolean {
	const pairs = new Set(pages.flatMap(tiesIn));
	return [...pairs].some((pair) => {
		const [left, right] = JSON.parse(pair) as [string, string];
		return pairs.has(pairOf({ key: right }, { key: left }));
	});
}

export const sortQuestions = [created, finished, missing];
export const tieQuestions = [ties];
