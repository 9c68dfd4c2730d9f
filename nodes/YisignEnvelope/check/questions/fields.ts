import { formatCount } from '../../../shared/count';
import { readText } from '../../../shared/json';
import { isReplaced, STATUS_CODES } from '../../../shared/search/envelope';
import type { EnvelopeRecord } from '../../../shared/search/envelope';
import type { Hit } from '../../../shared/search/page';
import type { Finding, Question } from '../finding';
import { CannotTell, finding, OPEN } from '../finding';

/** Fields of a record as the documents have them (vendor-api 2.1), and their types. */
const DOCUMENTED: Readonly<Record<string, string>> = {
	customTagID: 'text',
	serviceId: 'text',
	serviceType: 'text',
	serviceTypeZhName: 'text',
	hospitalBusinessWsi: 'text',
	hospitalBusinessLastVersion: 'true or false',
	doctorID: 'text',
	doctorName: 'text',
	admissionNo: 'text',
	bedNumber: 'text',
	idCard: 'text',
	patientAge: 'text',
	patientSex: 'number',
	hospitalDepartmentId: 'text',
	hospitalDepartment: 'text',
	envelopeFileUrls: 'text',
	envelopeStatus: 'text',
	envelopeStatusDescription: 'text',
	envelopeWsid: 'text',
	envelopeFinishedDatetime: 'number',
};

/** Spellings and fields that are expected beside those. */
const EXPECTED = ['createdDatetime', 'hospitalBusinessWsid', 'admissionNumber'];

/** Names and codes that can be shown are plain words or short numbers … */
const WORD = /^(?:[A-Za-z_][A-Za-z0-9_.]{0,39}|\d{1,3})$/;

/** … without a number so long that it might be somebody's. */
const LONG_NUMBER = /\d{4}/;

const RAW = 'Output "Raw" and "Selected Fields" return records as they come.';

/** The newest records, or others as well: shares and copies are counted among the newest. */
function recordsOf(hits: readonly Hit[]): EnvelopeRecord[] {
	if (hits.length === 0) throw new CannotTell('no envelope was seen', OPEN.more);
	return hits.map(({ record }) => record);
}

/** Names as a list; those that might be a value are only counted. */
function listNames(names: readonly string[]): string {
	const shown = names.filter((name) => WORD.test(name) && !LONG_NUMBER.test(name)).sort();
	const hidden = names.length - shown.length;
	const others =
		hidden === 1 ? '1 that is no plain word' : `${formatCount(hidden)} that are no plain words`;
	return [...shown, ...(hidden > 0 ? [others] : [])].join(', ');
}

/** How many records a sentence is about. */
function ofSeen(records: readonly EnvelopeRecord[]): string {
	const count = formatCount(records.length);
	return records.length === 1 ? 'in the one envelope seen' : `in ${count} envelopes seen`;
}

/** What is to be said where nothing was found, and where something was. */
interface Words {
	none: string;
	some: string;
	todo?: string;
}

/** A finding on what differs from the documents. */
function describeOthers(
	found: string,
	records: readonly EnvelopeRecord[],
	{ none, some, todo }: Words,
): Finding {
	return found === ''
		? finding(`None, ${ofSeen(records)}`, true, none)
		: finding(`${found}, ${ofSeen(records)}`, false, some, todo);
}

const missing: Question = {
	question: 'Which documented fields are missing?',
	matters: 'A condition on a field that no record has stops Search.',
	ask(check) {
		const records = recordsOf(check.seen);
		const names = Object.keys(DOCUMENTED).filter(
			(name) => !records.some((record) => Object.hasOwn(record, name)),
		);
		return describeOthers(listNames(names), records, {
			none: 'All fields can be used in conditions.',
			some: 'A condition on a field that no record has stops Search with a message.',
			todo: 'Do not use these fields in conditions.',
		});
	},
};

const unknown: Question = {
	question: 'Which fields are not documented?',
	matters: RAW,
	ask(check) {
		const records = recordsOf(check.seen);
		const known = new Set([...Object.keys(DOCUMENTED), ...EXPECTED]);
		const names = new Set(records.flatMap((record) => Object.keys(record)));
		const others = [...names].filter((name) => !known.has(name));
		return describeOthers(listNames(others), records, {
			none: RAW,
			some: RAW,
			todo: 'If they hold what identifies a patient, do not choose Output "Raw".',
		});
	},
};

