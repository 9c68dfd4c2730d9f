import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { normalizeBaseUrl } from '../address';
import { requireCredentialText } from '../credential';
import type { YisignErrorKind } from '../errors';
import { outcomeOf, YisignError } from '../errors';
import { authenticationOf, readToken, tokenRequest, usesAppSecret } from './authentication';
import { DOCUMENTED_PAGE_SIZE, SEARCH_PATH } from './endpoints';
import { readFileServers } from './fileServers';
import type { RawReply } from './reply';
import { checkReply, isInvalidToken, openSearchReply } from './reply';
import type { AddressField } from './transport';
import { toTransportError } from './transport';

/** An envelope id of the right shape that no envelope has: the test moves no patient's data. */
const NO_ENVELOPE = 'WSID_ENVE_00000000000000000000000000000000';

/** ms; a person waits. */
const TIMEOUT = 20_000;

type Get = (url: string, field: AddressField, options: object) => Promise<RawReply>;

/**
 * What n8n's button Test does: searches for an envelope that does not exist, and says which part of
 * the credential is wrong.
 */
async function testYisignConnection(
	this: ICredentialTestFunctions,
	{ data = {} }: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
	const { helpers } = this;
	const get: Get = async (url, field, options) => {
		const outcome = await outcomeOf(
			helpers.request({
				...options,
				method: 'GET',
				uri: url,
				json: true,
				simple: false,
				resolveWithFullResponse: true,
				followRedirect: false,
				rejectUnauthorized: data.allowUnauthorizedCerts !== true,
				timeout: TIMEOUT,
			}) as Promise<RawReply>,
		);
		if ('fault' in outcome) throw toTransportError(outcome.fault, url, field);
		return outcome.value;
	};
	const signedIn = await outcomeOf(signIn(get, data));
	if ('fault' in signedIn) return red(signedIn.fault);
	const found = await outcomeOf(search(get, signedIn.value));
	if ('fault' in found) return red(found.fault, ABOUT_ANSWERS);
	return { status: 'OK', message: 'Connection successful' };
}

/**
 * @returns the credential, with a token if it needs one
 * @throws YisignError
 */
async function signIn(
	get: Get,
	data: ICredentialDataDecryptedObject,
): Promise<ICredentialDataDecryptedObject> {
	readFileServers(data.fileServers, normalizeBaseUrl(data.baseUrl));
	requireCredentialText(data.appId, 'App ID');
	if (!usesAppSecret(data)) {
		requireCredentialText(data.accessToken, 'Access Token');
		return data;
	}
	const { url, field, qs } = tokenRequest(data);
	return { ...data, sessionToken: readToken(await get(url, field, { qs })) };
}

/** @throws YisignError */
async function search(get: Get, credentials: ICredentialDataDecryptedObject): Promise<void> {
	const { headers, qs } = authenticationOf(credentials);
	const reply = await get(normalizeBaseUrl(credentials.baseUrl) + SEARCH_PATH, 'Base URL', {
		headers,
		qs: { ...qs, q: `(envelopeWsid=${NO_ENVELOPE})`, from: 0, size: DOCUMENTED_PAGE_SIZE },
	});
	if (reply.statusCode === 403) throw notAllowed();
	if (isInvalidToken(reply)) throw notAccepted(usesAppSecret(credentials));
	openSearchReply(checkReply(reply));
}

/** What helps in a credential, where the operations would speak of their own fields. */
const ABOUT_ANSWERS: Partial<Record<YisignErrorKind, string>> = {
	refused: 'Check App ID and Access Token (or App Secret), then Base URL.',
	transient: 'Check Base URL, or try again later.',
};

/** For what nobody has foreseen. */
const NOT_TESTED =
	'The connection could not be tested. Try again, or show this message to the administrator of n8n.';

/** @param instead of what the message advises, by its kind, where it is about an answer */
function red(
	fault: unknown,
	instead: Partial<Record<YisignErrorKind, string>> = {},
): INodeCredentialTestResult {
	if (!(fault instanceof YisignError)) return { status: 'Error', message: NOT_TESTED };
	const { kind, message, details } = fault;
	const isOfAnswer = details.httpStatus !== undefined || details.isUnsent === undefined;
	const advice = (isOfAnswer && instead[kind]) || asInCredential(details.description ?? '');
	const sentence = asInCredential(message.endsWith('.') ? message : `${message}.`);
	return { status: 'Error', message: `${sentence} ${advice}`.trim() };
}

/** A text for somebody who has the credential open, and no operation with fields of its own. */
function asInCredential(text: string): string {
	return text
		.replace(/ With Call Interface, check Path too\./, '')
		.replace(/Open the Yisign API credential and (\w)/, (_, letter: string) => letter.toUpperCase())
		.replace(/ in the Yisign API credential/g, '');
}

function notAccepted(isSecret: boolean): YisignError {
	const label = isSecret ? 'the token that it issued for App Secret' : 'Access Token, or App ID';
	return new YisignError('unauthorized', `Yisign did not accept ${label}`, {
		description: isSecret
			? 'Check App ID and App Secret: they have to be of the same application.'
			: 'Copy both again. A token that worked before may have expired: ask Yisign for a new one. If you were given a secret, choose App Secret under Authentication.',
	});
}

function notAllowed(): YisignError {
	return new YisignError('unauthorized', 'Yisign does not let this App ID search (HTTP 403)', {
		description: 'Check App ID, and ask Yisign whether it may use interface 2.2.',
	});
}

/** For `methods.credentialTest` of a node, under the name that its `testedBy` has. */
export const credentialTest = { testYisignConnection };
