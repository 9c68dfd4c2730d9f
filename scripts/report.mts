/**
 * Closes a CI run: the counts of vitest's JSON reports on one line; fails if one of them has no
 * test that passed, or any that failed. A report is removed once it is read: it is of this run.
 *
 * node scripts/report.mts <report in .cache> …
 */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './pack.mts';

interface Report {
	numPassedTests: number;
	numFailedTests: number;
	success: boolean;
}

const reports = process.argv.slice(2).map((name) => {
	const file = path.join(ROOT, '.cache', name);
	const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
	rmSync(file);
	return report;
});
const passed = reports.reduce((sum, { numPassedTests }) => sum + numPassedTests, 0);
const failed = reports.reduce((sum, { numFailedTests }) => sum + numFailedTests, 0);
console.log(`${passed} passed, ${failed} failed`);
if (!reports.every(({ success, numPassedTests }) => success && numPassedTests > 0)) {
	process.exitCode = 1;
}
