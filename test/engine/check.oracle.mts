import type { DataSettings, Envelope } from '../../sandbox/envelopes.mts';
import type { SearchSettings } from '../../sandbox/settings.mts';

/** What the oracle knows, and Check Server has to find out. */
export interface Scene {
	dialect: SearchSettings;
	data: DataSettings;
	/** Records in the index at the beginning. */
	rows: number;
	isLive: boolean;
	/** Whether any record has an odd status. */
	envelopes: readonly Envelope[];
}

/** Whether an answer other than "Cannot tell" is right. */
type Judge = (answer: string, scene: Scene) => boolean;

const is =
	(expected: (dialect: SearchSettings, scene: Scene) => string): Judge =>
	(answer, scene) =>
		answer === expected(scene.dialect, scene);

const begins =
	(expected: (dialect: SearchSettings, scene: Scene) => string): Judge =>
	(answer, scene) =>
		answer.startsWith(expected(scene.dialect, scene));

/** So many records show what few records have. */
const MANY = 60;

/** How many records an answer is about. */
const seenIn = (answer: string) =>
	Number(/(?:in|of) ([\d,]+) (?:envelopes |records )?seen/.exec(answer)?.[1].replace(',', '') ?? 1);

/** Status in brackets, as a refusal of this dialect shows it. */
const REFUSALS: Record<SearchSettings['refusals'], [status: string, kind: string]> = {
	vendor: ['HTTP 400', 'HTTP 400, JSON that says so'],
	inOk: ['HTTP 200', 'HTTP 200, JSON that says so'],
	server: ['HTTP 500', 'HTTP 500, JSON that says so'],
	page: ['HTTP 400', 'HTTP 400, no JSON that says so'],
};

const refused = ({ refusals }: SearchSettings) => `(${REFUSALS[refusals][0]})`;

/** Whether even the documented page is refused. */
function isNothingServed({ paging, size, largestPage }: SearchSettings): boolean {
	return paging !== 'ignored' && size === 'refused' && largestPage < 20;
}

function isSizeRefused(wanted: number, dialect: SearchSettings): boolean {
	const { paging, size, largestPage, window } = dialect;
	if (paging === 'ignored' || size === 'ignored') return false;
	if (paging === 'refused') return true;
	if (size === 'refused' && wanted > largestPage) return true;
	return dialect.pastWindow === 'refused' && wanted > window;
}

/** Rows that a page of 1,000 has at the most. */
function capOf({ paging, size, largestPage, window, pastWindow }: SearchSettings): number {
	if (paging === 'ignored') return 20;
	const most = pastWindow === 'moved' ? window : Infinity;
	return Math.min(1000, size === 'ignored' ? 20 : 1000, largestPage, most);
}

/** Whether a page that begins so far behind the last row is refused. */
function isRefusedBehind(distance: number, rows: number, dialect: SearchSettings): boolean {
	const { paging, window, largestPage } = dialect;
	if (paging === 'ignored' || paging === 'fromIgnored') return false;
	if (paging === 'refused') return true;
	const size = Math.min(20, largestPage);
	const from = rows + distance;
	const last = Math.max(0, rows - size);
	const begin = {
		rounded: from - (from % size),
		tens: from - (from % 10),
		clamped: last,
		honoured: from,
		restarts: from < rows ? from : 0,
	}[paging];
	return dialect.pastWindow === 'refused' && begin + 20 > window;
}

/** Rows that a live index may have at one time or another. */
const rowsIn = ({ rows, isLive }: Scene) =>
	isLive ? Array.from({ length: 201 }, (_, at) => Math.max(0, rows - 100 + at)) : [rows];

function isSearchable(field: string, { searchableFields }: SearchSettings): boolean {
	return searchableFields === 'all' || searchableFields.includes(field);
}

const UNSEARCHABLE = {
	nothing: 'Nothing is found',
	refused: 'Refused',
	ignored: 'The condition is ignored: everything is found',
};

const EXACTLY = 'Exactly';
const UNTRIED = 'Exactly, as far as was tried: not without the last character';
const LOOSELY = 'Loosely: other values of the field are found, too';
const SHORTENED = 'Loosely: a value without its last character finds it, too';
const BY_END = 'Loosely: a value without its first character finds it, too';
const ANY_CASE = 'Loosely: the other case of its letters finds it, too';

