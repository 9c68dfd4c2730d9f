import type { IPollFunctions } from 'n8n-workflow';
import { readConditions } from '../shared/fields/conditions.fields';
import { toBoolean, toChoice, toFields, toWholeNumber } from '../shared/fields/input';
import type { OutputChoice } from '../shared/fields/output.fields';
import { readOutputChoice } from '../shared/fields/output.fields';
import type { ReadField } from '../shared/fields/parameters';
import { hashOf } from '../shared/hash';
import type { Condition } from '../shared/search/conditions';
import { HOUR, MINUTE } from './durations';
import type { TriggerEvent } from './events';
import { EVENTS } from './events';

/** The node's fields, checked. Durations are in ms. */
export interface Settings extends OutputChoice {
	event: TriggerEvent;
	conditions: Condition[];
	/** Whether records are found by creation although the event comes later. */
	isLookingBack: boolean;
	lookback: number;
	/** How long after its start an envelope is overdue; 0 for the other events. */
	overdue: number;
	overlap: number;
	catchUp: number;
	latestVersionOnly: boolean;
	/** What Yisign sorts by. */
	sortField: 'createdDatetime' | 'envelopeFinishedDatetime';
	/** What says when a record came to the event. */
	eventField: 'createdDatetime' | 'envelopeFinishedDatetime';
	/** ms of one unit of what says it, where that is known; otherwise it is that of what is sorted by. */
	eventUnit?: number | null;
}

/**
 * Reads the node's fields.
 *
 * @throws YisignError `input`
 */
export function readSettings(context: IPollFunctions): Settings {
	const read: ReadField = (name, fallback, options) =>
		context.getNodeParameter(name, fallback, options);
	const events = Object.keys(EVENTS) as TriggerEvent[];
	const event = toChoice(read('event', 'completed'), 'Trigger On', events);
	const options = toFields(read('options', {}), 'Options');
	const isOverdue = event === 'overdue';
	const detectBy = toChoice(read('detectBy', 'finishedTime'), 'Detect By', [
		'finishedTime',
		'createdTime',
	]);
	const isLookingBack = isOverdue || (event !== 'started' && detectBy === 'createdTime');
	const whole = (value: unknown, label: string, min: number, max: number) =>
		toWholeNumber(value, label, { min, max });
	const overdue = isOverdue
		? HOUR * whole(read('overdueHours', 24), 'Overdue After (Hours)', 1, 8760)
		: 0;
	const byCreation = isLookingBack || event === 'started';
	return {
		event,
		conditions: readConditions(read),
		isLookingBack,
		lookback: overdue + HOUR * whole(read('lookbackHours', 72), 'Look Back (Hours)', 1, 8760),
		overdue,
		overlap: MINUTE * whole(options.overlapMinutes ?? 15, 'Overlap (Minutes)', 0, 1440),
		catchUp: HOUR * whole(options.catchUpHours ?? 24, 'Catch Up (Hours)', 0, 8760),
		latestVersionOnly: toBoolean(options.latestVersionOnly ?? true, 'Latest Version Only'),
		sortField: byCreation ? 'createdDatetime' : 'envelopeFinishedDatetime',
		eventField: isOverdue || event === 'started' ? 'createdDatetime' : 'envelopeFinishedDatetime',
		...readOutputChoice(read),
	};
}

/**
 * A short name for what is watched, and how far back, from which nothing of it can be read. Under
 * another one, ids may have been forgotten of records that are read again.
 */
export function hashSettings(settings: Settings): string {
	const { event, conditions, sortField, overdue, latestVersionOnly } = settings;
	const asked = conditions.map(({ field, value, name }) => [field, name ?? value]);
	return hashOf(
		JSON.stringify([event, asked, sortField, overdue, rangeOf(settings), latestVersionOnly]),
	);
}

/** ms of which records are read again in each poll. */
export function rangeOf({ isLookingBack, lookback, overlap }: Settings): number {
	return isLookingBack ? lookback : overlap;
}
