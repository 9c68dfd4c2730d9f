import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import type { YisignClient } from '../shared/api/client';
import { createClient } from '../shared/api/client';
import { readConditions } from '../shared/fields/conditions.fields';
import type { Cursor, Moment } from './cursor';
import { advance, emptyCursor, floorOf, isNew } from './cursor';
import { deriveStatus, isReplaced, toItemJson, toTime } from '../shared/search/envelope';
import { outcomeOf, YisignError } from '../shared/errors';
import type { Feed } from './backlog';
import { readSince } from './backlog';
import { toWholeNumber } from '../shared/fields/input';
import type { OutputChoice } from '../shared/fields/output.fields';
import { readOutputChoice } from '../shared/fields/output.fields';
import { requestPage } from '../shared/search/page';
import type { SortRule } from '../shared/search/query';
import { buildQuery, checkConditions } from '../shared/search/query';
import { DOCUMENTED_PAGE_SIZE } from '../shared/api/endpoints';
import type { TriggerEvent } from './events';
import { hasReached } from './events';
import type { Hit, SearchPage } from '../shared/search/page';
import type { Condition } from '../shared/search/conditions';

/** What is kept in n8n's static data of the node. */
interface State extends IDataObject {
	cursor?: Cursor & IDataObject;
	/** Epoch ms by n8n's clock at which the workflow was published while Yisign did not answer. */
	waitingSince?: number;
	/** Whether the server finds nothing by status, so that everything has to be asked for. */
	isStatusQueryUseless?: boolean;
}

/** The node's fields, checked. */
interface Settings extends OutputChoice {
	event: TriggerEvent;
	conditions: Condition[];
	/** Whether records are watched by creation although the event comes later. */
	isLookingBack: boolean;
	/** ms */
	lookback: number;
	/** ms */
	overlap: number;
	latestVersionOnly: boolean;
}

const PARALLEL_REQUESTS = 4;

const MINUTE = 60_000;

const HOUR = 60 * MINUTE;

/** The part of n8n's time for a poll that goes into reading; the rest is for what is under way. */
const SHARE_OF_BUDGET = 0.5;

/** Polls under way, by workflow and node: n8n begins the next one even if the last is not done. */
const underWay = new Set<string>();

/** How many polls in a row got no answer, by workflow and node. */
const unanswered = new Map<string, number>();

/** Every so many polls without an answer, one is shown as a failed execution. */
const POLLS_PER_ALARM = 10;

/**
 * One poll: what has reached the event since the last one.
 *
 * @returns null if nothing has, or if the last poll is still under way
 * @throws YisignError
 */
export async function poll(context: IPollFunctions): Promise<INodeExecutionData[] | null> {
	const settings = readSettings(context);
	const budget = context.getPollBudgetMs?.() ?? 5 * MINUTE;
	const client = await createClient(context, {
		timeout: Math.min(MINUTE, budget / 4),
		maxRetries: 1,
		parallelRequests: PARALLEL_REQUESTS,
	});
	if (context.getMode() === 'manual') {
		return toItems(await readSamples(client, settings), settings);
	}
	const key = `${context.getWorkflow().id}:${context.getNode().id}`;
	if (underWay.has(key)) return null;
	underWay.add(key);
	try {
		const state = context.getWorkflowStaticData('node') as State;
		const deadline = Date.now() + budget * SHARE_OF_BUDGET;
		const outcome = await outcomeOf(watch(client, settings, state, deadline));
		if ('fault' in outcome) {
			sitOut(context, key, outcome.fault);
			return null;
		}
		unanswered.delete(key);
		const hits = outcome.value;
		return hits.length > 0 ? toItems(hits, settings) : null;
	} finally {
		underWay.delete(key);
	}
}

/**
 * A fault that passes is for the next poll: n8n would take a workflow out of service that meets one
 * when it is published or n8n starts.
 *
 * @throws any other fault, and one of many that do not pass
 */
