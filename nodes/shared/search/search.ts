import { outcomeOf, YisignError } from '../errors';
import type { Collection } from './collection';
import { readByCounting } from './counting';
import type { Hit, SearchPage } from './page';
import { lengthOf, mayHideRecords } from './page';
import type { PageReader, ReadPage, Span } from './pageReader';
import { withinWindow } from './pageReader';
import type { SearchOptions } from './reading';
import { Reading } from './reading';
import {
	fewerThanCounted,
	fromNotHonoured,
	incomplete,
	keptChanging,
	notBeyond,
	nothingAtFrom,
	withoutContent,
} from './reasons';
import type { FirstPage } from './seams';
import { NotProvable, SeamReading } from './seams';

/** How often it is looked whether a server begins at `from`. */
const MOST_CHECKS = 2;

export interface SearchResult {
	/** One hit for each wanted envelope, in the server's order. */
	hits: Hit[];
	/** Whether the records came in the order asked for, as far as their values tell. */
	isInOrder: boolean;
	/** Whether they show that reading may end where a time lies beyond a bound. */
	showsOrder: boolean;
	/** How many records match on the server from the first on; null if it does not say exactly. */
	total: number | null;
	/** Whether all records that match on the server were read. */
	isWhole: boolean;
	/** Whether more was or may be there than is wanted. */
	hasMore: boolean;
	/** Why this is not the whole result, in words for the user; undefined if it is. */
	reason?: YisignError;
}

/**
 * Reads as many pages as it takes, several at a time, and makes sure that together they are the
 * whole result: by the values that records are sorted by (see `SortOrder`), or, where those do not
 * tell, by counting.
 *
 * @throws YisignError if the first page does not come, or the workflow is stopped; what happens
 *   later is returned as `reason`
 */
export async function search(readPage: ReadPage, options: SearchOptions): Promise<SearchResult> {
	const reading = new Reading(readPage, options);
	const first = await readFirst(reading);
	if (options.from > 0) await checkBegin(reading, first);
	if (options.from > 0 && !first.page.isTotalExact) await readFront(reading, first);
	const outcome = await outcomeOf(readWhole(reading, first));
	const { collection, order, reader } = reading;
	const total = reader.total === null ? null : Math.max(0, reader.total - options.from);
	const hits = collection.list(order);
	const isRead = total !== null && reader.isTotalExact && collection.rows >= total;
	const result: SearchResult = {
		hits: hits.slice(0, options.limit),
		isInOrder: order.isAsAsked,
		showsOrder: order.isTrusted,
		isWhole: 'value' in outcome && !reading.isLimitReached && !reading.isBeyond,
		total: reader.isTotalExact ? total : null,
		hasMore:
			hits.length > (options.limit ?? Infinity) ||
			(reading.isLimitReached && !isRead && !reading.isBeyond),
	};
	if ('value' in outcome) return result;
	const { fault } = outcome;
	if (!(fault instanceof YisignError) || fault.kind === 'cancelled') throw fault;
	return { ...result, reason: incomplete(collection.size, total, reader.isTotalExact, fault) };
}

/** A page of the usual size, or of less where no more is wanted and the server allows that. */
async function readFirst({ options, reader }: Reading): Promise<FirstPage> {
	const { from, limit = Infinity, isWanted, pageSize } = options;
	const usual = withinWindow({ from, size: reader.pageSize.current }, 0);
	if (limit < usual.size && !isWanted && pageSize === undefined) {
		const span = { from, size: limit };
		const page = await reader.trySize(span);
		if (page) return { span, page };
	}
	const page = await reader.read(usual);
	if (!mayHideRecords(from, page) || !reader.pageSize.shrink()) return { span: usual, page };
	const small = withinWindow({ from, size: reader.pageSize.current }, 0);
	return { span: small, page: await reader.read(small) };
}

/**
 * Makes sure that the first page begins at `from`: a server that does not use it as it is sends the
 * same page when it is asked for the record before. So may others, once, if records move meanwhile.
 * Where nothing comes, it must not be because the server does not go so far.
 *
 * @throws YisignError
 */
