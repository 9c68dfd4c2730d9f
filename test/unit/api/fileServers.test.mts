import { describe, expect, it } from 'vitest';
import { readFileServers } from '../../../nodes/shared/api/fileServers.ts';
import { caught, textOf } from '../caught.mts';

const BASE_URL = 'http://10.0.0.5:2576/gw';

function isAllowed(fileServers: unknown, url: string): boolean {
	const servers = readFileServers(fileServers, BASE_URL);
	try {
		servers.check(url);
		return true;
	} catch {
		return false;
	}
}

describe('File Servers', () => {
	it.each([
		[undefined, 'http://10.0.0.5/x', true],
		['', 'https://10.0.0.5:9000/x', true],
		['', 'http://10.0.0.6/x', false],
		['10.0.0.6', 'http://10.0.0.6:61112/x', true],
		['files.example', 'https://FILES.example/x', true],
		['files.example', 'https://files.example./x', false],
		['files.example', 'https://a.files.example/x', false],
		['files.example', 'https://files.example.evil.example/x', false],
		['files.example', 'https://files.example@evil.example/x', false],
		['files.example', 'http://evil.example/files.example', false],
		['127.0.0.1', 'http://2130706433/x', true],
		['10.0.0.6', 'http://2130706433/x', false],
		['::1', 'http://[::1]:8080/x', true],
		['[0:0::1]', 'http://[::1]/x', true],
		['a.example; b.example', 'http://b.example/x', true],
		['a.example、b.example；c.example', 'http://c.example/x', true],
		['医院.example', 'http://xn--4gqz60b.example/x', false],
		['文件.example', 'http://文件.example/x', true],
	])('%j and %s: %s', (fileServers, url, expected) => {
		expect(isAllowed(fileServers, url)).toBe(expected);
	});

	it('names the host that is missing, and nothing else of its address', () => {
		const servers = readFileServers('', BASE_URL);
		const error = caught(() => servers.check('http://user:geheim@evil.example/geheim?geheim'));
		expect(error.message).toBe('Files are not downloaded from evil.example');
		expect(error.description).toContain('add evil.example to File Servers');
		expect(textOf(error)).not.toContain('geheim');
	});

	it.each([
		'http://geheim',
		'geheim:80',
		'geheim/x',
		'geheim?x',
		'u@geheim',
		'*.geheim',
		'a geheim',
	])('refuses %j without repeating it', (fileServers) => {
		const error = caught(() => readFileServers(`ok.example,${fileServers}`, BASE_URL));
		expect(error.kind).toBe('input');
		expect(error.message).toContain('File Servers');
		expect(textOf(error)).not.toContain('geheim');
	});
});