/** What may be said of a field that is searched by, whichever field it is. */
const MATCHES: Record<'equals' | 'prefix' | 'suffix' | 'contains' | 'anyCase', string[]> = {
	equals: [EXACTLY, UNTRIED],
	prefix: [SHORTENED],
	suffix: [BY_END, UNTRIED, LOOSELY],
	contains: [SHORTENED, LOOSELY],
	anyCase: [ANY_CASE, UNTRIED, LOOSELY],
};

function matchOf(field: string, dialect: SearchSettings, answer: string): string {
	// Numbers have no case.
	if (dialect.query === 'anyCase' && field === 'admissionNumber' && answer === EXACTLY) {
		return matchOf(field, { ...dialect, query: 'equals' }, answer);
	}
	const { query, unsearchable } = dialect;
	if (query === 'ignored') return UNSEARCHABLE.ignored;
	if (query === 'freeText') return 'As free text, in any field';
	if (!isSearchable(field, dialect)) return UNSEARCHABLE[unsearchable];
	return MATCHES[query].find((text) => text === answer) ?? MATCHES[query][0];
}

function nameMatchOf(name: string, dialect: SearchSettings): string {
	const byName = { nothing: 'no', refused: 'refused', ignored: 'ignored' }[dialect.unsearchable];
	const [byCode, own] = [
		dialect.codes === 'codeOrName' ? 'yes' : 'no',
		isSearchable(name, dialect) ? 'yes' : byName,
	];
	return `Under the field of the code: ${byCode}. Under that of the name: ${own}`;
}

const NONE = 'None of those that were tried';

const JOINS: Record<SearchSettings['joins'], string> = {
	none: NONE,
	adjacent: '(a=1)(b=2)',
	and: '(a=1) AND (b=2)',
	ampersand: '(a=1)&(b=2)',
	inside: '(a=1&b=2)',
	comma: '(a=1,b=2)',
};

const RANGES: Record<SearchSettings['ranges'], string> = {
	none: NONE,
	operators: '(a<=2)',
	brackets: '(a=[1 TO 2])',
	tilde: '(a=1~2)',
};

/** What a value does that is not understood. */
function misreadOf({ reserved, misread }: SearchSettings): string {
	if (reserved !== 'literal' && misread === 'refused') return 'Refused';
	return 'No: nothing is found';
}

/** Names before the count, as a list; none for "None". */
const namesIn = (answer: string) =>
	answer.startsWith('None') ? [] : answer.split(/, in (?:the one|[\d,]+)/)[0].split(', ');

/** Whether names are those expected: some of them where few records were seen. */
function areNames(answer: string, expected: readonly string[], extra: readonly string[] = []) {
	const names = namesIn(answer);
	const isKnown = names.every((name) => expected.includes(name) || extra.includes(name));
	const isAll = expected.every((name) => names.includes(name));
	return isKnown && (isAll || seenIn(answer) < MANY);
}

const UNITS: Record<SearchSettings['timeUnit'], string[]> = {
	ms: ['milliseconds'],
	s: ['seconds'],
	us: ['microseconds'],
	ns: ['nanoseconds'],
	text: ['text'],
	mixed: ['milliseconds', 'seconds', 'microseconds'],
};

/** Where units are mixed, it depends on the order which of them are seen. */
const unit: Judge = (answer, { dialect: { timeUnit } }) =>
	timeUnit === 'mixed'
		? areNames(answer, [], UNITS.mixed)
		: areNames(answer, UNITS[timeUnit]) && namesIn(answer).length === 1;

const NULLABLE = [
	'admissionNo',
	'bedNumber',
	'idCard',
	'envelopeFileUrls',
	'envelopeFinishedDatetime',
];

const field =
	(name: string): Judge =>
	(answer, { dialect }) =>
		answer === matchOf(name, dialect, answer) ||
		(answer === `Refused ${refused(dialect)}` && matchOf(name, dialect, answer) === 'Refused');
const name = (of: string): Judge => is((dialect) => nameMatchOf(of, dialect));

