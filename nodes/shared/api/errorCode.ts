import type { JsonObject } from '../json';
import { isObject } from '../json';

/** Keys of the part of a reply that is wrapped in it. */
const PARTS = ['data', 'result', 'resultData'];

/** The form of all codes of the vendor that are known (vendor-api 1.4). */
const VENDOR_CODE = /^100\d{6}$/;

/** Keys of what an error says in words. */
const TEXTS = ['message', 'userMessage', 'developerMessage'];

/** What a code says that stands for success: 0, 200, four digits below 0100, or a word. */
const SUCCESS =
	/^(0+|200|\d*00\d\d|ok|success|succeeded|true|(\u8bf7\u6c42|\u64cd\u4f5c)?\u6210\u529f)$/i;

/**
 * The code of an error reply, empty if it carries none; undefined if the reply is none.
 *
 * Inferred: the rules of the vendor's general platform hold: the keys `error` and `errorWsid` stand
 * for errors, also one level down and in a list that holds nothing else, and so does a code whose
 * last four digits are 0100 or more. So do `success: false`, a `resultCode` or `errcode` that is no
 * success, and a code that is an HTTP status of an error, or negative. A code within `data` may be
 * that of a department: it counts only if the reply itself does not say that it is a success, and if
 * it has the form of the vendor's codes or a message beside it.
 */
export function findErrorCode(body: unknown): string | undefined {
	if (Array.isArray(body)) return errorCodeOfList(body);
	if (!isObject(body)) return undefined;
	const { data } = body;
	if (isError(body)) return codeOf(body);
	if (isObject(data) && !saysSuccess(body) && isErrorPart(data)) return codeOf(data);
	const part = PARTS.map((key) => body[key]).find((inner) => isObject(inner) && hasError(inner));
	return isObject(part) ? codeOf(part) : undefined;
}

/** Whether a reply says of itself that it is a success, whatever is in it. */
export function saysSuccess(body: unknown): boolean {
	if (!isObject(body)) return false;
	const { code, resultStatusCode, resultCode, errcode, success } = body;
	return [code, resultStatusCode, resultCode, errcode, success].some(isSuccess);
}

/**
 * Whether a reply without a known error may be one all the same: its code stands for no success that
 * is known, or it has the HTTP status of an error within.
 */
export function mayBeError(body: JsonObject): boolean {
	if (saysSuccess(body)) return false;
	const { code, status } = body;
	return Boolean(code) || /^[45]\d\d$/.test(String(status));
}

function errorCodeOfList(list: readonly unknown[]): string | undefined {
	const [first] = list;
	const isRefusal = list.every((entry) => isObject(entry) && Boolean(entry.errorWsid));
	return isRefusal && isObject(first) ? codeOf(first) : undefined;
}

function isError(body: JsonObject): boolean {
	const { code, resultStatusCode, resultCode, errcode, success } = body;
	return (
		hasError(body) ||
		'errorWsid' in body ||
		String(success) === 'false' ||
		[resultCode, errcode].some((value) => Boolean(value) && !isSuccess(value)) ||
		[code, resultStatusCode].some(isErrorCode)
	);
}

/** Whether what is wrapped in a reply is an error, by more than a code that may be one of anything. */
function isErrorPart({ code, ...others }: JsonObject): boolean {
	if (isError(others)) return true;
	const isPlain = !VENDOR_CODE.test(String(code)) && TEXTS.every((key) => !(key in others));
	return !isPlain && isErrorCode(code);
}

function hasError({ error, errorWsid }: JsonObject): boolean {
	return Boolean(error) || Boolean(errorWsid);
}

function isSuccess(value: unknown): boolean {
	const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
	return isPlain && SUCCESS.test(String(value).trim());
}

function isErrorCode(code: unknown): boolean {
	if (typeof code !== 'string' && typeof code !== 'number') return false;
	const text = String(code);
	if (/\d{4}$/.test(text)) return Number(text.slice(-4)) >= 100;
	return /^-\d+$/.test(text) || /^[45]\d\d$/.test(text);
}

/** The first code that is a plain one. */
function codeOf({ code, resultStatusCode, error, errcode, resultCode }: JsonObject): string {
	const codes = [code, resultStatusCode, error, errcode, resultCode];
	return codes.map((value) => (isObject(value) ? '' : String(value ?? ''))).find(isPlainCode) ?? '';
}

/** Words and short numbers only: nothing that could be a token or an identity-card number. */
function isPlainCode(text: string): boolean {
	return /^([A-Za-z_]{1,40}|\d{1,10})$/.test(text);
}
