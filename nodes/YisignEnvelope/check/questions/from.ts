import { formatCount } from '../../../shared/count';
import { lengthOf } from '../../../shared/search/page';
import { USUAL_WINDOW } from '../../../shared/search/pageReader';
import type { PageAnswer, RefusedAnswer } from '../asker';
import type { Check } from '../check';
import { hasBoth, rowsOf } from '../check';
import type { Finding, Question } from '../finding';
import { CannotTell, finding, OPEN, statusOf } from '../finding';
import { countValues, isInOrder, isUnchanged, offsetOf } from '../rows';

/** Records to begin at: one within the first page that no page begins at, and the next page. */
const WITHIN = 3;
const NEXT = 20;

/** Another one within it: a replica that lacks the newest envelopes moves one page, but not both. */
const FURTHER = 7;

/** Fewer envelopes than this do not tell where a page begins. */
const FEWEST = 6;

/** How often it is tried while envelopes change. */
const MOST_TRIES = 3;

/** Answers, one after the other, between which nothing changed. */
interface Evidence {
	base: PageAnswer;
	within: PageAnswer | RefusedAnswer;
	further: PageAnswer | RefusedAnswer;
	next: PageAnswer | RefusedAnswer;
}

const ONE_PAGE = 'Only the first page can be read. A larger result stops with a message.';

const MEANINGS = {
	honoured: 'Search and the triggers can read more than the first page.',
	rounded:
		'Pages are read side by side. From under Options works if it is a multiple of the page size.',
	clamped: 'Search stops with a message if it cannot be proven that a result is whole.',
	ignored: ONE_PAGE,
	refused: ONE_PAGE,
};

const NARROW =
	'Search with conditions or dates that fit few envelopes, and poll often. Ask Yisign how to get the next page.';

const from: Question = {
	question: 'Is from honoured within the result?',
	matters: 'Search and the triggers read more than one page with it.',
	async ask(check) {
		const evidence = await gather(check);
		const verdict = judge(evidence, check.atLeast);
		confirm(verdict, evidence);
		check.facts.from = verdict;
		return describe(verdict, evidence);
	},
};

async function gather(check: Check): Promise<Evidence> {
	let base = check.lastBase;
	for (let tries = 0; tries < MOST_TRIES; tries += 1) {
		const within = await check.ask({ from: WITHIN });
		const next = await check.ask({ from: NEXT });
		if (within.kind === 'refused' && next.kind === 'refused')
			return { base, within, further: within, next };
		const further = await check.ask({ from: FURTHER });
		const after = await check.page();
		if (isUnchanged(rowsOf(base), rowsOf(after)) && base.page.total === after.page.total) {
			return { base, within, further, next };
		}
		base = after;
	}
	throw new CannotTell('the first envelopes kept changing, or changing places', OPEN.quiet);
}

/** @param atLeast how many envelopes there are at least */
function judge({ base, within, next }: Evidence, atLeast: number) {
	if (within.kind === 'refused') {
		if (next.kind === 'refused') return 'refused';
		throw new CannotTell(`from ${WITHIN} is refused, and from ${NEXT} is not`, OPEN.report);
	}
	const length = base.page.hits.length;
	if (length < FEWEST) throw new CannotTell(`there are fewer than ${FEWEST} envelopes`, OPEN.more);
	const offset = offsetOf(rowsOf(within), rowsOf(base));
	if (offset === undefined) {
		throw new CannotTell('the first envelopes look the same, or change places', OPEN.quiet);
	}
	if (next.kind === 'refused') {
		throw new CannotTell(`from ${WITHIN} works, and from ${NEXT} is refused`, OPEN.report);
	}

	const place = placeOf(next, base);
	if (offset === WITHIN) {
		if (place === 'behind') return judgeBehind(next, length);
		if (isAtEnd(next, place)) return 'clamped';
	}
	if (offset === 0) {
		// So few that going back to the last page would look the same.
		const isFew = atLeast < NEXT + WITHIN;
		if (place === 0 && !isFew) return 'ignored';
		if (place === 'behind' && goesOn(base, next)) return 'rounded';
		if (isFew) {
			throw new CannotTell('it is not, but there are too few envelopes to say how', OPEN.more);
		}
	}
	if (offset > 0 && offset < WITHIN && isAtEnd(within, offset)) return 'clamped';
	throw new CannotTell('pages begin where nobody asked for them to begin', OPEN.report);
}

/** @throws CannotTell if another page within the first one does not begin where it has to */
function confirm(verdict: keyof typeof MEANINGS, { base, further }: Evidence): void {
	if (verdict !== 'honoured' && verdict !== 'rounded') return;
	const offset = further.kind === 'page' ? offsetOf(rowsOf(further), rowsOf(base)) : undefined;
	if (offset === (verdict === 'honoured' ? FURTHER : 0)) return;
	throw new CannotTell(
		'the first envelopes look the same, are few, or come from several copies',
		OPEN.quiet,
	);
}

