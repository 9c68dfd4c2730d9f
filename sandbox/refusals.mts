import { randomUUID } from 'node:crypto';
import type { SearchSettings } from './settings.mts';

/** An error reply: thrown anywhere while a request is handled, sent by the server. */
export class Refusal extends Error {
	/** HTTP status. */
	readonly status: number;
	/** Sent as JSON, or as it is if a text. */
	readonly body: object | string;

	constructor(status: number, body: object | string) {
		super(`HTTP ${status}`);
		this.status = status;
		this.body = body;
	}
}

/** The OAuth style (vendor-api 1.4). Inferred: `error_description`; the SDK reads `error` only. */
export function oauthRefusal(status: number, error: string, description: string): Refusal {
	return new Refusal(status, { error, error_description: description });
}

/**
 * The vendor's own style, all five keys texts (vendor-api 1.4). Inferred: the code, which keeps
 * the success code's prefix and ends in the HTTP status, and the kind of the WSID; the page of
 * error codes is not readable.
 */
export function vendorRefusal(
	status: number,
	userMessage: string,
	developerMessage: string,
): Refusal {
	return new Refusal(status, {
		code: `100550${status}`,
		errorWsid: `WSID_ERRO_${randomUUID().replaceAll('-', '')}`,
		userMessage,
		developerMessage,
		moreInfo: '',
	});
}

/**
 * Wrong parameters: the 400 (参数不正确) that vendor-api 1.4 declares without showing a body.
 * `status` is the HTTP status, where it is another than the body's.
 */
export function malformed(developerMessage: string, status = 400): Refusal {
	return new Refusal(status, vendorRefusal(400, '参数不正确', developerMessage).body);
}

/** Does something, and says no in another way where it throws a `Refusal`. */
export function refusing<Result>(way: SearchSettings['refusals'], act: () => Result): Result {
	try {
		return act();
	} catch (error) {
		if (!(error instanceof Refusal) || way === 'vendor') throw error;
		if (way === 'page') throw new Refusal(error.status, '<html><body>400</body></html>');
		throw new Refusal(way === 'inOk' ? 200 : 500, error.body);
	}
}

/** Elasticsearch's answer to a page that ends (row number `end`) beyond `window`. */
export function beyondWindow(window: number, end: number): Refusal {
	const cause = {
		type: 'illegal_argument_exception',
		reason:
			`Result window is too large, from + size must be less than or equal to: ` +
			`[${window}] but was [${end}].`,
	};
	return new Refusal(400, {
		error: {
			root_cause: [cause],
			type: 'search_phase_execution_exception',
			reason: 'all shards failed',
			phase: 'query',
			grouped: true,
			failed_shards: [{ shard: 0, index: 'signit_envelope', node: 'sandbox', reason: cause }],
		},
		status: 400,
	});
}
