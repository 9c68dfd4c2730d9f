import { isRounded, readText } from '../json';
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
	/** Null if they have it as a number that has lost its last digits. */
	code: string | null;
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
		const text = readText(record, field);
		if (text === null) continue;
		const code = isRounded(record[field]) ? null : text;
		const name = readText(record, NAME_FIELDS[field]) ?? '';
		const key = JSON.stringify([code, name]);
		const entry = entries.get(key) ?? { code, name, count: 0 };
		entry.count += 1;
		entries.set(key, entry);
	}
	return [...entries.values()].sort((a, b) => b.count - a.count);
}
