import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { outcomeOf, toNodeError, YisignError } from '../../shared/errors';
import { toFields } from '../../shared/fields/input';
import { runForEachItem } from './items';
import type { ReadField, ReadParameter } from '../../shared/fields/parameters';
import { createParameterReader, forItem } from '../../shared/fields/parameters';
import type { CreateBody } from './create.fields';
import { withTimeout } from './timeout.field';
import type { JsonObject } from '../../shared/json';
import { asText } from '../../shared/json';

/** What the two interfaces that create envelopes differ in. */
export interface CreateInterface {
	/** Path below Base URL. */
	path: string;
	/** The body as far as it comes out of the node's fields. */
	readBody: (read: ReadField) => CreateBody;
	/** The part of the body that is large, and therefore read again when it is sent. */
	readDocument?: (read: ReadField, itemIndex: number) => Promise<IDataObject>;
}

/** What became of the items that were sent, by their numbers. */
interface Outcomes {
	created: number[];
	/** Yisign may have created an envelope. */
	unclear: number[];
}

/**
 * Creates an envelope for each input item, and never two.
 *
 * All items are checked before the first is sent. A request is not sent again once anything of it
 * can have reached Yisign; the message then says so. When the run ends there, it names the items that
 * have got their envelope, and those of which it is not known.
 *
 * @throws YisignError, or the error of an item
 */
export async function createForEachItem(
	context: IExecuteFunctions,
	request: CreateInterface,
): Promise<INodeExecutionData[]> {
	if (context.getNode().retryOnFail === true) throw wouldRepeat();
	const readParameter = createParameterReader(context);
	const bodies = await checkItems(context, request, readParameter);
	const outcomes: Outcomes = { created: [], unclear: [] };
	const run = await outcomeOf(
		runForEachItem(
			context,
			() => withTimeout(toFields(readParameter('options', 0, {}), 'Options').timeout),
			async (client, itemIndex) => {
				const body = bodies[itemIndex];
				if ('fault' in body) throw body.fault;
				const read = forItem(readParameter, itemIndex);
				const document = await request.readDocument?.(read, itemIndex);
				const sending = client.post(request.path, { ...body.value, ...document });
				const reply = await readOutcome(sending, itemIndex, outcomes);
				return [{ json: toCreatedJson(reply, body.value) }];
			},
		),
	);
	if ('value' in run) return run.value;
	throw withOutcomes(run.fault, outcomes);
}

/**
 * The bodies of all items, without their documents.
 *
 * @throws the error of the first item that cannot be sent; with "Continue On Fail" it is kept
 */
async function checkItems(
	context: IExecuteFunctions,
	{ readBody, readDocument }: CreateInterface,
	readParameter: ReadParameter,
): Promise<Array<{ value: CreateBody } | { fault: unknown }>> {
	const itemOfTag = new Map<string, number>();
	const check = async (itemIndex: number) => {
		const read = forItem(readParameter, itemIndex);
		const body = readBody(read);
		await readDocument?.(read, itemIndex);
		const other = itemOfTag.get(body.customTagID);
		if (other !== undefined) throw sameTag(other);
		itemOfTag.set(body.customTagID, itemIndex);
		return body;
	};
	const bodies = [];
	for (const itemIndex of context.getInputData().keys()) {
		const body = await outcomeOf(check(itemIndex));
		if ('fault' in body && !context.continueOnFail()) {
			throw toNodeError(context.getNode(), body.fault, itemIndex);
		}
		bodies.push(body);
	}
	return bodies;
}

/** Notes what became of an item. */
async function readOutcome(
	sending: Promise<JsonObject>,
	itemIndex: number,
	{ created, unclear }: Outcomes,
): Promise<JsonObject> {
	const outcome = await outcomeOf(sending);
	if ('value' in outcome) {
		created.push(itemIndex);
		return outcome.value;
	}
	const { fault } = outcome;
	if (!(fault instanceof YisignError) || !mayHaveBeenReceived(fault)) throw fault;
	unclear.push(itemIndex);
	throw notKnown(fault);
}

