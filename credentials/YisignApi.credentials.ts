import type {
	IAuthenticateRuleResponseCode,
	IAuthenticateRuleResponseSuccessBody,
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IDataObject,
	IHttpRequestHelper,
	IHttpRequestOptions,
	Icon,
	INodeProperties,
} from 'n8n-workflow';
import { isSameOrigin, normalizeBaseUrl, resolveTokenUrl } from '../nodes/shared/address';
import { requireCredentialText } from '../nodes/shared/credential';
import { YisignError } from '../nodes/shared/errors';
import { DOCUMENTED_PAGE_SIZE, SEARCH_PATH } from '../nodes/shared/api/endpoints';

/**
 * Token endpoint of the vendor's general platform; the doubled `oauth/oauth` is right.
 *
 * Inferred: the hospital product has it too. The credential's Token URL replaces it.
 */
const GRANT_PATH = '/v1/oauth/oauth/token';

/** Header that carries the App ID on every call. */
const APP_ID_HEADER = 'X-Signit-App-Id';

/** Query parameter that carries the token on every call. */
const TOKEN_PARAMETER = 'access_token';

/** An envelope id of the right shape that no envelope has: the test moves no patient's data. */
const NO_ENVELOPE = 'WSID_ENVE_00000000000000000000000000000000';

/** ms to the last byte of the answer; it is a short one. */
const TOKEN_TIMEOUT = 20_000;

/**
 * What the connection test says. n8n compares the status of a failed answer, or one field of a
 * successful one, with one value; an absent field equals undefined, so the last rule catches
 * whatever has no list of hits: a vendor error in any form, or a login page.
 */
const TEST_RULES: Array<IAuthenticateRuleResponseCode | IAuthenticateRuleResponseSuccessBody> = [
	whenStatus(
		400,
		'Yisign refused the request (HTTP 400). Check Access Token (or App Secret) and App ID, then Base URL.',
	),
	whenStatus(
		401,
		'Yisign did not accept Access Token (or App Secret) or App ID (HTTP 401). Copy both again, or ask Yisign for a new token.',
	),
	whenStatus(
		403,
		'Yisign does not let this App ID search (HTTP 403). Check App ID, and ask Yisign whether it may use interface 2.2.',
	),
	whenStatus(
		404,
		'There is no Yisign at this address (HTTP 404). Check Base URL: it ends before /v1/open, with the path prefix of your hospital if there is one.',
	),
	...[301, 302, 303, 307, 308].map((status) =>
		whenStatus(
			status,
			`The server answered with a redirect (HTTP ${status}), which is not followed. Check Base URL, also whether it needs https.`,
		),
	),
	whenStatus(429, 'Yisign is receiving too many requests (HTTP 429). Try again in a minute.'),
	...[500, 502, 503, 504].map((status) =>
		whenStatus(
			status,
			`Yisign, or a proxy before it, is not available right now (HTTP ${status}). Try again later, or ask the IT of your hospital.`,
		),
	),
	whenField(
		'error',
		'invalid_token',
		'Yisign did not accept Access Token (or App Secret). Copy it again, or ask Yisign for a new token.',
	),
	whenField(
		'hits.hits',
		undefined,
		'What answered did not send a search result. If it is a login page or a proxy, check Base URL; if it is Yisign, check App ID and Access Token (or App Secret).',
	),
];

function whenStatus(value: number, message: string): IAuthenticateRuleResponseCode {
	return { type: 'responseCode', properties: { value, message } };
}

function whenField(
	key: string,
	value: unknown,
	message: string,
): IAuthenticateRuleResponseSuccessBody {
	return { type: 'responseSuccessBody', properties: { key, value, message } };
}

/**
 * A switch and no secret, whatever its name sounds like: n8n would show a password field's value to
 * the editor as a placeholder text, which is not false.
 */
const ignoreSslIssues: INodeProperties = {
	displayName: 'Ignore SSL Issues (Insecure)',
	name: 'allowUnauthorizedCerts',
	type: 'boolean',
	default: false,
	description:
		'Whether to connect even if the certificate of a server named here cannot be checked, as with a self-signed one',
};

/** App ID and token of a Yisign server, stored encrypted by n8n. */
export class YisignApi implements ICredentialType {
	name = 'yisignApi';

	displayName = 'Yisign API';

	icon: Icon = { light: 'file:../icons/yisign.svg', dark: 'file:../icons/yisign.dark.svg' };

