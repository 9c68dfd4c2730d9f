import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** The folder of this repository. */
export const ROOT = path.resolve(import.meta.dirname, '..');

/** What npm would publish. */
export interface Tarball {
	/** Absolute path of the .tgz file. */
	file: string;
	/** Bytes. */
	size: number;
	/** Checksum of the file, as npm writes it. The same content gives the same one. */
	integrity: string;
	/** Paths inside the package. */
	files: string[];
}

/**
 * Packs the built package, as `npm publish` would.
 *
 * @param folder where the file goes; a new temporary one by default
 */
export async function packTarball(
	folder = mkdtempSync(path.join(tmpdir(), 'yisign-pack-')),
): Promise<Tarball> {
	const { stdout } = await promisify(execFile)(
		'npm',
		['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
		{ cwd: ROOT },
	);
	const [packed] = JSON.parse(stdout) as Array<{
		filename: string;
		size: number;
		integrity: string;
		files: Array<{ path: string }>;
	}>;
	return {
		file: path.join(folder, packed.filename),
		size: packed.size,
		integrity: packed.integrity,
		files: packed.files.map((file) => file.path),
	};
}

/** Unpacks a tarball into a folder that exists. */
export function unpackTarball(file: string, folder: string): void {
	execFileSync('tar', ['-xzf', file, '-C', folder, '--strip-components=1']);
}
