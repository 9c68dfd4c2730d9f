import type { IDataObject } from 'n8n-workflow';
import { SIGNED, type Envelope, WAITING } from '../../sandbox/envelopes.mts';
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

/** Anything that the fields of the node allow, about an envelope that is there. */
export function makeWish(
	random: Random,
	envelopes: readonly Envelope[],
	dialect: SearchSettings,
): Wish {
	const { source } = random.pick(envelopes);
	const [name, field, value] = random.pick([
		['', '', ''] as const,
		['', '', ''] as const,
		['admissionNumber', 'admissionNo', source.admissionNo] as const,
		['envelopeStatus', 'envelopeStatus', WAITING] as const,
		['doctorID', 'doctorID', source.doctorID] as const,
		['envelopeWsid', 'envelopeWsid', source.envelopeWsid] as const,
		['doctorName', 'doctorName', source.doctorName] as const,
		['idCard', 'idCard', source.idCard] as const,
	]);
	const byName = { __rl: true, mode: 'name', value };
	const condition =
		name === 'doctorName'
			? { field: 'doctorID', doctor: byName }
			: value
				? { field: 'custom', customField: name, value }
				: undefined;
	const isCompletedOnly = random.oneIn(5);
	const limit = random.oneIn(2) ? Infinity : random.pick([1, 5, 20, 57, 150]);
	const from = random.oneIn(6) ? random.pick([1, 19, 20, 30, 60, 200]) : 0;
	const range = random.oneIn(2) ? makeDates(random, envelopes, dialect) : undefined;
	return {
		parameters: {
			...(range && { dates: range.dates }),
			...(limit === Infinity ? { returnAll: true } : { limit }),
			...(condition && conditions(condition)),
			...(isCompletedOnly && { statuses: ['completed'] }),
			sort: random.pick(SORTS),
			options: {
				maxRetries: 0,
				parallelRequests: random.pick([1, 4, 16]),
				from,
				...(random.oneIn(4) && { pageSize: random.pick([1, 7, 20, 100, 1000]) }),
			},
		},
		// Which codes a name has, the server is not asked.
		q: condition && name !== 'doctorName' ? `(${name}=${value})` : undefined,
		hasCondition: condition !== undefined,
		limit,
		from,
		hasDates: range !== undefined,
		matches: (envelope) =>
			(!range || range.isInside(envelope)) &&
			(!condition || envelope.source[field as 'doctorID'] === value) &&
			(!isCompletedOnly || envelope.source.envelopeStatus === SIGNED),
	};
}
