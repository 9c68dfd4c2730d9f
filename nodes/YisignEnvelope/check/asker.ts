import type { YisignClient } from '../../shared/api/client';
import { SEARCH_PATH } from '../../shared/api/endpoints';
import { openSearchReply } from '../../shared/api/reply';
import { outcomeOf, YisignError } from '../../shared/errors';
import type { JsonObject } from '../../shared/json';
import { asText, isObject } from '../../shared/json';
import type { SearchPage } from '../../shared/search/page';
import { readSearchPage } from '../../shared/search/page';
import { OPEN } from './finding';

/** Requests that reach Yisign at the most, those that are repeated and those for tokens included. */
export const MOST_REQUESTS = 60;

/** ms after which no further request is sent. */
const LONGEST = 300_000;

/** ms before a request that was not answered is sent once more, unless Yisign asks for longer. */
const PAUSE = 500;

/** What to ask interface 2.2 for; what is left out is not sent. */
export interface Probe {
	q?: string;
	sort?: string;
	from?: number | string;
	size?: number;
}

/** How a reply says how many records there are. */
export type TotalForm = 'object' | 'number' | 'text' | 'none' | 'other';

/** A page that came. */
export interface PageAnswer {
	kind: 'page';
	probe: Probe;
	page: SearchPage;
	/** `_id` of each hit that has content; null where it has none. */
	ids: Array<string | null>;
	totalForm: TotalForm;
	/** Whether the result was wrapped once more, in `data`. */
	isWrapped: boolean;
	/** Whether the server says that it searched only a part of its records. */
	isPartial: boolean;
	/** Epoch ms by n8n's clock. */
	sentAt: number;
	/** Epoch ms by n8n's clock. */
	receivedAt: number;
}

/** The server said no, in whichever way. */
export interface RefusedAnswer {
	kind: 'refused';
	probe: Probe;
	fault: YisignError;
}

/** Nothing that says anything about the question. */
interface NoAnswer {
	kind: 'none';
	reason: string;
	/** What helps. */
	todo: string;
	/** Undefined if nothing was sent any more. */
	fault?: YisignError;
}

export type Answer = PageAnswer | RefusedAnswer | NoAnswer;

interface AskerOptions {
	/** Epoch ms. */
	now: () => number;
	/** Waits for some ms; throws if the workflow is stopped. */
	pause: (ms: number) => Promise<void>;
	/** Requests that one may become, where its token is refused and can be renewed. */
	mostForOne: number;
}

type AskedClient = Pick<YisignClient, 'get' | 'sent'>;

/** Asks one question after the other, keeps the answers, and knows when enough was asked. */
export class Asker {
	/** Every page that came, oldest first. */
	readonly pages: PageAnswer[] = [];

	/** Every refusal, oldest first. */
	readonly refusals: RefusedAnswer[] = [];

	private readonly client: AskedClient;

	private readonly options: AskerOptions;

	private readonly begin: number;

	constructor(client: AskedClient, options: AskerOptions) {
		this.client = client;
		this.options = options;
		this.begin = options.now();
	}

	/** How many requests were sent so far, those for tokens included. */
	get requests(): number {
		return this.client.sent;
	}

	/**
	 * Sends one request, and once more if nothing came.
	 *
	 * @throws YisignError `cancelled`
	 */
	async ask(probe: Probe): Promise<Answer> {
		const first = await this.askOnce(probe);
		if (first.kind === 'page' || first.fault?.kind !== 'transient') return first;
		await this.options.pause(first.fault.details.retryAfterMs ?? PAUSE);
		const second = await this.askOnce(probe);
		// The same server error twice is an answer: what was asked for is too much for it.
		return second.kind === 'none' && isServerError(first.fault) && isServerError(second.fault)
			? this.refuse(probe, second.fault)
			: second;
	}

	private async askOnce(probe: Probe): Promise<Answer> {
		const { client, options } = this;
		const sentAt = options.now();
		if (this.requests + options.mostForOne > MOST_REQUESTS)
			return none('as many requests were sent as are allowed', OPEN.same);
		if (sentAt - this.begin > LONGEST) return none('the check had taken five minutes');
		const read = (reply: JsonObject, headers: Record<string, unknown>) => ({
			...readAnswer(reply, headers),
			probe,
			sentAt,
			receivedAt: options.now(),
		});
		const query = Object.fromEntries(
			Object.entries(probe).filter(([, value]) => value !== undefined),
		) as Record<string, string | number>;
		const outcome = await outcomeOf(client.get(SEARCH_PATH, query, read, 0));
		if ('value' in outcome) {
			this.pages.push(outcome.value);
			return outcome.value;
		}
		const { fault } = outcome;
		if (!(fault instanceof YisignError) || fault.kind === 'cancelled') throw fault;
		return isRefusal(fault) ? this.refuse(probe, fault) : unanswered(fault);
	}

	private refuse(probe: Probe, fault: YisignError): RefusedAnswer {
		const answer = { kind: 'refused' as const, probe, fault };
		this.refusals.push(answer);
		return answer;
	}
}

function none(reason: string, todo: string = OPEN.quiet): NoAnswer {
	return { kind: 'none', reason, todo };
}

function unanswered(fault: YisignError): NoAnswer {
	const { kind, details } = fault;
	if (kind === 'unauthorized') {
		const todo = 'Check the credential, and run Check Server again.';
		return { ...none('Yisign no longer accepted the credential', todo), fault };
	}
	const { httpStatus } = details;
	const what = httpStatus === undefined ? '' : ` but HTTP ${httpStatus}, twice`;
	return { ...none(`no answer came${what}`), fault };
}

/** A 403 on one request and not on another is a gateway's way of saying no. */
function isRefusal({ kind, details }: YisignError): boolean {
	if (kind === 'unauthorized') return details.httpStatus === 403;
	return kind === 'refused' ? details.httpStatus !== undefined : kind === 'notYisign';
}

function isServerError(fault: YisignError | undefined): fault is YisignError {
	return fault?.details.httpStatus === 500;
}

/** A page with what the search itself does not need to know. */
function readAnswer(reply: JsonObject, headers: Record<string, unknown>) {
	const { body, outer, hits } = openSearchReply(reply);
	const failed = isObject(body._shards) ? Number(body._shards.failed ?? 0) : 0;
	const withContent = hits.filter(
		(hit): hit is JsonObject => isObject(hit) && isObject(hit._source),
	);
	return {
		kind: 'page' as const,
		// Without the flags of a partial result, which would be a fault.
		page: readSearchPage({ hits: outer }, headers),
		ids: withContent.map((hit) => asText(hit._id) || null),
		totalForm: formOf(outer.total),
		isWrapped: body !== reply,
		isPartial: body.timed_out === true || failed > 0,
	};
}

function formOf(total: unknown): TotalForm {
	if (total === undefined || total === null) return 'none';
	if (isObject(total)) return 'object';
	if (typeof total === 'number') return 'number';
	return typeof total === 'string' ? 'text' : 'other';
}
