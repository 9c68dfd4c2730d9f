import { describe, expect, it } from 'vitest';
import { isSameOrigin, normalizeBaseUrl, resolveTokenUrl } from '../../nodes/shared/address.ts';
import { caught, textOf } from './caught.mts';

describe('normalizeBaseUrl', () => {
	it.each([
		['https://yisign.example', 'https://yisign.example'],
		['https://yisign.example/', 'https://yisign.example'],
		['http://10.0.0.5:2576/gw', 'http://10.0.0.5:2576/gw'],
		['http://10.0.0.5:2576/gw/', 'http://10.0.0.5:2576/gw'],
		['http://10.0.0.5:2576/gw//', 'http://10.0.0.5:2576/gw'],
		['  http://[::1]:8080/a/b/ \n', 'http://[::1]:8080/a/b'],
		['HTTPS://Yisign.Example:443', 'https://yisign.example'],
		['http：／／10.0.0.5：2576／gw', 'http://10.0.0.5:2576/gw'],
		['https://yisign．hospital．example', 'https://yisign.hospital.example'],
	])('takes %j as %s', (typed, expected) => {
		expect(normalizeBaseUrl(typed)).toBe(expected);
	});

	it.each([
		[undefined, 'has no Base URL'],
		[null, 'has no Base URL'],
		['   ', 'has no Base URL'],
		[5, 'has no Base URL'],
		['yisign.example', 'has to start with http:// or https://'],
		['127.0.0.1:2690', 'has to start with http:// or https://'],
		['http://', 'is not a URL'],
		['ftp://yisign.example', 'has to start with http:// or https://'],
		['javascript:alert(1)', 'has to start with http:// or https://'],
		['https://user:geheim@yisign.example', 'must not contain a user name or password'],
		['https://geheim@yisign.example', 'must not contain a user name or password'],
		['https://yisign.example/?access_token=geheim', 'must not contain "?" or "#"'],
		['https://yisign.example/#geheim', 'must not contain "?" or "#"'],
	])('refuses %j, says why and what to enter instead', (typed, reason) => {
		const error = caught(() => normalizeBaseUrl(typed));
		expect(error.kind).toBe('input');
		expect(error.message).toContain('The credential');
		expect(error.message).toContain(reason);
		expect(error.description).toContain('for example https://');
		expect(textOf(error)).not.toContain('geheim');
	});

	it.each([
		['127.0.0.1:2690', 'http://127.0.0.1:2690'],
		['yisign.hospital.example', 'http://yisign.hospital.example'],
		['10.0.0.5：2576/gw/', 'http://10.0.0.5:2576/gw'],
		['localhost:2576', 'http://localhost:2576'],
		['https:/yisign.hospital.example', 'https://yisign.hospital.example'],
		['http//10.0.0.5', 'http://10.0.0.5'],
	])('asks of %s whether %s is meant', (typed, meant) => {
		const { message, description } = caught(() => normalizeBaseUrl(typed));
		expect(message).toContain('has to start with http:// or https://');
		expect(description).toMatch(`Did you mean ${meant}? Open`);
	});

	it.each([
		'geheim',
		'geheim.geheim@yisign.example',
		'yisign.example/?access_token=geheim',
		'ftp://yisign.example',
		`geheim.${'0123456789'.repeat(6)}`,
		'geheim 10.0.0.5',
	])('suggests nothing for %s, which may be no address or hold a secret', (typed) => {
		const error = caught(() => normalizeBaseUrl(typed));
		expect(error.message).toContain('has to start with');
		expect(textOf(error)).not.toContain('Did you mean');
		expect(textOf(error)).not.toContain('geheim');
	});

	it.each(['https://yisign.example/?', 'https://yisign.example/#', 'https://y.example/gw?'])(
		'refuses %s, whose mark would swallow the path of every request',
		(typed) => {
			expect(caught(() => normalizeBaseUrl(typed)).message).toContain('"?" or "#"');
		},
	);
});

describe('resolveTokenUrl', () => {
	const documented = 'https://yisign.example/v1/oauth/oauth/token';

	it.each([undefined, null, '', '  '])('takes the documented path for %j', (tokenUrl) => {
		expect(resolveTokenUrl(tokenUrl, documented)).toBe(documented);
	});

	it('takes the Token URL of the credential, on another host if it says so', () => {
		expect(resolveTokenUrl(' http://10.0.0.9:81/token ', documented)).toBe(
			'http://10.0.0.9:81/token',
		);
	});

	it.each(['token', 'file:///etc/passwd', 7])('refuses %j, naming Token URL', (tokenUrl) => {
		const error = caught(() => resolveTokenUrl(tokenUrl, documented));
		expect(error.kind).toBe('input');
		expect(error.message).toContain('Token URL');
	});
});

describe('isSameOrigin', () => {
	it.each([
		['https://yisign.example/a', 'https://yisign.example:443/b?c#d', true],
		['https://yisign.example', 'HTTPS://YISIGN.example', true],
		['https://yisign.example', 'http://yisign.example', false],
		['https://yisign.example', 'https://yisign.example:8443', false],
		['https://yisign.example', 'https://yisign.example.evil.example', false],
		['https://yisign.example', 'https://yisign.example@evil.example', false],
	])('%s and %s: %s', (left, right, isSame) => {
		expect(isSameOrigin(left, right)).toBe(isSame);
	});
});
