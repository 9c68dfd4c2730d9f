import type { ActionableCause, INode, TimedCause } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

/** What went wrong, for the code that has to choose what to do about it. */
export const YISIGN_ERROR_KINDS = [
	/** A field of the node or the credential holds something that cannot be used. */
	'input',
	/** Nothing, or nothing complete, came back, or Yisign is busy: worth another try. */
	'transient',
	/** Yisign said no to this request; the same request would get the same answer. */
	'refused',
	/** Yisign does not accept the token or the App ID. */
	'unauthorized',
	/** What answered does not speak like Yisign. */
	'notYisign',
	/** The workflow was cancelled while waiting. */
	'cancelled',
	/** The result cannot be read completely. */
	'incomplete',
] as const;

export type YisignErrorKind = (typeof YISIGN_ERROR_KINDS)[number];

export interface YisignErrorDetails {
	/** Sentence case, ends with a full stop: what to do now. */
	description?: string;
	/** The same for a model, which has the keys of its tool and no field of the editor. */
	toolDescription?: string;
	/** Declared to n8n, so that it knows whether a later try can help. */
	cause?: TimedCause | ActionableCause;
	/** How long Yisign asked to wait, in ms. */
	retryAfterMs?: number;
	/** HTTP status of the answer, where there was one. */
	httpStatus?: number;
	/** True if nothing of the request can have reached Yisign. */
	isUnsent?: boolean;
	/** Whether the answer's body says itself that it is a refusal, as JSON. */
	isSaid?: boolean;
	/** True if Yisign has received the request, and it is the answer that cannot be used. */
	isReceived?: boolean;
}

/**
 * The one error of this package. Its texts are written here, never taken over from an HTTP
 * library, so they hold no address with a token in it and nothing about a patient.
 */
export class YisignError extends Error {
	readonly kind: YisignErrorKind;

	readonly details: YisignErrorDetails;

	/** Where n8n looks for it when it wraps an error that a credential threw. */
	readonly description?: string;

	/** The kind once more: of a wrapped error, n8n 1 keeps nothing but this, message and description. */
	readonly errorCode: string;

	/** @param message what happened, naming the field's label where one is at fault */
	constructor(kind: YisignErrorKind, message: string, details: YisignErrorDetails = {}) {
		super(message);
		this.name = 'YisignError';
		this.kind = kind;
		this.errorCode = kind;
		this.details = details;
		this.description = details.description;
	}
}

/** Whether Yisign said no to a request. */
export function isRefusal(fault: unknown): boolean {
	return fault instanceof YisignError && fault.kind === 'refused';
}

/** How a promise ended. */
export type Outcome<T> = { value: T } | { fault: unknown };

/** How a promise ended, as a value: for code that decides what to do about a fault. */
export async function outcomeOf<T>(promise: Promise<T>): Promise<Outcome<T>> {
	return await promise.then(
		(value) => ({ value }),
		(fault: unknown) => ({ fault }),
	);
}

/** @throws the fault if there is one */
export function valueOf<T>(outcome: Outcome<T>): T {
	if ('fault' in outcome) throw outcome.fault;
	return outcome.value;
}

/**
 * The error to throw out of a node: what n8n shows in red, with its description and item number.
 * An error that is not ours keeps its text, one that is ready for n8n goes through.
 */
export function toNodeError(
	node: INode,
	error: unknown,
	itemIndex?: number,
): NodeOperationError | NodeApiError {
	if (error instanceof NodeOperationError || error instanceof NodeApiError) return error;
	if (!(error instanceof YisignError)) {
		return new NodeOperationError(node, error as Error, { itemIndex });
	}
	const { cause, retryAfterMs, httpStatus } = error.details;
	const description = descriptionFor(node, error.details);
	const failure = cause === undefined ? undefined : asFailure(cause, retryAfterMs);
	if (httpStatus === undefined) {
		return new NodeOperationError(node, error.message, { description, itemIndex, failure });
	}
	return new NodeApiError(
		node,
		{},
		{ message: error.message, description, httpCode: String(httpStatus), itemIndex, failure },
	);
}

/** Whether a node is a tool of an AI Agent; as n8n itself knows the tool that it makes of one. */
export function isTool({ type }: INode): boolean {
	return type.endsWith('Tool');
}

function descriptionFor(node: INode, details: YisignErrorDetails): string | undefined {
	return (isTool(node) ? details.toolDescription : undefined) ?? details.description;
}

function asFailure(cause: TimedCause | ActionableCause, retryAfterMs?: number) {
	switch (cause) {
		case 'rate-limited':
		case 'quota-exhausted':
		case 'temporarily-unavailable':
			return { cause, retryAfterMs };
		default:
			return { cause };
	}
}
