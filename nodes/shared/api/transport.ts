import { YISIGN_ERROR_KINDS, YisignError } from '../errors';

/** What the helper throws, as far as it is of use. n8n 1 has the code of the cause, and no cause. */
interface HelperError {
	cause?: { code?: string; name?: string };
	code?: string;
	httpCode?: string | null;
	message: string;
	description?: string | null;
}

/**
 * An error of n8n's HTTP helper in words of our own. Nothing of it is kept: it holds the request
 * with its token, and the answer.
 *
 * @param url where the request was to go; only its origin is named
 */
export function toTransportError(error: unknown, url: string): YisignError {
	const { cause, code: ownCode, httpCode, message, description } = error as HelperError;
	// Out of the credential: it could not get a token, or refuses the address.
	if (cause instanceof YisignError) return unsent(cause);
	if (error instanceof YisignError) return unsent(error);
	const kind = YISIGN_ERROR_KINDS.find((known) => known === httpCode);
	if (kind) return unsent(new YisignError(kind, message, { description: description ?? '' }));

	const code = cause?.code ?? ownCode ?? httpCode ?? '';
	const { origin } = new URL(url);
	const details = { cause: 'temporarily-unavailable' as const, isUnsent: isUnsentCode(code) };
	if (cause?.name?.startsWith('Ssrf')) {
		return new YisignError('refused', `n8n does not allow requests to ${origin}`, {
			description:
				'Its protection against requests to private addresses is on. Ask whoever runs n8n to list the Yisign server in N8N_SSRF_ALLOWED_HOSTNAMES or N8N_SSRF_ALLOWED_IP_RANGES.',
			cause: 'configuration-invalid',
		});
	}
	switch (code) {
		case 'EPROTO':
			return new YisignError('refused', `${origin} does not speak HTTPS`, {
				description:
					'Check in the Yisign API credential whether Base URL begins with http or https.',
				cause: 'configuration-invalid',
			});
		case 'ECONNREFUSED':
			return new YisignError('unreachable', `Nothing listens at ${origin}`, {
				...details,
				description:
					'Check Base URL in the Yisign API credential, or ask the IT of your hospital whether the Yisign server is up.',
			});
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return new YisignError('unreachable', `The host name of ${origin} is not known`, {
				...details,
				description: 'Check Base URL in the Yisign API credential for a typing slip.',
			});
		case 'ECONNABORTED':
		case 'ETIMEDOUT':
		case 'ERR_CANCELED':
			return tookTooLong();
		case 'DEPTH_ZERO_SELF_SIGNED_CERT':
		case 'SELF_SIGNED_CERT_IN_CHAIN':
		case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
		case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
		case 'CERT_HAS_EXPIRED':
		case 'ERR_TLS_CERT_ALTNAME_INVALID':
			return new YisignError('refused', `The certificate of ${origin} cannot be checked`, {
				description:
					'If this is your hospital\'s own server with a self-signed certificate, switch on "Ignore SSL Issues (Insecure)" in the Yisign API credential.',
				cause: 'configuration-invalid',
			});
		default:
			return new YisignError('unreachable', `The connection to ${origin} broke`, {
				...details,
				description: `Try again later, or ask the IT of your hospital about the way to Yisign.${/^[A-Z_]+$/.test(code) ? ` (${code})` : ''}`,
			});
	}
}

/** Nothing came for as long as a request may take. */
export function tookTooLong(): YisignError {
	return new YisignError('unreachable', 'Yisign took too long to answer', {
		cause: 'temporarily-unavailable',
		description: 'Try again later, or raise Timeout under Options.',
	});
}

/** Faults of finding the server or opening the connection, before a byte could be sent. */
function isUnsentCode(code: string): boolean {
	return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code);
}

function unsent({ kind, message, details }: YisignError): YisignError {
	return new YisignError(kind, message, { ...details, isUnsent: true });
}
