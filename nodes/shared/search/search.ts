import { outcomeOf, YisignError } from '../errors';
import { readByCounting } from './counting';
import type { Hit } from './page';
import type { ReadPage } from './pageReader';
import type { SearchOptions } from './reading';
import { Reading } from './reading';
import { fewerThanCounted, incomplete, keptChanging, withoutContent } from './reasons';
import type { FirstPage } from './seams';
import { NotProvable, SeamReading } from './seams';

export interface SearchResult {
	/** One hit for each wanted envelope, in the server's order. */
	hits: Hit[];
	/** Whether the records came in the order asked for, as far as their values tell. */
	isInOrder: boolean;
	/** How many records match on the server from the first on; null if it does not say exactly. */
	total: number | null;
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
	const outcome = await outcomeOf(readWhole(reading, first));
	const { collection, order, reader } = reading;
	const total = reader.total === null ? null : Math.max(0, reader.total - options.from);
	const hits = collection.list(order);
	const isRead = total !== null && reader.isTotalExact && collection.rows >= total;
	const result: SearchResult = {
		hits: hits.slice(0, options.limit),
		isInOrder: order.isKept,
		total: reader.isTotalExact ? total : null,
		hasMore: hits.length > (options.limit ?? Infinity) || (reading.isLimitReached && !isRead),
	};
	if ('value' in outcome) return result;
	const { fault } = outcome;
	if (!(fault instanceof YisignError) || fault.kind === 'cancelled') throw fault;
	return { ...result, reason: incomplete(collection.size, total, reader.isTotalExact, fault) };
}

/** A page of the usual size, or of less where no more is wanted and the server allows that. */
async function readFirst({ options, reader }: Reading): Promise<FirstPage> {
	const { from, limit = Infinity, isWanted, pageSize } = options;
	const usual = { from, size: reader.pageSize.current };
	if (limit < usual.size && !isWanted && pageSize === undefined) {
		const span = { from, size: limit };
		const page = await reader.trySize(span);
		if (page) return { span, page };
	}
	return { span: usual, page: await reader.read(usual) };
}

/** @throws YisignError if a part of the result does not come, or may be missing */
async function readWhole(reading: Reading, first: FirstPage): Promise<void> {
	const outcome = await outcomeOf(readBySeams(reading, first));
	if ('fault' in outcome) {
		if (!(outcome.fault instanceof NotProvable)) throw outcome.fault;
		await readByCounting(reading);
	}
	if (reading.collection.emptyHits > 0) throw withoutContent();
}

/** @throws NotProvable, or YisignError */
async function readBySeams(reading: Reading, first: FirstPage): Promise<void> {
	const seams = new SeamReading(reading);
	await seams.run(first);
	if (!seams.hasEnded || !reading.isShort) return;

	// A record whose values change moves, and may have moved to where it had been read already.
	const before = reading.collection;
	reading.restart();
	const again = new SeamReading(reading);
	await again.run(await readFirst(reading));
	if (!again.hasEnded || !reading.isShort) return;
	if (before.size > reading.collection.size) reading.collection = before;
	throw reading.reader.hasTotalChanged ? keptChanging() : fewerThanCounted();
}