/** Questions, and what is right to say. */
const JUDGES: Record<string, Judge> = {
	'Is the documented request answered?': begins((dialect) =>
		isNothingServed(dialect)
			? 'Refused'
			: dialect.reply === 'wrapped'
				? 'Yes: the result is wrapped'
				: 'Yes: a search result',
	),
	'How is the total given?': (answer, { dialect: { total, countedRows }, rows, isLive }) => {
		if (total === 'none') return answer === 'None';
		if (total === 'text') return answer === 'A text';
		if (total === 'number') return answer === 'A number, exact';
		const isExact = total === 'object' && rows <= countedRows;
		return answer === `An object, ${isExact ? 'exact' : 'a lower bound'}` || isLive;
	},
	'Does each record have an _id of its own?': (answer, { dialect: { ids, records } }) => {
		if (ids === 'none') return answer === 'No: records have none';
		const mayShare = records === 'sharedIds' || records === 'copied';
		return answer === 'Yes, as far as was seen' || (mayShare && answer === 'No: records share one');
	},
	'Do records come with the values they are sorted by?': is(({ sortValues }) =>
		sortValues === 'given' ? 'Yes' : 'No',
	),
	'Is from honoured within the result?': (answer, { dialect, rows }) => {
		switch (dialect.paging) {
			case 'honoured':
				return answer === 'Honoured';
			case 'clamped':
				return (
					answer.startsWith('Moved back') ||
					(answer === 'Honoured' && rows >= 17 + Math.min(20, dialect.largestPage))
				);
			case 'restarts':
				return answer === 'Honoured';
			case 'tens':
			case 'rounded':
				return answer.startsWith('Rounded');
			case 'refused':
				return answer === `Refused ${refused(dialect)}`;
			default:
				return answer.startsWith('Ignored');
		}
	},
	'What comes beyond the last envelope?': (answer, scene) => {
		const { dialect } = scene;
		const isRefused = rowsIn(scene).map((rows) => isRefusedBehind(40, rows, dialect));
		if (answer === `Refused ${refused(dialect)}`) return isRefused.includes(true);
		if (!isRefused.includes(false)) return false;
		if (dialect.pastWindow === 'empty' && answer === 'Nothing') {
			return ['honoured', 'rounded', 'tens'].includes(dialect.paging) || dialect.window < 10_000;
		}
		// A page that is moved back to the end of the window may be the last one.
		const isMoved = dialect.pastWindow === 'moved' && rowsIn(scene).includes(dialect.window);
		if (dialect.paging === 'clamped' || (isMoved && answer !== 'Nothing')) {
			return answer === 'The last page once more';
		}
		const isFirst = ['ignored', 'fromIgnored', 'restarts'].includes(dialect.paging);
		return answer === (isFirst ? 'The first page' : 'Nothing');
	},
	'How far can pages be read?': (answer, scene) => {
		const { paging, window, pastWindow } = scene.dialect;
		if (paging === 'ignored' || paging === 'fromIgnored' || paging === 'refused') {
			return answer === 'Only the first page';
		}
		const most = Math.max(...rowsIn(scene));
		if (answer === 'Beyond 10,000') return window === Infinity && most > 10_000;
		if (answer.includes('come empty')) {
			if (pastWindow !== 'empty' || most <= window) return false;
			return answer.startsWith('To 10,000') ? window === 10_000 : window < 10_000;
		}
		// Where pages are moved back to the last one, nothing is known but what was seen to come.
		const isOutOfReach = (rows: number) => isRefusedBehind(0, rows, scene.dialect);
		if (paging === 'clamped' && !rowsIn(scene).some(isOutOfReach)) return false;
		if (answer.startsWith('Not refused beyond 10,000')) {
			return (
				(pastWindow !== 'refused' || window === Infinity || paging === 'restarts') && most < 10_020
			);
		}
		if (pastWindow !== 'refused') return false;
		if (window === 100) return answer === 'Not so far as usual: refused before 1,000';
		if (window === 1000) {
			return answer === 'Not so far as usual: not refused to 1,000, but refused before 10,000';
		}
		const from = most > 10_000 ? /^(To|Not refused to) 10,000 \(/ : /^Not refused to 10,000 \(/;
		return window === 10_000 && from.test(answer);
	},
	'Is a size below 20 honoured?': begins(({ paging, size }) => {
		if (paging === 'ignored' || size === 'ignored') return 'Ignored';
		return paging === 'refused' ? 'Refused' : 'Honoured';
	}),
	'How many envelopes fit on a page?': (answer, { dialect, rows, isLive }) => {
		if (isSizeRefused(200, dialect)) return answer.startsWith('Refused at 200 and more');
		if (isSizeRefused(1000, dialect)) {
			return answer === `Refused at 1,000 ${refused(dialect)}, not at 200`;
		}
		const cap = capOf(dialect);
		const count = Number(/^At (?:least|most) ([\d,]+)/.exec(answer)?.[1].replace(',', ''));
		if (answer.startsWith('At least')) return count <= cap && (isLive || count <= rows);
		const isHalf = dialect.shortPageAt === 1 && count === Math.ceil(cap / 2);
		return (rows > cap || isLive) && (isHalf || count === cap);
	},
	'Is sort by created time honoured?': begins(
		({ sort }) =>
			({ honoured: 'Honoured', created: 'Only descending', ignored: 'Not honoured' })[sort],
	),
	'Is sort by finished time honoured?': begins(({ sort }) =>
		sort === 'honoured' ? 'Honoured' : 'Not honoured',
	),
	'Where do envelopes without a finished time come?': (answer, { dialect }) =>
		dialect.sort === 'honoured' &&
		answer ===
			{
				last: 'Last, in both directions',
				first: 'First, in both directions',
				smallest: 'Last when descending, first when ascending',
			}[dialect.missing],
	'How does q find by admissionNumber (Admission Number)?': field('admissionNumber'),
	'How does q find by customTagID (Custom Tag ID)?': field('customTagID'),
	'How does q find by envelopeWsid (Envelope ID)?': field('envelopeWsid'),
	'How does q find by envelopeStatus (Status Code)?': field('envelopeStatus'),
	'How does q find by hospitalDepartmentId (Department)?': field('hospitalDepartmentId'),
	'How does q find by doctorID (Doctor)?': field('doctorID'),
	'How does q find by serviceType (Document Type)?': field('serviceType'),
	'How does q find by idCard (Identity Card Number)?': is(() => 'Not tried, to protect patients'),
	'Does q find by the name of hospitalDepartmentId (Department)?': name('hospitalDepartment'),
	'Does q find by the name of doctorID (Doctor)?': name('doctorName'),
	'Does q find by the name of serviceType (Document Type)?': name('serviceTypeZhName'),
	'Which way of joining conditions does q understand?': is(({ joins }) => JOINS[joins]),
	'Which way of writing a range of times does q understand?': is((dialect) =>
		dialect.query !== 'ignored' && isSearchable('createdDatetime', dialect)
			? RANGES[dialect.ranges]
			: NONE,
	),
	'Does q understand a value in quotes?': is((dialect) =>
		dialect.quotes === 'stripped' || dialect.reserved === 'quoted' ? 'Yes' : misreadOf(dialect),
	),
	'Does q understand * as any text?': is((dialect) =>
		dialect.wildcards === 'star' ? 'Yes' : misreadOf(dialect),
	),
	'Does q find values with a blank or a reserved character?': is(
		({ reserved }) => ({ none: 'No', literal: 'As they are', quoted: 'In quotes' })[reserved],
	),
	'Do envelopes with the same time keep their places?': (answer, { dialect }) =>
		answer.startsWith('Not seen to change') || dialect.ties !== 'byId',
	'How long does an answer take?': (answer) => /^A page of up to 20: [\d,]+ ms/.test(answer),
	'What does a refused parameter look like?': (answer, { dialect }) =>
		answer === REFUSALS[dialect.refusals][1] ||
		(answer.startsWith('Not seen') && dialect.paging === 'ignored'),
	'Which documented fields are missing?': (answer, { dialect }) => {
		const gone = dialect.fields === 'fewer' ? ['bedNumber', 'patientAge'] : [];
		return areNames(answer, gone, seenIn(answer) < MANY ? NULLABLE : []);
	},
	'Which fields are not documented?': (answer, { dialect }) =>
		areNames(answer, dialect.fields === 'more' ? ['patientName', 'patientPhone', 'wardCode'] : []),
	'Which fields have another type than documented?': (answer, { dialect }) => {
		const { types, digits, fields, timeUnit, linkForm, filesPerEnvelope } = dialect;
		const isNumber = digits === 'numbers';
		const isList = linkForm === 'list' || (linkForm === 'plain' && filesPerEnvelope > 1);
		return areNames(answer, [
			...(types === 'other' ? ['hospitalBusinessLastVersion (text)'] : []),
			...(types === 'other' && !isNumber ? ['patientSex (text)'] : []),
			...(isNumber ? ['admissionNo (number)', 'idCard (number)'] : []),
			...((types === 'other' || isNumber) && fields !== 'fewer' ? ['patientAge (number)'] : []),
			...(timeUnit === 'text' ? ['envelopeFinishedDatetime (text)'] : []),
			...(isList ? ['envelopeFileUrls (list)'] : []),
		]);
	},
	'How often are documented fields empty?': (answer, { dialect }) =>
		answer.startsWith('Never') ||
		namesIn(answer).every((share) => {
			const [of, percent] = share.split(' ');
			const isGone = dialect.fields === 'fewer' && ['bedNumber', 'patientAge'].includes(of);
			return isGone ? percent === '100' : NULLABLE.includes(of) && Number(percent) <= 100;
		}),
	'Which status codes are not known?': (answer, { data }) =>
		namesIn(answer).every((code) => ['ED_ARCHIVED', 'ING_FROZEN', 'DRAFT'].includes(code)) &&
		(answer.startsWith('None')
			? data.oddStatuses < 30 || seenIn(answer) < MANY
			: data.oddStatuses > 0),
	'Are there several versions of one number?': (answer) =>
		answer.startsWith('Yes: ') || (answer.startsWith('None was') && seenIn(answer) < 300),
	'Does an envelope stand in the index more than once?': (answer, { dialect: { records } }) => {
		const isTwice = records === 'copied' || records === 'doubled';
		return answer.startsWith('Yes') ? isTwice : !isTwice || seenIn(answer) < MANY;
	},
	'In which unit are created times?': (answer, scene) => {
		const { createdTime, sortValues, sort } = scene.dialect;
		if (createdTime === 'given') return unit(answer, scene);
		const isSorted = sortValues === 'given' && sort !== 'ignored';
		return answer === `Records have none${isSorted ? ', but are sorted by one' : ''}`;
	},
	'In which unit are finished times?': unit,
	'Do finished times lie in the future?': (answer, { dialect: { futureFinished } }) =>
		answer.startsWith('Yes') ? futureFinished > 0 : futureFinished < 10 || seenIn(answer) < 120,
	"Does Yisign's clock agree with n8n's?": (answer, { dialect: { clockOffset, dateHeader } }) => {
		const [, seconds, side] = /^No: it is ([\d,]+) seconds (ahead|behind)/.exec(answer) ?? [];
		const found = seconds
			? Number(seconds.replace(',', '')) * (side === 'ahead' ? 1000 : -1000)
			: 0;
		return dateHeader === 'given' && Math.abs(found - clockOffset) <= 2000;
	},
	'How does a record hold links to files?': is(({ linkForm, filesPerEnvelope }) => {
		if (linkForm === 'json') return 'JSON in a text';
		if (linkForm === 'list') return 'a list';
		if (filesPerEnvelope === 1) return 'one text';
		return linkForm === 'commas' ? 'several in a text' : 'a list';
	}),
	'How many files has an envelope?': begins(({ filesPerEnvelope }) =>
		filesPerEnvelope === 1 ? 'One, ' : `Up to ${filesPerEnvelope}, `,
	),
	'On which host do files lie?': is(({ links }) =>
		links === 'otherHost' ? 'On another host than that of Base URL' : 'On that of Base URL',
	),
	'Are links of http, https or relative?': is(({ links }) =>
		links === 'relative' ? 'relative' : 'http',
	),
	'Do links have a token of their own?': is(({ linkTokens }) => (linkTokens ? 'Yes' : 'No')),
};

/** All questions that have an answer of their own here. */
export const KNOWN_QUESTIONS = Object.keys(JUDGES);

/** Whether an answer is right, wrong, or left open with a reason. */
export function judge(question: string, answer: string, scene: Scene): 'right' | 'open' | 'wrong' {
	if (/^Cannot tell: \S.{5,}/.test(answer)) return 'open';
	return JUDGES[question]?.(answer, scene) ? 'right' : 'wrong';
}