const UNDERSTOOD = 'Texts, numbers and their mixtures are understood by the node.';

const types: Question = {
	question: 'Which fields have another type than documented?',
	matters: UNDERSTOOD,
	ask(check) {
		const records = recordsOf(check.seen);
		const others = Object.entries(DOCUMENTED).flatMap(([name, documented]) => {
			const found = new Set(records.map((record) => typeOf(record[name])));
			found.delete('nothing');
			const isSame = [...found].every((type) => type === documented);
			return isSame ? [] : [`${name} (${[...found].sort().join(', ')})`];
		});
		return describeOthers(others.join(', '), records, {
			none: 'Records are as documented.',
			some: UNDERSTOOD,
		});
	},
};

function typeOf(value: unknown): string {
	if (value === undefined || value === null) return 'nothing';
	if (Array.isArray(value)) return 'list';
	if (typeof value === 'boolean') return 'true or false';
	return { string: 'text', number: 'number' }[typeof value as string] ?? 'object';
}

const empty: Question = {
	question: 'How often are documented fields empty?',
	matters: 'A record without the field of a condition is left out.',
	ask(check) {
		const records = recordsOf(check.pool);
		const shares = Object.keys(DOCUMENTED).flatMap((name) => {
			const without = records.filter((record) => readText(record, name) === null).length;
			return without === 0 ? [] : [`${name} ${Math.round((100 * without) / records.length)} %`];
		});
		return finding(
			shares.length === 0
				? `Never, ${ofSeen(records)}`
				: `${shares.join(', ')}, ${ofSeen(records)}`,
			null,
			'A record without the field of a condition is left out, and does not start a workflow.',
		);
	},
};

const statuses: Question = {
	question: 'Which status codes are not known?',
	matters: 'ED_… counts as ended, ING_… as under way, anything else as unknown.',
	ask(check) {
		const records = recordsOf(check.seen);
		const codes = new Set(records.map((record) => readText(record, 'envelopeStatus') ?? ''));
		const others = [...codes].filter((code) => code !== '' && !STATUS_CODES.includes(code));
		return describeOthers(listNames(others), records, {
			none: 'Status says what each of them means.',
			some: 'ED_… counts as failed, ING_… as processing, anything else as unknown.',
			todo: 'Ask Yisign what they mean, and tell the maintainers.',
		});
	},
};

const REPLACED = 'Latest Version Only leaves out what was started again.';

const versions: Question = {
	question: 'Are there several versions of one number?',
	matters: REPLACED,
	ask(check) {
		const records = recordsOf(check.pool);
		if (!records.some((record) => readText(record, 'hospitalBusinessLastVersion') !== null)) {
			return finding(
				'Records do not say which is the latest',
				false,
				'Latest Version Only has no effect.',
				'Take the newest created time of a Custom Tag ID yourself.',
			);
		}
		const replaced = records.filter(isReplaced).length;
		return finding(
			replaced === 0
				? `None was replaced by a later one, ${ofSeen(records)}`
				: `Yes: ${formatCount(replaced)} replaced by later ones, ${ofSeen(records)}`,
			replaced === 0 ? null : true,
			REPLACED,
		);
	},
};

const ONCE = 'Search returns an envelope once, and the trigger starts a workflow once for it.';

const copies: Question = {
	question: 'Does an envelope stand in the index more than once?',
	matters: ONCE,
	ask(check) {
		const records = recordsOf(check.pool);
		const known = records.map((record) => readText(record, 'envelopeWsid'));
		const named = known.filter((id) => id !== null);
		if (named.length === 0) throw new CannotTell('records have no envelopeWsid', OPEN.same);
		const times = named.length - new Set(named).size;
		return finding(
			times === 0
				? `Not seen, ${ofSeen(records)}`
				: `Yes: ${formatCount(times)} more records than envelopes, ${ofSeen(records)}`,
			times === 0,
			ONCE,
		);
	},
};

export const fieldQuestions = [missing, unknown, types, empty, statuses, versions, copies];
