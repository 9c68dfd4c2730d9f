import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { outcomeOf, toNodeError, YisignError } from '../../shared/errors';
import { toFields } from '../../shared/fields/input';
import { runForEachItem } from './items';
import type { ReadField } from '../../shared/fields/parameters';
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

/**
 * Creates an envelope for each input item, and never two.
 *
 * All items are checked before the first is sent. A request is not sent again once anything of it
 * can have reached Yisign; the message then says so, and when the run ends there, which items have
 * got their envelope.
 *
 * @throws YisignError, or the error of an item
 */
export async function createForEachItem(
	context: IExecuteFunctions,
	{ path, readBody, readDocument }: CreateInterface,
): Promise<INodeExecutionData[]> {
	if (context.getNode().retryOnFail === true) throw wouldRepeat();
	const readParameter = createParameterReader(context);

	const itemOfTag = new Map<string, number>();
	const bodies: Array<{ value: CreateBody } | { fault: unknown }> = [];
	for (const itemIndex of context.getInputData().keys()) {
		const body = await outcomeOf(
			(async () => {
				const read = forItem(readParameter, itemIndex);
				const checked = readBody(read);
				await readDocument?.(read, itemIndex);
				const { customTagID } = checked;
				const other = itemOfTag.get(customTagID);
				if (other !== undefined) throw sameTag(other);
				itemOfTag.set(customTagID, itemIndex);
				return checked;
			})(),
		);
		if ('fault' in body && !context.continueOnFail()) {
			throw toNodeError(context.getNode(), body.fault, itemIndex);
		}
		bodies[itemIndex] = body;
	}

	const created: number[] = [];
	const unclear: number[] = [];
	const run = await outcomeOf(
		runForEachItem(
			context,
			() => withTimeout(toFields(readParameter('options', 0, {}), 'Options').timeout),
			async (client, itemIndex) => {
				const body = bodies[itemIndex];
				if ('fault' in body) throw body.fault;
				const document = await readDocument?.(forItem(readParameter, itemIndex), itemIndex);
				const outcome = await outcomeOf(client.post(path, { ...body.value, ...document }));
				if ('value' in outcome) {
					created.push(itemIndex);
					return [{ json: toCreatedJson(outcome.value, body.value) }];
				}
				const { fault } = outcome;
				if (!(fault instanceof YisignError) || !mayHaveBeenReceived(fault)) throw fault;
				unclear.push(itemIndex);
				throw notKnown(fault);
			},
		),
	);
	if ('value' in run) return run.value;
	throw withWhatWasDone(run.fault, created, unclear);
}

/** Whether Yisign may have taken the request although no good answer came. */
function mayHaveBeenReceived({ kind, details }: YisignError): boolean {
	if (details.isUnsent === true || details.cause === 'rate-limited') return false;
	const { httpStatus } = details;
	// With a status that says no, nothing was created; a page in the place of an answer says nothing.
	if (kind === 'refused') return httpStatus !== undefined && httpStatus >= 500;
	if (kind === 'notYisign') return httpStatus === undefined;
	return kind === 'unreachable' || kind === 'cancelled';
}

/** Without a cause that says "later", on which n8n or a person might simply send it again. */
function notKnown({ kind, message, details: { httpStatus } }: YisignError): YisignError {
	return new YisignError(kind, `It is not known whether the envelope was created: ${message}`, {
		httpStatus,
		description:
			'Yisign may have received the request, so it was not sent again. Wait a little and look with the operation Get whether an envelope has this Custom Tag ID; run it again only if there is none.',
	});
}

/** Adds to the error that ends a run which envelopes are there already. */
function withWhatWasDone(error: unknown, created: number[], unclear: number[]): unknown {
	const isShown = error instanceof NodeApiError || error instanceof NodeOperationError;
	if (!isShown) return error;
	const done = [
		created.length > 0 ? `Envelopes were created for ${listItems(created)}.` : '',
		unclear.length > 1 ? `It is not known for ${listItems(unclear)}.` : '',
	]
		.filter((sentence) => sentence !== '')
		.join(' ');
	if (done === '') return error;
	error.description =
		`${error.description ?? ''} ${done} Leave those out when you run it again.`.trim();
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

/** The value of a key `envelopeWsid`, or a text of that kind, at whatever depth; the first one. */
function findEnvelopeId(value: unknown, key = ''): string | undefined {
	if (typeof value !== 'object' || value === null) {
		const text = asText(value) ?? '';
		const isId = (key === 'envelopeWsid' && text !== '') || text.startsWith('WSID_ENVE_');
		return isId ? text : undefined;
	}
	for (const [name, inner] of Object.entries(value)) {
		const found = findEnvelopeId(inner, name);
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
			'It sends all items again, also those that Yisign has taken. Switch it off under Settings of this node; what never reached Yisign is sent again without it.',
		cause: 'configuration-invalid',
	});
}
