import { readText } from '../json';
import type { EnvelopeRecord } from './envelope';

/** Fields that hold a code, by query name, and where a record has the name that goes with it. */
export const NAME_FIELDS = {
	hospitalDepartmentId: 'hospitalDepartment',
	doctorID: 'doctorName',
	serviceType: 'serviceTypeZhName',
} as const;

export type CodedField = keyof typeof NAME_FIELDS;

/** A code as recent envelopes have it. */
export interface Entry {
	code: string;
	/** Empty if the envelopes have none. */
	name: string;
	/** How many of the envelopes have it. */
	count: number;
}

/** Whether a field holds a code that has a name beside it. */
export function isCoded(field: string): field is CodedField {
	return Object.hasOwn(NAME_FIELDS, field);
}

/** The codes and names that envelopes have for a field, the most frequent first. */
export function listEntries(records: readonly EnvelopeRecord[], field: CodedField): Entry[] {
	const entries = new Map<string, Entry>();
	for (const record of records) {
		const code = readText(record, field);
		if (code === null) continue;
		const name = readText(record, NAME_FIELDS[field]) ?? '';
		const key = JSON.stringify([code, name]);
		const entry = entries.get(key) ?? { code, name, count: 0 };
		entry.count += 1;
		entries.set(key, entry);
	}
	return [...entries.values()].sort((a, b) => b.count - a.count);
}

/**
 * Texts that may be what a typing slip or a part of a name stands for, the nearest first.
 *
 * @returns at most three; the text itself if it is known
 */
export function nearest(text: string, known: readonly string[]): string[] {
	const most = Math.max(1, Math.floor(text.length / 4));
	const isPart = (other: string) => text.length > 1 && other.includes(text);
	return [...new Set(known)]
		.map((other) => ({ other, distance: isPart(other) ? 0 : distanceOf(text, other) }))
		.filter(({ distance }) => distance <= most)
		.sort((a, b) => a.distance - b.distance)
		.slice(0, 3)
		.map(({ other }) => other);
}

/** How many characters have to be changed, added or removed. */
function distanceOf(left: string, right: string): number {
	let row = Array.from({ length: right.length + 1 }, (_, index) => index);
	for (const [index, char] of [...left].entries()) {
		const next = [index + 1];
		for (let column = 1; column < row.length; column += 1) {
			const changed = row[column - 1] + (char === right[column - 1] ? 0 : 1);
			next[column] = Math.min(changed, row[column] + 1, next[column - 1] + 1);
		}
		row = next;
	}
	return row[right.length];
}