/** @param length of the first page: the next one has none of its records */
function judgeBehind({ page }: PageAnswer, length: number) {
	const last = NEXT + lengthOf(page);
	const total = page.total ?? 0;
	if (length >= NEXT || lengthOf(page) === 0 || total >= last) return 'honoured';
	if (page.isTotalExact) return 'clamped';
	throw new CannotTell('pages are short, and no exact total is given', OPEN.same);
}

/** Where the next page begins in the first, or behind it. */
function placeOf(next: PageAnswer, base: PageAnswer): number | 'behind' | undefined {
	const known = new Set(base.page.hits.map(({ key }) => key));
	const offset = offsetOf(rowsOf(next), rowsOf(base));
	const isBehind = next.page.hits.every(({ key }) => !known.has(key));
	return isBehind ? 'behind' : offset;
}

/** Whether a page goes on where another ends, by the order: other records may be of another copy. */
function goesOn(base: PageAnswer, next: PageAnswer): boolean {
	const rows = [...rowsOf(base), ...rowsOf(next)];
	return countValues(rowsOf(base)) > 1 && isInOrder(rows, 'desc') === 'kept';
}

/** Whether a page that begins earlier than asked for is the last one. */
function isAtEnd({ page }: PageAnswer, place: number | 'behind' | undefined): boolean {
	return (
		typeof place === 'number' &&
		place > 0 &&
		page.isTotalExact &&
		page.total === place + lengthOf(page)
	);
}

function describe(verdict: keyof typeof MEANINGS, { within }: Evidence): Finding {
	const meaning = MEANINGS[verdict];
	switch (verdict) {
		case 'honoured':
			return finding('Honoured', null, meaning);
		case 'rounded':
			return finding('Rounded down', null, meaning);
		case 'clamped':
			return finding('Moved back to where the last page begins', null, meaning, NARROW);
		case 'ignored':
			return finding('Ignored: the first page comes again', null, meaning, NARROW);
		default: {
			const status = within.kind === 'refused' ? ` (${statusOf(within.fault)})` : '';
			return finding(`Refused${status}`, null, meaning, NARROW);
		}
	}
}

/** So far behind the last envelope that new ones do not fill the gap. */
const BEYOND = 40;

const BY_TOTAL = 'Search goes by the total where it can, and stops with a message where it cannot.';

const end: Question = {
	question: 'What comes beyond the last envelope?',
	matters: 'An empty page shows that a result has come to its end.',
	async ask(check) {
		const base = check.lastBase;
		const { total, isTotalExact } = base.page;
		const isKnown = total !== null && isTotalExact;
		// Without an exact total: as far as usual, which is behind the last of most indices.
		const begin = isKnown ? total + BEYOND : USUAL_WINDOW - BEYOND - NEXT;
		if (begin + NEXT > USUAL_WINDOW) {
			throw new CannotTell('the last envelope lies beyond the first 10,000', OPEN.same);
		}
		const answer = await check.ask({ from: begin });
		if (answer.kind === 'refused') {
			if (!isKnown && check.facts.from !== 'refused') {
				throw new CannotTell('no exact total is given', OPEN.same);
			}
			return finding(`Refused (${statusOf(answer.fault)})`, null, BY_TOTAL);
		}
		if (lengthOf(answer.page) === 0) {
			// An empty index says nothing.
			const { pool } = check;
			const isFull =
				base.page.hits.length > 0 && hasBoth(pool, (await check.page()).page.hits, () => true);
			if (!isFull) throw new CannotTell('there are no envelopes', OPEN.more);
			if (total !== null && total > begin)
				throw new CannotTell('no exact total is given', OPEN.same);
			// A copy of the index that lacks the newest may have nothing at all.
			if (lengthOf(base.page) < FEWEST) {
				throw new CannotTell(`there are fewer than ${FEWEST} envelopes`, OPEN.more);
			}
			return finding(
				'Nothing',
				null,
				'Search sees by it that a result has come to its end, and compares with the total.',
			);
		}
		return await recognize(check, base, answer);
	},
};

/** Which page it is that came although there should be none. */
async function recognize(check: Check, base: PageAnswer, answer: PageAnswer): Promise<Finding> {
	const { total, isTotalExact } = base.page;
	if (total === null || !isTotalExact) throw new CannotTell('no exact total is given', OPEN.same);
	if (total <= NEXT) throw new CannotTell('all envelopes fit on one page', OPEN.more);
	const last = await check.page({ from: total - NEXT });
	const before = await check.ask({ from: Math.max(0, total - NEXT - WITHIN) });
	const again = await check.page();
	const isStill = isUnchanged(rowsOf(base), rowsOf(again)) && again.page.total === total;
	if (isStill && offsetOf(rowsOf(answer), rowsOf(base)) === 0) {
		return check.facts.from === 'honoured' || check.facts.from === 'rounded'
			? finding('The first page', null, BY_TOTAL)
			: finding('The first page', null, MEANINGS.ignored, NARROW);
	}
	// Pages of another copy of the index may look as if they began elsewhere.
	const isKnown = check.facts.from === 'honoured' || check.facts.from === 'clamped';
	if (!isKnown || !isStill || !isUnchanged(rowsOf(answer), rowsOf(last))) {
		throw new CannotTell('envelopes came that kept changing, or changing places', OPEN.quiet);
	}
	// Where what lies beyond a limit is moved back to it, both pages are moved.
	const isLast = before.kind === 'page' && offsetOf(rowsOf(last), rowsOf(before)) === WITHIN;
	if (total >= NEXT + WITHIN && check.facts.from === 'honoured' && !isLast) {
		throw new CannotTell(
			'pages far behind begin where nobody asked for them to begin',
			OPEN.report,
		);
	}
	check.facts.from = 'clamped';
	return finding('The last page once more', null, MEANINGS.clamped);
}

