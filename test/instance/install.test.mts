import { describe, expect, it } from 'vitest';
import { explain } from '../../instance/install.mts';

describe('what is said when n8n cannot be installed', () => {
	it.each([
		[
			'npm error code ENOTFOUND',
			'npm error network request to https://registry.example/n8n failed',
		],
		['npm error code EAI_AGAIN', 'npm error syscall getaddrinfo'],
		['npm error code ECONNREFUSED', 'npm error FetchError: connect ECONNREFUSED 127.0.0.1:1'],
	])('no network: %s', (...output) => {
		expect(explain(output.join('\n'))).toMatch(/^npm could not reach its registry\./);
	});

	it('a full disk', () => {
		const output = 'npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write';
		expect(explain(output)).toMatch(/^The disk is full: n8n needs about 5 GB\./);
	});

	it.each(['gyp ERR! stack Error: not found: make', 'make: g++: No such file or directory'])(
		'no compiler: %s',
		(output) => {
			expect(explain(output)).toMatch(/a compiler is missing\. Debian and Ubuntu: apt-get install/);
		},
	);

	it('anything else: the end of what npm said', () => {
		const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
		const message = explain(lines.join('\n'));
		expect(message).toMatch(/^npm could not install n8n\. Its last words:\n/);
		expect(message).toMatch(/line 99$/);
		expect(message).not.toContain('line 50\n');
	});
});
