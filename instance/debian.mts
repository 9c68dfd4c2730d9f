import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** A program or font that a run needs, and where it comes from where it is missing. */
export interface DebianPackage {
	/** Name of the package, such as `chromium`. */
	name: string;
	/** Whether what is wanted of the package is on this machine, from wherever. */
	isThere: () => boolean;
}

/** A browser without a window. */
export const CHROMIUM: DebianPackage = {
	name: 'chromium',
	isThere: () => findProgram('chromium') !== undefined,
};

/** Chinese letters; any font with them will do. */
export const CHINESE_FONT: DebianPackage = {
	name: 'fonts-wqy-zenhei',
	isThere: () => spawnSync('fc-list', [':lang=zh-cn'], { encoding: 'utf8' }).stdout?.trim() !== '',
};

/** Lists fonts; {@link CHINESE_FONT} asks it. */
export const FONT_LIST: DebianPackage = {
	name: 'fontconfig',
	isThere: () => findProgram('fc-list') !== undefined,
};

/** Path of a program that is on the PATH. */
export function findProgram(name: string): string | undefined {
	const folders = (process.env.PATH ?? '').split(path.delimiter);
	return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/**
 * Installs what is missing with apt-get, where that can be done without asking anybody.
 *
 * @throws Error naming what is missing and the command that installs it, for those who are not root
 * on Debian or Ubuntu
 */
export function ensureDebianPackages(packages: readonly DebianPackage[]): void {
	const missing = () => packages.filter(({ isThere }) => !isThere()).map(({ name }) => name);
	const names = missing();
	if (names.length === 0) return;

	const install = ['install', '--yes', '--no-install-recommends', ...names];
	const isRoot = process.getuid?.() === 0;
	if (isRoot && findProgram('apt-get')) {
		aptGet(['update']);
		aptGet(install);
	}
	const still = missing();
	if (still.length > 0) {
		throw new Error(
			`Missing on this machine: ${still.join(', ')}. On Debian: sudo apt-get ${install.join(' ')}`,
		);
	}
}

function aptGet(args: string[]): void {
	execFileSync('apt-get', ['--quiet', ...args], {
		env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
		stdio: ['ignore', 'ignore', 'inherit'],
	});
}
