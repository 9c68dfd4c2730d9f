/**
 * The gate that n8n puts in front of verified community nodes, run on the sources and on the
 * unpacked tarball, and stricter: a warning fails too.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
	analyzePackage,
	buildScanConfig,
	SOURCE_FILE_PATTERNS,
} from '@n8n/scan-community-package/scanner/scanner.mjs';
import { ESLint } from 'eslint';
import { packTarball, ROOT, unpackTarball } from './pack.mts';

async function scan(name: string, folder: string, patterns: string[]): Promise<boolean> {
	const verdict = await analyzePackage(folder, patterns);
	const eslint = new ESLint({
		cwd: folder,
		allowInlineConfig: false,
		overrideConfigFile: true,
		overrideConfig: await buildScanConfig(),
	});
	const results = await eslint.lintFiles(patterns);
	const warnings = results.reduce((sum, { warningCount }) => sum + warningCount, 0);
	const errors = results.reduce((sum, { errorCount }) => sum + errorCount, 0);
	console.log(`scan ${name}: ${results.length} files, ${errors} errors, ${warnings} warnings`);
	if (errors + warnings > 0) {
		const formatter = await eslint.loadFormatter('stylish');
		console.log(await formatter.format(results));
	}
	return verdict.passed && errors + warnings === 0;
}

const { file, size } = await packTarball();
const unpacked = mkdtempSync(path.join(tmpdir(), 'yisign-scan-'));
unpackTarball(file, unpacked);

const passed = [
	await scan('sources', ROOT, SOURCE_FILE_PATTERNS),
	await scan('tarball', unpacked, ['**/*.js', 'package.json']),
];
console.log(`tarball: ${(size / 1000).toFixed(1)} kB`);
if (passed.includes(false)) process.exitCode = 1;
