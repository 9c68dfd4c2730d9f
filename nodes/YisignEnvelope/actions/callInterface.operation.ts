import type { IExecuteFunctions, INodeExecutionData, NodeExecutionHint } from 'n8n-workflow';
import type { RequestParts, YisignClient } from '../../shared/api/client';
import type { DownloadedFile } from '../../shared/api/file';
import { isTool, outcomeOf, valueOf, YisignError } from '../../shared/errors';
import { hasRoundedNumber, isObject } from '../../shared/json';
import { toChoice, toFields, toText } from '../../shared/fields/input';
import type { ReadField } from '../../shared/fields/parameters';
import { createParameterReader, forItem } from '../../shared/fields/parameters';
import { toBody } from './callInterface.body';
import { METHODS } from './callInterface.interfaces';
import { bodyField, responseFormatField, splitOutField } from './callInterface.fields';
import { toPath } from './callInterface.path';
import { readQuery } from './callInterface.query';
import { toItems } from './callInterface.splitOut';
import { toHint } from './hints';
import { checkItems, runForEachItem } from './items';
import type { OutcomeWords } from './outcomes';
import { Outcomes, wouldRepeat } from './outcomes';
import { readMaxBytes, storeFile } from './storedFile';
import { readTimeoutOption } from './timeout.field';

export { fields } from './callInterface.fields';

/** How the operation shows in the list of operations. */
export const option = {
	name: 'Call Interface',
	value: 'callInterface',
	description: 'Call any other interface of Yisign by its number or path',
	action: 'Call interface',
};

const WORDS: OutcomeWords = {
	notKnown: 'It is not known whether Yisign carried out the request: ',
	done: (items) =>
		`Yisign carried out the request of ${items}: leave those out when you run it again.`,
	unclear: (items) =>
		`It is not known for ${items}: look in Yisign whether it was carried out before you send it again.`,
};

/** Where a file is put; the name n8n itself uses. */
const BINARY_FIELD = 'data';

/** A request of one input item, ready to be sent. */
interface InterfaceCall {
	path: string;
	/** With a body if the method is POST. */
	parts: RequestParts;
	/** Name of the list to split out; empty for none. */
	splitOut: string;
	/** Of the file that is to come; undefined for JSON. */
	maxBytes: number | undefined;
}

/**
 * Calls an interface for each input item, and returns its reply.
 *
 * All items are checked before the first is sent. Unlike a GET, a POST is not sent again once
 * anything of it can have reached Yisign; when the run ends, its message names the items of which the
 * request was carried out, and those of which it is not known.
 *
 * @throws YisignError, or the error of an item
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const readParameter = createParameterReader(context);
	const calls = await checkItems(context, (item) => readCall(forItem(readParameter, item)));
	if (calls.some((call) => 'value' in call && isPost(call.value))) checkPosting(context);
	const outcomes = new Outcomes(WORDS);
	const hints = new Set<NodeExecutionHint>();
	const run = await outcomeOf(
		runForEachItem(
			context,
			() => readTimeoutOption(readParameter),
			async (client, itemIndex) => {
				const call = valueOf(calls[itemIndex]);
				const note = async <T>(sending: Promise<T>) =>
					await (isPost(call) ? outcomes.note(sending, itemIndex) : sending);
				const { maxBytes } = call;
				if (maxBytes !== undefined) {
					return [await note(callForFile(context, client, { ...call, maxBytes }))];
				}
				const reply = await note(client.call(call.path, call.parts));
				if (Object.keys(reply).length === 0 && isObject(reply)) hints.add(EMPTY);
				if (hasRoundedNumber(reply)) hints.add(ROUNDED);
				return toItems(reply, call.splitOut, isPost(call)).map((json) => ({ json }));
			},
		),
	);
	if ('fault' in run) throw outcomes.addTo(run.fault);
	const isEmpty = run.value.length === 0 && context.getInputData().length > 0;
	if (isEmpty) hints.add(NOTHING);
	context.addExecutionHints(...hints);
	return run.value;
}

/** @throws YisignError `input` */
function readCall(read: ReadField): InterfaceCall {
	const method = toChoice(read('method', 'GET'), 'Method', METHODS);
	const options = toFields(read('options', {}), 'Options');
	const { responseFormat = 'json', splitOut = '', maxFileSizeMb } = options;
	const format = toChoice(responseFormat, responseFormatField.displayName, ['json', 'file']);
	const list = toText(splitOut, splitOutField.displayName).trim();
	if (format === 'file' && list !== '') throw nothingToSplit();
	return {
		path: toPath(read('path', '')),
		parts: {
			query: readQuery(read),
			...(method === 'POST' && { body: toBody(read(bodyField.name, bodyField.default)) }),
		},
		splitOut: list,
		maxBytes: format === 'file' ? readMaxBytes(maxFileSizeMb) : undefined,
	};
}

function isPost({ parts }: InterfaceCall): boolean {
	return parts.body !== undefined;
}

/** @throws YisignError `input` where a POST could be sent twice, or without a person who wants it */
function checkPosting(context: IExecuteFunctions): void {
	if (context.getNode().retryOnFail === true) {
		throw wouldRepeat('Retry On Fail would send POST requests twice');
	}
	if (isTool(context.getNode())) throw notForModels();
}

async function callForFile(
	context: IExecuteFunctions,
	client: YisignClient,
	{ path, parts, maxBytes }: InterfaceCall & { maxBytes: number },
): Promise<INodeExecutionData> {
	const store = async (file: DownloadedFile) => await storeFile(context, file);
	const options = { maxBytes, fallbackName: '' };
	const { binary, facts } = await client.callForFile(path, parts, options, store);
	return { json: facts, binary: { [BINARY_FIELD]: binary } };
}

const NOTHING = toHint('warning', 'The list in the reply is empty.');

const EMPTY = toHint(
	'warning',
	'Yisign answered without content. If there should be some, look in Yisign whether the request was carried out.',
);

const ROUNDED = toHint(
	'warning',
	'Some numbers in the reply have more digits than n8n can keep. They are rounded: do not use them as ids, but ask Yisign to send them as text.',
);

function nothingToSplit(): YisignError {
	return new YisignError('input', 'Split Out needs a reply that is JSON', {
		description: 'Remove Split Out, or set Response Format to JSON.',
		cause: 'configuration-invalid',
	});
}

function notForModels(): YisignError {
	return new YisignError('input', 'As a tool of an AI Agent, Call Interface sends no POST', {
		description:
			'A POST changes something at the hospital, and a text can persuade a model to send it. Let the agent ask with GET, and send the POST with a node of the workflow.',
		cause: 'configuration-invalid',
	});
}
