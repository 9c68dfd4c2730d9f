import { YISIGN_ERROR_KINDS, YisignError } from '../errors';

/** What is known of a fault of the system; a connection that was tried at several addresses has `errors`. */
interface SystemError {
	cause?: SystemError;
	errors?: SystemError[];
	code?: string;
	name?: string;
	/** What failed: `connect`, `read`, `write`, … */
	syscall?: string;
}

/** Where an address comes from: a field of the credential, or a record. */
export type AddressField = 'Base URL' | 'Token URL' | 'the file address';

/** What the helper throws, as far as it is of use. */
interface HelperError extends SystemError {
	httpCode?: string | null;
	message: string;
	description?: string | null;
	/** The texts that n8n has replaced; n8n 1 keeps nothing else of the cause but its code. */
	messages?: string[];
}

/**
 * An error of n8n's HTTP helper in words of our own. Nothing of it is kept: it holds the request
 * with its token, and the answer.
 *
 * @param url where the request was to go; only its origin is named
 * @param field where the address comes from
 */
export function toTransportError(
	error: unknown,
	url: string,
	field: AddressField = 'Base URL',
): YisignError {
	const helperError = error as HelperError;
	const fromCredential = readCredentialError(helperError);
	if (fromCredential) return fromCredential;
	const { cause, code: ownCode, httpCode } = helperError;
	const { origin } = new URL(url);
	if (cause?.name?.startsWith('Ssrf')) return notAllowed(origin);
	const code = cause?.code ?? ownCode ?? httpCode ?? '';
	const isUnsent = NEVER_CONNECTED.includes(code) || isFailedConnect(helperError);
	return describe(code, { origin, field, isUnsent });
}

/** A fault of the credential, which could not get a token or refuses the address; nothing was sent. */
function readCredentialError(error: HelperError): YisignError | undefined {
	const { cause, httpCode, message, description } = error;
	const own = [error, cause].find((known) => known instanceof YisignError);
	if (own) return unsent(own);
	const kind = YISIGN_ERROR_KINDS.find((known) => known === httpCode);
	return kind && unsent(new YisignError(kind, message, { description: description ?? '' }));
}

function unsent({ kind, message, details }: YisignError): YisignError {
	return new YisignError(kind, message, { ...details, isUnsent: true });
}

/** Codes that only a name that cannot be resolved or a connection that was refused has. */
const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

/**
 * Whether no connection was opened. Codes such as EHOSTUNREACH do not tell: they may also come while
 * an answer is read.
 */
function isFailedConnect({ messages = [], ...error }: HelperError): boolean {
	return hasFailedConnect(error) || messages.some((text) => text.startsWith('connect '));
}

function hasFailedConnect({ syscall, errors = [], cause }: SystemError): boolean {
	if (syscall !== undefined) return syscall === 'connect';
	if (errors.length > 0) return errors.every(hasFailedConnect);
	return cause !== undefined && hasFailedConnect(cause);
}

/** What is known of a request that got no answer, beside a code. */
interface Unanswered {
	origin: string;
	field: AddressField;
	isUnsent: boolean;
}

function describe(code: string, { origin, field, isUnsent }: Unanswered): YisignError {
	const details = { cause: 'temporarily-unavailable' as const, isUnsent };
	const place = field === 'the file address' ? '' : ' in the Yisign API credential';
	switch (code) {
		case 'EPROTO':
			return new YisignError('refused', `${origin} does not speak HTTPS`, {
				...details,
				description: `Check${place} whether ${field} begins with http or https.`,
				cause: 'configuration-invalid',
			});
		case 'ECONNREFUSED':
			return new YisignError('transient', `No server is listening at ${origin}`, {
				...details,
				description: `Check ${field}${place}, or ask the IT of your hospital whether the server is up.`,
			});
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return new YisignError('transient', `The host name of ${origin} is not known`, {
				...details,
				description: `Check ${field}${place} for a typo.`,
			});
		case 'ECONNABORTED':
		case 'ETIMEDOUT':
		case 'ERR_CANCELED':
			return tookTooLong({ isUnsent });
		case 'DEPTH_ZERO_SELF_SIGNED_CERT':
		case 'SELF_SIGNED_CERT_IN_CHAIN':
		case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
		case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
		case 'CERT_HAS_EXPIRED':
		case 'ERR_TLS_CERT_ALTNAME_INVALID':
			return new YisignError('refused', `The certificate of ${origin} cannot be checked`, {
				...details,
				description:
					'If this is your hospital\'s own server with a self-signed certificate, switch on "Ignore SSL Issues (Insecure)" in the Yisign API credential.',
				cause: 'configuration-invalid',
			});
		default:
			return new YisignError('transient', `The connection to ${origin} broke`, {
				...details,
				description: `Try again later, or ask the IT of your hospital about the connection to Yisign.${/^[A-Z_]+$/.test(code) ? ` (${code})` : ''}`,
			});
	}
}

function notAllowed(origin: string): YisignError {
	return new YisignError('refused', `n8n does not allow requests to ${origin}`, {
		description:
			'Its protection against requests to private addresses is on. Ask the administrator of n8n to list the Yisign server in N8N_SSRF_ALLOWED_HOSTNAMES or N8N_SSRF_ALLOWED_IP_RANGES.',
		cause: 'configuration-invalid',
		isUnsent: true,
	});
}

/** The answer did not come within the time that it may take. */
export function tookTooLong({ isUnsent = false } = {}): YisignError {
	return new YisignError('transient', 'Yisign took too long to answer', {
		cause: 'temporarily-unavailable',
		description: 'Try again later, or raise Timeout under Options.',
		isUnsent,
	});
}

/** The workflow was stopped, or nothing is wanted of the client any more. */
export function cancelled({ isUnsent = false } = {}): YisignError {
	return new YisignError('cancelled', 'The workflow was stopped before Yisign answered', {
		isUnsent,
	});
}
