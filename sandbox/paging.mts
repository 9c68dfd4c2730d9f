import type { Random } from './random.mts';
import { beyondWindow, malformed } from './refusals.mts';
import type { SearchSettings } from './settings.mts';

/** Rows of a result, by position: the first one, and how many. */
export type Page = { from: number; size: number };

const PAGE = 20;

/**
 * The rows to answer with, out of `found`. Throws a `Refusal` (HTTP 400) for a malformed
 * parameter, one that is refused, and a page beyond the window.
 */
export function readPage(
	asked: { from?: string; size?: string },
	settings: SearchSettings,
	found: number,
	random: Random,
): Page {
	return shorten(servedPage(asked, settings, found), settings, found, random);
}

function servedPage(
	asked: { from?: string; size?: string },
	settings: SearchSettings,
	found: number,
): Page {
	if (settings.paging === 'ignored') return { from: 0, size: PAGE };
	const size = settings.size === 'ignored' ? PAGE : whole('size', asked.size ?? String(PAGE));
	const wanted = { from: whole('from', asked.from ?? '0'), size };
	refuse(wanted, settings);
	const served = Math.min(size, settings.largestPage);
	const from = moveFrom({ ...wanted, size: served }, settings, found);
	// Elasticsearch checks what is asked of it.
	if (from + size > settings.window) return pastWindow({ from, size: served }, size, settings);
	return { from, size: served };
}

function pastWindow({ from, size }: Page, asked: number, settings: SearchSettings): Page {
	const { pastWindow: becomes, window } = settings;
	if (becomes === 'refused') throw beyondWindow(window, from + asked);
	if (becomes === 'empty') return { from, size: 0 };
	return { from: Math.max(0, window - size), size: Math.min(size, window) };
}

function whole(name: string, text: string): number {
	if (!/^\d+$/.test(text)) throw malformed(`${name} is not a whole number`);
	return Number(text);
}

function refuse({ from, size }: Page, { paging, size: sizes, largestPage }: SearchSettings): void {
	if (paging === 'refused' && (from !== 0 || size !== PAGE)) {
		throw malformed(`from is fixed at 0 and size at ${PAGE}`);
	}
	if (sizes === 'refused' && size > largestPage) throw malformed(`size is above ${largestPage}`);
}

function moveFrom({ from, size }: Page, { paging }: SearchSettings, found: number): number {
	if (paging === 'fromIgnored') return 0;
	if (paging === 'rounded' && size > 0) return from - (from % size);
	if (paging === 'tens') return from - (from % 10);
	if (paging === 'restarts') return from < found ? from : 0;
	if (paging === 'clamped') return Math.min(from, Math.max(0, found - size));
	return from;
}

/** Takes the last half off a page that is to be short; what is taken off can be asked for. */
function shorten(page: Page, settings: SearchSettings, found: number, random: Random): Page {
	const { shortPageAt, shortPages } = settings;
	const followed = page.from + page.size < found;
	// To the nearest page, for a page may repeat some rows of the one before it.
	const number = Math.round(page.from / page.size) + 1;
	const short = number === shortPageAt || (shortPages > 0 && random.int(1, 100) <= shortPages);
	return followed && short ? { ...page, size: Math.ceil(page.size / 2) } : page;
}
