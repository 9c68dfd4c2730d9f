import type { IDataObject } from 'n8n-workflow';
import { SIGNED, WAITING, type Envelope, type EnvelopeSource } from '../../sandbox/envelopes.mts';
import type { Random } from '../../sandbox/random.mts';
import type { SearchSettings } from '../../sandbox/settings.mts';
import { storedValue, TIME_FIELDS } from '../../sandbox/times.mts';
import { conditions } from './support.mts';

/** What a user asks for, as the node takes it and as a predicate of our own. */
export interface Wish {
	parameters: IDataObject;
	/** The query as the server gets it. */
	q: string | undefined;
	/** Whether all its requests have a query, as those have not that look something up beside it. */
	hasCondition: boolean;
	/** Whether records that match the query may be left out. */
	isFiltered: boolean;
	limit: number;
	from: number;
	/** Whether reading may end where the order of the times says so. */
	hasDates: boolean;
	matches: (envelope: Envelope) => boolean;
}

const SORTS: IDataObject[] = [
	{},
	{},
	{ rule: [{ field: 'createdDatetime', direction: 'asc' }] },
	{ rule: [{ field: 'envelopeFinishedDatetime', direction: 'desc' }] },
	{ rule: [{ field: 'envelopeFinishedDatetime', direction: 'asc' }] },
	{
		rule: [
			{ field: 'custom', customField: 'doctorID', direction: 'asc' },
			{ field: 'createdDatetime', direction: 'desc' },
		],
	},
	{
		rule: [
			{ field: 'custom', customField: 'admissionNumber', direction: 'desc' },
			{ field: 'custom', customField: 'bedNumber', direction: 'asc' },
		],
	},
];

/** Bounds of Dates, in whole seconds, as times may be rounded to them. */
function makeDates(random: Random, envelopes: readonly Envelope[], dialect: SearchSettings) {
	const field = random.pick(TIME_FIELDS);
	const ms = { ...dialect, timeUnit: 'ms' } as const;
	const timeOf = (envelope: Envelope) =>
		storedValue(field, envelope.source[field], envelope, ms) as number | null | undefined;
	const bounds = [random.pick(envelopes), random.pick(envelopes)]
		.map((envelope) => timeOf(envelope) ?? envelope.source.createdDatetime)
		.map((time) => time - (time % 1000))
		.toSorted((a, b) => a - b);
	const after = random.oneIn(4) ? -Infinity : bounds[0];
	const before = after === -Infinity || random.oneIn(2) ? bounds[1] + 1000 : Infinity;
	const name = field === 'createdDatetime' ? 'created' : 'finished';
	return {
		dates: {
			...(after > -Infinity && { [`${name}After`]: new Date(after).toISOString() }),
			...(before < Infinity && { [`${name}Before`]: new Date(before).toISOString() }),
		},
		isInside(envelope: Envelope) {
			const time = timeOf(envelope);
			return typeof time === 'number' && time >= after && time < before;
		},
	};
}

/** From the end of the envelope that ended last of those that were not signed at once. */
function sinceLastLate(envelopes: readonly Envelope[], dialect: SearchSettings) {
	const ms = { ...dialect, timeUnit: 'ms' } as const;
	const endOf = (envelope: Envelope) => {
		const { envelopeFinishedDatetime: end } = envelope.source;
		return Number(storedValue('envelopeFinishedDatetime', end, envelope, ms) ?? 0);
	};
	const late = envelopes.filter((one) => {
		const { envelopeStatus, createdDatetime } = one.source;
		return envelopeStatus === SIGNED && endOf(one) - createdDatetime > 3_600_000;
	});
	const last = Math.max(0, ...late.map(endOf));
	const after = last > 0 ? last - (last % 1000) : 1.5e12;
	return {
		dates: { finishedAfter: new Date(after).toISOString() },
		isInside: (envelope: Envelope) => endOf(envelope) >= after,
	};
}

/** One condition, about an envelope that is there. */
interface Asked {
	/** Field of the query; two conditions on one are refused. */
	name: string;
	/** A row of Conditions. */
	row: IDataObject;
	/** What Yisign is asked for; undefined for a name, of which only the node learns the code. */
	q?: string;
	/** Field of the record, and its value. */
	field: keyof EnvelopeSource;
	value: unknown;
}

type NameField = 'doctorName' | 'hospitalDepartment' | 'serviceTypeZhName';

