import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { packTarball } from '../scripts/pack.mts';
import { npm } from './process.mts';

/**
 * Installs the built package the way a user without the internet does: packed, into the folder for
 * community nodes. A package that has not changed is left alone. n8n loads it when it starts.
 *
 * @param userFolder n8n's `N8N_USER_FOLDER`
 * @returns whether anything was installed
 */
export async function installPackage(userFolder: string, signal?: AbortSignal): Promise<boolean> {
	const folder = path.join(userFolder, '.n8n', 'nodes');
	await mkdir(folder, { recursive: true });
	const { file, integrity } = await packTarball(folder);
	if ((await installedIntegrities(folder)).includes(integrity)) return false;
	// Peers come from n8n itself; npm would fetch a second n8n-workflow from the internet.
	await npm(['install', file, '--legacy-peer-deps', '--prefix', folder], { cwd: folder, signal });
	return true;
}

/** Checksums of the packages in a folder, as npm noted them. */
async function installedIntegrities(folder: string): Promise<Array<string | undefined>> {
	const lock = await readFile(
		path.join(folder, 'node_modules', '.package-lock.json'),
		'utf8',
	).catch(() => '{}');
	const { packages = {} } = JSON.parse(lock) as {
		packages?: Record<string, { integrity?: string }>;
	};
	return Object.values(packages).map(({ integrity }) => integrity);
}
