import { describe, expect, it } from 'vitest';
import { YisignError } from '../../../nodes/shared/errors.ts';
import { toTransportError } from '../../../nodes/shared/api/transport.ts';
import { textOf } from '../caught.mts';

const URL_WITH_TOKEN = 'https://yisign.example:8443/v1/open?access_token=geheim';

/** What n8n 2 throws, and what n8n 1 does: with the code, but without the cause. */
const THROWN = {
	'n8n 2': (code: string) =>
		Object.assign(new Error('x geheim'), { cause: Object.assign(new Error(), { code }) }),
	'n8n 1': (code: string) => Object.assign(new Error('x geheim'), { httpCode: code }),
};

describe.each(Object.entries(THROWN))('a fault of the connection in %s', (_name, thrown) => {
	it.each([
		['ECONNREFUSED', 'unreachable', 'Nothing listens at https://yisign.example:8443', true],
		['ENOTFOUND', 'unreachable', 'The host name of', true],
		['EAI_AGAIN', 'unreachable', 'The host name of', true],
		['EHOSTUNREACH', 'unreachable', 'The connection to', true],
		['ENETUNREACH', 'unreachable', 'The connection to', true],
		['ECONNRESET', 'unreachable', 'The connection to', false],
		['EPIPE', 'unreachable', 'The connection to', false],
		['ECONNABORTED', 'unreachable', 'took too long', false],
		['ETIMEDOUT', 'unreachable', 'took too long', false],
		['ERR_CANCELED', 'unreachable', 'took too long', false],
		['SOMETHING_NEW', 'unreachable', 'The connection to', false],
		['EPROTO', 'refused', 'does not speak HTTPS', false],
		['DEPTH_ZERO_SELF_SIGNED_CERT', 'refused', 'The certificate of', false],
		['CERT_HAS_EXPIRED', 'refused', 'The certificate of', false],
	])('%s is %s, and a create may be sent again only if unsent', (code, kind, message, isUnsent) => {
		const error = toTransportError(thrown(code), URL_WITH_TOKEN);
		expect(error.kind).toBe(kind);
		expect(error.message).toContain(message);
		expect(error.details.isUnsent === true).toBe(isUnsent);
		expect(error.description).toMatch(/\.( \([A-Z_]+\))?$/);
		expect(textOf(error)).not.toContain('geheim');
	});
});

describe('a fault out of the credential', () => {
	const own = new YisignError('unauthorized', 'Yisign gave no token', {
		description: 'Check App ID.',
		httpStatus: 401,
	});

	it.each([
		['itself', own],
		['as the cause in n8n 2', Object.assign(new Error('wrapped'), { cause: own })],
	])('is kept whole, and nothing was sent: %s', (_name, thrown) => {
		const { kind, message, details } = toTransportError(thrown, URL_WITH_TOKEN);
		expect({ kind, message, details }).toEqual({
			kind: own.kind,
			message: own.message,
			details: { ...own.details, isUnsent: true },
		});
	});

	it('is put together again from what n8n 1 leaves of it', () => {
		const { kind, message, description } = own;
		const thrown = Object.assign(new Error(message), { httpCode: kind, description });
		const error = toTransportError(thrown, URL_WITH_TOKEN);
		expect(error).toMatchObject({ kind, message, description, details: { isUnsent: true } });
	});
});

it('tells who can allow a request that n8n itself forbids', () => {
	const cause = Object.assign(new Error(), { name: 'SsrfBlockedIpError' });
	const error = toTransportError(Object.assign(new Error(), { cause }), URL_WITH_TOKEN);
	expect(error.message).toBe('n8n does not allow requests to https://yisign.example:8443');
	expect(error.kind).toBe('refused');
});
