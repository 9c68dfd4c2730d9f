import { DOCUMENTED_PAGE_SIZE } from '../../../shared/api/endpoints';
import { formatCount } from '../../../shared/count';
import { lengthOf } from '../../../shared/search/page';
import type { PageAnswer } from '../asker';
import type { Check } from '../check';
import type { Finding, Question } from '../finding';
import { CannotTell, finding, OPEN, statusOf } from '../finding';

/** Records of a large page. */
const LARGE = 150;

/** ms; an answer that takes longer comes from a server that is better asked less at a time. */
const SLOW = 1000;
const VERY_SLOW = 3000;

/** So many times as long as a usual page. */
const MUCH_SLOWER = 5;

function timesOf(check: Check, isWanted: (length: number) => boolean): number[] {
	const pages = check.asker.pages.filter(({ page }) => isWanted(lengthOf(page)));
	return pages
		.map(({ sentAt, receivedAt }: PageAnswer) => receivedAt - sentAt)
		.sort((a, b) => a - b);
}

const speed: Question = {
	question: 'How long does an answer take?',
	matters: 'Parallel Requests and Page Size under Options follow from it.',
	ask(check) {
		const usual = timesOf(check, (length) => length <= DOCUMENTED_PAGE_SIZE);
		if (usual.length === 0) throw new CannotTell('no page of 20 came', OPEN.more);
		const median = usual[usual.length >> 1];
		const large = timesOf(check, (length) => length >= LARGE).at(-1);
		const longest = usual[usual.length - 1];
		const more = large === undefined ? '' : `; a large one up to ${formatCount(large)} ms`;
		return finding(
			`A page of up to 20: ${formatCount(median)} ms, at most ${formatCount(longest)} ms${more}`,
			null,
			large !== undefined && large > Math.max(SLOW, MUCH_SLOWER * median)
				? 'Large pages are slow: Search notices that, and keeps to smaller ones.'
				: describeSpeed(median),
			advise(median),
		);
	},
};

function describeSpeed(median: number): string {
	return median > SLOW
		? 'Yisign is slow, and may be slower still with several requests at a time.'
		: 'Yisign answers quickly enough for several requests at a time.';
}

/** No request was sent beside another, so nothing is known of how many the server can take. */
function advise(median: number): string {
	if (median > VERY_SLOW) return 'Set Parallel Requests under Options to 1, and Timeout to 120000.';
	if (median > SLOW) return 'Set Parallel Requests under Options to 2.';
	return 'Leave Parallel Requests at 4, and Page Size empty.';
}

const refusal: Question = {
	question: 'What does a refused parameter look like?',
	matters: 'By it, the node distinguishes refusals from transient faults.',
	async ask(check) {
		if (check.refusal) return describe(check.refusal.details);
		const answer = await check.ask({ from: 'x' });
		return answer.kind === 'refused'
			? describe(answer.fault.details)
			: finding(
					'Not seen: what makes no sense is ignored',
					null,
					'What is wrong in a Raw Query or a sort rule may be ignored without a message.',
				);
	},
};

function describe(details: { httpStatus?: number; isSaid?: boolean }): Finding {
	const { httpStatus, isSaid } = details;
	const body = isSaid ? 'JSON that says so' : 'no JSON that says so';
	const isDocumented = httpStatus === 400;
	return finding(
		httpStatus === undefined ? 'No JSON' : `${statusOf({ details })}, ${body}`,
		isDocumented,
		httpStatus === 500 && !isSaid
			? 'It looks like a transient fault, so a refused request is sent several times.'
			: 'The node can distinguish a refusal from a Yisign that is busy or down.',
	);
}

export const speedQuestions = [speed, refusal];
