import type { YisignClient } from '../shared/api/client';
import type { Condition } from '../shared/search/conditions';
import { satisfies } from '../shared/search/conditions';
import { deriveStatus } from '../shared/search/envelope';
import { PageSize } from '../shared/search/pageSize';
import type { Backlog } from './backlog';
import { byCreation, codesOf, readEnded, unlessRefused } from './ended';
import { hasReached } from './events';
import { Pages } from './pages';
import type { Settings } from './settings';
import type { TimedHit, TimedPage } from './timed';
import { noTimeOf, notSorted, TimedReader } from './timed';

/** ms within which an envelope may become searchable between two requests. */
const LATE = 900_000;

/** How envelopes are looked for that the finished time does not lead to. */
interface FinishedTimesOptions {
	client: YisignClient;
	settings: Settings;
	/** Whether the time for reading is over. */
	isOverdue: () => boolean;
	/** Whether more than the newest of them are looked at. */
	isThorough: boolean;
}

/**
 * Looks through recent envelopes, by creation, for those that the finished time does not lead to.
 *
 * Inferred: the finished time is documented as that of completion, so an envelope that was rejected
 * or has expired may have none.
 *
 * @returns those that have reached the event and stand where no poll reads: without a finished time,
 *   or with one in another unit than that of the others
 * @throws YisignError if Yisign sorts by something else than the finished time, or if envelopes of a
 *   status never have one
 */
export async function findHidden(
	options: FinishedTimesOptions,
	{ first, hasTimelessFirst }: Backlog,
): Promise<TimedHit[]> {
	const { client, settings, isThorough } = options;
	const { conditions, event } = settings;
	const recent = await readRecent(client, settings, conditions, true);
	if (isMissing(recent, first, settings)) {
		// Some may only have become searchable meanwhile.
		const { read } = new TimedReader(client, settings);
		const again = await read(0, first.asked);
		if (isMissing(recent, again, settings)) throw notSorted('envelopeFinishedDatetime');
	}
	const found = [
		...recent,
		...(await readRare(client, settings, recent)),
		...(isThorough ? await readEnded(options) : []),
	];
	const ended = found.filter(({ hit }) =>
		hasReached(event, deriveStatus(hit.record.envelopeStatus)),
	);
	const timed = new Set(ended.filter(({ eventTime }) => eventTime !== null).map(codeOf));
	const hidden = ended.filter((one) => isHidden(one, hasTimelessFirst));
	const code = hidden.map(codeOf).find((one) => !timed.has(one));
	if (code !== undefined) throw noTimeOf(code);
	return hidden;
}

/** Where those without a time come first, one stands last that has a time in a larger unit. */
function isHidden({ hit, eventTime }: TimedHit, hasTimelessFirst: boolean): boolean {
	const hasValue = (hit.record.envelopeFinishedDatetime ?? null) !== null;
	return eventTime === null && (hasValue || !hasTimelessFirst);
}

/** Whether an envelope has ended lately and does not stand where its finished time belongs. */
function isMissing(recent: readonly TimedHit[], first: TimedPage, settings: Settings): boolean {
	const tail = first.hits.findLast(({ time }) => time !== null)?.time ?? null;
	if (tail === null) return false;
	const ids = new Set(first.hits.map(({ hit }) => hit.envelopeId));
	const latest = first.serverNow - Math.max(LATE, settings.overlap);
	const [sent] = settings.conditions;
	return recent.some(({ hit, eventTime }) => {
		const isAsked = !sent || satisfies(hit.record, sent);
		const belongs = eventTime !== null && eventTime > tail && eventTime <= latest;
		return isAsked && belongs && !ids.has(hit.envelopeId);
	});
}

/** Failed envelopes may be rare: the newest of each status that none of the recent ones has. */
async function readRare(
	client: YisignClient,
	settings: Settings,
	recent: readonly TimedHit[],
): Promise<TimedHit[]> {
	const found: TimedHit[] = [];
	const known = new Set(recent.map(codeOf));
	for (const value of codesOf(settings.event).filter((code) => !known.has(code))) {
		const condition = { field: 'envelopeStatus', value };
		const hits = await readRecent(client, settings, [condition], false);
		found.push(...hits.filter(({ hit }) => satisfies(hit.record, condition)));
	}
	return found;
}

/**
 * The newest envelopes by creation, with the times at which they have ended.
 *
 * @param isLarge whether more than the documented page is wanted
 * @returns none if Yisign does not search or sort so
 */
async function readRecent(
	client: YisignClient,
	settings: Settings,
	conditions: Condition[],
	isLarge: boolean,
): Promise<TimedHit[]> {
	const { read } = new TimedReader(client, byCreation(settings, conditions));
	const pages = new Pages(read, new PageSize(), false);
	const first = await unlessRefused(pages.readFirst());
	if (!first) return [];
	const { hits, total } = first;
	if (!isLarge || (total !== null && total <= hits.length)) return hits;
	const larger = await pages.readLarger();
	return larger && larger.hits.length > hits.length ? larger.hits : hits;
}

function codeOf({ hit }: TimedHit): string {
	return String(hit.record.envelopeStatus);
}
