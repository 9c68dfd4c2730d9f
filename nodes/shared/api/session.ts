import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import type { RawReply } from './reply';
import { isInvalidToken } from './reply';
import { pause } from './retry';

/** Requests after which a refusal of the token is believed, those for tokens included. */
const MOST_REQUESTS = 4;

/** ms in which another execution has stored the token that it got. */
const STORING_TIME = 250;

/** Sends a request with the token in use, and with another one if Yisign does not accept it. */
export type Session = (request: () => Promise<RawReply>) => Promise<RawReply>;

/**
 * The token that all requests of a client share.
 *
 * As long as it is not known whether Yisign accepts it, one request goes ahead and the others wait.
 * So it is renewed once for all of them, and a token that stays invalid costs few requests.
 *
 * Other executions use the same credential, and a server may end the old token when it issues a new
 * one. So what they have stored meanwhile is tried before a further one is asked for.
 *
 * @param credentials of the client; n8n gets a token and puts it into `sessionToken` where that is
 *   empty, before it sends a request
 * @param readStored reads the credential once more
 * @param cancel ends a pause when it is aborted
 */
export function createSession(
	credentials: ICredentialDataDecryptedObject,
	readStored: () => Promise<ICredentialDataDecryptedObject>,
	cancel: AbortSignal,
): Session {
	const canRenew = credentials.authentication === 'appSecret';

	/** Whether all may send with the token in use. */
	let isTrusted = false;

	/** The request that goes ahead, on its way. */
	let trial: Promise<unknown> | undefined;

	/** A token that was refused, and after which no other was any better. */
	let givenUp: unknown;

	const needsToken = () => canRenew && credentials.sessionToken === '';

	/**
	 * Sends a request with one token after the other.
	 *
	 * @param refusal of the token in use, if that is known already
	 */
	async function tryTokens(
		request: () => Promise<RawReply>,
		refusal?: RawReply,
	): Promise<RawReply> {
		let reply = refusal;
		let spent = refusal ? 1 : 0;
		let isNew = false;
		for (;;) {
			if (reply) {
				const next = await findToken(spent, isNew);
				if (next === undefined) return reply;
				credentials.sessionToken = next;
			}
			isNew = needsToken();
			spent += isNew ? 2 : 1;
			reply = await request();
			isTrusted = !isInvalidToken(reply);
			if (isTrusted || !canRenew) return reply;
		}
	}

	/**
	 * The token to try after that in use was refused.
	 *
	 * @param isNew whether n8n has just got it
	 * @returns empty for a new one; undefined if enough were tried
	 */
	async function findToken(spent: number, isNew: boolean): Promise<string | undefined> {
		const refused = credentials.sessionToken;
		if (refused === givenUp) return undefined;
		if (isNew) await pause(STORING_TIME, cancel);
		const { sessionToken = '' } = await readStored();
		const next = sessionToken === refused ? '' : String(sessionToken);
		if (spent + (next === '' ? 2 : 1) <= MOST_REQUESTS) return next;
		givenUp = refused;
		return undefined;
	}

	/** Sends a request while the others wait for what becomes of the token. */
	async function goAhead(request: () => Promise<RawReply>, refusal?: RawReply): Promise<RawReply> {
		isTrusted = false;
		const sending = tryTokens(request, refusal);
		trial = sending
			.catch(() => {
				// Nothing is known about the token; where there is none, the next goes ahead.
				isTrusted = !needsToken();
			})
			.finally(() => (trial = undefined));
		return await sending;
	}

	return async (request) => {
		for (let refusals = 1; ; refusals += 1) {
			while (trial) await trial;
			if (!isTrusted) return await goAhead(request);
			const token = credentials.sessionToken;
			const reply = await request();
			if (!isInvalidToken(reply) || !canRenew || refusals === MOST_REQUESTS) return reply;
			while (trial) await trial;
			// Otherwise another request has renewed it meanwhile.
			if (credentials.sessionToken === token) return await goAhead(request, reply);
		}
	};
}