const LOCATORS: Record<NameField, { field: string; parameter: string }> = {
	doctorName: { field: 'doctorID', parameter: 'doctor' },
	hospitalDepartment: { field: 'hospitalDepartmentId', parameter: 'department' },
	serviceTypeZhName: { field: 'serviceType', parameter: 'documentType' },
};

function askForName(source: EnvelopeSource, field: NameField): Asked {
	const value = source[field];
	const { field: name, parameter } = LOCATORS[field];
	const row = { field: name, [parameter]: { __rl: true, mode: 'name', value } };
	return { name, row, field, value };
}

/** @param name in the query, if it is another */
function askFor(
	field: keyof EnvelopeSource,
	value: string | null | undefined,
	name: string = field,
): Asked | undefined {
	if (!value) return undefined;
	return {
		name,
		row: { field: 'custom', customField: name, value },
		q: `(${name}=${value})`,
		field,
		value,
	};
}

/** What a wish may have besides, drawn on its own so that a seed means what it always meant. */
function makeMore(more: Random, source: EnvelopeSource) {
	const isMore = more.oneIn(3);
	const first = more.pick([
		askForName(source, 'hospitalDepartment'),
		askForName(source, 'serviceTypeZhName'),
		undefined,
		undefined,
	]);
	const second = more.pick([
		askFor('admissionNo', source.admissionNo, 'admissionNumber'),
		askFor('bedNumber', source.bedNumber),
		askFor('hospitalDepartmentId', source.hospitalDepartmentId),
		askFor('idCard', source.idCard),
		undefined,
		undefined,
	]);
	const isLatestOnly = more.oneIn(3);
	return isMore ? { first, second, isLatestOnly } : undefined;
}

/**
 * Anything that the fields of the node allow, about an envelope that is there.
 *
 * @param more draws what only some wishes have
 */
export function makeWish(
	random: Random,
	envelopes: readonly Envelope[],
	dialect: SearchSettings,
	more: Random,
): Wish {
	const { source } = random.pick(envelopes);
	const drawn = random.pick([
		undefined,
		undefined,
		askFor('admissionNo', source.admissionNo, 'admissionNumber'),
		askFor('envelopeStatus', WAITING),
		askFor('doctorID', source.doctorID),
		askFor('envelopeWsid', source.envelopeWsid),
		askForName(source, 'doctorName'),
		askFor('idCard', source.idCard),
	]);
	const { first = drawn, second, isLatestOnly = false } = makeMore(more, source) ?? {};
	// What a server loses most easily that sorts by creation whatever is asked for.
	const isHidden = dialect.sort === 'created' && more.oneIn(2);
	const signed = askFor('envelopeStatus', SIGNED);
	const asked = (
		isHidden ? [signed] : [first, second?.name === first?.name ? undefined : second]
	).filter((one) => one !== undefined);
	const isCompletedOnly = random.oneIn(5);
	const limit = isHidden || random.oneIn(2) ? Infinity : random.pick([1, 5, 20, 57, 150]);
	const from = !isHidden && random.oneIn(6) ? random.pick([1, 19, 20, 30, 60, 200]) : 0;
	const range = isHidden
		? sinceLastLate(envelopes, dialect)
		: random.oneIn(2)
			? makeDates(random, envelopes, dialect)
			: undefined;
	return {
		parameters: {
			...(range && { dates: range.dates }),
			...(limit === Infinity ? { returnAll: true } : { limit }),
			...(asked.length > 0 && conditions(...asked.map(({ row }) => row))),
			...(isCompletedOnly && { statuses: ['completed'] }),
			sort: isHidden ? {} : random.pick(SORTS),
			options: {
				maxRetries: 0,
				parallelRequests: random.pick([1, 4, 16]),
				from,
				...(isLatestOnly && { latestVersionOnly: true }),
				...(random.oneIn(4) && { pageSize: random.pick([1, 7, 20, 100, 1000]) }),
			},
		},
		q: asked.at(0)?.q,
		hasCondition: asked.length > 0,
		isFiltered: asked.length > 0 || isCompletedOnly || range !== undefined || isLatestOnly,
		limit,
		from,
		hasDates: range !== undefined,
		matches: (envelope) =>
			(!range || range.isInside(envelope)) &&
			asked.every(({ field, value }) => envelope.source[field] === value) &&
			(!isCompletedOnly || envelope.source.envelopeStatus === SIGNED) &&
			(!isLatestOnly || envelope.source.hospitalBusinessLastVersion),
	};
}
