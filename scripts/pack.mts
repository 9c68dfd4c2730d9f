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
	/** Paths inside the package. */
	files: string[];
}

/** Packs the built package into a new temporary folder, as `npm publish` would. */
export function packTarball(): Tarball {
	const folder = mkdtempSync(path.join(tmpdir(), 'yisign-pack-'));
	const output = execFileSync(
		'npm',
		['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
		{ cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
	);
	const [packed] = JSON.parse(output) as Array<{
		filename: string;
		size: number;
		files: Array<{ path: string }>;
	}>;
	return {
		file: path.join(folder, packed.filename),
		size: packed.size,
		files: packed.files.map((file) => file.path),
	};
}

/** Unpacks a tarball into a folder that exists. */
export function unpackTarball(file: string, folder: string): void {
	execFileSync('tar', ['-xzf', file, '-C', folder, '--strip-components=1']);
}
