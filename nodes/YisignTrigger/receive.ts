import type {
	IDataObject,
	IHookFunctions,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import type { Callback, CallbackIds } from './callback';
import { findIds, parseBody, readCallback, toCallbackJson } from './callback';
import { createClient } from '../shared/api/client';
import { toItemJson } from '../shared/search/envelope';
import { outcomeOf, YisignError } from '../shared/errors';
import { toChoice, toTextList, toWholeNumber } from '../shared/fields/input';
import type { LookupCondition } from '../shared/search/lookup';
import { lookUp } from '../shared/search/lookup';
import { toConditionValue } from '../shared/search/query';
import type {
	NonceMemory,
	PostedRequest,
	RefusalReason,
	SeenNonce,
	SignatureSettings,
} from './signature';
import { checkSignature, parseNonces, remember, writeNonces } from './signature';

/** Stands for every event in the field Events. */
export const ANY_EVENT = '*';

/** s; the default of Tolerance. */
export const DEFAULT_TOLERANCE = 300;

/** A sender may not wait long, and may call again. */
const LOOKUP_OPTIONS = { timeout: 10_000, maxRetries: 1, parallelRequests: 1 };

/** A server that does not heed the condition would else be read to its end for every stray post. */
const MOST_LOOKUP_PAGES = 10;

/** The one answer to all that is taken, so that a stranger learns nothing about what exists. */
const TAKEN: IWebhookResponseData = { webhookResponse: { received: true } };

/** Nonces kept in memory for each node: two megabytes. */
const MEMORY_CAPACITY = 20_000;

/** Nonces stored with the workflow: n8n writes them all with every callback. */
const STORED_CAPACITY = 1_000;

/** What a node has seen since n8n was started, and of that the latest part, to be stored. */
interface Memories {
	seen: NonceMemory;
	latest: NonceMemory;
}

/**
 * The nonces of each node, by workflow and node. n8n reads a workflow's static data anew for every
 * call and writes it back afterwards, so calls at the same moment would not know of each other.
 */
const memories = new Map<string, Memories>();

/**
 * Decides about one posted request: its answer, and whether it starts the workflow.
 *
 * @throws YisignError if the node or the credential has to be mended; n8n answers 500 and shows it
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const request = readRequest(context);
	const verification = readVerification(context);
	if (verification === 'signature') {
		const reason = await findRefusal(context, request);
		if (reason) {
			context.logger.info(`Yisign Trigger refused a callback (${reason})`);
			return answer(context, 401, 'Not a genuine Yisign callback');
		}
	}

	const body = parseBody(request.rawBody);
	if (!body) return answer(context, 400, 'The body has to be a JSON object');
	const callback = readCallback(body);
	const events = toTextList(context.getNodeParameter('events', [ANY_EVENT]), 'Events');
	if (!events.includes(ANY_EVENT) && !events.includes(callback.event)) return TAKEN;

	return verification === 'lookup'
		? await startWithRecord(context, callback)
		: start(toCallbackJson(body, callback, readOutput(context)));
}

/**
 * Looks at what would have every callback refused.
 *
 * @throws YisignError `input` if something has to be mended
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
	const { appId, appSecret } = await context.getCredentials<Record<string, unknown>>('yisignApi');
	for (const [label, value] of Object.entries({ 'App ID': appId, 'App Secret': appSecret })) {
		if (typeof value === 'string' && value.trim() !== '') continue;
		// In the message: where a trigger cannot start, the editor shows nothing else.
		const wayOut = `enter ${label} in the Yisign API credential, or choose another Verification`;
		throw new YisignError('input', `The credential has no ${label}: ${wayOut}`, {
			description: 'Signed callbacks cannot be checked without it.',
			cause: 'configuration-invalid',
		});
	}
	const { toleranceSeconds = DEFAULT_TOLERANCE } = context.getNodeParameter(
		'options',
		{},
	) as IDataObject;
	return {
		appId: (appId as string).trim(),
		appSecret: (appSecret as string).trim(),
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

async function findRefusal(
	context: IWebhookFunctions,
	request: PostedRequest,
): Promise<RefusalReason | undefined> {
	const settings = await readSignatureSettings(context);
	const now = Date.now();
	const verdict = checkSignature(request, settings, now);
	if (!verdict.isGenuine) return verdict.reason;

	const oldest = now / 1000 - settings.toleranceSeconds;
	const { seen, latest } = memoriesOf(context);
	const isNew = (entry: SeenNonce) =>
		remember(seen, entry, { oldest, capacity: MEMORY_CAPACITY }) &&
		remember(latest, entry, { oldest, capacity: STORED_CAPACITY });

	const staticData = context.getWorkflowStaticData('node');
	// What came before a restart, or to another process of n8n.
	for (const entry of parseNonces(staticData.nonces)) {
		if (entry.sentAt >= oldest) isNew(entry);
	}
	if (!isNew(verdict)) return 'replayed';
	staticData.nonces = writeNonces(latest);
	return undefined;
}

function memoriesOf(context: IWebhookFunctions): Memories {
	const key = `${context.getWorkflow().id} ${context.getNode().id}`;
	const known = memories.get(key) ?? { seen: new Map(), latest: new Map() };
	memories.set(key, known);
	return known;
}

/** Takes the ids of the callback as a hint, and starts with what the server says about them. */
async function startWithRecord(
	context: IWebhookFunctions,
	callback: Callback,
): Promise<IWebhookResponseData> {
	const { envelopeWsid, customTagID } = findIds(callback);
	const condition =
		toCondition('envelopeWsid', envelopeWsid) ?? toCondition('customTagID', customTagID);
	if (!condition) return TAKEN;
	const client = await createClient(context, LOOKUP_OPTIONS);
	const outcome = await outcomeOf(lookUp(client, condition, MOST_LOOKUP_PAGES));
	if ('fault' in outcome) {
		const { fault } = outcome;
		if (!isPassing(fault)) throw fault;
		const why = `${fault.message}. ${fault.details.description ?? ''}`.trim();
		context.logger.warn(`Yisign Trigger could not look up a callback. ${why}`);
		return answer(context, 503, 'Try again later');
	}
	const record = outcome.value;
	// Calling again would not help against a made-up id, and the answer must not tell which ids exist.
	if (!record) return TAKEN;
	return start(toItemJson(record, readOutput(context)) as IDataObject);
}

/** A value out of a posted body is a stranger's: one that may not stand in a query finds nothing. */
function toCondition(
	field: LookupCondition['field'],
	value: CallbackIds[keyof CallbackIds],
): LookupCondition | undefined {
	if (value === null) return undefined;
	try {
		return { field, value: toConditionValue(value, field) };
	} catch {
		return undefined;
	}
}

/** Whether the same callback may be looked up later. */
function isPassing(fault: unknown): fault is YisignError {
	return fault instanceof YisignError && ['unreachable', 'incomplete'].includes(fault.kind);
}

function readOutput(context: IWebhookFunctions) {
	const value: unknown = context.getNodeParameter('output', 'simplified');
	return toChoice(value, 'Output', ['simplified', 'raw']);
}

/** n8n answers when it has taken the execution on, not before. */
function start(json: IDataObject): IWebhookResponseData {
	return { ...TAKEN, workflowData: [[{ json }]] };
}

/** A real HTTP status; n8n itself would answer 200. */
function answer(context: IWebhookFunctions, status: number, message: string): IWebhookResponseData {
	context.getResponseObject().status(status).json({ received: false, message });
	return { noWebhookResponse: true };
}
