import type { YisignClient } from '../shared/api/client';
import { outcomeOf, YisignError } from '../shared/errors';
import { USUAL_WINDOW } from '../shared/search/pageReader';
import { PageSize } from '../shared/search/pageSize';
import { DAY, HOUR } from './durations';
import type { Memory } from './memory';
import { Pages } from './pages';
import type { Settings } from './settings';
import type { TimedPage } from './timed';
import { TimedReader } from './timed';

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
 * @param first the page that the poll began with
 * @throws YisignError `notYisign` if Yisign sorts by something else: publishing or polls stop, so that
 *   nothing ends unnoticed
 */
export async function checkSort(circumstances: Circumstances, first: TimedPage): Promise<void> {
	const { settings, memory, isOverdue } = circumstances;
	const isDue = !isWithin(memory.sortProven, DAY) && !isWithin(memory.sortLooked, HOUR);
	if (settings.sortField !== 'envelopeFinishedDatetime' || !isDue || isAll(first)) return;
	if (isOverdue()) return;
	const outcome = await outcomeOf(lookForProof(circumstances));
	if ('fault' in outcome) {
		const { fault } = outcome;
		if (!(fault instanceof YisignError) || fault.kind === 'notYisign') throw fault;
		// The next poll looks again.
		if (fault.kind === 'transient') return;
	} else if (outcome.value) {
		memory.sortProven = Date.now();
	}
	if (!isOverdue()) memory.sortLooked = Date.now();
}

/**
 * Looks at large pages, as far as the server gives such, and then at some that lie further and further
 * back.
 *
 * @returns whether a record shows that finished time is sorted by
 * @throws YisignError also where one shows that another time is
 */
async function lookForProof({ client, settings, isOverdue }: Circumstances): Promise<boolean> {
	const reader = new TimedReader(client, settings);
	const pages = new Pages(reader.read, new PageSize(), false);
	const isDone = () => reader.isSortProven || isOverdue();
	let page = await pages.readFirst();
	while (!isDone() && !isAll(page)) {
		const larger = await pages.readLarger();
		if (!larger || larger.hits.length <= page.hits.length) break;
		page = larger;
	}
	const { total, hits } = page;
	const end = Math.min(USUAL_WINDOW, total ?? Infinity);
	for (let place = hits.length; place > 0 && place < end && !isDone(); place *= 2) {
		const { hits: further } = await reader.read(place, Math.min(hits.length, end - place));
		if (further.length === 0) break;
	}
	return reader.isSortProven;
}

/** Whether a page is all there is, so that nothing can stand behind it. */
function isAll({ hits, emptyHits, total }: TimedPage): boolean {
	return total !== null && total <= hits.length + emptyHits;
}

/** @param time epoch ms of n8n's clock; undefined for never */
function isWithin(time: number | undefined, range: number): boolean {
	return time !== undefined && Math.abs(Date.now() - time) < range;
}
