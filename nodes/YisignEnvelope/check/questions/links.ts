import { formatCount } from '../../../shared/count';
import { toFileUrls } from '../../../shared/search/envelope';
import type { Check } from '../check';
import type { Question } from '../finding';
import { CannotTell, finding, OPEN } from '../finding';

/** Names of query parameters by which a link opens a file to anyone who has it. */
const TOKEN = /token|sign|key|ticket|expire/i;

/** For relative links; no request goes there. */
const BASE = 'http://localhost';

const MATTERS = 'Download Files follows them.';

/** What records have in the field of the links, as far as it is not empty. */
function linksOf({ seen }: Check): unknown[] {
	const values = seen.map(({ record }) => record.envelopeFileUrls);
	const known = values.filter((value) => toFileUrls(value).length > 0);
	if (known.length === 0)
		throw new CannotTell('no envelope with a link to a file was seen', OPEN.more);
	return known;
}

function urlsOf(check: Check): string[] {
	return linksOf(check).flatMap(toFileUrls);
}

const form: Question = {
	question: 'How does a record hold links to files?',
	matters: MATTERS,
	ask(check) {
		const forms = new Set(linksOf(check).map(formOf));
		return finding(
			[...forms].sort().join(', '),
			forms.size === 1 && forms.has('one text'),
			'Download Files understands it, and fileUrls is a list in any case.',
		);
	},
};

function formOf(value: unknown): string {
	if (Array.isArray(value)) return 'a list';
	if (typeof value !== 'string') return 'an object';
	if (/^\s*[[{"]/.test(value)) return 'JSON in a text';
	return toFileUrls(value).length > 1 ? 'several in a text' : 'one text';
}

const ONE_EACH = 'Download Files returns one item for each file.';

const count: Question = {
	question: 'How many files has an envelope?',
	matters: ONE_EACH,
	ask(check) {
		const counts = linksOf(check).map((value) => toFileUrls(value).length);
		const most = Math.max(...counts);
		const seen = `in ${formatCount(counts.length)} seen with files`;
		return finding(
			most === 1 ? `One, ${seen}` : `Up to ${formatCount(most)}, ${seen}`,
			null,
			ONE_EACH,
		);
	},
};

const place: Question = {
	question: 'On which host do files lie?',
	matters: 'Download Files goes to the host of Base URL, and to those of File Servers.',
	ask(check) {
		const places = new Set(urlsOf(check).map(check.placeOf));
		if (places.has('other')) {
			return finding(
				places.size === 1
					? 'On another host than that of Base URL'
					: 'On several, not all of them known',
				null,
				'Download Files stops and names the host.',
				'Run Download Files once. If you trust the host that it names, add it to File Servers in the credential.',
			);
		}
		if (places.has('unreadable')) {
			return finding(
				'Some links are no addresses',
				false,
				'Download Files stops at them with a message.',
				'Send the report to the maintainers.',
			);
		}
		return finding(
			places.has('fileServers') ? 'On one that File Servers names' : 'On that of Base URL',
			null,
			'Download Files goes there.',
		);
	},
};

const scheme: Question = {
	question: 'Are links of http, https or relative?',
	matters: 'A file over http can be read by others in the same network.',
	ask(check) {
		const schemes = new Set(urlsOf(check).map(schemeOf));
		return finding(
			[...schemes].sort().join(', '),
			null,
			'Download Files follows each of them.',
			schemes.has('http') ? 'Ask the IT of your hospital whether https is possible.' : undefined,
		);
	},
};

function schemeOf(url: string): string {
	return /^https?(?=:)/i.exec(url)?.[0].toLowerCase() ?? 'relative';
}

const OPENS = 'Such a link opens the file to anyone who has it, and may expire.';

const token: Question = {
	question: 'Do links have a token of their own?',
	matters: OPENS,
	ask(check) {
		const urls = urlsOf(check);
		const has = urls.filter(hasToken).length;
		return has === 0
			? finding('No', null, 'Links can be kept, as far as can be seen.')
			: finding(
					has === urls.length ? 'Yes' : 'Some of them',
					null,
					OPENS,
					'Keep links out of messages. Download files soon, or get the envelope again first.',
				);
	},
};

function hasToken(url: string): boolean {
	if (!URL.canParse(url, BASE)) return false;
	return [...new URL(url, BASE).searchParams.keys()].some((name) => TOKEN.test(name));
}

export const linkQuestions = [form, count, place, scheme, token];
