import { DOCUMENTED_PAGE_SIZE } from '../../../shared/api/endpoints';
import { formatCount } from '../../../shared/count';
import { lengthOf } from '../../../shared/search/page';
import type { PageAnswer, RefusedAnswer } from '../asker';
import type { Check } from '../check';
import { isWhole } from '../check';
import type { Finding, Question } from '../finding';
import { CannotTell, finding, OPEN, statusOf } from '../finding';

const FEW = 5;
const FEWER = 3;
const MANY = 200;
const MOST = 1000;

const smaller: Question = {
	question: 'Is a size below 20 honoured?',
	matters: 'With a small Limit, Search asks for no more than it needs.',
	async ask(check) {
		const answer = await check.ask({ size: FEW });
		if (answer.kind === 'refused') {
			return finding(
				`Refused (${statusOf(answer.fault)})`,
				null,
				'Search asks for 20 instead.',
				'Do not set Page Size under Options below 20.',
			);
		}
		const length = lengthOf(answer.page);
		note(check, answer);
		if (length > FEW) {
			return finding('Ignored', null, 'Pages are longer than asked for. Nothing is lost by it.');
		}
		if (length < FEW) {
			if (isFollowed(answer)) throw tooShort();
			throw new CannotTell(`there are fewer than ${FEW} envelopes`, OPEN.more);
		}
		const usual = lengthOf(check.lastBase.page);
		const isMore =
			isFollowed(answer) || (answer.page.total === null && usual >= DOCUMENTED_PAGE_SIZE);
		if (!isMore) throw new CannotTell(`there are not more than ${FEW} envelopes`, OPEN.more);
		if (usual <= FEW) throw tooShort();
		// Half of a page that is short anyway may be as long as asked for by chance.
		const isShortPage = usual < DOCUMENTED_PAGE_SIZE;
		if (isShortPage && lengthOf((await check.page({ size: FEWER })).page) !== FEWER) {
			throw tooShort();
		}
		return finding('Honoured', null, 'With a small Limit, Search asks for no more than it needs.');
	},
};

function tooShort(): CannotTell {
	return new CannotTell(
		'pages are shorter than asked for, although more envelopes follow',
		'Nothing: Search goes by what really comes.',
	);
}

const larger: Question = {
	question: 'How many envelopes fit on a page?',
	matters: 'Large results take a fraction of the requests where pages may be large.',
	async ask(check) {
		const most = await check.ask({ size: MOST });
		if (most.kind === 'refused') return await judgeRefused(check, most);
		note(check, most);
		const length = lengthOf(most.page);
		if (length >= MOST) return honoured(MOST);
		if (isWhole(most)) {
			if (length > DOCUMENTED_PAGE_SIZE && countsMore(check)) return honoured(length);
			throw new CannotTell(
				`there may not be more than ${DOCUMENTED_PAGE_SIZE} envelopes`,
				OPEN.more,
			);
		}
		const many = await check.ask({ size: MANY });
		if (many.kind === 'refused') {
			throw new CannotTell('a smaller page is refused than a larger one', OPEN.report);
		}
		note(check, many);
		return await judgeCap(check, length, lengthOf(many.page));
	},
};

async function judgeRefused(check: Check, { fault }: RefusedAnswer): Promise<Finding> {
	const many = await check.ask({ size: MANY });
	if (many.kind === 'refused') {
		return finding(
			`Refused at ${MANY} and more (${statusOf(many.fault)})`,
			null,
			'Search tries a larger page once, and goes on with 20.',
			`Set Page Size under Options to ${DOCUMENTED_PAGE_SIZE}: that saves the try.`,
		);
	}
	note(check, many);
	const length = lengthOf(many.page);
	if (length < MANY && !isWhole(many)) throw tooShort();
	return finding(
		`Refused at ${formatCount(MOST)} (${statusOf(fault)}), not at ${MANY}`,
		null,
		'Search goes by what works.',
		`Set Page Size under Options to ${MANY} for large results: that saves a try.`,
	);
}

/** Pages of 1,000 have `length` records, and pages of 200 have `many`. */
async function judgeCap(check: Check, length: number, many: number): Promise<Finding> {
	if (length === 0) throw new CannotTell('no envelopes came', OPEN.more);
	if (many > length || (many < MANY && many < length)) throw tooShort();
	// Half a page would be half of another number: the same number for another one is a cap.
	for (const size of [Math.ceil((length + MOST) / 2), MOST]) {
		const answer = await check.page({ size });
		note(check, answer);
		if (isWhole(answer) || lengthOf(answer.page) !== length) throw tooShort();
	}
	const isOther = (answer: PageAnswer) => isShort(answer, length) || lengthOf(answer.page) > length;
	if (check.asker.pages.some(isOther)) throw tooShort();
	if (!(await isMore(check, length))) {
		throw new CannotTell('there may not be more envelopes, since no total is given', OPEN.same);
	}
	return finding(
		`At most ${formatCount(length)}`,
		null,
		'Search goes by what really comes.',
		length === DOCUMENTED_PAGE_SIZE
			? `Set Page Size under Options to ${DOCUMENTED_PAGE_SIZE}: that saves the try of a larger page.`
			: undefined,
	);
}

function honoured(length: number): Finding {
	const count = formatCount(length);
	return finding(
		length === MOST ? `At least ${count}` : `At least ${count}: all envelopes came on one page`,
		null,
		'Search reads large results with few requests.',
	);
}

function note({ facts }: Check, { page }: PageAnswer): void {
	facts.largestPage = Math.max(facts.largestPage, lengthOf(page));
}

/** Whether totals count more than the envelopes of their page. */
function countsMore({ newest }: Check): boolean {
	return newest.some(({ page }) => page.total !== null && page.total > lengthOf(page));
}

/** Whether more envelopes follow, by the total of the page itself. */
function isFollowed({ page, probe }: PageAnswer): boolean {
	return page.total !== null && page.total > Number(probe.from ?? 0) + lengthOf(page);
}

/** Whether a page has fewer records than it could, although more follow. */
function isShort(answer: PageAnswer, cap: number): boolean {
	const length = lengthOf(answer.page);
	return (
		isFollowed(answer) && length < Math.min(Number(answer.probe.size ?? DOCUMENTED_PAGE_SIZE), cap)
	);
}

/** So many envelopes do not come new while one request is answered. */
const MANY_NEW = 10;

/**
 * Whether there is more than one page of this length.
 *
 * @throws CannotTell if another page is longer
 */
async function isMore(check: Check, length: number): Promise<boolean> {
	const isCounted = check.newest.some(
		(answer) => isFollowed(answer) && lengthOf(answer.page) === length,
	);
	if (check.facts.from !== 'honoured') return isCounted;
	const known = new Set(check.newest.flatMap(({ page }) => page.hits.map(({ key }) => key)));
	const next = await check.page({ from: length, size: MOST });
	if (lengthOf(next.page) > length) throw tooShort();
	const fresh = next.page.hits.filter(({ key }) => !known.has(key)).length;
	return isCounted || fresh >= MANY_NEW;
}

export const sizeQuestions = [smaller, larger];
