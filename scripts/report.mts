/**
 * Closes a CI run: every test that failed with its message, then the counts of vitest's JSON
 * reports on one line; fails if one of them has no test that passed, or any that failed. A report
 * is removed once it is read: it is of this run.
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
	testResults: Array<{
		message: string;
		assertionResults: Array<{ fullName: string; status: string; failureMessages: string[] | null }>;
	}>;
}

/** The longest excerpt of a message: a CI log may keep only its last lines. */
const LONGEST_MESSAGE = 1500;

/** What failed in a report: the tests, and the files that could not be run. */
function* failuresOf({ testResults }: Report): Generator<string> {
	for (const { message, assertionResults } of testResults) {
		if (message) yield message;
		for (const { fullName, status, failureMessages } of assertionResults) {
			if (status === 'failed') yield `${fullName}\n${(failureMessages ?? []).join('\n')}`;
		}
	}
}

const reports = process.argv.slice(2).map((name) => {
	const file = path.join(ROOT, '.cache', name);
	const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
	rmSync(file);
	return report;
});
const passed = reports.reduce((sum, { numPassedTests }) => sum + numPassedTests, 0);
const failed = reports.reduce((sum, { numFailedTests }) => sum + numFailedTests, 0);
for (const failure of reports.flatMap((report) => [...failuresOf(report)])) {
	console.log(`FAILED ${failure.slice(0, LONGEST_MESSAGE)}\n`);
}
console.log(`${passed} passed, ${failed} failed`);
if (!reports.every(({ success, numPassedTests }) => success && numPassedTests > 0)) {
	process.exitCode = 1;
}
