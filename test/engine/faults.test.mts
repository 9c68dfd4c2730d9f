import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { makeEnvelopes, type Envelope } from '../../sandbox/envelopes.mts';
import { ROOT } from '../../scripts/pack.mts';
import { FAULTS, type FaultCase } from './faults.mts';
import { column, hintsOf, messageOf, NODE, startBench } from './support.mts';

/** Planted where a real server has them; they must turn up nowhere else. */
const MARKERS = {
	accessToken: 'f00dfeed-dead-4bee-8fed-5ec2e75ec2e7',
	appSecret: 'sk5ec2e75ec2e75ec2e75ec2e75ec2e75ec',
	idCard: '990000199001015ec2',
	patientName: '标记病人',
};

/** What n8n's logger writes at its most talkative; nothing planted may pass through. */
const log = vi.hoisted(() => {
	const lines: string[] = [];
	process.env.N8N_LOG_LEVEL = 'debug';
	const { _stdout: stdout } = console as unknown as { _stdout: NodeJS.WritableStream };
	vi.spyOn(stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
	return lines;
});

const rows: string[] = [];

/** 97 envelopes that all carry the planted patient. */
function plantedEnvelopes(): Envelope[] {
	const { idCard, patientName } = MARKERS;
	return makeEnvelopes({ count: 97 }).map(({ id, source }) => ({
		id,
		source: { ...source, idCard, patientName },
	}));
}

/** How often any of the markers stands in a value, hidden properties and causes included. */
function countMarkers(value: unknown): number {
	const text = inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: null });
	return Object.values(MARKERS).reduce((sum, marker) => sum + text.split(marker).length - 1, 0);
}

async function run({ options, faults, withSecret = false, nodeOptions = {} }: FaultCase) {
	const { accessToken, appSecret } = MARKERS;
	const envelopes = plantedEnvelopes();
	const bench = await startBench({ ...options, accessToken, appSecret, envelopes });
	const { sandbox } = bench;
	const before = envelopes.map(({ source }) => source.envelopeWsid);
	sandbox.options.faults = faults?.(sandbox) ?? [];
	try {
		const result = await bench.run(
			{ returnAll: true, options: { parallelRequests: 1, maxRetries: 2, ...nodeOptions } },
			{
				credential: withSecret ? { authentication: 'appSecret', accessToken: '', appSecret } : {},
			},
		);
		const after = new Set(envelopes.map(({ source }) => source.envelopeWsid));
		const throughout = before.filter((id) => after.has(id));
		const found = column(result);
		return {
			result,
			requests: sandbox.requests.length,
			lost: throughout.filter((id) => !found.includes(id)).length,
			doubled: found.length - new Set(found).size,
			leaks: countMarkers([result.run, result.error, result.error?.cause, log]),
		};
	} finally {
		await sandbox.close();
	}
}

describe('a search for all of 97 envelopes', () => {
	it.each(FAULTS)('$name', async (fault) => {
		const { result, requests, lost, doubled, leaks } = await run(fault);
		if (fault.ends === 'all') {
			expect(messageOf(result)).toBe(' | ');
			expect({ lost, doubled }).toEqual({ lost: 0, doubled: 0 });
			if (fault.hint) expect(hintsOf(result).join()).toMatch(fault.hint);
			else expect(hintsOf(result)).toEqual([]);
		} else {
			expect(messageOf(result)).toMatch(fault.ends);
			expect(result.items(NODE)).toEqual([]);
			expect(result.error?.description).toMatch(/\.$/);
		}
		expect(leaks).toBe(0);

		const seen = result.error?.message ?? `All envelopes. ${hintsOf(result).join(' ')}`.trim();
		const silently = fault.ends === 'all' ? lost + doubled : 0;
		rows.push(`| ${fault.name} | ${seen} | ${requests} | ${silently} | ${leaks} |`);
	});
});

/** Runs after all cases, so that the table is always that of this run. */
afterAll(async () => {
	const file = path.join(ROOT, 'docs', 'reliability.md');
	const text = readFileSync(file, 'utf8');
	const table = [
		'| Fault | What the user sees | Requests | Items lost or doubled in silence | Secrets and patients found |',
		'| --- | --- | --- | --- | --- |',
		...rows,
	].join('\n');
	const [begin, end] = ['<!-- faults: begin -->', '<!-- faults: end -->'];
	const inner = new RegExp(`(?<=${begin})[^]*(?=${end})`);
	expect(log.join()).toContain('Workflow execution finished');
	const current = await format(text.replace(inner, `\n\n${table}\n\n`), {
		...(await resolveConfig(file)),
		parser: 'markdown',
	});
	if (process.env.UPDATE_DOCS) writeFileSync(file, current);
	else expect(text, 'docs/reliability.md is not of this run: npm run docs').toBe(current);
});
