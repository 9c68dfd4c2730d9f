import type { INodeParameters } from 'n8n-workflow';
import type { Dialect, ModelEnvelope } from './trigger.model.mts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** What the trigger promises to wait for, in ms: how late a record may become searchable. */
export const OVERLAP = 15 * MINUTE;

/** The true time at which envelopes end that never do. */
const NEVER = Date.UTC(2090, 0, 1);

/** Randomness of a history: numbers from 0 to 1. */
export class Chances {
	readonly random: () => number;

	constructor(random: () => number) {
		this.random = random;
	}

	is(share: number): boolean {
		return this.random() < share;
	}

	between(from: number, to: number): number {
		return Math.floor(from + this.random() * (to - from + 1));
	}

	pick<T>(...choices: T[]): T {
		return choices[this.between(0, choices.length - 1)];
	}
}

/** The trigger's fields, as far as they are drawn. */
export interface Settings {
	event: 'completed' | 'ended' | 'failed' | 'overdue';
	/** Whether only ward A is wanted, and where that condition stands. */
	ward: 'none' | 'first' | 'second';
	detectBy: 'finishedTime' | 'createdTime';
	/** Hours after which an envelope is overdue; 0 for the other events. */
	overdue: number;
	/** Hours, where envelopes are found by creation. */
	lookback: number;
	/** Minutes, where they are not. */
	overlap: number;
}

/** Whether a server gives days of envelopes; not where the first page is all there is. */
export function canLookBack({ from, window }: Pick<Dialect, 'from' | 'window'>): boolean {
	return ['honoured', 'rounded'].includes(from) && window > 2000;
}

/** Fields that a trigger can work with at a server of this dialect. */
export function randomSettings(chances: Chances, dialect: Dialect, isSlow: boolean): Settings {
	// Where records do not say when they were created, the sort value does.
	const isTold = dialect.hasCreated || dialect.hasSortValues;
	const isOverdue = canLookBack(dialect) && isTold && chances.is(isSlow ? 0.6 : 0.1);
	const isByCreation = isOverdue || (chances.is(0.15) && canLookBack(dialect) && isTold);
	return {
		event: isOverdue ? 'overdue' : chances.pick('completed', 'completed', 'ended', 'failed'),
		ward: chances.pick('none', 'none', 'first', 'second'),
		detectBy: isByCreation ? 'createdTime' : 'finishedTime',
		overdue: isOverdue ? chances.pick(1, 6, 24, chances.between(1, 72)) : 0,
		...randomRange(chances, isOverdue),
	};
}

/** How far back to read. */
export function randomRange(
	chances: Chances,
	isOverdue: boolean,
): Pick<Settings, 'lookback' | 'overlap'> {
	return {
		lookback: isOverdue ? chances.between(1, 96) : chances.between(50, 120),
		overlap: chances.pick(15, 15, 60),
	};
}

/** Whether an envelope that has come to the event is to start the workflow. */
export function matches({ status, ward, hasWard }: ModelEnvelope, settings: Settings): boolean {
	const isSuccess = settings.event === 'overdue' || status === 'ED_SUCCESS';
	if (settings.event === 'completed' && !isSuccess) return false;
	if (settings.event === 'failed' && isSuccess) return false;
	if (settings.ward === 'second' && !isSuccess) return false;
	return settings.ward === 'none' || (hasWard && ward === 'A');
}

/** The fields as n8n stores them. */
export function toParameters(settings: Settings): INodeParameters {
	const { event, ward, detectBy, overdue, lookback, overlap } = settings;
	const isWardA = { field: 'custom', customField: 'ward', value: 'A' };
	const status = event === 'overdue' ? 'ING_SENT_WAIT_FILLOUT' : 'ED_SUCCESS';
	const hasStatus = { field: 'envelopeStatus', value: status };
	const conditions = { none: [], first: [isWardA], second: [hasStatus, isWardA] }[ward];
	return {
		event,
		...(event === 'overdue' ? { overdueHours: overdue } : { detectBy }),
		...(detectBy === 'createdTime' && { lookbackHours: lookback }),
		options: { overlapMinutes: overlap },
		conditions: { condition: conditions },
	};
}

/** How a server may behave. */
export function randomDialect(chances: Chances): Dialect {
	const from = chances.pick<Dialect['from']>(
		'honoured',
		'honoured',
		'honoured',
		'rounded',
		'clamped',
		'refused',
		'ignored',
	);
	const window = chances.is(0.15) ? chances.between(50, 1000) : 10_000;
	return {
		from,
		cap: chances.pick(1000, 1000, 1000, 20, 50, 100),
		refusesSize: chances.is(0.15),
		window,
		total: chances.pick<Dialect['total']>('exact', 'exact', 'gte', 'text', 'none'),
		hasSortValues: chances.is(0.5),
		nulls: chances.pick<Dialect['nulls']>('last', 'last', 'first', 'sentinel'),
		unit: chances.pick<Dialect['unit']>('ms', 'ms', 'wholeSeconds', 'seconds', 'microseconds'),
		ties: chances.pick<Dialect['ties']>('stable', 'replicas', 'random'),
		hasDate: chances.is(0.6),
		searchesStatus: chances.is(0.5),
		lag: chances.is(0.25) ? chances.between(1000, 8 * MINUTE) : 0,
		sorts: chances.is(0.1) ? 'created' : 'asked',
		hasCreated: chances.is(0.6),
		isWrapped: chances.is(0.2),
		refusal: chances.pick<Dialect['refusal']>(400, 400, 200, 500),
	};
}

