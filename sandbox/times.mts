import { SIGNED, type Envelope } from './envelopes.mts';
import { hash } from './random.mts';
import type { SearchSettings } from './settings.mts';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const FUTURE = Date.UTC(2099, 0, 1);

/** Record fields that hold a time (vendor-api 2.1). */
export const TIME_FIELDS = ['createdDatetime', 'envelopeFinishedDatetime'] as const;

type Unit = Exclude<SearchSettings['timeUnit'], 'mixed'>;

const WRITERS: Record<Unit, (time: number) => number | string> = {
	ms: (time) => time,
	s: (time) => Math.floor(time / 1000),
	us: (time) => time * 1000,
	ns: (time) => time * 1_000_000,
	text: (time) => new Date(time + 8 * HOUR).toISOString().slice(0, 19).replace('T', ' '),
};

/** As mixed as an import of old records leaves an index. */
const MIXTURE: readonly Unit[] = ['ms', 'ms', 's', 'us'];

/**
 * The value of an envelope's field as it is stored and sent: the times in the unit that is set, some
 * finished times in 2099 or left out, all else as it is.
 */
export function storedValue(
	field: string,
	value: unknown,
	{ id, source: { envelopeStatus } }: Envelope,
	{ timeUnit, finishedTime, futureFinished }: SearchSettings,
): unknown {
	const finished = field === 'envelopeFinishedDatetime';
	if (typeof value !== 'number' || (!finished && field !== 'createdDatetime')) return value;
	if (finished && finishedTime === 'completed' && envelopeStatus !== SIGNED) return null;
	const late = finished && hash(id) % 100 < futureFinished;
	const unit = timeUnit === 'mixed' ? MIXTURE[hash(id, 1) % MIXTURE.length] : timeUnit;
	return WRITERS[unit](late ? FUTURE + (value % YEAR) : value);
}
