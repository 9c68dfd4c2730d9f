import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../scripts/pack.mts';
import { npm, ProgramFailed } from './process.mts';

/** Major versions of n8n that are pinned here, each in a folder `n8n-<major>`. */
export type Major = 1 | 2;

/** How an installation is watched and broken off. */
export interface InstallOptions {
	/** Called with a few words about what is going on, about once a second. */
	report?: (progress: string) => void;
	/** Breaks the installation off. The next time, it starts over. */
	signal?: AbortSignal;
}

/** Bytes: an installed n8n takes 3 GB, npm's cache of it most of the rest. */
const SPACE_NEEDED = 5e9;

/** Modules that are compiled, or fetched compiled, for this machine. */
const NATIVE = ['sqlite3', 'isolated-vm'];

/**
 * Installs the pinned n8n into `.cache/n8n-<version>`, unless it is there already.
 *
 * @returns the folder whose `node_modules` holds it
 * @throws Error saying what is missing: disk space, network, compiler
 */
export async function installN8n(
	major: Major,
	{ report = () => {}, signal }: InstallOptions = {},
): Promise<string> {
	const pinned = path.join(ROOT, 'instance', `n8n-${major}`);
	const lock = await readFile(path.join(pinned, 'package-lock.json'), 'utf8');
	const { packages } = JSON.parse(lock) as { packages: Record<string, { version: string }> };
	const folder = path.join(ROOT, '.cache', `n8n-${packages['node_modules/n8n'].version}`);

	// Written last, so that an installation that was broken off is never taken for a whole one.
	const marker = path.join(folder, 'installed.txt');
	const wanted = `${createHash('sha256').update(lock).digest('hex')} ${process.versions.modules}\n`;
	const isThere = async () => existsSync(marker) && (await readFile(marker, 'utf8')) === wanted;
	if (await isThere()) return folder;

	await mkdir(folder, { recursive: true });
	const release = await takeTurn(path.join(folder, 'installing.txt'), report, signal);
	try {
		if (await isThere()) return folder;
		await rm(marker, { force: true });
		const places = Object.keys(packages).filter((place) => place !== '');
		await install(pinned, folder, places, { report, signal });
		await writeFile(marker, wanted);
		return folder;
	} catch (error) {
		if (error instanceof ProgramFailed) throw new Error(explain(error.output), { cause: error });
		throw error;
	} finally {
		await release();
	}
}

/**
 * npm's scripts are left out, for one of n8n's dependencies does not compile on this Node; the two
 * native modules that n8n cannot do without are built afterwards. `npm ci` would want a lock file
 * that knows the packages for all platforms, which npm cannot write on one of them.
 */
async function install(
	pinned: string,
	folder: string,
	places: string[],
	{ report, signal }: Required<Pick<InstallOptions, 'report'>> & InstallOptions,
): Promise<void> {
	// npm takes a package that it had only half unpacked for a whole one.
	await rm(path.join(folder, 'node_modules'), { recursive: true, force: true });
	const { bavail, bsize } = await statfs(folder);
	if (bavail * bsize < SPACE_NEEDED) throw new Error(noSpace(folder, bavail * bsize));
	// Without a network, npm would try for many minutes, package by package.
	await npm(
		['view', 'n8n', 'name', '--prefer-online', '--fetch-retries=0', '--fetch-timeout=20000'],
		{ signal },
	);

	for (const name of ['package.json', 'package-lock.json']) {
		await cp(path.join(pinned, name), path.join(folder, name));
	}
	const watch = setInterval(() => {
		const there = places.filter((place) => existsSync(path.join(folder, place, 'package.json')));
		report(`${there.length} of ${places.length} packages`);
	}, 1000);
	try {
		await npm(['install', '--ignore-scripts', '--prefix', folder], { cwd: folder, signal });
	} finally {
		clearInterval(watch);
	}
	report(`building ${NATIVE.join(' and ')}`);
	const env = nodeHeaders();
	await npm(['rebuild', ...NATIVE, '--prefix', folder], { cwd: folder, env, signal });
}

/** Waits while another process installs into the same folder, and keeps others waiting then. */
async function takeTurn(
	file: string,
	report: (progress: string) => void,
	signal?: AbortSignal,
): Promise<() => Promise<void>> {
	for (;;) {
		try {
			await writeFile(file, String(process.pid), { flag: 'wx' });
			return async () => await rm(file, { force: true });
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		}
		const other = await readFile(file, 'utf8').catch(() => '');
		if (other !== '' && !isRunning(Number(other))) await rm(file, { force: true });
		else report('waiting for another installation of it');
		await sleep(1000, undefined, { signal });
	}
}

function isRunning(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

/**
 * Node's headers for the compiler, out of the package that brought the Node this runs on: those of
 * the machine's own Node would be of another version. Without them node-gyp fetches them.
 */
function nodeHeaders(): NodeJS.ProcessEnv {
	const { platform, arch } = process;
	const folder = path.join(ROOT, `node_modules/node/node_modules/node-${platform}-${arch}`);
	return existsSync(path.join(folder, 'include')) ? { npm_config_nodedir: folder } : {};
}

function noSpace(folder: string, free: number): string {
	const [needed, left] = [SPACE_NEEDED, free].map((bytes) => (bytes / 1e9).toFixed(1));
	return `n8n needs about ${needed} GB of disk space, but ${folder} has only ${left} GB left. Make room and start again.`;
}

const CAUSES: Array<[pattern: RegExp, message: string]> = [
	[/ENOSPC|no space left/i, 'The disk is full: n8n needs about 5 GB. Make room and start again.'],
	[
		/ENOTFOUND|EAI_AGAIN|ENETUNREACH|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT/,
		'npm could not reach its registry. n8n is downloaded once: check the network connection, and npm’s settings if you use a proxy or a registry of your own.',
	],
	[
		/not found: make|g\+\+: (command )?not found|g\+\+: No such file|Could not find any Python|find Visual Studio|No Xcode/i,
		'Two modules of n8n had to be compiled, and a compiler is missing. Debian and Ubuntu: apt-get install build-essential python3. macOS: xcode-select --install.',
	],
];

/** What npm's output means, in words that say what to do; the end of the output if it is not known. */
export function explain(output: string): string {
	const cause = CAUSES.find(([pattern]) => pattern.test(output));
	if (cause) return cause[1];
	return `npm could not install n8n. Its last words:\n${output.split('\n').slice(-15).join('\n')}`;
}