const window: Question = {
	question: 'How far can pages be read?',
	matters: 'What lies beyond can only be found with conditions or dates.',
	async ask(check) {
		const { from: verdict } = check.facts;
		if (verdict === 'ignored' || verdict === 'refused') return firstPageOnly();
		if (verdict === 'clamped')
			throw new CannotTell('from is moved back where there are fewer', OPEN.same);
		const last = await check.ask({ from: USUAL_WINDOW - NEXT });
		if (verdict === undefined)
			throw new CannotTell('it is not known whether from is honoured', OPEN.quiet);
		if (last.kind === 'refused') return await narrow(check);
		const beyond = await check.ask({ from: USUAL_WINDOW });
		if (beyond.kind === 'refused') return describeUsual(beyond, last);
		return await describeBeyond(check, last, beyond);
	},
};

function describeUsual({ fault }: RefusedAnswer, last: PageAnswer): Finding {
	const isSeen = last.page.hits.length > 0 && (last.page.total ?? 0) >= USUAL_WINDOW;
	return finding(
		`${isSeen ? 'To' : 'Not refused to'} 10,000 (${statusOf(fault)} beyond)`,
		null,
		'A result of more than 10,000 envelopes stops with a message.',
		'Split larger searches with conditions or dates.',
	);
}

const SILENT =
	'Search compares what came with the total, and stops with a message if there is more.';
const SPLIT = 'Split searches with conditions or dates, so that each finds few envelopes.';

/** Nothing is refused: goes by the envelopes that came, if there are so many. */
async function describeBeyond(
	check: Check,
	last: PageAnswer,
	beyond: PageAnswer,
): Promise<Finding> {
	if (isEmptyTooEarly(last)) return finding('Pages before 10,000 come empty', null, SILENT, SPLIT);
	if (isEmptyTooEarly(beyond))
		return finding('To 10,000: pages beyond come empty', null, SILENT, SPLIT);
	if (lengthOf(beyond.page) > 0) {
		// Another record than before, which is older: it is not an earlier page that came again.
		if (last.page.hits.length > 0 && isBehind(last, beyond)) {
			return finding('Beyond 10,000', null, 'Results of more than 10,000 envelopes can be read.');
		}
		throw new CannotTell(
			'a page came from beyond 10,000 that does not follow the one before it',
			OPEN.same,
		);
	}
	const { total, isTotalExact } = check.lastBase.page;
	if (total === null || !isTotalExact || total >= USUAL_WINDOW) {
		throw new CannotTell(
			'no exact total says whether there are envelopes beyond 10,000',
			OPEN.same,
		);
	}
	if (total > 2 * NEXT) {
		const end = await check.ask({ from: total - NEXT });
		if (end.kind === 'page' && isEmptyTooEarly(end)) {
			return finding('Pages come empty although more envelopes follow', null, SILENT, SPLIT);
		}
	}
	return finding(
		'Not refused beyond 10,000, but no envelopes were there to prove it',
		null,
		'It is not known whether a result of more than 10,000 envelopes can be read.',
	);
}

/** Envelopes may be gone since they were counted. */
const FEWEST_MISSING = 10;

/** Whether a page is empty that begins before the end of the result, as its own total has it. */
function isEmptyTooEarly({ page, probe }: PageAnswer): boolean {
	return lengthOf(page) === 0 && (page.total ?? 0) >= Number(probe.from) + FEWEST_MISSING;
}

function isBehind(last: PageAnswer, beyond: PageAnswer): boolean {
	return placeOf(beyond, last) === 'behind' && goesOn(last, beyond);
}

function firstPageOnly(): Finding {
	return finding('Only the first page', null, MEANINGS.ignored, NARROW);
}

/** Finds out roughly where pages are refused that begin before 10,000. */
async function narrow(check: Check): Promise<Finding> {
	const answer = await check.ask({ from: 1000 - NEXT });
	const most = answer.kind === 'refused' ? 1000 : USUAL_WINDOW;
	const least = answer.kind === 'refused' ? '' : 'not refused to 1,000, but ';
	return finding(
		`Not so far as usual: ${least}refused before ${formatCount(most)}`,
		null,
		'A larger result stops with a message, and the trigger reports what it cannot reach.',
		'Split searches with conditions or dates. Ask Yisign how many envelopes one search can read.',
	);
}

export const fromQuestions = [from, end, window];
