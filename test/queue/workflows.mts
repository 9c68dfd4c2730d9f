import type { INode, INodeParameters } from 'n8n-workflow';
import { chain, type WorkflowFile } from '../../engine/engine.mts';
import { OFTEN, pickCredential, readWorkflow } from '../../instance/contents.mts';
import type { StoredCredential } from '../../instance/rest.mts';

/** The trigger of {@link tellThenSearch}. */
export const TRIGGER = 'When an Envelope Completes';

/** The search of all workflows here. */
export const SEARCH = 'Yisign Envelope';

/** The node of {@link downloadOnCall} that has the file. */
export const DOWNLOAD = 'Download';

/**
 * Searches everything when its webhook is called.
 *
 * @param isWaiting whether the caller gets the envelopes, or an answer before the search begins
 */
export function searchOnCall(
	path: string,
	credential: StoredCredential,
	isWaiting = true,
): WorkflowFile {
	return {
		name: `Search on call: ${path}`,
		...chain(webhook(path, isWaiting), yisign(SEARCH, 'Envelope', { returnAll: true }, credential)),
	};
}

/** Polls every few seconds, and searches for each envelope that the trigger emits. */
export function tellThenSearch(credential: StoredCredential): WorkflowFile {
	const value = '={{ $json.envelopeWsid }}';
	return {
		name: 'Emitted, then searched for',
		...chain(
			yisign(TRIGGER, 'EnvelopeTrigger', { pollTimes: OFTEN }, credential),
			yisign(
				SEARCH,
				'Envelope',
				{ conditions: { condition: [{ field: 'envelopeWsid', value }] }, returnAll: true },
				credential,
			),
		),
	};
}

/** Takes signed callbacks. */
export function onCallback(credential: StoredCredential): WorkflowFile {
	const trigger = yisign('When Yisign Calls Back', 'Trigger', {}, credential);
	return { name: 'On callback', ...chain({ ...trigger, webhookId: CALLBACK_PATH }) };
}

/** Where {@link onCallback} listens, below n8n's `/webhook/`. */
export const CALLBACK_PATH = '7a1c2f6e-31a5-4b0e-9f43-2c7d5e0b8a11';

/** Downloads the files of an envelope when its webhook is called. */
export function downloadOnCall(
	path: string,
	envelopeWsid: string,
	credential: StoredCredential,
): WorkflowFile {
	return {
		name: `Download on call: ${path}`,
		...chain(
			webhook(path, true),
			yisign(DOWNLOAD, 'Envelope', { operation: 'download', envelopeWsid }, credential),
		),
	};
}

/** The entrance of {@link nothingLost} for what a crash has left undone. */
export const CATCH_UP = 'Every Hour';

/** Where {@link nothingLost} notes in `envelopeWsid` what is done. */
export const DONE_TABLE = 'yisign_done';

/**
 * The example, set up by its user, who does not want to wait: what completes from now on counts,
 * and is caught up with at once.
 */
export function nothingLost(credential: StoredCredential): WorkflowFile {
	const workflow = readWorkflow('examples/08-nothing-lost-in-a-crash.json');
	const text = JSON.stringify(pickCredential(workflow, credential))
		.replace('2025-01-01T00:00:00+08:00', new Date().toISOString())
		.replace('minutes: 15', 'minutes: 0');
	const fitted = JSON.parse(text) as WorkflowFile;
	for (const { parameters } of fitted.nodes) {
		if ('pollTimes' in parameters) parameters.pollTimes = OFTEN;
	}
	return fitted;
}

function webhook(path: string, isWaiting: boolean): INode {
	const node = make('Webhook', 'n8n-nodes-base.webhook', {
		path,
		httpMethod: 'POST',
		...(isWaiting
			? { responseMode: 'lastNode', responseData: 'allEntries' }
			: { responseMode: 'onReceived' }),
	});
	return { ...node, typeVersion: 2, webhookId: path };
}

function yisign(
	name: string,
	type: 'Envelope' | 'EnvelopeTrigger' | 'Trigger',
	parameters: INodeParameters,
	{ id, name: credentialName }: StoredCredential,
): INode {
	return {
		...make(name, `n8n-nodes-yisign.yisign${type}`, parameters),
		credentials: { yisignApi: { id, name: credentialName } },
	};
}

function make(name: string, type: string, parameters: INodeParameters): INode {
	return { id: name, name, type, typeVersion: 1, position: [0, 0], parameters };
}
