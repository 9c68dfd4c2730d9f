import type { INode } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { YisignError } from '../shared/errors';
import { CHECK_SERVER } from '../shared/search/reasons';
import { DAY, isWithin } from './durations';
import type { Gap } from './stretch';
import type { Settings } from './settings';

/** What is reported at most once a day. */
type Topic = 'late' | 'far' | 'crowded' | 'lacking' | 'empty' | 'timeless';

/** What a poll has to report beside the envelopes that it emits. */
export interface Notice {
	/** Reported every time if left out. */
	topic?: Topic;
	message: string;
	description: string;
}

/** Envelopes that can never be emitted, since the server does not give them. */
export function gapNotice({ from, to }: Gap, settings: Settings): Notice {
	const { isLookingBack, sortField } = settings;
	const verb = sortField === 'createdDatetime' ? 'were created' : 'ended';
	const end = toIso(to);
	const range = Number.isFinite(from) ? `between ${toIso(from)} and ${end}` : `up to ${end}`;
	return {
		...(isLookingBack && { topic: 'late' }),
		message: 'Some envelopes are out of reach',
		description: `Yisign does not give all of those that ${verb} ${range}, so some of them may not have started the workflow. ${isLookingBack ? `Lower ${rangeFields(settings)}, or add a condition that fits fewer envelopes.` : 'To find them, use Search with conditions that split this time, for example by department, and compare. Shorter Poll Times and conditions keep it from coming again.'} ${CHECK_SERVER}`,
	};
}

/** The same where even the newest that it gives have a time that cannot be right. */
export function farGapNotice(gap: Gap, settings: Settings): Notice {
	return { ...gapNotice(gap, settings), topic: 'far' };
}

/** The fields that say how far back envelopes are read. */
export function rangeFields({ overdue }: Settings): string {
	return overdue > 0 ? 'Overdue After (Hours) and Look Back (Hours)' : 'Look Back (Hours)';
}

/** ISO 8601 in UTC; the last there is for a time that is too large. */
function toIso(time: number): string {
	return new Date(Math.min(time, 8.64e15)).toISOString();
}

/** Envelopes that become searchable late may not be noticed, since the server does not give enough. */
export function lateNotice(): Notice {
	return {
		topic: 'late',
		message: 'Yisign gives too few envelopes to look back over Overlap (Minutes)',
		description: `Envelopes that become searchable late may not start the workflow. Lower Overlap (Minutes), or add a condition that fits fewer envelopes. ${CHECK_SERVER}`,
	};
}

/** More ids than the state can hold. */
export function crowdedNotice(): Notice {
	return {
		topic: 'crowded',
		message: 'More envelopes came within Overlap (Minutes) than can be remembered',
		description:
			'All of them have started the workflow, but an envelope that becomes searchable late may not. Lower Overlap (Minutes) or Look Back (Hours), or add a condition that fits fewer envelopes.',
	};
}

/** Records in a row without the field of a condition. */
export function lackingNotice(field: string, count: number): Notice {
	return {
		topic: 'lacking',
		message: `The last ${count} envelopes do not have the field ${field}`,
		description:
			'An envelope without the field of a condition does not start the workflow. Check the condition; Search with Output "Raw" shows the fields that there are.',
	};
}

/**
 * Envelopes that have ended without a time, or with one in another unit, although others of the same
 * status have a time.
 */
export function timelessNotice(): Notice {
	return {
		topic: 'timeless',
		message: 'Some envelopes have ended without a finished time',
		description:
			'It is missing, or in another unit than that of other envelopes. Such envelopes do not start the workflow. If they should, set Detect By to "Created Time", which works with the documented sort order alone.',
	};
}

/** What would have stopped publishing, had it been there then. */
export function foundNotice({ message, description = '' }: YisignError): Notice {
	return { topic: 'timeless', message, description };
}

/** Hits without `_source`. */
export function emptyNotice(): Notice {
	return {
		topic: 'empty',
		message: 'Some results came without their content',
		description:
			'They have no "_source", and cannot start the workflow. Show this message to Yisign.',
	};
}

/**
 * The notices that are due.
 *
 * @param reported topic to the epoch ms, by n8n's clock, when it was reported last; is brought up to
 *   date
 */
export function due(notices: readonly Notice[], reported: Record<string, number>): Notice[] {
	return notices.filter(({ topic }) => {
		if (topic === undefined) return true;
		if (!isDue(topic, reported)) return false;
		reported[topic] = Date.now();
		return true;
	});
}

/**
 * Whether a topic has not been reported for a day.
 *
 * @param reported as in {@link due}
 */
export function isDue(topic: Topic, reported: Readonly<Record<string, number>>): boolean {
	return !isWithin(reported[topic], DAY);
}

/** A notice as what n8n shows as a failed execution. */
export function toFailedExecution(
	node: INode,
	{ message, description }: Notice,
): NodeOperationError {
	return new NodeOperationError(node, message, { description });
}
