import type { JsonObject } from '../json';
import { asText, parseJson, readText } from '../json';

/** A search record's fields as Yisign sent them; any of them may be missing. */
export type EnvelopeRecord = JsonObject;

/** What the status codes of Yisign come down to. */
export const DERIVED_STATUSES = [
	'completed',
	'waiting',
	'processing',
	'rejected',
	'revoked',
	'expired',
	'invalidated',
	'failed',
	'unknown',
] as const;

export type DerivedStatus = (typeof DERIVED_STATUSES)[number];

/** How much of a record an item holds. */
export const OUTPUT_MODES = ['simplified', 'raw', 'selected'] as const;

export type OutputMode = (typeof OUTPUT_MODES)[number];

const STATUSES: Readonly<Record<string, DerivedStatus>> = {
	ED_SUCCESS: 'completed',
	ING_SENT_WAIT_FILLOUT: 'waiting',
	ED_FAIL_REJECT: 'rejected',
	ED_FAIL_REVOKE: 'revoked',
	ED_FAIL_EXPIRED: 'expired',
	ED_FAIL_TIMEOUT: 'expired',
	ED_FAIL_INVALIDATE: 'invalidated',
};

/** Status codes that the documents or the vendor's own samples show (vendor-api 4.1). */
export const STATUS_CODES: readonly string[] = [...Object.keys(STATUSES), 'ING_SENT_DILIVER'];

/** Values that the output has beside the wire fields, computed from a record. */
const DERIVED_FIELDS: Readonly<Record<string, (record: EnvelopeRecord) => unknown>> = {
	customTagID: (record) => readText(record, 'customTagID') ?? readText(record, 'serviceId'),
	hospitalBusinessWsi: (record) =>
		readText(record, 'hospitalBusinessWsi') ?? readText(record, 'hospitalBusinessWsid'),
	status: (record) => deriveStatus(record.envelopeStatus),
	finishedAt: (record) => toIsoTime(record.envelopeFinishedDatetime),
	fileUrls: (record) => toFileUrls(record.envelopeFileUrls),
};

const SIMPLIFIED_FIELDS = [
	'envelopeWsid',
	'customTagID',
	'status',
	'envelopeStatus',
	'serviceTypeZhName',
	'admissionNo',
	'doctorName',
	'hospitalDepartment',
	'createdAt',
	'finishedAt',
	'fileUrls',
];

/**
 * What a status code means.
 *
 * Inferred: `ED_…` has ended without success and `ING_…` is under way unless listed. The documents
 * say "anything else is being processed", with which a caller would wait for ever on `ED_FAIL_…`.
 */
export function deriveStatus(envelopeStatus: unknown): DerivedStatus {
	const code = asText(envelopeStatus) ?? '';
	if (Object.hasOwn(STATUSES, code)) return STATUSES[code];
	if (code.startsWith('ED_')) return 'failed';
	if (code.startsWith('ING_')) return 'processing';
	return 'unknown';
}

/**
 * A point in time as epoch ms, or null if there is none.
 *
 * Inferred: `…Datetime` fields are epoch ms, as wherever the documents show a value. Epoch seconds,
 * µs and ns, digits in text and date texts are understood too; a date text without a zone is China time.
 */
export function toTime(value: unknown): number | null {
	// As documented: most are read here.
	if (typeof value === 'number' && value >= 1e11 && value < 2e13) return value;
	const text = asText(value);
	if (text === null || text === '') return null;
	const isNumber = /^\d+(\.\d+)?$/.test(text) && !CALENDAR_DIGITS.test(text);
	const time = isNumber ? toEpochMs(Number(text)) : parseDateText(text);
	return Number.isFinite(time) && time > 0 && time <= 8.64e15 ? time : null;
}

/** A point in time as ISO 8601 in UTC with `Z`, or null if there is none; see {@link toTime}. */
export function toIsoTime(value: unknown): string | null {
	const time = toTime(value);
	return time === null ? null : new Date(time).toISOString();
}

/**
 * ms of the unit that an epoch number is in: those of our time have 10 digits in seconds, 13 in ms,
 * 16 in µs and 19 in ns.
 */
