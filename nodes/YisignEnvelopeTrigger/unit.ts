import { isRefusal, outcomeOf } from '../shared/errors';
import { EPOCH_DIGITS, SENTINEL, unitOf } from '../shared/search/envelope';
import type { Hit, SearchPage } from '../shared/search/page';
import { isLast, lengthOf } from '../shared/search/page';
import { USUAL_WINDOW } from '../shared/search/pageReader';
import { isServerError } from './pages';

/** What is known of the server's times, and how to find out more. */
export interface UnitSearch {
	/** What the result is sorted by, newest first. */
	field: string;
	/** ms of one unit, by earlier pages; null if not known. */
	known: number | null;
	/** Reads a page of the documented size. */
	request: (from: number) => Promise<SearchPage>;
}

/** Where the records in the unit of the first page end. */
interface Border {
	/** The first record in another unit; undefined if there is none in reach. */
	next?: Hit;
	/** How many records come before the first that is not in the unit, if that is in reach. */
	place: number;
	/** Whether no other record with a time can come, in reach or not. */
	isEnd: boolean;
	/** How many records are in the unit of the first page at least. */
	count: number;
}

/** So many records in a row are no exception: the server has changed its unit. */
const MANY = 1000;

/**
 * The unit of a server's times, in ms of one unit; null if no record of the page has a time.
 *
 * Single records may have a time in another unit than the others, and some servers change theirs.
 * Times in a smaller unit are larger numbers, so they come before all others, and may fill the first
 * pages. Then records further back say whether all times are so.
 *
 * @param first the first page of a result
 * @throws YisignError if a page does not come
 */
export async function findUnit(first: SearchPage, search: UnitSearch): Promise<number | null> {
	const { field, known } = search;
	const unit = unitOfPage(first.hits, field);
	if (unit === null || unit === known) return known;
	// Single records in a smaller unit come first, and most of a page in a larger one shows a change.
	if (known !== null && (unit < known || known >= DOCUMENTED) && hasUnit(first, field, known)) {
		return known;
	}
	if (known !== null && unit > known) return unit;
	// Inferred: times are in ms, as documented, unless something shows another unit.
	const isUsual = known === null && unit >= DOCUMENTED;
	if (isUsual || isLast(0, first)) return unit;
	const border = await findBorder(first, search, (number) => unitOf(number) === unit);
	const other = border.next && numberOf(border.next, field);
	// Single records may be in a larger unit, too; these come last.
	if (!other || ![known, DOCUMENTED].includes(unitOf(other))) {
		return border.isEnd || border.count >= MANY ? unit : (known ?? unit);
	}
	// The server may have changed its unit, and left the older records as they are.
	const isChanged = unit === DOCUMENTED || border.count >= MANY;
	const isOlder = other * unitOf(other) < oldestOf(first, field) * unit;
	return isChanged && isOlder ? unit : unitOf(other);
}

/**
 * The newest records whose times are in a larger unit than is known, and which are newer than the
 * oldest in that unit. Newest first, they stand behind all others, where no poll reads.
 *
 * @param search with pages of the result that is sorted oldest first
 * @throws YisignError if a page does not come
 */
export async function findInLargerUnit({ field, known, request }: UnitSearch): Promise<Hit[]> {
	const isLarger = (number: number) => known !== null && unitOf(number) > known;
	const first = await request(0);
	if (first.hits.length === 0 || !isHit(first.hits[0], field, isLarger)) return [];
	const inPage = first.hits.findIndex((hit) => !isHit(hit, field, isLarger));
	if (inPage > 0) return newerThan(first.hits[inPage], first.hits.slice(0, inPage), field);
	const { next, place } = await findBorder(first, { field, request }, isLarger);
	if (!next) return [];
	const { hits } = await request(place - first.hits.length);
	return newerThan(
		next,
		hits.filter((hit) => isHit(hit, field, isLarger)),
		field,
	);
}

/** Records that are newer than another one, each by its own unit. */
function newerThan(other: Hit, hits: Hit[], field: string): Hit[] {
	const timeOf = (hit: Hit) => {
		const number = numberOf(hit, field);
		return number === null ? Infinity : number * unitOf(number);
	};
	return hits.filter((hit) => timeOf(hit) > timeOf(other));
}

/** ms of the documented unit. */
const DOCUMENTED = 1;

