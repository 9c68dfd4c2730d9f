import type { EnvelopeSource } from './envelopes.mts';
import { fileAddresses } from './files.mts';
import type { Row } from './order.mts';
import { type SortRule } from './query.mts';
import { hash } from './random.mts';
import type { IndexRecord } from './records.mts';
import type { SearchSettings } from './settings.mts';
import { storedValue, TIME_FIELDS } from './times.mts';

/** One row of a reply. `sort` holds the values of the sort rules' fields, `null` if missing. */
export type Hit = {
	_index: string;
	_type: string;
	_id?: string;
	_score: null;
	_source: EnvelopeSource;
	sort?: unknown[];
};

/** `hits.total` as of Elasticsearch 7, or of earlier ones. */
export type Total = number | string | { value: number; relation: 'eq' | 'gte' };

/** How a reply counts the rows that were found, if it does. */
export function countRows(rows: number, { total, countedRows }: SearchSettings): Total | undefined {
	if (total === 'none') return undefined;
	if (total === 'number') return rows;
	if (total === 'text') return String(rows);
	const exact = total === 'object' && rows <= countedRows;
	return { value: Math.min(rows, countedRows), relation: exact ? 'eq' : 'gte' };
}

/** A row as it is sent. `base` is the URL that relative file addresses are put below. */
export function makeHit(
	{ record, keys }: Row,
	rules: SortRule[],
	settings: SearchSettings,
	base: string,
): Hit {
	const sort = keys.map((key, at) => key ?? missingValue(rules[at], settings));
	return {
		_index: record.index,
		_type: 'envelope_hospital_patient',
		...(settings.ids === 'given' && { _id: record.id }),
		_score: null,
		_source: makeSource(record, settings, base),
		...(settings.sortValues === 'given' && { sort }),
	};
}

function makeSource(
	{ envelope }: IndexRecord,
	settings: SearchSettings,
	base: string,
): EnvelopeSource {
	const { source } = envelope;
	const sent: Record<string, unknown> = { ...source };
	// A missing key has to stay missing, so a field is only replaced where there is one.
	for (const field of TIME_FIELDS) {
		if (field in sent) sent[field] = storedValue(field, sent[field], envelope, settings);
	}
	if (settings.createdTime === 'none') delete sent.createdDatetime;
	const files = source.envelopeFileUrls;
	if (files) sent.envelopeFileUrls = writeLinks(files, settings, base);
	changeFields(sent, envelope.id, settings);
	if (settings.digits === 'numbers') writeNumbers(sent);
	return sent as EnvelopeSource;
}

/** Text of digits alone becomes a number of all these digits, however long. */
function writeNumbers(sent: Record<string, unknown>): void {
	for (const [field, value] of Object.entries(sent)) {
		if (typeof value === 'string' && /^(0|[1-9]\d*)$/.test(value)) sent[field] = rawJSON(value);
	}
}

/** A patient's name and number, made up and the same for the same record. */
function patientOf(id: string) {
	return {
		patientName: `赵某${hash(id, 3) % 1000}`,
		patientPhone: `1990000${hash(id, 4) % 10_000}`,
	};
}

function changeFields(sent: Record<string, unknown>, id: string, settings: SearchSettings): void {
	if (settings.fields === 'more') Object.assign(sent, patientOf(id), { wardCode: 'W1' });
	if (settings.fields === 'fewer')
		for (const name of ['bedNumber', 'patientAge']) delete sent[name];
	if (settings.types === 'documented') return;
	if ('patientAge' in sent) sent.patientAge = Number(sent.patientAge);
	sent.patientSex = String(sent.patientSex);
	sent.hospitalBusinessLastVersion = String(sent.hospitalBusinessLastVersion);
}

/** A host of which nothing but its name exists. */
const OTHER_HOST = 'http://files.hospital.invalid:61112';

function writeLinks(
	given: string | string[],
	{ filesPerEnvelope, links, linkForm, linkTokens }: SearchSettings,
	base: string,
): string | string[] {
	const isSeveral = filesPerEnvelope > 1 && typeof given === 'string';
	const files = isSeveral ? fileAddresses(given, filesPerEnvelope) : [given].flat();
	const prefix = { base, otherHost: OTHER_HOST, relative: '' }[links];
	const token = (file: string) => (linkTokens ? `?token=${hash(file).toString(16)}` : '');
	const urls = files.map((file) =>
		file.startsWith('/') ? `${prefix}${file}${token(file)}` : file,
	);
	if (linkForm === 'json') return JSON.stringify(urls);
	if (linkForm === 'commas') return urls.join(',');
	const isList = linkForm === 'list' || isSeveral || Array.isArray(given);
	return isList ? urls : urls[0];
}

/** Fields that Elasticsearch stores as numbers, so that a missing one is sorted as one. */
const NUMBERS: readonly string[] = [...TIME_FIELDS, 'patientSex'];

/** Writes a number as it is, though no number of JavaScript is as exact; too new for the types. */
const { rawJSON } = JSON as unknown as { rawJSON(this: void, text: string): object };

function missingValue(
	{ field, direction }: SortRule,
	{ missing, missingSort }: SearchSettings,
): unknown {
	if (missingSort === 'null' || !NUMBERS.includes(field)) return null;
	const largest = missing !== 'smallest' && (missing === 'last') === (direction === 1);
	return rawJSON(largest ? '9223372036854775807' : '-9223372036854775808');
}
