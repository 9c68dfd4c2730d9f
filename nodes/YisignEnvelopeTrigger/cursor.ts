import { createHash } from 'crypto';

/** What a polling trigger remembers between two polls; kept small, and free of anything readable. */
export interface Cursor {
	/** Epoch ms: what lies at or before it was there at activation; null if all is told by `seen`. */
	baseline: number | null;
	/** Epoch ms of the newest record that was read, by the record's own time; null if none yet. */
	newest: number | null;
	/** Epoch ms before which everything is settled, because its ids had to be forgotten. */
	settled: number | null;
	/** Number of a {@link SPAN} of time to the ids of its records that are known, hashed. */
	seen: Record<string, string>;
}

/** A record as the cursor sees it. */
export interface Moment {
	id: string;
	/** Epoch ms. */
	time: number;
}

/** Characters of a hashed id: 48 bits, so that 10,000 of them hardly ever have two alike. */
const HASH = 8;

/** Characters that the known ids may take as JSON; the state is to stay below 128 KiB. */
const MOST_CHARACTERS = 110_000;

/** ms whose records are remembered, and forgotten, together. */
const SPAN = 10 * 60_000;

/** A cursor that knows nothing yet. */
export function emptyCursor(): Cursor {
	return { baseline: null, newest: null, settled: null, seen: {} };
}

/**
 * From which time on records have to be read again: a record may become searchable late.
 *
 * @param overlap ms that it may be late
 * @returns epoch ms, inclusive; -Infinity if nothing is known
 */
export function floorOf({ baseline, newest, settled }: Cursor, overlap: number): number {
	return Math.max(
		baseline === null ? -Infinity : baseline + 1,
		settled ?? -Infinity,
		newest === null ? -Infinity : newest - overlap,
	);
}

/** Whether the record has not been told yet. */
export function isNew(cursor: Cursor, { id, time }: Moment): boolean {
	if (cursor.baseline !== null && time <= cursor.baseline) return false;
	if (cursor.settled !== null && time < cursor.settled) return false;
	return !hashesOf(cursor.seen[spanOf(time)] ?? '').includes(hashOf(id));
}

/**
 * The cursor after a poll.
 *
 * @param told records that are known from now on
 * @param newest epoch ms of the newest record that was read, told or not
 * @param floor epoch ms: ids of records before it need not be known any more
 */
export function advance(
	cursor: Cursor,
	told: readonly Moment[],
	newest: number | null,
	floor: number,
): Cursor {
	const seen: Record<string, string> = {};
	for (const [span, hashes] of Object.entries(cursor.seen)) {
		if (endOf(span) > floor) seen[span] = hashes;
	}
	for (const { id, time } of told) {
		const span = spanOf(time);
		seen[span] = (seen[span] ?? '') + hashOf(id);
	}
	const next: Cursor = {
		baseline: cursor.baseline,
		newest: newest === null ? cursor.newest : Math.max(cursor.newest ?? -Infinity, newest),
		settled: cursor.settled,
		seen,
	};
	forgetOldest(next);
	return next;
}

/** Keeps the state bounded: the oldest spans are forgotten, and count as settled from then on. */
function forgetOldest(cursor: Cursor): void {
	const spans = Object.keys(cursor.seen).toSorted((a, b) => Number(a) - Number(b));
	let characters = JSON.stringify(cursor.seen).length;
	// Never the newest: records of its time are still to come.
	for (const span of spans.slice(0, -1)) {
		if (characters <= MOST_CHARACTERS) return;
		characters -= JSON.stringify({ [span]: cursor.seen[span] }).length;
		delete cursor.seen[span];
		cursor.settled = Math.max(cursor.settled ?? -Infinity, endOf(span));
	}
}

function spanOf(time: number): string {
	return String(Math.floor(time / SPAN));
}

/** Epoch ms at which the next span begins. */
function endOf(span: string): number {
	return (Number(span) + 1) * SPAN;
}

function hashOf(id: string): string {
	return createHash('sha256').update(id).digest('base64url').slice(0, HASH);
}

function hashesOf(text: string): string[] {
	return text.match(/.{8}/g) ?? [];
}
