import {
	deliver,
	makeCallback,
	signed,
	unsigned,
	writeBody,
	type CallbackEvent,
} from './callbacks.mts';
import type { Envelope } from './envelopes.mts';

/** Where callbacks go and in which form; looked up for each. */
export type OutboxSettings = {
	/** Address that gets a callback for each envelope that is signed. Default none. */
	callbackUrl: string;
	/** Which of the documented callbacks that is. Default `dataSignatureCompleted`. */
	callbackEvent: CallbackEvent;
	/** Whether it is signed (vendor-api 3.5); what Yisign does is open. Default true. */
	callbackSigned: boolean;
};

/** One callback that went out. */
export type SentCallback = {
	/** Epoch ms. */
	at: number;
	event: string;
	envelopeWsid: string;
	/** Where to, see {@link plainAddress}. */
	address: string;
	/** How often it was posted so far. */
	tries: number;
	/** HTTP status of the last answer; 0 until the last try is over, and if nobody answered. */
	status: number;
};

/** Sends callbacks in the background. */
export type Outbox = {
	/** Every callback so far, oldest first. */
	log: SentCallback[];
	/** Sends the callback for an envelope, if there is an address. Never throws. */
	send(envelope: Envelope): void;
	/** Gives up what is still on its way. */
	close(): void;
};

/** An address without the query and the password that it may hold; empty if it is none. */
export function plainAddress(address: string): string {
	const url = URL.parse(address);
	return url ? url.origin + url.pathname : '';
}

/** Enough for a short fault, not for a restart; the pause is in ms. */
const RETRIES = { tries: 5, pause: 1000 };

/** Makes an outbox; `settings` may change at any time. */
export function makeOutbox(
	settings: OutboxSettings & { appId: string; appSecret: string },
): Outbox {
	const log: SentCallback[] = [];
	const closing = new AbortController();

	async function send(envelope: Envelope): Promise<void> {
		const { callbackUrl, callbackEvent, callbackSigned, appId, appSecret } = settings;
		const entry: SentCallback = {
			at: Date.now(),
			event: callbackEvent,
			envelopeWsid: envelope.source.envelopeWsid,
			address: plainAddress(callbackUrl),
			tries: 0,
			status: 0,
		};
		log.push(entry);
		const body = writeBody(makeCallback(envelope, callbackEvent));
		// Signed for each try, with a nonce of its own: the same message again is a replay.
		const make = () => {
			entry.tries += 1;
			const { host, protocol } = new URL(callbackUrl);
			const scheme = protocol.slice(0, -1);
			return callbackSigned ? signed(body, { appId, appSecret, host, scheme }) : unsigned(body);
		};
		const { signal } = closing;
		entry.status = (await deliver(callbackUrl, make, { ...RETRIES, signal })).status;
	}

	return {
		log,
		send(envelope) {
			// What is refused, unreachable or given up is in the log; the server goes on.
			if (settings.callbackUrl) send(envelope).catch(() => undefined);
		},
		close: () => closing.abort(),
	};
}
