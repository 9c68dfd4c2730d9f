import { describe, expect, it } from 'vitest';
import { requireCredentialText } from '../../nodes/shared/credential.ts';
import { caught } from './caught.mts';

describe('requireCredentialText', () => {
	it('takes a text without the blanks that come with pasting', () => {
		expect(requireCredentialText(' sk1 \n', 'App Secret')).toBe('sk1');
	});

	it.each([undefined, null, '', '  ', 7])(
		'refuses %j, and names the field and what to do',
		(value) => {
			const error = caught(() =>
				requireCredentialText(value, 'App ID', { alternative: ', or wait' }),
			);
			expect(error.kind).toBe('input');
			expect(error.message).toBe(
				'The credential has no App ID: enter it in the Yisign API credential, or wait',
			);
			expect(error.description).toMatch(/^App ID .*\.$/);
		},
	);
});
