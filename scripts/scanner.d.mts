/** The functions of n8n's scanner that are used here; the package ships no types. */
declare module '@n8n/scan-community-package/scanner/scanner.mjs' {
	import type { Linter } from 'eslint';

	/** What the scanner reads of a source checkout. */
	export const SOURCE_FILE_PATTERNS: string[];

	/** The ESLint configuration of the gate. */
	export function buildScanConfig(): Promise<Linter.Config[]>;

	/** The verdict of the gate on a folder. */
	export function analyzePackage(
		folder: string,
		filePatterns?: string[],
	): Promise<{ passed: boolean; message?: string; details?: string }>;
}
