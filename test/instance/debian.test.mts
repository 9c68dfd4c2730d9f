import { afterEach, describe, expect, it, vi } from 'vitest';
import { ensureDebianPackages, findProgram } from '../../instance/debian.mts';

const THERE = { name: 'bash', isThere: () => true };
const MISSING = { name: 'no-such-package', isThere: () => false };

afterEach(() => vi.unstubAllEnvs());

describe('what has to be on the machine', () => {
	it('is named with the command that installs it, where that cannot be done without asking', () => {
		vi.stubEnv('PATH', '');
		expect(() => ensureDebianPackages([THERE, MISSING])).toThrow(
			'Missing on this machine: no-such-package. On Debian: sudo apt-get install --yes --no-install-recommends no-such-package',
		);
	});

	it('is left alone if it is there', () => {
		expect(() => ensureDebianPackages([THERE])).not.toThrow();
	});

	it('is found on the PATH', () => {
		expect(findProgram('node')).toMatch(/\/node$/);
		expect(findProgram('no-such-program')).toBeUndefined();
	});
});
