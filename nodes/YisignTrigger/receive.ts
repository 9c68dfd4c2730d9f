import type {
	IDataObject,
	IHookFunctions,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import type { Callback } from './callback';
import { findIds, parseBody, readCallback, toCallbackJson } from './callback';
import type { YisignClient } from '../shared/api/client';
import { createClient } from '../shared/api/client';
import { CREDENTIAL } from '../shared/api/request';
import { requireCredentialText } from '../shared/credential';
import { toItemJson } from '../shared/search/envelope';
import { outcomeOf, YisignError } from '../shared/errors';
import { toChoice, toTextList, toWholeNumber } from '../shared/fields/input';
import type { LookupCondition } from '../shared/search/lookup';
import { lookUp } from '../shared/search/lookup';
import type { Hit } from '../shared/search/page';
import { createdTimeOf } from '../shared/search/times';
import { toConditionValue } from '../shared/search/query';
import type { Nonce } from './nonces';
import { NonceMemory } from './nonces';
import type { PostedRequest, RefusalReason, SignatureSettings } from './signature';
import { checkSignature } from './signature';

/** Stands for every event in the field Events. */
export const ANY_EVENT = '*';

/** s; the default of Tolerance. */
export const DEFAULT_TOLERANCE = 300;

/** A sender may not wait long, and may call again. */
const LOOKUP_OPTIONS = { timeout: 10_000, maxRetries: 0, parallelRequests: 1 };

/** A server that ignores the condition would otherwise be read to its end for every stray post. */
const MOST_LOOKUP_PAGES = 10;

/**
 * ms after which an envelope is looked for again that is not there yet.
 *
 * Inferred: Yisign may call back before the index shows the envelope; an Elasticsearch index does so
 * once a second unless it is set otherwise.
 */
const LOOKUP_PAUSES = [1000, 2000];

/** Bytes; a callback is far smaller. */
const LARGEST_BODY = 2 ** 20;

/** The one answer to everything that is accepted, so that nobody learns what exists. */
const RECEIVED: IWebhookResponseData = { webhookResponse: { received: true } };

/**
 * The nonces of each node, by workflow and node. n8n reads a workflow's static data again for every
 * call and writes it back afterwards, so simultaneous calls would not know of each other.
 */
const memories = new Map<string, NonceMemory>();

/**
 * Decides about one posted request: its answer, and whether it starts the workflow.
 *
 * @throws YisignError if the node or the credential has to be corrected; n8n answers 500 and shows it
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const request = readRequest(context);
	if (request.rawBody.length > LARGEST_BODY) {
		return answer(context, 413, 'The body is larger than 1 MB');
	}
	const verification = readVerification(context);
	if (verification !== 'signature') return await accept(context, request, verification);

	const settings = await readSignatureSettings(context);
	const verdict = checkSignature(request, settings, Date.now());
	if (!verdict.isGenuine) return refuse(context, verdict.reason);
	const { nonce } = verdict;
	const memory = memoryOf(context);
	const staticData = context.getWorkflowStaticData('node');
	memory.addStored(staticData.nonces);
	memory.forget(Date.now() / 1000 - settings.toleranceSeconds);
	// Before anything is awaited: of two at the same time, one starts.
	if (!memory.take(nonce)) return refuse(context, 'replayed');
	releaseUnlessAnswered(context, memory, nonce);
	const result = await accept(context, request, verification);
	if (!result.noWebhookResponse) staticData.nonces = memory.write();
	return result;
}

/** Has a callback count as new again if it is not answered with success, by this node or by n8n. */
function releaseUnlessAnswered(
	context: IWebhookFunctions,
	memory: NonceMemory,
	nonce: Nonce,
): void {
	const response = context.getResponseObject();
	response.once('close', () => {
		if (response.statusCode < 200 || response.statusCode > 299) memory.release(nonce);
	});
}

/** Starts the workflow with a callback that is genuine, or whose sender is not checked. */
async function accept(
	context: IWebhookFunctions,
	{ rawBody }: PostedRequest,
	verification: 'signature' | 'lookup' | 'none',
): Promise<IWebhookResponseData> {
	const body = parseBody(rawBody);
	if (!body) return answer(context, 400, 'The body has to be a JSON object');
	const callback = readCallback(body);
	const events = toTextList(context.getNodeParameter('events', [ANY_EVENT]), 'Events');
	if (!events.includes(ANY_EVENT) && !events.includes(callback.event)) return RECEIVED;

	return verification === 'lookup'
		? await startWithRecord(context, callback)
		: start(toCallbackJson(body, callback, readOutput(context)));
}

/**
 * Looks at what would have every callback refused.
 *
 * @throws YisignError `input` if something has to be corrected
 */
export async function checkSettings(context: IHookFunctions): Promise<void> {
	if (readVerification(context) === 'signature') await readSignatureSettings(context);
}

function readVerification(context: IHookFunctions | IWebhookFunctions) {
	const value: unknown = context.getNodeParameter('verification', 'signature');
	return toChoice(value, 'Verification', ['signature', 'lookup', 'none']);
}

async function readSignatureSettings(
	context: IHookFunctions | IWebhookFunctions,
): Promise<SignatureSettings> {
	const { appId, appSecret } = await context.getCredentials<Record<string, unknown>>(CREDENTIAL);
	const hint = { alternative: ', or choose another Verification' };
	const { toleranceSeconds = DEFAULT_TOLERANCE } = context.getNodeParameter(
		'options',
		{},
	) as IDataObject;
	return {
		appId: requireCredentialText(appId, 'App ID', hint),
		appSecret: requireCredentialText(appSecret, 'App Secret', hint),
		toleranceSeconds: toWholeNumber(toleranceSeconds, 'Tolerance (Seconds)', {
			min: 1,
			max: 86_400,
		}),
	};
}

function readRequest(context: IWebhookFunctions): PostedRequest {
	const { method, headers, rawBody } = context.getRequestObject() as PostedRequest;
	// n8n leaves multipart forms unread; nothing of them could be checked.
	return { method, headers, rawBody: rawBody ?? Buffer.alloc(0) };
}

function memoryOf(context: IWebhookFunctions): NonceMemory {
	const key = `${context.getWorkflow().id} ${context.getNode().id}`;
	const memory = memories.get(key) ?? new NonceMemory();
	memories.set(key, memory);
	return memory;
}

/** Takes the ids of the callback as a hint, and starts with what the server says about them. */
async function startWithRecord(
	context: IWebhookFunctions,
	callback: Callback,
): Promise<IWebhookResponseData> {
	const { envelopeWsid, customTagID } = findIds(callback);
	const condition =
		toCondition('envelopeWsid', envelopeWsid) ?? toCondition('customTagID', customTagID);
	if (!condition) {
		context.logger.info('Yisign Callback Trigger found no ID in a callback that can be looked up');
		return RECEIVED;
	}
	const client = await createClient(context, LOOKUP_OPTIONS);
	const outcome = await outcomeOf(lookUpRepeatedly(client, condition));
	if ('fault' in outcome) {
		const { fault } = outcome;
		if (!mayPass(fault)) throw fault;
		const why = `${fault.message}. ${fault.details.description ?? ''}`.trim();
		context.logger.warn(`Yisign Callback Trigger could not look up a callback. ${why}`);
		return answer(context, 503, 'Try again later');
	}
	const hit = outcome.value;
	if (!hit) {
		context.logger.warn('Yisign Callback Trigger found no envelope for a callback');
		// Another answer would show which ids exist, and fail the test call that Yisign's staff makes.
		return RECEIVED;
	}
	const json = toItemJson(hit.record, readOutput(context), [], createdTimeOf(hit));
	return start(json as IDataObject);
}

/** Looks for an envelope a few times: a callback may come before it is searchable. */
async function lookUpRepeatedly(
	client: YisignClient,
	condition: LookupCondition,
): Promise<Hit | null> {
	let hit = await lookUp(client, condition, MOST_LOOKUP_PAGES);
	for (const pause of LOOKUP_PAUSES) {
		if (hit) break;
		await sleep(pause);
		hit = await lookUp(client, condition, MOST_LOOKUP_PAGES);
	}
	return hit;
}

/** What an id of Yisign, or a number of a hospital's own, looks like. A colon may name a field. */
const PLAIN_ID = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_./#@,+-]{0,99}$/u;

/** Anybody can post a body: a value that may be more than an id finds nothing. */
function toCondition(
	field: LookupCondition['field'],
	value: string | null,
): LookupCondition | undefined {
	if (value === null || !PLAIN_ID.test(value)) return undefined;
	try {
		return { field, value: toConditionValue(value, field) };
	} catch {
		return undefined;
	}
}

/** Whether the same callback may be looked up later. */
function mayPass(fault: unknown): fault is YisignError {
	return fault instanceof YisignError && ['transient', 'incomplete'].includes(fault.kind);
}

function readOutput(context: IWebhookFunctions) {
	const value: unknown = context.getNodeParameter('output', 'simplified');
	return toChoice(value, 'Output', ['simplified', 'raw']);
}

/** n8n answers when it has taken the execution on, not before. */
function start(json: IDataObject): IWebhookResponseData {
	return { ...RECEIVED, workflowData: [[{ json }]] };
}

function refuse(context: IWebhookFunctions, reason: RefusalReason): IWebhookResponseData {
	context.logger.info(`Yisign Callback Trigger refused a callback (${reason})`);
	return answer(context, 401, 'Not a genuine Yisign callback');
}

/** A real HTTP status; n8n itself would answer 200. */
function answer(context: IWebhookFunctions, status: number, message: string): IWebhookResponseData {
	context.getResponseObject().status(status).json({ received: false, message });
	return { noWebhookResponse: true };
}
