import { describe, expect, it } from 'vitest';
import { YisignError } from '../../../nodes/shared/errors.ts';
import { toTransportError } from '../../../nodes/shared/api/transport.ts';
import { textOf } from '../caught.mts';

const URL_WITH_TOKEN = 'https://yisign.example:8443/v1/open?access_token=geheim';

type Fault = { code: string; syscall?: string; errors?: Fault[] };

/** As Node words it. */
const textOfFault = ({ code, syscall = '' }: Fault) => `${syscall} ${code} geheim`.trim();

/** What n8n 2 throws, and what n8n 1 does: with the code and the text, but without the cause. */
const THROWN = {
	'n8n 2': (fault: Fault) => {
		const system = Object.assign(new Error(textOfFault(fault)), fault);
		const cause = Object.assign(new Error(system.message), { code: fault.code, cause: system });
		return Object.assign(new Error('x geheim'), { cause, messages: [cause.message] });
	},
	'n8n 1': (fault: Fault) =>
		Object.assign(new Error('x geheim'), { httpCode: fault.code, messages: [textOfFault(fault)] }),
};

describe.each(Object.entries(THROWN))('a fault of the connection in %s', (name, thrown) => {
	it.each<[Fault, string, string, boolean]>([
		[{ code: 'ECONNREFUSED' }, 'transient', 'No server is listening at https://yisign', true],
		[{ code: 'ENOTFOUND', syscall: 'getaddrinfo' }, 'transient', 'The host name of', true],
		[{ code: 'EAI_AGAIN', syscall: 'getaddrinfo' }, 'transient', 'The host name of', true],
		[{ code: 'EHOSTUNREACH', syscall: 'connect' }, 'transient', 'The connection to', true],
		[{ code: 'ENETUNREACH', syscall: 'connect' }, 'transient', 'The connection to', true],
		[{ code: 'ETIMEDOUT', syscall: 'connect' }, 'transient', 'took too long', true],
		[{ code: 'EHOSTUNREACH', syscall: 'read' }, 'transient', 'The connection to', false],
		[{ code: 'ENETUNREACH', syscall: 'read' }, 'transient', 'The connection to', false],
		[{ code: 'EHOSTUNREACH', syscall: 'write' }, 'transient', 'The connection to', false],
		[{ code: 'EHOSTUNREACH' }, 'transient', 'The connection to', false],
		[{ code: 'ENETUNREACH' }, 'transient', 'The connection to', false],
		[{ code: 'ECONNRESET', syscall: 'read' }, 'transient', 'The connection to', false],
		[{ code: 'ECONNRESET' }, 'transient', 'The connection to', false],
		[{ code: 'EPIPE', syscall: 'write' }, 'transient', 'The connection to', false],
		[{ code: 'ECONNABORTED' }, 'transient', 'took too long', false],
		[{ code: 'ETIMEDOUT' }, 'transient', 'took too long', false],
		[{ code: 'ETIMEDOUT', syscall: 'read' }, 'transient', 'took too long', false],
		[{ code: 'ERR_CANCELED' }, 'transient', 'took too long', false],
		[{ code: 'SOMETHING_NEW' }, 'transient', 'The connection to', false],
		[{ code: 'EPROTO', syscall: 'write' }, 'refused', 'does not speak HTTPS', false],
		[{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'refused', 'The certificate of', false],
		[{ code: 'CERT_HAS_EXPIRED' }, 'refused', 'The certificate of', false],
	])(
		'%j is %s, and a create may be sent again only if unsent',
		(fault, kind, message, isUnsent) => {
			const error = toTransportError(thrown(fault), URL_WITH_TOKEN);
			expect(error.kind).toBe(kind);
			expect(error.message).toContain(message);
			expect(error.details.isUnsent === true).toBe(isUnsent);
			expect(error.description).toMatch(/\.( \([A-Z_]+\))?$/);
			expect(textOf(error)).not.toContain('geheim');
		},
	);

	it.runIf(name === 'n8n 2').each([
		['connect', true],
		['read', false],
	])(
		'at each of several addresses is unsent only if all are of connect: %s',
		(syscall, isUnsent) => {
			const code = 'EHOSTUNREACH';
			const errors = [
				{ code: 'ENETUNREACH', syscall: 'connect' },
				{ code, syscall },
			];
			const error = toTransportError(thrown({ code, errors }), URL_WITH_TOKEN);
			expect(error.details.isUnsent).toBe(isUnsent);
		},
	);
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

it('says who can allow a request that n8n itself forbids', () => {
	const cause = Object.assign(new Error(), { name: 'SsrfBlockedIpError' });
	const error = toTransportError(Object.assign(new Error(), { cause }), URL_WITH_TOKEN);
	expect(error.message).toBe('n8n does not allow requests to https://yisign.example:8443');
	expect(error.kind).toBe('refused');
});
