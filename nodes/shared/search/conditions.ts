import { isRounded, readText } from '../json';
import { isCoded, NAME_FIELDS } from './directory';
import type { EnvelopeRecord } from './envelope';
import { isSameName } from './names';
import type { Hit } from './page';

/** One line of the Conditions field: the record's field has to equal the value. */
export interface Condition {
	/** Query name, for example `admissionNumber`. */
	field: string;
	/** A code where the field holds codes; empty while only the name is known. */
	value: string;
	/** The name that goes with the code, if the user gave one: records are checked by it. */
	name?: string;
}

/**
 * Field names of a query, and where a record of the reply carries the same value.
 * `admissionNumber` is documented in the query and `admissionNo` in the reply; `serviceId` is
 * documented as "the same value as customTagID".
 *
 * Inferred: every other reply field can be queried under its own name.
 */
const REPLY_FIELDS: Readonly<Record<string, readonly string[]>> = {
	admissionNumber: ['admissionNo', 'admissionNumber'],
	customTagID: ['customTagID', 'serviceId'],
};

/**
 * Checks every condition on every record: the server is asked for the first only, and one that takes
 * the query as free text answers with other patients' records.
 */
export class ConditionCheck {
	/** Whether any record satisfies the condition that the server was asked for. */
	private isFound = false;

	/** How many records were checked, some of them twice. */
	private checked = 0;

	/** Keys of the records that fail the condition that the server was asked for. */
	private readonly failing = new Set<string>();

	/** Keys of the records that may satisfy all conditions: a number of theirs is not exact. */
	private readonly inexact = new Set<string>();

	/** Query names of the fields that hold those numbers. */
	private readonly inexactNames = new Set<string>();

	/** Conditions in whose field no record has had a value so far. */
	private readonly unseen: Set<Condition>;

	private readonly conditions: readonly Condition[];

	constructor(conditions: readonly Condition[]) {
		this.conditions = conditions;
		this.unseen = new Set(conditions);
	}

	/** Whether no record satisfies the condition that the server was asked for. */
	get isNothingFound(): boolean {
		return this.conditions.length > 0 && !this.isFound;
	}

	/** How many records fail the condition that the server was asked for. */
	get notAskedFor(): number {
		return this.failing.size;
	}

	/** How many records may satisfy all conditions, which cannot be said as they lost digits. */
	get uncheckable(): number {
		return this.inexact.size;
	}

	/** Query names of the fields whose digits were lost. */
	get inexactFields(): string[] {
		return [...this.inexactNames];
	}

	/** Query names of the fields in which no record has a value; empty if there were no records. */
	get missingFields(): string[] {
		return this.checked === 0 ? [] : [...new Set([...this.unseen].map(({ field }) => field))];
	}

	/**
	 * Whether a record satisfies all conditions; one without the field of a condition does not.
	 *
	 * @param key names the record, which may come more than once
	 */
	matches({ record, key }: Pick<Hit, 'record' | 'key'>): boolean {
		this.checked += 1;
		for (const condition of this.unseen) {
			if (hasValue(record, condition)) this.unseen.delete(condition);
		}
		const failed = this.conditions.filter((condition) => !satisfies(record, condition));
		if (failed.length > 0 && failed.every((condition) => mayHaveHad(record, condition))) {
			this.inexact.add(key);
			for (const { field } of failed) this.inexactNames.add(field);
		} else if (failed.length > 0 && failed[0] === this.conditions[0]) {
			this.failing.add(key);
		} else {
			this.isFound = true;
		}
		return failed.length === 0;
	}
}

/** Whether a record may have had the value before it lost its last digits as a JSON number. */
function mayHaveHad(record: EnvelopeRecord, condition: Condition): boolean {
	if (isCheckable(record, condition)) return false;
	const value = Number(condition.name ?? condition.value);
	return replyFieldsOf(condition).some((name) => isRounded(record[name]) && record[name] === value);
}

/** Whether the record has the field of a condition, with a value or without. */
export function hasField(record: EnvelopeRecord, condition: Condition): boolean {
	return replyFieldsOf(condition).some((name) => Object.hasOwn(record, name));
}

/** Whether the record has a value in the field of a condition, be it one that has lost digits. */
export function hasValue(record: EnvelopeRecord, condition: Condition): boolean {
	return replyFieldsOf(condition).some((name) => readText(record, name) !== null);
}

/** Whether the record's field has the value, or, of a condition with a name, the name in any spelling. */
export function satisfies(record: EnvelopeRecord, condition: Condition): boolean {
	const found = readAsked(record, condition);
	if (condition.name === undefined) return found === condition.value;
	return found !== null && isSameName(found, condition.name);
}

/** Whether it can be said if the record satisfies a condition: it has a value, and all of it. */
export function isCheckable(record: EnvelopeRecord, condition: Condition): boolean {
	return readAsked(record, condition) !== null;
}

/**
 * What a record has where a condition looks: the value of the first reply field that has one. A number
 * that is not exact is none.
 */
export function readAsked(
	record: EnvelopeRecord,
	condition: Pick<Condition, 'field' | 'name'>,
): string | null {
	const name = replyFieldsOf(condition).find(
		(field) => readText(record, field) !== null && !isRounded(record[field]),
	);
	return name === undefined ? null : readText(record, name);
}

/** Whether two query names stand for the same field of a record. */
export function isSameField(left: string, right: string): boolean {
	const names = replyFieldsOf({ field: left });
	return replyFieldsOf({ field: right }).some((name) => names.includes(name));
}

function replyFieldsOf({ field, name }: Pick<Condition, 'field' | 'name'>): readonly string[] {
	if (name !== undefined && isCoded(field)) return [NAME_FIELDS[field]];
	return Object.hasOwn(REPLY_FIELDS, field) ? REPLY_FIELDS[field] : [field];
}