/** What a hospital does in one history. */
export class Plan {
	readonly envelopes: ModelEnvelope[] = [];

	private readonly chances: Chances;

	private readonly dialect: Dialect;

	private readonly hasOddTimes: boolean;

	private readonly isSlow: boolean;

	/** Share of the envelopes that are signed as soon as they are started. */
	private readonly silent: number;

	/** Envelopes that end each day, at the most, beside those of ward rounds. */
	private readonly scattered: number;

	/**
	 * @param hasOddTimes whether some records do not say when they have ended, or a time that is wrong
	 * @param isSlow whether signing takes days, and some envelopes are never signed
	 */
	constructor(chances: Chances, dialect: Dialect, hasOddTimes: boolean, isSlow: boolean) {
		this.chances = chances;
		this.dialect = dialect;
		this.hasOddTimes = hasOddTimes;
		this.isSlow = isSlow;
		this.silent = chances.pick(0, 0, 0, 0.5, 0.95);
		// Twenty an hour push what ended a day ago out of every page.
		this.scattered = chances.is(0.1) ? 480 : 15;
	}

	/** Completions in bursts at ward rounds and scattered through the day, with ties. */
	addDay(day: number): void {
		const { chances } = this;
		for (const hour of [8, 14, 17]) {
			const round = day + hour * HOUR + chances.between(0, HOUR);
			const size = chances.between(0, chances.is(0.1) ? 120 : 20);
			for (let index = 0; index < size; index += 1) {
				this.add(round + (chances.is(0.4) ? 0 : chances.between(0, 10 * MINUTE)));
			}
			if (this.isSlow) this.addStarted(day + chances.between(0, DAY));
		}
		for (let index = chances.between(0, this.scattered); index > 0; index -= 1) {
			this.add(day + chances.between(0, DAY));
		}
	}

	/** Thousands within twenty minutes. */
	addFlood(at: number): void {
		const count = this.chances.pick(3000, 10_000);
		for (let index = 0; index < count; index += 1) {
			this.add(at + this.chances.between(0, 20 * MINUTE), undefined, true);
		}
	}

	/** So many records in a row in another unit that they fill the pages that are read first. */
	addCrowd(at: number): void {
		const begin = this.envelopes.length;
		for (let index = this.chances.pick(20, 25, 60, 300); index > 0; index -= 1) {
			this.add(at + this.chances.between(0, 20 * MINUTE));
		}
		for (const envelope of this.envelopes.slice(begin)) envelope.says = 'microseconds';
	}

	/** Started together, and signed one by one or never. */
	private addStarted(created: number): void {
		const { chances } = this;
		for (let index = chances.between(0, 12); index > 0; index -= 1) {
			const finished = chances.is(0.4) ? NEVER : created + chances.between(MINUTE, 4 * DAY);
			this.add(finished, created);
		}
	}

	private add(finished: number, started?: number, isFlood = false): void {
		const { chances, dialect } = this;
		const id = `WSID_ENVE_${this.envelopes.length}`;
		// Where those under way come first, few may be under way: the first page has to have a time.
		const longest = dialect.nulls === 'first' ? 5 * MINUTE : 2 * DAY;
		// Those of a flood that are sorted above all others would be all that some servers give.
		const isUsual = dialect.unit === 'microseconds' || (isFlood && !canLookBack(dialect));
		const odd = [
			'future',
			'nothing',
			...(isUsual ? [] : ['microseconds']),
			...(dialect.unit === 'seconds' ? [] : ['seconds']),
		];
		const isOdd = this.hasOddTimes && chances.is(0.01);
		const isSilent = started === undefined && chances.is(this.silent);
		const latest = Math.max(0, OVERLAP - 2 * MINUTE - dialect.lag);
		const isDouble = chances.is(0.03);
		const envelope: ModelEnvelope = {
			id,
			documents: isDouble ? [`${id}a`, `${id}b`] : [`${id}a`],
			created: started ?? finished - (isSilent ? 500 : chances.between(MINUTE, longest)),
			finished,
			searchable: finished + (chances.is(0.7) ? 0 : chances.between(0, latest)),
			status: chances.is(0.85) ? 'ED_SUCCESS' : 'ED_FAIL_REJECT',
			ward: chances.pick('A', 'B'),
			hasWard: !chances.is(0.05),
			says: isOdd ? (chances.pick(...odd) as ModelEnvelope['says']) : 'truth',
			...(isDouble && chances.is(0.5) && { again: finished + chances.between(MINUTE, 4 * DAY) }),
			...(chances.is(0.05) && {
				replaced: (finished === NEVER ? (started ?? 0) : finished) + chances.between(0, DAY),
			}),
		};
		this.envelopes.push(envelope);
	}
}
