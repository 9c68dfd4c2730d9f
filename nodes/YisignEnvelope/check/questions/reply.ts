import type { PageAnswer, TotalForm } from '../asker';
import type { Question } from '../finding';
import { CannotTell, finding, OPEN, statusOf } from '../finding';

const UNDERSTOOD = 'The node understands the answers of this Yisign.';

const documented: Question = {
	question: 'Is the documented request answered?',
	matters: 'Everything: Search and the triggers ask for pages in this way.',
	ask({ asker, hasBase, isDocumentedServed }) {
		const [refusal] = asker.refusals;
		if (!hasBase) {
			return finding(
				`Refused (${statusOf(refusal.fault)})`,
				false,
				'Neither Search nor the triggers can work with it.',
				'Show the report to Yisign, and ask how interface 2.2 is to be called.',
			);
		}
		const [{ isWrapped }] = asker.pages;
		if (!isDocumentedServed) {
			return finding(
				`Only without the documented parameters (${statusOf(refusal.fault)} with them)`,
				false,
				'Search and the triggers always send sort, from and size, so they are refused.',
				'Show the report to the maintainers of this package.',
			);
		}
		return isWrapped
			? finding('Yes: the result is wrapped once more, in data', false, UNDERSTOOD)
			: finding('Yes: a search result as documented', true, UNDERSTOOD);
	},
};

const TOTALS: Record<TotalForm, string> = {
	object: 'An object',
	number: 'A number',
	text: 'A text',
	none: 'None',
	other: 'Something else',
};

const total: Question = {
	question: 'How is the total given?',
	matters: 'An exact total helps Search to prove that a result is whole.',
	ask(check) {
		const { totalForm, page }: PageAnswer = check.lastBase;
		const form = TOTALS[totalForm];
		if (page.total === null) {
			return finding(
				form,
				false,
				'Search proves that nothing is missing by the order of the envelopes alone.',
			);
		}
		return page.isTotalExact
			? finding(
					`${form}, exact`,
					totalForm === 'object',
					'Search proves with it that no envelope is missing.',
				)
			: finding(
					`${form}, a lower bound`,
					totalForm === 'object',
					'Search proves that nothing is missing by the order of the envelopes.',
				);
	},
};

const ids: Question = {
	question: 'Does each record have an _id of its own?',
	matters: 'Records are distinguished by it; without it, by their whole content.',
	ask(check) {
		const pages = check.newest;
		const seen = pages.flatMap(({ ids: all }) => all);
		if (seen.length === 0) throw new CannotTell('there are no envelopes', OPEN.more);
		if (seen.includes(null)) {
			return finding(
				'No: records have none',
				false,
				'Records are distinguished by their whole content.',
			);
		}
		const isShared = pages.some(({ ids: all }) => new Set(all).size < all.length);
		return isShared
			? finding(
					'No: records share one',
					false,
					'Records are distinguished by index, _id and envelope together.',
				)
			: finding('Yes, as far as was seen', true, 'No envelope is taken for another one.');
	},
};

const sortValues: Question = {
	question: 'Do records come with the values they are sorted by?',
	matters: 'Search proves with them that nothing is missing where records lack the field.',
	ask(check) {
		const hits = check.pool;
		if (hits.length === 0) throw new CannotTell('there are no envelopes', OPEN.more);
		return hits.every((hit) => hit.sortValues.length > 0)
			? finding('Yes', null, 'The order can be checked even where records lack the field.')
			: finding('No', null, 'The order is checked by the fields of the records.');
	},
};

export const replyQuestions = [documented, total, ids, sortValues];
