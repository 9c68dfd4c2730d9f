import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { outcomeOf, YisignError } from '../../shared/errors';

/** How an operation speaks of what it sends. */
export interface OutcomeWords {
	/** That it is not known what became of a request; the reason comes behind it. */
	notKnown: string;
	/** A sentence about items, by their numbers, whose request was carried out. */
	done: (items: string) => string;
	/** A sentence about items of which that is not known. */
	unclear: (items: string) => string;
}

/**
 * What became of requests that must not be sent twice: when a run stops, its message names the items
 * that are done and those of which it is not known.
 */
export class Outcomes {
	/** Numbers of items. */
	private readonly done: number[] = [];

	private readonly unclear: number[] = [];

	private readonly words: OutcomeWords;

	constructor(words: OutcomeWords) {
		this.words = words;
	}

	/**
	 * Notes what becomes of an item's request.
	 *
	 * @throws the fault, and where Yisign may have received the request, one that says so
	 */
	async note<T>(sending: Promise<T>, itemIndex: number): Promise<T> {
		const outcome = await outcomeOf(sending);
		if ('value' in outcome) {
			this.done.push(itemIndex);
			return outcome.value;
		}
		const { fault } = outcome;
		if (!(fault instanceof YisignError) || !mayHaveBeenReceived(fault)) throw fault;
		this.unclear.push(itemIndex);
		throw notKnown(fault, this.words.notKnown);
	}

	/** The error that ends a run, with what became of the items that were sent. */
	addTo(error: unknown): unknown {
		const isShown = error instanceof NodeApiError || error instanceof NodeOperationError;
		if (!isShown) return error;
		const { done, unclear, words } = this;
		const sentences = [error.description];
		if (done.length > 0) sentences.push(words.done(listItems(done)));
		if (unclear.length > 0) sentences.push(words.unclear(listItems(unclear)));
		error.description = sentences.filter(Boolean).join(' ');
		return error;
	}
}

/** Whether Yisign may have taken the request although no good answer came. */
function mayHaveBeenReceived({ kind, details }: YisignError): boolean {
	if (details.isReceived === true) return true;
	if (details.isUnsent === true || details.cause === 'rate-limited') return false;
	const { httpStatus } = details;
	// With a status that says no, nothing was done; a page in the place of an answer says nothing.
	if (kind === 'refused') return httpStatus !== undefined && httpStatus >= 500;
	if (kind === 'notYisign') return httpStatus === undefined;
	return kind === 'transient' || kind === 'cancelled';
}

/** Without a cause that says "later", on which n8n or a person might simply send it again. */
function notKnown(
	{ kind, message, details: { httpStatus } }: YisignError,
	text: string,
): YisignError {
	return new YisignError(kind, text + message, {
		httpStatus,
		description: 'Yisign may have received the request, so it was not sent again.',
	});
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

/** @param message what Retry On Fail would do */
export function wouldRepeat(message: string): YisignError {
	return new YisignError('input', message, {
		description:
			'It sends all items again, also those that Yisign has received. Switch it off under Settings of this node; what never reached Yisign is sent again without it.',
		cause: 'configuration-invalid',
	});
}
