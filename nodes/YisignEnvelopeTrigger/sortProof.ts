import type { YisignClient } from '../shared/api/client';
import { lengthOf } from '../shared/search/page';
import { USUAL_WINDOW } from '../shared/search/pageReader';
import { PageSize } from '../shared/search/pageSize';
import type { Backlog } from './backlog';
import { DAY, HOUR, isWithin } from './durations';
import { startLook, trySee } from './look';
import type { Memory } from './memory';
import { Pages } from './pages';
import type { Settings } from './settings';
import type { TimedPage } from './timed';
import { notSorted, TimedReader } from './timed';

/** What is looked at: as in a poll. */
interface Circumstances {
	client: YisignClient;
	settings: Settings;
	memory: Memory;
	isOverdue: () => boolean;
}

/**
 * Makes sure that Yisign sorts by finished time, where no envelope that a poll has read shows it: all
 * of them may be signed as they are started, so that their order by created time is the same. Then an
 * older one shows it, or that it is not so: one that was signed later, or still waits.
 *
 * @param backlog what the poll has read
 * @throws YisignError `notYisign` if Yisign sorts by something else: publishing or polls stop, so that
 *   nothing ends unnoticed
 */
export async function checkSort(
	circumstances: Circumstances,
	{ first, unit }: Pick<Backlog, 'first' | 'unit'>,
): Promise<void> {
	const { settings, memory } = circumstances;
	if (settings.sortField !== 'envelopeFinishedDatetime' || isAll(first)) return;
	if (!isWithin(memory.sortProven, DAY) && !isWithin(memory.sortLooked, HOUR)) {
		await look(circumstances, unit);
	}
	// The next pages of a server that sorts otherwise may look as if it did not.
	if (memory.isSortRefuted) throw notSorted(settings.sortField);
}

async function look(
	{ client, settings, memory, isOverdue }: Circumstances,
	unit: number | null,
): Promise<void> {
	if (isOverdue()) return;
	// Whatever comes of it, the next poll does not look again, so that a slow server has time for it.
	memory.sortLooked = Date.now();
	const reader = new TimedReader(startLook(client, isOverdue).client, settings, unit);
	const { fault } = await trySee(lookForProof(reader, memory));
	if (fault?.kind !== 'incomplete') memory.sortPlace = undefined;
	noteSort(memory, settings, reader);
}

/**
 * Looks at large pages, as far as the server gives such, and then at some that lie further and further
 * back: where there was no time for all of them, from the first of those that are left.
 *
 * @throws YisignError if a page does not come, or shows that another time is sorted by
 */
async function lookForProof(reader: TimedReader, memory: Memory): Promise<void> {
	const pages = new Pages(reader.read, new PageSize(), false);
	let page = await pages.readFirst();
	while (!reader.isSortProven && !isAll(page)) {
		const larger = await pages.readLarger();
		if (!larger || larger.hits.length <= page.hits.length) break;
		page = larger;
	}
	const { total, hits } = page;
	const end = Math.min(USUAL_WINDOW, total ?? Infinity);
	let place = memory.sortPlace ?? hits.length;
	for (; place > 0 && place < end && !reader.isSortProven; place *= 2) {
		memory.sortPlace = place;
		const { hits: further } = await reader.read(place, Math.min(hits.length, end - place));
		if (further.length === 0) break;
	}
}

/** Remembers what a reading has shown of the order by finished time. */
export function noteSort(memory: Memory, { sortField }: Settings, reader: TimedReader): void {
	if (sortField !== 'envelopeFinishedDatetime') return;
	if (reader.isSortRefuted) {
		Object.assign(memory, { isSortRefuted: true, sortProven: undefined });
	} else if (reader.isSortProven) {
		Object.assign(memory, { isSortRefuted: false, sortProven: Date.now() });
	}
}

/** Whether a page is all there is, so that nothing can stand behind it. */
function isAll(page: TimedPage): boolean {
	return page.total !== null && page.total <= lengthOf(page);
}
