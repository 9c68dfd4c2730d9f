import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { YisignError } from '../errors';
import { usesAppSecret } from './authentication';
import type { RawReply } from './reply';
import { isInvalidToken } from './reply';
import { pause } from './retry';

/** Requests that one may become where its token is refused, those for tokens included. */
export const MOST_FOR_ONE = 4;

/** ms in which another execution has stored the token that it got. */
const STORING_TIME = 250;

/** Sends one request, with the token that is in use at the time. */
type Request = () => Promise<RawReply>;

interface SessionSettings {
	/**
	 * Of the client. n8n gets a token and puts it into `sessionToken` where that is empty, before it
	 * sends a request.
	 */
	credentials: ICredentialDataDecryptedObject;
	/** Reads the credential once more. */
	readStored: () => Promise<ICredentialDataDecryptedObject>;
	/** Ends a pause when it is aborted. */
	cancel: AbortSignal;
}

/**
 * The token that all requests of a client share.
 *
 * As long as it is not known whether Yisign accepts it, one request goes ahead and the others wait.
 * So it is renewed once for all of them, and a token that stays invalid costs few requests.
 *
 * Other executions use the same credential, and a server may end the old token when it issues a new
 * one. So what they have stored meanwhile is tried before a further one is asked for.
 */
export class Session {
	/** Whether all may send with the token in use. */
	private isTrusted = false;

	/** The request that goes ahead, on its way. */
	private trial: Promise<unknown> | undefined;

	/** A token that was refused, and after which no other was any better. */
	private givenUp: unknown;

	/** The same, where it was refused for a file: that may be about the file's own address. */
	private givenUpForFile: unknown;

	/** What Yisign said of the token once it was given up; returned for every further request. */
	refusal: RawReply | undefined;

	/** Requests that were sent so far, those for tokens included. */
	sent = 0;

	private readonly settings: SessionSettings;

	private readonly canRenew: boolean;

	constructor(settings: SessionSettings) {
		this.settings = settings;
		this.canRenew = usesAppSecret(settings.credentials);
	}

	/**
	 * Sends a request with the token in use, and with another one if Yisign does not accept it.
	 *
	 * @param isFile whether it asks for a file: it may be refused for itself, with any token
	 * @throws YisignError
	 */
	async send(request: Request, { isFile = false } = {}): Promise<RawReply> {
		const { credentials } = this.settings;
		for (let refusals = 1; ; refusals += 1) {
			while (this.trial) await this.trial;
			if (this.refusal) return this.refusal;
			if (!this.isTrusted) return await this.goAhead(request, isFile);
			const token = credentials.sessionToken;
			this.sent += 1;
			const reply = await request();
			if (!isInvalidToken(reply)) return reply;
			const isLast = refusals === MOST_FOR_ONE;
			if (!this.canRenew || (isLast && isFile)) return this.note(reply, isFile);
			if (isLast) throw shortLived();
			while (this.trial) await this.trial;
			// Otherwise another request has renewed it meanwhile.
			if (credentials.sessionToken === token) {
				return await this.goAhead(request, isFile, reply);
			}
		}
	}

	/** Sends a request while the others wait for what becomes of the token. */
	private async goAhead(request: Request, isFile: boolean, refusal?: RawReply): Promise<RawReply> {
		this.isTrusted = false;
		const sending = this.tryTokens(request, isFile, refusal);
		this.trial = sending
			.catch(() => {
				// Nothing is known about the token; where there is none, the next goes ahead.
				this.isTrusted = !this.needsToken();
			})
			.finally(() => (this.trial = undefined));
		return this.note(await sending, isFile);
	}

	/**
	 * Sends a request with one token after the other.
	 *
	 * @param refusal of the token in use, if that is known already
	 */
	private async tryTokens(
		request: Request,
		isFile: boolean,
		refusal?: RawReply,
	): Promise<RawReply> {
		let reply = refusal;
		let spent = refusal ? 1 : 0;
		let isNew = false;
		for (;;) {
			if (reply) {
				const next = await this.findToken(spent, isNew, isFile);
				if (next === undefined) return reply;
				this.settings.credentials.sessionToken = next;
			}
			isNew = this.needsToken();
			const cost = isNew ? 2 : 1;
			spent += cost;
			this.sent += cost;
			reply = await request();
			this.isTrusted = !isInvalidToken(reply);
			if (this.isTrusted || !this.canRenew) return reply;
		}
	}

	/**
	 * The token to try after that in use was refused.
	 *
	 * @param spent how many requests it has cost so far
	 * @param isNew whether n8n has just got it
	 * @returns empty for a new one; undefined if enough were tried
	 */
	private async findToken(
		spent: number,
		isNew: boolean,
		isFile: boolean,
	): Promise<string | undefined> {
		const { credentials, readStored, cancel } = this.settings;
		const refused = credentials.sessionToken;
		if (refused === this.givenUp || (isFile && refused === this.givenUpForFile)) return undefined;
		if (isNew) await pause(STORING_TIME, cancel);
		const { sessionToken = '' } = await readStored();
		const next = sessionToken === refused ? '' : String(sessionToken);
		if (spent + (next === '' ? 2 : 1) <= MOST_FOR_ONE) return next;
		if (isFile) this.givenUpForFile = refused;
		else this.givenUp = refused;
		return undefined;
	}

	/** Remembers a refusal after which nothing needs to be asked any more. */
	private note(reply: RawReply, isFile: boolean): RawReply {
		if (!isFile && isInvalidToken(reply)) this.refusal = reply;
		return reply;
	}

	private needsToken(): boolean {
		return this.canRenew && this.settings.credentials.sessionToken === '';
	}
}

/** Each token was accepted for another request, and none for this one. */
function shortLived(): YisignError {
	return new YisignError('unauthorized', 'Yisign ended each token after a few requests', {
		description:
			'Lower Parallel Requests if it is under Options, and let workflows with this credential run one after the other. Ask Yisign how long a token is valid.',
		cause: 'credential-invalid',
	});
}