function sitOut(context: IPollFunctions, key: string, fault: unknown): void {
	if (!(fault instanceof YisignError) || fault.kind !== 'transient') throw fault;
	const polls = (unanswered.get(key) ?? 0) + 1;
	unanswered.set(key, polls);
	if (polls % POLLS_PER_ALARM === 0) throw fault;
	context.logger.warn(`Yisign Envelope Trigger: ${fault.message}. Trying again at the next poll.`);
}

async function watch(
	client: YisignClient,
	settings: Settings,
	state: State,
	deadline: number,
): Promise<Hit[]> {
	const outcome = await outcomeOf(readFeed(client, settings, state, deadline));
	if ('fault' in outcome) {
		// What ends from now on is told when Yisign answers.
		if (!state.cursor) state.waitingSince ??= Date.now();
		throw outcome.fault;
	}
	const feed = outcome.value;
	const matching = feed.hits.filter(createFilter(feed.hits, settings));
	const cursor = state.cursor ?? firstCursor(feed, matching, settings, state.waitingSince);
	const fresh = matching.filter((hit) => isNew(cursor, momentOf(hit, settings)));
	const told = fresh.map((hit) => momentOf(hit, settings));
	const floor = settings.isLookingBack
		? feed.floor
		: floorOf({ ...cursor, newest: feed.upTo }, settings.overlap);
	const next = advance(cursor, told, feed.upTo, floor);
	const isForgetting = next.settled !== null && next.settled > floor;
	if (settings.isLookingBack && (isForgetting || !feed.isWhole)) throw tooMuchToReadBack();
	state.cursor = next as State['cursor'];
	delete state.waitingSince;
	return fresh;
}

/** What is silent from the beginning, because it was there at activation. */
function firstCursor(
	{ upTo }: Feed,
	matching: Hit[],
	settings: Settings,
	waitingSince = Infinity,
): Cursor {
	if (!settings.isLookingBack) {
		return { ...emptyCursor(), baseline: upTo === null ? null : Math.min(upTo, waitingSince) };
	}
	const before = matching.filter(
		({ record }) => (toTime(record.envelopeFinishedDatetime) ?? 0) <= waitingSince,
	);
	const moments = before.map((hit) => momentOf(hit, settings));
	return advance(emptyCursor(), moments, upTo, -Infinity);
}

async function readFeed(
	client: YisignClient,
	settings: Settings,
	state: State,
	deadline: number,
): Promise<Feed> {
	const { cursor, waitingSince } = state;
	return await readSince(
		async (from) => {
			const page = await readPage(client, settings, state, from);
			if (from > 0 || page.hits.length > 0 || queryOf(settings, state) === '') return page;
			return await readWithoutStatus(client, settings, state, page);
		},
		{
			floor: (newest) => {
				if (settings.isLookingBack) return (newest ?? 0) - settings.lookback;
				if (cursor) return floorOf(cursor, settings.overlap);
				return waitingSince === undefined ? Infinity : waitingSince + 1;
			},
			timeOf: (hit) => timeOf(hit, settings),
			wayOut:
				sortRuleOf(settings).field === 'createdDatetime'
					? 'Show this message to Yisign: the trigger needs the newest envelopes first.'
					: 'Set Detect By to "Created Time", which works with the documented sort order alone.',
			parallelRequests: PARALLEL_REQUESTS,
			isOverdue: () => Date.now() > deadline,
		},
	);
}

/** A server that finds nothing by status would keep the trigger silent for ever: look, and notice. */
async function readWithoutStatus(
	client: YisignClient,
	settings: Settings,
	state: State,
	empty: SearchPage,
): Promise<SearchPage> {
	if (settings.conditions.length > 0) return empty;
	const page = await readPage(client, settings, { isStatusQueryUseless: true }, 0);
	const isBlind = page.hits.some(({ record }) =>
		hasReached(settings.event, deriveStatus(record.envelopeStatus)),
	);
	if (!isBlind) return empty;
	state.isStatusQueryUseless = true;
	return page;
}

async function readPage(
	client: YisignClient,
	settings: Settings,
	state: State,
	from: number,
): Promise<SearchPage> {
	const sortRules = [sortRuleOf(settings)];
	return await requestPage(client, { query: queryOf(settings, state), sortRules, from });
}

