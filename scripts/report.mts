/** Closes a CI run: the counts of vitest's JSON report on one line; fails if none passed or any failed. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './pack.mts';

const report = JSON.parse(readFileSync(path.join(ROOT, '.cache', 'tests.json'), 'utf8')) as {
	numPassedTests: number;
	numFailedTests: number;
	success: boolean;
};
console.log(`${report.numPassedTests} passed, ${report.numFailedTests} failed`);
if (!report.success || report.numPassedTests === 0) process.exitCode = 1;