	documentationUrl = 'https://github.com/n8n-nodes-yisign/n8n-nodes-yisign#credential';

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://yisign.hospital.example',
			description:
				'Address of the Yisign server, up to and without /v1/open. With a port and a path prefix if your hospital uses them.',
		},
		{
			displayName: 'App ID',
			name: 'appId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. 0123456789abcdef0123456789a',
			description: 'The application ID (应用ID) that Yisign gave to your hospital',
		},
		{
			displayName: 'Authentication',
			name: 'authentication',
			type: 'options',
			options: [
				{
					name: 'Access Token',
					value: 'accessToken',
					description: 'Yisign gave you a token to use as it is',
				},
				{
					name: 'App Secret',
					value: 'appSecret',
					description: 'Yisign gave you a secret; n8n gets tokens with it and renews them',
				},
			],
			default: 'accessToken',
		},
		{
			displayName: 'Access Token',
			name: 'accessToken',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			displayOptions: { show: { authentication: ['accessToken'] } },
			default: '',
			description: 'The token (授权码) that Yisign gave to your hospital',
		},
		{
			displayName: 'App Secret',
			name: 'appSecret',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			displayOptions: { show: { authentication: ['appSecret'] } },
			default: '',
			description: 'The secret that belongs to the App ID',
		},
		{
			displayName: 'App Secret',
			name: 'appSecret',
			type: 'string',
			typeOptions: { password: true },
			displayOptions: { show: { authentication: ['accessToken'] } },
			default: '',
			hint: 'Only needed to check signed callbacks',
			description: 'The secret that belongs to the App ID',
		},
		{
			displayName: 'Token URL',
			name: 'tokenUrl',
			type: 'string',
			displayOptions: { show: { authentication: ['appSecret'] } },
			default: '',
			placeholder: 'e.g. https://yisign.hospital.example/v1/oauth/oauth/token',
			description: `Where to get a token. Leave empty for ${GRANT_PATH} below Base URL.`,
		},
		{
			displayName: 'File Servers',
			name: 'fileServers',
			type: 'string',
			default: '',
			placeholder: 'e.g. files.hospital.example, 10.0.0.6',
			description:
				'Servers, besides that of Base URL, that files may be downloaded from: host names or IP addresses, separated by commas. Leave empty until a message names one.',
		},
		ignoreSslIssues,
		{
			displayName: 'Session Token',
			name: 'sessionToken',
			type: 'hidden',
			typeOptions: { expirable: true, password: true },
			default: '',
		},
	];

	/**
	 * Gets a token with the app secret; n8n stores it and calls again when it has none.
	 *
	 * @returns nothing to store with a fixed access token
	 * @throws YisignError in words of our own: the secret stands in the address that is called
	 */
	async preAuthentication(
		this: IHttpRequestHelper,
		credentials: ICredentialDataDecryptedObject,
	): Promise<IDataObject> {
		if (credentials.authentication !== 'appSecret') return {};

		const url = resolveTokenUrl(
			credentials.tokenUrl,
			normalizeBaseUrl(credentials.baseUrl) + GRANT_PATH,
		);
		const appSecret = requireCredentialText(credentials.appSecret, 'App Secret', {
			alternative: ', or choose Access Token',
		});
		const { statusCode, body } = await send(this, {
			method: 'GET',
			url,
			qs: {
				client_id: trimmed(credentials.appId),
				client_secret: appSecret,
				grant_type: 'client_credentials',
			},
			json: true,
			abortSignal: AbortSignal.timeout(TOKEN_TIMEOUT),
			skipSslCertificateValidation: credentials.allowUnauthorizedCerts === true,
			disableFollowRedirect: true,
			ignoreHttpStatusErrors: true,
			returnFullResponse: true,
		});
		const token: unknown = body?.[TOKEN_PARAMETER];
		if (typeof token !== 'string' || token === '') {
			throw statusCode >= 500 || statusCode === 429
				? new YisignError(
						'transient',
						`Yisign does not issue tokens right now (HTTP ${statusCode})`,
						{
							description: 'Try again later.',
							cause: 'temporarily-unavailable',
							httpStatus: statusCode,
						},
					)
				: new YisignError(
						'unauthorized',
						`Yisign did not issue a token (HTTP ${statusCode}). Check App ID, App Secret and Token URL.`,
						{ cause: 'credential-invalid', httpStatus: statusCode },
					);
		}
		return { sessionToken: token };
	}

	/**
	 * Adds App ID and token to a request, also to those of n8n's HTTP Request node.
	 *
	 * @throws YisignError `input` if the request goes to another server than Base URL
	 */
	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		options: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		const baseUrl = normalizeBaseUrl(credentials.baseUrl);
		// The HTTP Request node says `uri` where the helpers say `url`.
		const target = options.url ?? (options as { uri?: string }).uri ?? '';
		const base = options.baseURL ?? baseUrl;
		if (!isSameOrigin(URL.canParse(target) ? target : base, baseUrl)) {
			throw new YisignError('input', 'This address belongs to another server than Base URL', {
				description:
					'The token is only sent to the server of the credential. Use an address that starts with its Base URL, or a second credential.',
				cause: 'configuration-invalid',
			});
		}
		const insecure = credentials.allowUnauthorizedCerts === true;
		return {
			...options,
			headers: { ...options.headers, [APP_ID_HEADER]: trimmed(credentials.appId) },
			qs: {
				...options.qs,
				[TOKEN_PARAMETER]:
					credentials.authentication === 'appSecret'
						? credentials.sessionToken
						: trimmed(credentials.accessToken),
			},
			// Two names for one switch: that of the helpers and that of the HTTP Request node.
			...(insecure && { skipSslCertificateValidation: true, rejectUnauthorized: false }),
		};
	}

	test: ICredentialTestRequest = {
		request: {
			url: `={{ $credentials.baseUrl.trim().replace(/\\/+$/, "") }}${SEARCH_PATH}`,
			qs: {
				q: `(envelopeWsid=${NO_ENVELOPE})`,
				from: 0,
				size: DOCUMENTED_PAGE_SIZE,
			},
			disableFollowRedirect: true,
			skipSslCertificateValidation: '={{ $credentials.allowUnauthorizedCerts }}',
		},
		// The type of n8n wants rules of one kind; its test looks at each rule's own kind.
		rules: TEST_RULES as IAuthenticateRuleResponseSuccessBody[],
	};
}

/** A pasted value often has a blank at its end. */
function trimmed(value: unknown): string {
	return String(value ?? '').trim();
}

/** Sends the token request; a fault is described without the address and its secret. */
async function send(
	{ helpers }: IHttpRequestHelper,
	options: IHttpRequestOptions,
): Promise<{ statusCode: number; body?: IDataObject }> {
	try {
		return await helpers.httpRequest(options);
	} catch {
		throw new YisignError('transient', 'The token address of Yisign could not be reached', {
			description: 'Check Base URL and Token URL in the Yisign API credential, or try again later.',
			cause: 'temporarily-unavailable',
		});
	}
}
