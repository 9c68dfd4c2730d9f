import { MINUTE } from './durations';
import { hashOf } from '../shared/hash';

/** Characters of a hashed id: 48 bits, so that 10,000 of them hardly ever have two alike. */
const HASH = 8;

/** Characters that the known ids may take as JSON; the state is to stay below 128 KiB. */
export const MOST_CHARACTERS = 100_000;

/**
 * The same where there are ids of records that no poll reads any more. They are of use where another
 * record of the same envelope comes later.
 */
export const MOST_WITH_OLD = 40_000;

/** Into so many spans of time, at least a minute each, the ids are divided to be forgotten. */
const SPANS = 60;

/** Key of records that have no time. */
const NO_TIME = 'none';

/** Ids as they are stored: by the epoch minute at whose end they may be forgotten. */
export type StoredIds = Record<string, string>;

/** The ids of envelopes that are not to start the workflow (again), hashed. */
export class KnownIds {
	/** Hash to when it may be forgotten. */
	private readonly hashes = new Map<string, number>();

	private spans: StoredIds;

	/** ms whose records are remembered, and forgotten, together. */
	private readonly span: number;

	/** @param range ms of which ids are to be kept */
	constructor(stored: StoredIds, range: number) {
		this.spans = { ...stored };
		this.span = Math.max(MINUTE, Math.ceil(range / SPANS / MINUTE) * MINUTE);
		for (const [key, text] of Object.entries(stored)) {
			for (let at = 0; at + HASH <= text.length; at += HASH) {
				this.note(text.slice(at, at + HASH), key);
			}
		}
	}

	has(id: string): boolean {
		return this.hashes.has(hashOf(id, HASH));
	}

	/** @param time epoch ms of the record; null if it has none */
	add(id: string, time: number | null): void {
		const hash = hashOf(id, HASH);
		const key = time === null ? NO_TIME : this.keyOf(time);
		if (this.note(hash, key)) this.spans[key] = (this.spans[key] ?? '') + hash;
	}

	/**
	 * Forgets the oldest until the rest is small enough to be stored.
	 *
	 * @param oldest epoch ms from which on records are read again
	 * @returns epoch ms before which ids of such records had to be forgotten; null if none had to be
	 */
	fit(oldest: number): number | null {
		const { ids } = dropOldest(this.spans, MOST_WITH_OLD, oldest);
		const { known, forgotten } = fitIds(ids, MOST_CHARACTERS);
		this.spans = known;
		return forgotten;
	}

	stored(): StoredIds {
		return this.spans;
	}

	/** @returns whether it would have been forgotten earlier */
	private note(hash: string, key: string): boolean {
		const isLater = endOf(key) > (this.hashes.get(hash) ?? -Infinity);
		if (isLater) this.hashes.set(hash, endOf(key));
		return isLater;
	}

	private keyOf(time: number): string {
		return String(((Math.floor(time / this.span) + 1) * this.span) / MINUTE);
	}
}

/** Epoch ms at which a span is over; that of records without a time never is. */
function endOf(key: string): number {
	return key === NO_TIME ? Infinity : Number(key) * MINUTE;
}

/**
 * Ids of which the oldest are left out until the rest is small enough.
 *
 * @param most characters as JSON
 * @returns also epoch ms before which ids were left out; null if none were
 */
export function fitIds(
	stored: StoredIds,
	most: number,
): { known: StoredIds; forgotten: number | null } {
	const { ids, characters, forgotten } = dropOldest(stored, most, Infinity);
	if (characters > most) ids[NO_TIME] = ids[NO_TIME].slice(-most / 2);
	return { known: ids, forgotten };
}

/** @param until epoch ms; what lies later is not left out, however much it is */
function dropOldest(
	stored: StoredIds,
	most: number,
	until: number,
): { ids: StoredIds; characters: number; forgotten: number | null } {
	const ids = { ...stored };
	let characters = JSON.stringify(ids).length;
	let forgotten: number | null = null;
	const keys = Object.keys(ids).filter((key) => key !== NO_TIME);
	for (const key of keys.sort((a, b) => Number(a) - Number(b))) {
		if (characters <= most || endOf(key) > until) break;
		characters -= JSON.stringify({ [key]: ids[key] }).length - 1;
		delete ids[key];
		forgotten = endOf(key);
	}
	return { ids, characters, forgotten };
}
