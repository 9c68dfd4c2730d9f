import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { hasTokenUrl, normalizeBaseUrl, resolveTokenUrl } from '../address';
import { requireCredentialText } from '../credential';
import { YisignError } from '../errors';
import { isObject } from '../json';
import type { AddressField } from './transport';

/**
 * Token endpoint of the vendor's general platform; the doubled `oauth/oauth` is right.
 *
 * Inferred: the hospital product has it too. The credential's Token URL replaces it.
 */
export const CLIENT_GRANT_PATH = '/v1/oauth/oauth/token';

/** Header that carries the App ID on every call. */
const APP_ID_HEADER = 'X-Signit-App-Id';

/** Query parameter that carries the token on every call. */
const TOKEN_PARAMETER = 'access_token';

/** Whether tokens are to be got with the app secret. */
export function usesAppSecret({ authentication }: ICredentialDataDecryptedObject): boolean {
	return authentication === 'appSecret';
}

/** What every request carries: the App ID as a header, the token in the query. */
export function authenticationOf(credentials: ICredentialDataDecryptedObject) {
	const { appId, accessToken, sessionToken } = credentials;
	const token = usesAppSecret(credentials) ? sessionToken : trimmed(accessToken);
	return { headers: { [APP_ID_HEADER]: trimmed(appId) }, qs: { [TOKEN_PARAMETER]: token } };
}

/** ms for a token, where no client says how long a request may take. */
const TOKEN_TIMEOUT = 20_000;

/** Where a client writes it down: out of sight of n8n 1, which stores the credential that it is given. */
const TIMEOUT_KEY = Symbol('timeout');

/**
 * Says how long a request for a token may take.
 *
 * @param credentials the very object that n8n gives to the credential when it has no token
 * @param timeout ms to the last byte of the answer
 */
export function setTokenTimeout(
	credentials: ICredentialDataDecryptedObject,
	timeout: number,
): void {
	Object.defineProperty(credentials, TIMEOUT_KEY, { value: timeout });
}

/** ms to the last byte of the answer. */
export function tokenTimeoutOf(
	credentials: ICredentialDataDecryptedObject & { [TIMEOUT_KEY]?: number },
): number {
	return credentials[TIMEOUT_KEY] ?? TOKEN_TIMEOUT;
}

/**
 * The request for a token, and the field that its address comes from. It has the secret in its query.
 *
 * @throws YisignError `input` if the credential is not complete
 */
export function tokenRequest(credentials: ICredentialDataDecryptedObject) {
	const { tokenUrl, baseUrl, appId } = credentials;
	const appSecret = requireCredentialText(credentials.appSecret, 'App Secret', {
		alternative: ', or choose Access Token',
	});
	const field: AddressField = hasTokenUrl(tokenUrl) ? 'Token URL' : 'Base URL';
	return {
		field,
		url: resolveTokenUrl(tokenUrl, normalizeBaseUrl(baseUrl) + CLIENT_GRANT_PATH),
		qs: {
			client_id: trimmed(appId),
			client_secret: appSecret,
			grant_type: 'client_credentials',
		},
	};
}

/**
 * The token in an answer.
 *
 * @throws YisignError if there is none
 */
export function readToken({ statusCode, body }: { statusCode: number; body?: unknown }): string {
	const token = isObject(body) ? body[TOKEN_PARAMETER] : undefined;
	if (typeof token === 'string' && token !== '') return token;
	if (statusCode >= 500 || statusCode === 429) {
		throw new YisignError(
			'transient',
			`Yisign does not issue tokens right now (HTTP ${statusCode})`,
			{
				description: 'Try again later.',
				cause: 'temporarily-unavailable',
				httpStatus: statusCode,
			},
		);
	}
	throw new YisignError(
		'unauthorized',
		`Yisign did not issue a token (HTTP ${statusCode}). Check App ID, App Secret and Token URL.`,
		{ cause: 'credential-invalid', httpStatus: statusCode },
	);
}

/** A pasted value often has a blank at its end. */
function trimmed(value: unknown): string {
	return String(value ?? '').trim();
}
