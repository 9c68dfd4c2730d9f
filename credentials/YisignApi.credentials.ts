import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
	IDataObject,
	IHttpRequestHelper,
	IHttpRequestOptions,
	Icon,
	INodeProperties,
} from 'n8n-workflow';
import { isSameOrigin, normalizeBaseUrl } from '../nodes/shared/address';
import {
	authenticationOf,
	readToken,
	CLIENT_GRANT_PATH,
	tokenRequest,
	tokenTimeoutOf,
	usesAppSecret,
} from '../nodes/shared/api/authentication';
import { toTransportError } from '../nodes/shared/api/transport';
import { outcomeOf, YisignError } from '../nodes/shared/errors';

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
				'Address of the Yisign server: everything before /v1/open, with a port and a path prefix if your hospital uses them',
		},
		{
			displayName: 'App ID',
			name: 'appId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. 0123456789abcdef0123456789a',
			description: 'The application ID that Yisign gave to your hospital',
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
			description: 'The token that Yisign gave to your hospital',
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
			description: `Where to get a token. Leave empty for ${CLIENT_GRANT_PATH} below Base URL.`,
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
		if (!usesAppSecret(credentials)) return {};

		const { url, qs, field } = tokenRequest(credentials);
		const sending = this.helpers.httpRequest({
			url,
			qs,
			method: 'GET',
			json: true,
			abortSignal: AbortSignal.timeout(tokenTimeoutOf(credentials)),
			skipSslCertificateValidation: credentials.allowUnauthorizedCerts === true,
			disableFollowRedirect: true,
			ignoreHttpStatusErrors: true,
			returnFullResponse: true,
		}) as Promise<{ statusCode: number; body?: IDataObject }>;
		const outcome = await outcomeOf(sending);
		if ('fault' in outcome) throw toTransportError(outcome.fault, url, field);
		return { sessionToken: readToken(outcome.value) };
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
		const { headers, qs } = authenticationOf(credentials);
		return {
			...options,
			headers: { ...options.headers, ...headers },
			qs: { ...options.qs, ...qs },
			// Two names for one switch: that of the helpers and that of the HTTP Request node.
			...(insecure && { skipSslCertificateValidation: true, rejectUnauthorized: false }),
		};
	}
}
