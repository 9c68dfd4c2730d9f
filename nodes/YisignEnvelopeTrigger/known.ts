import { hashOf } from './settings';

/** Characters of a hashed id: 48 bits, so that 10,000 of them hardly ever have two alike. */
const HASH = 8;

const HASHES = new RegExp(`.{${HASH}}`, 'g');

/** Characters that the known ids may take as JSON; the state is to stay below 128 KiB. */
export const MOST_CHARACTERS = 100_000;

const MINUTE = 60_000;

/** Into so many spans of time, at least a minute each, the ids are divided to be forgotten. */
const SPANS = 60;

/** Key of records that have no time. */
const NO_TIME = 'none';

/** Ids as they are stored: by the epoch minute at whose end they may be forgotten. */
export type StoredIds = Record<string, string>;

/** The ids of envelopes that are not to start the workflow (again), hashed. */
export class KnownIds {
	private readonly hashes = new Set<string>();

	private readonly spans: StoredIds;

	/** ms whose records are remembered, and forgotten, together. */
	private readonly span: number;

	/** @param range ms of which ids are to be kept */
	constructor(stored: StoredIds, range: number) {
		this.spans = { ...stored };
		this.span = Math.max(MINUTE, Math.ceil(range / SPANS / MINUTE) * MINUTE);
		for (const text of Object.values(stored)) {
			for (const hash of text.match(HASHES) ?? []) this.hashes.add(hash);
		}
	}

	has(id: string): boolean {
		return this.hashes.has(hashOf(id, HASH));
	}

	/** @param time epoch ms of the record; null if it has none */
	add(id: string, time: number | null): void {
		const hash = hashOf(id, HASH);
		if (this.hashes.has(hash)) return;
		this.hashes.add(hash);
		const key = time === null ? NO_TIME : this.keyOf(time);
		this.spans[key] = (this.spans[key] ?? '') + hash;
	}

	/** Forgets what lies before a time, in epoch ms. */
	forgetBefore(time: number): void {
		for (const key of Object.keys(this.spans)) {
			if (key !== NO_TIME && endOf(key) <= time) delete this.spans[key];
		}
	}

	/**
	 * Forgets the oldest until the rest is small enough to be stored.
	 *
	 * @returns epoch ms before which ids had to be forgotten; null if none had to be
	 */
	fit(): number | null {
		let characters = JSON.stringify(this.spans).length;
		let forgotten: number | null = null;
		const keys = Object.keys(this.spans).filter((key) => key !== NO_TIME);
		for (const key of keys.sort((a, b) => Number(a) - Number(b))) {
			if (characters <= MOST_CHARACTERS) break;
			characters -= JSON.stringify({ [key]: this.spans[key] }).length - 1;
			delete this.spans[key];
			forgotten = endOf(key);
		}
		if (characters > MOST_CHARACTERS) {
			this.spans[NO_TIME] = this.spans[NO_TIME].slice(-MOST_CHARACTERS / 2);
		}
		return forgotten;
	}

	stored(): StoredIds {
		return this.spans;
	}

	private keyOf(time: number): string {
		return String(((Math.floor(time / this.span) + 1) * this.span) / MINUTE);
	}
}

/** Epoch ms at which a span is over. */
function endOf(key: string): number {
	return Number(key) * MINUTE;
}