function queryOf({ event, conditions }: Settings, { isStatusQueryUseless }: State): string {
	if (conditions.length > 0 || event !== 'completed' || isStatusQueryUseless) {
		return buildQuery(conditions);
	}
	return buildQuery([{ field: 'envelopeStatus', value: 'ED_SUCCESS' }]);
}

function sortRuleOf({ event, isLookingBack }: Settings): SortRule {
	const isByCreation = isLookingBack || event === 'started';
	return {
		field: isByCreation ? 'createdDatetime' : 'envelopeFinishedDatetime',
		direction: 'desc',
	};
}

function timeOf({ record, sortValues }: Hit, settings: Settings): number | null {
	return toTime(record[sortRuleOf(settings).field] ?? sortValues[0]);
}

function momentOf(hit: Hit, settings: Settings): Moment {
	return { id: hit.envelopeId, time: timeOf(hit, settings) ?? 0 };
}

/**
 * Which of the hits are to be told.
 *
 * @throws YisignError if a condition cannot be checked: a trigger has nobody to show a hint to
 */
function createFilter(
	hits: readonly Hit[],
	{ event, conditions, latestVersionOnly }: Settings,
): (hit: Hit) => boolean {
	const { kept, unchecked } = checkConditions(
		hits.map(({ record }) => record),
		conditions,
	);
	if (unchecked.length > 0) {
		throw new YisignError('input', `No record has the field ${unchecked.join(', ')}`, {
			description:
				'So the condition on it cannot be checked, and envelopes of others could start the workflow. Remove the condition, or use another field.',
			cause: 'configuration-invalid',
		});
	}
	const fitting = new Set(kept);
	return ({ record }) =>
		fitting.has(record) &&
		hasReached(event, deriveStatus(record.envelopeStatus)) &&
		!(latestVersionOnly && isReplaced(record));
}

function tooMuchToReadBack(): YisignError {
	return new YisignError(
		'input',
		'There are more envelopes to look back at than one poll can hold',
		{
			description: 'Lower Look Back (Hours), or add a condition that fits fewer envelopes.',
			cause: 'configuration-invalid',
		},
	);
}

/** How many pages are looked through for samples in the editor. */
const SAMPLE_PAGES = 3;

const SAMPLES = 5;

/** Up to five recent envelopes for the editor's test; the cursor stays where it is. */
async function readSamples(client: YisignClient, settings: Settings): Promise<Hit[]> {
	const samples: Hit[] = [];
	for (let page = 0; page < SAMPLE_PAGES && samples.length < SAMPLES; page += 1) {
		const { hits } = await readPage(client, settings, {}, page * DOCUMENTED_PAGE_SIZE);
		samples.push(...hits.filter(createFilter(hits, settings)));
		if (hits.length === 0) break;
	}
	if (samples.length === 0) {
		throw new YisignError('input', 'There is no envelope yet that fits', {
			description:
				'None of the newest envelopes has reached the event and fits the conditions. Publish the workflow anyway: it starts with the first one that does.',
		});
	}
	return samples.slice(0, SAMPLES);
}

function toItems(hits: Hit[], { output, fields }: Settings): INodeExecutionData[] {
	return hits.map(({ record }) => ({ json: toItemJson(record, output, fields) as IDataObject }));
}

function readSettings(context: IPollFunctions): Settings {
	const read = (name: string, fallback: unknown): unknown =>
		context.getNodeParameter(name, fallback);
	const event = read('event', 'completed') as TriggerEvent;
	const options = read('options', {}) as Record<string, unknown>;
	const isLookingBack = event !== 'started' && read('detectBy', 'finishedTime') === 'createdTime';
	return {
		event,
		conditions: readConditions(read('conditions', {})),
		isLookingBack,
		lookback:
			HOUR * toWholeNumber(read('lookbackHours', 72), 'Look Back (Hours)', { min: 1, max: 8760 }),
		overlap:
			MINUTE *
			toWholeNumber(options.overlapMinutes ?? 15, 'Overlap (Minutes)', { min: 0, max: 1440 }),
		latestVersionOnly: options.latestVersionOnly !== false,
		...readOutputChoice(read),
	};
}