/** Whether Yisign may have taken the request although no good answer came. */
function mayHaveBeenReceived({ kind, details }: YisignError): boolean {
	if (details.isUnsent === true || details.cause === 'rate-limited') return false;
	const { httpStatus } = details;
	// With a status that says no, nothing was created; a page in the place of an answer says nothing.
	if (kind === 'refused') return httpStatus !== undefined && httpStatus >= 500;
	if (kind === 'notYisign') return httpStatus === undefined;
	return kind === 'transient' || kind === 'cancelled';
}

/** Without a cause that says "later", on which n8n or a person might simply send it again. */
function notKnown({ kind, message, details: { httpStatus } }: YisignError): YisignError {
	return new YisignError(kind, `It is not known whether the envelope was created: ${message}`, {
		httpStatus,
		description: 'Yisign may have received the request, so it was not sent again.',
	});
}

/** Adds to the error that ends a run what became of the items that were sent. */
function withOutcomes(error: unknown, { created, unclear }: Outcomes): unknown {
	const isShown = error instanceof NodeApiError || error instanceof NodeOperationError;
	if (!isShown) return error;
	const sentences = [error.description];
	if (created.length > 0) {
		const items = listItems(created);
		sentences.push(`Envelopes were created for ${items}: leave those out when you run it again.`);
	}
	if (unclear.length > 0) {
		sentences.push(
			`It is not known for ${listItems(unclear)}: wait a little, look with the operation "Get Envelope" whether an envelope has the Custom Tag ID, and create it again only if there is none.`,
		);
	}
	error.description = sentences.filter(Boolean).join(' ');
	return error;
}

/** Numbers as n8n counts items, from 0; runs of them in short. */
function listItems(items: readonly number[]): string {
	const ranges: Array<[first: number, last: number]> = [];
	for (const item of items.toSorted((left, right) => left - right)) {
		const range = ranges.at(-1);
		if (range && range[1] === item - 1) range[1] = item;
		else ranges.push([item, item]);
	}
	const text = ranges.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`));
	return `${items.length === 1 ? 'item' : 'items'} ${text.join(', ')}`;
}

/**
 * The reply as it is, with the envelope's id and the caller's number where other operations have
 * them.
 *
 * Inferred: no reply is documented, so the ids are looked for wherever it may carry them.
 */
function toCreatedJson(reply: JsonObject, { customTagID }: CreateBody): IDataObject {
	const envelopeWsid = findEnvelopeId(reply);
	return { ...(reply as IDataObject), ...(envelopeWsid && { envelopeWsid }), customTagID };
}

/** No reply is as deep; a deeper one is not to exhaust n8n after the envelope was created. */
const DEEPEST = 20;

/** The value of a key `envelopeWsid`, or a text of that kind, at whatever depth; the first one. */
function findEnvelopeId(value: unknown, key = '', depth = 0): string | undefined {
	if (depth === DEEPEST) return undefined;
	if (typeof value !== 'object' || value === null) {
		const text = asText(value) ?? '';
		const isId = (key === 'envelopeWsid' && text !== '') || text.startsWith('WSID_ENVE_');
		return isId ? text : undefined;
	}
	for (const [name, inner] of Object.entries(value)) {
		const found = findEnvelopeId(inner, name, depth + 1);
		if (found !== undefined) return found;
	}
	return undefined;
}

function sameTag(other: number): YisignError {
	return new YisignError('input', `Custom Tag ID is the same as that of item ${other}`, {
		description:
			'A second envelope under one number would replace the first. Take the number from the data of each item.',
		cause: 'configuration-invalid',
	});
}

function wouldRepeat(): YisignError {
	return new YisignError('input', 'Retry On Fail would create envelopes twice', {
		description:
			'It sends all items again, also those that Yisign has received. Switch it off under Settings of this node; what never reached Yisign is sent again without it.',
		cause: 'configuration-invalid',
	});
}
