import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { mayBeError } from '../../shared/api/errorCode';
import { outcomeOf, valueOf, YisignError } from '../../shared/errors';
import { checkItems, runForEachItem } from './items';
import type { ReadField, ReadParameter } from '../../shared/fields/parameters';
import { createParameterReader, forItem } from '../../shared/fields/parameters';
import type { CreateBody } from './create.fields';
import type { OutcomeWords } from './outcomes';
import { Outcomes, wouldRepeat } from './outcomes';
import { readTimeoutOption } from './timeout.field';
import type { JsonObject } from '../../shared/json';
import { asText } from '../../shared/json';

/** What the two interfaces that create envelopes differ in. */
interface CreateInterface {
	/** Path below Base URL. */
	path: string;
	/** The body as far as it comes out of the node's fields. */
	readBody: (read: ReadField) => CreateBody;
	/** The part of the body that is large, and therefore read again when it is sent. */
	readDocument?: (read: ReadField, itemIndex: number) => Promise<IDataObject>;
}

const WORDS: OutcomeWords = {
	notKnown: 'It is not known whether the envelope was created: ',
	done: (items) => `Envelopes were created for ${items}: leave those out when you run it again.`,
	unclear: (items) =>
		`It is not known for ${items}: wait a little, look with the operation "Get Envelope" whether an envelope has the Custom Tag ID, and create it again only if there is none.`,
};

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
	if (context.getNode().retryOnFail === true) {
		throw wouldRepeat('Retry On Fail would create envelopes twice');
	}
	const readParameter = createParameterReader(context);
	const bodies = await checkItems(context, checkBody(request, readParameter));
	const outcomes = new Outcomes(WORDS);
	const run = await outcomeOf(
		runForEachItem(
			context,
			() => readTimeoutOption(readParameter),
			async (client, itemIndex) => {
				const body = valueOf(bodies[itemIndex]);
				const read = forItem(readParameter, itemIndex);
				const document = await request.readDocument?.(read, itemIndex);
				const sending = client.post(request.path, { ...body, ...document }).then(checkCreated);
				return [{ json: toCreatedJson(await outcomes.note(sending, itemIndex), body) }];
			},
		),
	);
	if ('value' in run) return run.value;
	throw outcomes.addTo(run.fault);
}

/** Reads the body of an item without its document, which is only looked at. */
function checkBody(
	{ readBody, readDocument }: CreateInterface,
	readParameter: ReadParameter,
): (itemIndex: number) => Promise<CreateBody> {
	const itemOfTag = new Map<string, number>();
	return async (itemIndex) => {
		const read = forItem(readParameter, itemIndex);
		const body = readBody(read);
		await readDocument?.(read, itemIndex);
		const other = itemOfTag.get(body.customTagID);
		if (other !== undefined) throw sameTag(other);
		itemOfTag.set(body.customTagID, itemIndex);
		return body;
	};
}

/** @throws YisignError for a reply that does not show whether the envelope was created */
function checkCreated(reply: JsonObject): JsonObject {
	if (findEnvelopeId(reply) !== undefined || !mayBeError(reply)) return reply;
	throw new YisignError('refused', 'Yisign answered in a form that is not known', {
		description: 'Ask Yisign what its answer means.',
		isReceived: true,
	});
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