export function unitOf(number: number): number {
	if (number < 1e11) return 1000;
	if (number < 1e14) return 1;
	return number < 1e17 ? 1e-3 : 1e-6;
}

/** An epoch number as text, in seconds, ms or µs. */
export const EPOCH_DIGITS = /^\d{9,11}$|^\d{13}$|^\d{16}$/;

/** Elasticsearch's sort value of a missing number is beyond this: the largest or smallest of 64 bits. */
export const SENTINEL = 9e18;

function toEpochMs(number: number): number {
	if (number > SENTINEL) return NaN;
	const unit = unitOf(number);
	return unit < 1 ? Math.floor(number / Math.round(1 / unit)) : number * unit;
}

/** A date written as fourteen digits, as in `20240512203223`; epoch ms have thirteen. */
const CALENDAR_DIGITS = /^(20\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;

function parseDateText(text: string): number {
	const digits = CALENDAR_DIGITS.exec(text);
	if (digits) {
		const [, year, month, day, hour, minute, second] = digits;
		return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`);
	}
	const iso =
		/^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
	if (!iso) return NaN;
	const [, date, time = '00:00:00', zone = '+08:00'] = iso;
	return Date.parse(`${date}T${time}${zone.toUpperCase()}`);
}

/**
 * The download addresses of an envelope's files.
 *
 * Inferred: the field is documented as one text with a plural name, so a text with one or several
 * addresses, a list, and either of them as JSON text are understood.
 */
export function toFileUrls(value: unknown): string[] {
	return readUrls(value, 0);
}

/** Lists in lists, and texts that are JSON, go no deeper. */
const DEEPEST = 5;

function readUrls(value: unknown, depth: number): string[] {
	if (depth > DEEPEST) return [];
	if (Array.isArray(value)) return value.flatMap((entry) => readUrls(entry, depth + 1));
	if (typeof value === 'object' && value !== null) {
		return readUrls((value as EnvelopeRecord).url, depth + 1);
	}
	if (typeof value !== 'string') return [];
	const text = value.trim();
	if (!/^[[{"]/.test(text)) return splitAddresses(text);
	const parsed = parseJson(text);
	return parsed === undefined ? [text] : readUrls(parsed, depth + 1);
}

/** Several addresses in one text; what separates them may also stand inside one of them. */
function splitAddresses(text: string): string[] {
	const [first, ...rest] = text.split(/([\s,;]+)/);
	const urls = first === '' ? [] : [first];
	for (let index = 0; index < rest.length; index += 2) {
		const [separator, part] = rest.slice(index, index + 2);
		if (part === '') continue;
		const isAddress = /^https?:/.test(part) || (part.startsWith('/') && first.startsWith('/'));
		if (urls.length === 0 || isAddress) urls.push(part);
		else urls[urls.length - 1] += separator + part;
	}
	return urls;
}

/** Whether the envelope was started again under the same `customTagID`, so that another counts. */
export function isReplaced(record: EnvelopeRecord): boolean {
	return String(record.hospitalBusinessLastVersion) === 'false';
}

/** A field of a record by its wire name, or one of the names added by this package. */
function readField(record: EnvelopeRecord, name: string): unknown {
	if (Object.hasOwn(DERIVED_FIELDS, name)) return DERIVED_FIELDS[name](record);
	return (Object.hasOwn(record, name) ? record[name] : null) ?? null;
}

/**
 * The JSON of an output item.
 *
 * @param fields for `selected`: wire names, or `status`, `createdAt`, `finishedAt`, `fileUrls`;
 *   `envelopeWsid` always comes along, first
 * @param createdTime when it was started, where the record may not say
 * @returns `simplified` and `selected` are flat with null where the record has nothing; `raw` is
 *   the record as Yisign sent it
 */
export function toItemJson(
	record: EnvelopeRecord,
	output: OutputMode,
	fields: readonly string[] = [],
	createdTime: unknown = record.createdDatetime,
): JsonObject {
	if (output === 'raw') return record;
	const names = output === 'selected' ? new Set(['envelopeWsid', ...fields]) : SIMPLIFIED_FIELDS;
	const json: JsonObject = {};
	for (const name of names) {
		json[name] = name === 'createdAt' ? toIsoTime(createdTime) : readField(record, name);
	}
	return json;
}
