/**
 * Writes what a release carries into a folder: the package, its SHA-256 checksum, and the Compose
 * files, the one that downloads the package with the checksum that n8n compares.
 *
 *     npm run release:assets -- folder     the build has to be there
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { packTarball, ROOT, type Tarball } from './pack.mts';

/** In `deploy/`: with the package from npm, and from its file. */
const COMPOSE_FILES = ['compose.yml', 'compose.offline.yml'];

/** Stands in the Compose file for npm's checksum of the package, which changes with every build. */
const PLACEHOLDER = '"checksum":"CHECKSUM"';

/** A Compose file of `deploy/` with the checksum of a package, as npm writes it. */
export function readCompose(file: string, { integrity }: Pick<Tarball, 'integrity'>): string {
	const text = readFileSync(path.join(ROOT, 'deploy', file), 'utf8');
	return text.replace(PLACEHOLDER, `"checksum":"${integrity}"`);
}

/**
 * Writes the files.
 *
 * @returns the package
 */
export async function writeAssets(folder: string): Promise<Tarball> {
	mkdirSync(folder, { recursive: true });
	const tarball = await packTarball(folder);
	const name = path.basename(tarball.file);
	const sum = createHash('sha256').update(readFileSync(tarball.file)).digest('hex');
	// What `sha256sum -c` reads.
	writeFileSync(path.join(folder, `${name}.sha256`), `${sum}  ${name}\n`);
	for (const file of COMPOSE_FILES) {
		writeFileSync(path.join(folder, file), readCompose(file, tarball));
	}
	return tarball;
}

if (import.meta.main) {
	const { positionals } = parseArgs({ allowPositionals: true });
	const [folder = 'release'] = positionals;
	const { file, integrity } = await writeAssets(folder);
	console.log(`${file}\n${integrity}`);
}
