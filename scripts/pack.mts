import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

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
export function packTarball(folder = mkdtempSync(path.join(tmpdir(), 'yisign-pack-'))): Tarball {
	const output = execFileSync(
		'npm',
		['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
		{ cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
	);
	const [packed] = JSON.parse(output) as Array<{
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
