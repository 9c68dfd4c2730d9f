import { isRefusal, outcomeOf } from '../errors';
import type { SearchPage } from './page';
import { lengthOf } from './page';
import type { Span } from './pageReader';
import { USUAL_WINDOW, withinWindow } from './pageReader';
import type { Progress } from './progress';
import type { Reading } from './reading';
import { keptChanging, notBeyond } from './reasons';

/** Where a result ends that is read page after page. */
export class Ending {
	/** Number of a record that was not there when it was asked for. */
	private emptyFrom = -1;

	private readonly reading: Reading;

	private readonly progress: Progress;

	constructor(reading: Reading, progress: Progress) {
		this.reading = reading;
		this.progress = progress;
	}

	/** Whether nothing comes after a page: by the server's count, or because nothing does come. */
	async isAt(span: Span, page: SearchPage, fresh: number): Promise<boolean> {
		const { from, size } = span;
		const { total, isTotalExact } = page;
		const length = lengthOf(page);
		const end = from + length;
		// Nothing came behind it, and it is still the last: nothing moved up in between.
		if (length === 0 || (fresh === 0 && end <= this.emptyFrom)) return true;
		const isCounted = this.isCounted(span, page);
		if (isCounted !== undefined) return isCounted;
		const isMoreCounted = total !== null && end < total;
		const isCountedTo = isTotalExact && end === total;
		if (isMoreCounted || (length >= size && !isCountedTo)) return false;
		if (!this.progress.noteEnd(size, fresh)) throw keptChanging();
		if (!(await this.isNothingBehind(end, size - length))) return false;
		this.emptyFrom = end;
		return from === this.reading.options.from && isCountedTo;
	}

	/** Whether a page has the end by the server's own count; undefined if that does not tell. */
	private isCounted({ from, size }: Span, page: SearchPage): boolean | undefined {
		const { collection, options, reader } = this.reading;
		const { hits, total, isTotalExact } = page;
		const length = lengthOf(page);
		const end = from + length;
		if (total === null || !isTotalExact || end < total) return undefined;
		// A full page whose total is its own length may count nothing but itself.
		if (end === total && length < size) {
			// Any but the first may have been moved to elsewhere: then it has too few.
			if (from === options.from || collection.rows >= total - options.from) return true;
		}
		// Without ids, or with more records than it counts, positions say nothing.
		const isByPosition =
			collection.hasIds && collection.rows <= total - options.from && hits.length > 0;
		if (!isByPosition || reader.hasTotalChanged) return undefined;
		// Where the page really begins: some servers move it to the beginning of a page.
		return options.from + collection.positionOf(hits[0]) + length === total;
	}

	/**
	 * @param reach records behind the end that the last page would have had: the server goes so far,
	 *   so that its silence says that there are none
	 * @throws YisignError if the server does not go so far
	 */
	private async isNothingBehind(end: number, reach: number): Promise<boolean> {
		const { reader, collection, options } = this.reading;
		const { current } = reader.pageSize;
		const size = reach > 0 ? Math.min(reach, current) : current;
		const span = withinWindow({ from: end, size }, 0);
		const outcome = await outcomeOf(reader.read(span));
		const isRefused = 'fault' in outcome && isRefusal(outcome.fault);
		if ('fault' in outcome && !isRefused) throw outcome.fault;
		if ('value' in outcome) this.reading.setAside(span, outcome.value);
		const isNothing = 'value' in outcome && lengthOf(outcome.value) === 0;
		if (isRefused || (isNothing && end === USUAL_WINDOW && !reader.isTotalExact)) {
			throw notBeyond(options.from + collection.size);
		}
		return isNothing;
	}
}