async function checkBegin({ reader }: Reading, { span, page }: FirstPage): Promise<void> {
	let known = page;
	for (let tries = 0; tries < MOST_CHECKS; tries += 1) {
		const before = await reader.read({ ...span, from: span.from - 1 });
		if (!isSamePage(before, known)) return;
		if (lengthOf(before) === 0) {
			await checkEnd(reader, span);
			return;
		}
		known = await reader.read(span);
	}
	throw fromNotHonoured();
}

/** Reads what stands in front of From, which a server that does not count may send at the end. */
async function readFront(reading: Reading, { span, page }: FirstPage): Promise<void> {
	if (lengthOf(page) > 0) reading.noteFront(await reading.reader.read({ ...span, from: 0 }));
}

/** @throws YisignError if there may be records at `from` or behind it, although none came */
async function checkEnd(reader: PageReader, { from, size }: Span): Promise<void> {
	const page = await reader.read({ from: 0, size });
	const { total, isTotalExact } = page;
	if (total !== null && total > from) throw notBeyond(from);
	const isNothing = isTotalExact || lengthOf(page) === 0 || (await goesBeyond(reader, from));
	if (!isNothing) throw nothingAtFrom(from);
	reader.restart();
}

/** Whether the server answers so far that its silence at `from` shows that nothing is there. */
async function goesBeyond(reader: PageReader, from: number): Promise<boolean> {
	const size = from + 1;
	if (size > reader.pageSize.most) return false;
	const page = await reader.trySize({ from: 0, size });
	if (!page || lengthOf(page) === 0) return false;
	return lengthOf(await reader.read({ from, size: 1 })) === 0;
}

/** Whether a page that was to begin one record before another is the same, be one of them short. */
function isSamePage(before: SearchPage, known: SearchPage): boolean {
	const [first, second] = [before, known].map(({ hits }) => new Set(hits.map(({ key }) => key)));
	if (first.size === 0 || second.size === 0) return first.size === second.size;
	return second.has(before.hits[0].key) && (isWithin(first, second) || isWithin(second, first));
}

function isWithin(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
	return [...some].every((key) => all.has(key));
}

/** @throws YisignError if a part of the result does not come, or may be missing */
async function readWhole(reading: Reading, first: FirstPage): Promise<void> {
	const outcome = await outcomeOf(readBySeams(reading, first));
	if ('fault' in outcome) {
		if (!(outcome.fault instanceof NotProvable)) throw outcome.fault;
		await countAll(reading);
	}
	if (reading.collection.emptyHits > 0) throw withoutContent();
	reading.addAside();
}

/**
 * Reads by counting. What has been read further on must not fill a limit before what stands in front
 * of it is read; a copy of the index may lack it by then.
 *
 * @throws YisignError
 */
async function countAll(reading: Reading): Promise<void> {
	if (reading.options.limit === undefined) return await readByCounting(reading);
	const earlier = reading.collection;
	reading.forget();
	await keepEarlier(reading, earlier, readByCounting(reading));
}

/**
 * Adds what an earlier reading had found to what another finds, whether that comes to its end or not.
 *
 * @throws what the other throws
 */
async function keepEarlier(
	reading: Reading,
	earlier: Collection,
	other: Promise<void>,
): Promise<void> {
	const outcome = await outcomeOf(other);
	reading.collection.addMissing(earlier);
	if ('fault' in outcome) throw outcome.fault;
}

/** @throws NotProvable, or YisignError */
async function readBySeams(reading: Reading, first: FirstPage): Promise<void> {
	const seams = new SeamReading(reading);
	await seams.run(first);
	if (!seams.hasEnded || (!reading.isShort && (seams.isOnePage || reading.order.isFixed))) return;

	// A record whose values change moves, and may have moved to where had been read already: one
	// that is signed does, among those sorted by when they ended. What moves while all is read a
	// second time has been found the first time.
	const earlier = reading.collection;
	reading.restart();
	await keepEarlier(reading, earlier, readAgain(reading));
}

/** @throws NotProvable, or YisignError */
async function readAgain(reading: Reading): Promise<void> {
	const seams = new SeamReading(reading);
	await seams.run(await readFirst(reading));
	if (!seams.hasEnded || !reading.isShort) return;
	throw reading.reader.hasTotalChanged ? keptChanging() : fewerThanCounted();
}
