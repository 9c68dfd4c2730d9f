import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import { normalizeBaseUrl } from '../shared/address';
import type { YisignClient } from '../shared/api/client';
import { createClient } from '../shared/api/client';
import { CREDENTIAL } from '../shared/api/request';
import { tookTooLong } from '../shared/api/transport';
import { outcomeOf, YisignError } from '../shared/errors';
import { hashOf } from '../shared/hash';
import { toItemJson, toTime } from '../shared/search/envelope';
import { createdTimeOf } from '../shared/search/times';
import { MINUTE } from './durations';
import type { Memory } from './memory';
import { memoryOf } from './memory';
import { due, toFailedExecution } from './notices';
import { readSamples } from './samples';
import { isServerError } from './pages';
import type { Settings } from './settings';
import { readSettings } from './settings';
import { Storage } from './state';
import { rememberTies } from './ties';
import type { TimedHit } from './timed';
import type { Watched } from './watch';
import { watch } from './watch';

/** The part of n8n's time for a poll that goes into reading; the rest is for what is under way. */
const READING_SHARE = 0.5;

/** The part of it after which a poll is given up, so that the next one can begin. */
const DEADLINE_SHARE = 0.8;

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
		parallelRequests: 1,
	});
	if (context.getMode() === 'manual') {
		return toItems(await readSamples(client, settings), settings);
	}
	const memory = memoryOf(context);
	if (memory.isUnderWay) {
		context.logger.debug('Yisign Envelope Trigger: the last poll is still under way');
		return null;
	}
	memory.isUnderWay = true;
	try {
		const deadline = AbortSignal.timeout(budget * DEADLINE_SHARE);
		const outcome = await outcomeOf(
			within(deadline, client, pollOnce(context, client, settings, memory, budget)),
		);
		if ('fault' in outcome) {
			passOver(context, memory, outcome.fault);
			return null;
		}
		memory.unanswered = 0;
		memory.serverErrors = 0;
		return commit(context, outcome.value, settings, memory);
	} finally {
		memory.isUnderWay = false;
		memory.attempted = Date.now();
		memory.registrations.add(context);
	}
}

async function pollOnce(
	context: IPollFunctions,
	client: YisignClient,
	settings: Settings,
	memory: Memory,
	budget: number,
): Promise<Watched> {
	const { baseUrl, appId } = await context.getCredentials(CREDENTIAL);
	const end = Date.now() + budget * READING_SHARE;
	return await watch(context, {
		client,
		settings,
		memory,
		server: hashOf(`${normalizeBaseUrl(baseUrl)} ${String(appId)}`),
		isOverdue: () => Date.now() > end,
	});
}

/** Stores what a poll has come to; whatever was given up before has changed nothing. */
function commit(
	context: IPollFunctions,
	{ state, fresh, notices, provenTies }: Watched,
	settings: Settings,
	memory: Memory,
): INodeExecutionData[] | null {
	if (state) {
		memory.answered = state.answered;
		memory.asOf = state.asOf;
		if (memory.settings !== state.settings) memory.ties = new Map();
		memory.settings = state.settings;
		rememberTies(memory.ties, provenTies);
		for (const notice of due(notices, state.reported)) {
			context.__emitError(toFailedExecution(context.getNode(), notice));
		}
		new Storage(context).save(state);
	}
	return fresh.length > 0 ? toItems(fresh, settings) : null;
}

/** @throws YisignError if the deadline comes first; nothing is sent any more then */
async function within<T>(
	deadline: AbortSignal,
	client: YisignClient,
	work: Promise<T>,
): Promise<T> {
	let giveUp = () => {};
	const late = new Promise<never>((_, reject) => {
		giveUp = () => {
			client.stop();
			reject(tookTooLong());
		};
		deadline.addEventListener('abort', giveUp);
	});
	try {
		return await Promise.race([work, late]);
	} finally {
		// With a listener, the signal would keep what the poll has read until its time has come.
		deadline.removeEventListener('abort', giveUp);
	}
}

/**
 * A fault that passes is for the next poll: n8n would take a workflow out of service that meets one
 * when it is published or n8n starts.
 *
 * @throws any other fault, and one of many that do not pass
 */
function passOver(context: IPollFunctions, memory: Memory, fault: unknown): void {
	if (!(fault instanceof YisignError) || fault.kind !== 'transient') throw fault;
	memory.unanswered += 1;
	memory.serverErrors = isServerError(fault) ? memory.serverErrors + 1 : 0;
	if (memory.unanswered % POLLS_PER_ALARM === 0) throw fault;
	context.logger.warn(`Yisign Envelope Trigger tries again at the next poll. ${fault.message}.`);
}

function toItems(hits: TimedHit[], { output, fields, sortField }: Settings): INodeExecutionData[] {
	return hits.map(({ hit }) => {
		const { record } = hit;
		const created =
			sortField === 'createdDatetime' ? createdTimeOf(hit) : toTime(record.createdDatetime);
		return { json: toItemJson(record, output, fields, created) as IDataObject };
	});
}