/**
 * Looks for the border at places that lie further and further back, and then between two of them.
 *
 * @param isIn whether a number is in the unit, as all of the first page are
 */
async function findBorder(
	first: SearchPage,
	{ field, request }: Pick<UnitSearch, 'field' | 'request'>,
	isIn: (number: number) => boolean,
): Promise<Border> {
	const length = lengthOf(first);
	const total = first.isTotalExact ? first.total : null;
	let next: Hit | undefined;
	let place = Infinity;
	let isEnd = total !== null && total <= USUAL_WINDOW;
	// Numbers of pages: all before `low` are in the unit, and none is from `high` on.
	let low = 1;
	let high = Math.ceil(Math.min(total ?? Infinity, USUAL_WINDOW) / length);
	let isBounded = false;
	for (let jump = 0; low < high; jump = 2 * jump + 1) {
		const number = isBounded ? Math.floor((low + high) / 2) : Math.min(low + jump, high - 1);
		const page = await requestIfGiven(request, number * length);
		const hits = page?.hits ?? [];
		// A server that ignores `from` shows nothing else.
		if (hits.at(0)?.key === first.hits[0].key) {
			return { place, isEnd: false, count: length };
		}
		const other = hits.findIndex((hit) => !isHit(hit, field, isIn));
		if (hits.length > 0 && other < 0) {
			low = number + 1;
			continue;
		}
		next = hits.slice(other).find((hit) => numberOf(hit, field) !== null);
		place = number * length + other;
		isEnd = page !== undefined && page.emptyHits === 0 && !next;
		isBounded = true;
		high = number;
		if (other > 0) low = number;
	}
	return { next, place, isEnd, count: low * length };
}

/** @returns undefined if the server does not give what lies there */
async function requestIfGiven(
	request: UnitSearch['request'],
	from: number,
): Promise<SearchPage | undefined> {
	const outcome = await outcomeOf(request(from));
	if ('value' in outcome) return outcome.value;
	const { fault } = outcome;
	if (!isRefusal(fault) && !isServerError(fault)) throw fault;
	return undefined;
}

/** What a record is sorted by: a number in the server's unit, or a text; no time otherwise. */
export function rawTimeOf({ record, sortValues: [sortValue] }: Hit, field: string): unknown {
	if (isNumber(sortValue)) return Math.abs(sortValue) > SENTINEL ? null : sortValue;
	const value = record[field];
	return typeof value === 'string' && EPOCH_DIGITS.test(value) ? Number(value) : value;
}

/** Whether a value is a number that a time can be. */
export function isNumber(value: unknown): value is number {
	return typeof value === 'number' && Number.isFinite(value);
}

function numberOf(hit: Hit, field: string): number | null {
	const raw = rawTimeOf(hit, field);
	return isNumber(raw) && raw > 0 ? raw : null;
}

/** Whether the number that a record is sorted by is such a one. */
function isHit(hit: Hit, field: string, isSuch: (number: number) => boolean): boolean {
	const number = numberOf(hit, field);
	return number !== null && isSuch(number);
}

function hasUnit({ hits }: SearchPage, field: string, unit: number): boolean {
	return hits.some((hit) => isHit(hit, field, (number) => unitOf(number) === unit));
}

/** The last number of a page that is sorted by. */
function oldestOf({ hits }: SearchPage, field: string): number {
	return hits.map((hit) => numberOf(hit, field)).findLast((time) => time !== null) ?? 0;
}

/**
 * The unit of a page's times: that of all times of creation, if a time is in it; otherwise that of most.
 * The time of creation is no larger a number than the others.
 */
function unitOfPage(hits: readonly Hit[], field: string): number | null {
	const units = hits
		.map((hit) => numberOf(hit, field))
		.filter((time) => time !== null)
		.map(unitOf);
	if (units.length === 0) return null;
	const created = hits.map(({ record }) => record.createdDatetime).filter(isNumber);
	const [agreed, other] = new Set(created.filter((time) => time > 0).map(unitOf));
	const most = usualOf(units);
	if (agreed === undefined || other !== undefined) return most;
	return units.includes(agreed) ? agreed : Math.max(agreed, most);
}

/** The unit of most times; the larger one of two that are as frequent. */
function usualOf(units: readonly number[]): number {
	const counts = new Map<number, number>();
	for (const unit of units) counts.set(unit, (counts.get(unit) ?? 0) + 1);
	const [[usual]] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
	return usual;
}
