/**
 * Runs the everyday tests again and again while every processor is busy, and names those that fail
 * then: they depend on how fast the machine is.
 *
 *     npm run test:soak                          ten times
 *     npm run test:soak -- --runs 3 test/engine  three times, and only those
 */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './pack.mts';

/** The part of vitest's JSON report that is read here. */
interface Report {
	numPassedTests: number;
	success: boolean;
	testResults: Array<{
		name: string;
		message: string;
		assertionResults: Array<{ fullName: string; status: string }>;
	}>;
}

const REPORT = path.join(ROOT, '.cache', 'tests-soak.json');

/** Ends by itself when this process is gone. */
const BUSY = 'const { ppid } = process; while (process.ppid === ppid);';

/** Starts one busy process for each processor; they run until their ids are given to `kill`. */
const keepBusy = () =>
	Array.from({ length: availableParallelism() }, () =>
		spawn(process.execPath, ['--eval', BUSY], { stdio: 'ignore' }),
	);

/** Runs the tests once. The names of those that failed, and of files that did not load. */
function runOnce(filters: string[]): { passed: number; failed: string[] } {
	const args = ['vitest', 'run', '--reporter=json', `--outputFile=${REPORT}`, ...filters];
	rmSync(REPORT, { force: true });
	try {
		execFileSync('npx', args, { cwd: ROOT, stdio: 'ignore' });
	} catch {
		// The report says why.
	}
	const { numPassedTests, success, testResults } = JSON.parse(
		readFileSync(REPORT, 'utf8'),
	) as Report;
	const failed = testResults.flatMap(({ name, message, assertionResults }) => {
		const tests = assertionResults.filter(({ status }) => status === 'failed');
		const file = path.relative(ROOT, name);
		if (tests.length === 0 && message !== '') return [`${file}: ${message}`];
		return tests.map(({ fullName }) => `${file}: ${fullName}`);
	});
	if (!success && failed.length === 0) failed.push('vitest failed, but no test did');
	return { passed: numPassedTests, failed };
}

const { values, positionals } = parseArgs({
	options: { runs: { type: 'string', default: '10' } },
	allowPositionals: true,
});
const runs = Number(values.runs);
const busy = keepBusy();
try {
	for (let run = 1; run <= runs; run += 1) {
		const begin = performance.now();
		const { passed, failed } = runOnce(positionals);
		const seconds = Math.round((performance.now() - begin) / 1000);
		console.log(`run ${run} of ${runs}: ${passed} passed, ${failed.length} failed, ${seconds} s`);
		for (const name of failed) console.log(`  ${name}`);
		if (failed.length > 0) process.exitCode = 1;
	}
} finally {
	for (const child of busy) child.kill();
}
