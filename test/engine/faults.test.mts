import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import type { INodeParameters } from 'n8n-workflow';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Result } from '../../engine/engine.mts';
import { makeEnvelopes, SIGNED, type Envelope } from '../../sandbox/envelopes.mts';
import { makePdf } from '../../sandbox/pdf.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import { withTables } from '../../scripts/marked.mts';
import { ROOT } from '../../scripts/pack.mts';
import {
	CALL_FAULTS,
	CREATE_FAULTS,
	DOWNLOAD_FAULTS,
	MARKERS,
	POST_FAULTS,
	SEARCH_FAULTS,
	type FaultCase,
} from './faults.mts';
import { column, hintsOf, messageOf, NODE, startSetup } from './support.mts';

/** What n8n's logger writes at its most talkative; nothing planted may pass through. */
const log = vi.hoisted(() => {
	const lines: string[] = [];
	process.env.N8N_LOG_LEVEL = 'debug';
	const { _stdout: stdout } = console as unknown as { _stdout: NodeJS.WritableStream };
	vi.spyOn(stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
	return lines;
});

/** An operation, all that it may meet, and what would be wrong without anybody noticing. */
interface Table {
	/** What the tests do; its place in docs/reliability.md is named after the first word. */
	title: `${'search' | 'download' | 'create' | 'call' | 'post'} ${string}`;
	faults: FaultCase[];
	/** What the user sees if all goes well. */
	well: string;
	/** Name of the column that counts what is wrong in silence. */
	harm: string;
	/** Looked at before the run. */
	plan(sandbox: Sandbox): {
		parameters: INodeParameters;
		input?: { file?: Buffer; input: [typeof MARKERS] };
		countHarm(result: Result): Promise<number> | number;
	};
}

const PATIENT_QUERY = {
	query: { parameter: [{ name: 'idCard', value: '={{ $json.idCard }}' }] },
};

const TABLES: Table[] = [
	{
		title: 'search for all of 97 envelopes',
		faults: SEARCH_FAULTS,
		well: 'All envelopes.',
		harm: 'Items lost or doubled in silence',
		plan({ envelopes }) {
			const before = envelopes.map(({ source }) => source.envelopeWsid);
			return {
				parameters: { returnAll: true, options: { parallelRequests: 1, maxRetries: 2 } },
				countHarm(result) {
					const found = column(result);
					const after = new Set(envelopes.map(({ source }) => source.envelopeWsid));
					const lost = before.filter((id) => after.has(id) && !found.includes(id));
					return result.error ? 0 : lost.length + found.length - new Set(found).size;
				},
			};
		},
	},
	{
		title: 'download of an envelope with two files',
		faults: DOWNLOAD_FAULTS,
		well: 'Both files.',
		harm: 'Files lost or broken in silence',
		plan({ envelopes, options }) {
			options.filesPerEnvelope = 2;
			const { source } = envelopes.find(({ source }) => source.envelopeStatus === SIGNED)!;
			return {
				parameters: { operation: 'download', envelopeWsid: source.envelopeWsid },
				async countHarm(result) {
					const files = await Promise.all([makePdf(source, 1), makePdf(source, 2)]);
					const whole = files.map((file) => file.toString('base64'));
					const found = result.items(NODE).map(({ binary }) => binary?.data.data);
					const broken = found.filter((file) => !whole.includes(file ?? '')).length;
					const lost = whole.filter((file) => !found.includes(file)).length;
					return broken + (result.error ? 0 : lost);
				},
			};
		},
	},
	{
		title: 'create of an envelope from a PDF',
		faults: CREATE_FAULTS,
		well: 'The envelope is created.',
		harm: 'Envelopes created twice',
		plan: ({ created }) => ({
			parameters: {
				operation: 'createFromPdf',
				customTagID: 'L20260101080000',
				templateId: 'WSID_TEMP_0000019300000000000000000000aaaa',
				patient: { patientName: '={{ $json.patientName }}', idCard: '={{ $json.idCard }}' },
				outHospitalUserSignerInfomation: {
					signer: [{ signerKeyName: 'patient', signerUserPhone: '={{ $json.phone }}' }],
				},
			},
			input: { input: [MARKERS], file: Buffer.from('%PDF-1.4\n%%EOF\n') },
			countHarm: ({ error }) =>
				created.length === 0 && !error ? 1 : Math.max(created.length - 1, 0),
		}),
	},
	{
		title: 'call of interface 8.1 by GET',
		faults: CALL_FAULTS,
		well: 'The reply.',
		harm: 'Replies lost or broken in silence',
		plan: () => ({
			parameters: { operation: 'callInterface', interface: '8.1', ...PATIENT_QUERY },
			input: { input: [MARKERS] },
			countHarm(result) {
				const replies = result.items(NODE).filter(({ json }) => 'data' in json);
				return !result.error && replies.length !== 1 ? 1 : 0;
			},
		}),
	},
	{
		title: 'post to interface 10 with Call Interface',
		faults: POST_FAULTS,
		well: 'The request is carried out.',
		harm: 'Requests carried out twice',
		plan: ({ posted }) => ({
			parameters: {
				operation: 'callInterface',
				interface: '10',
				...PATIENT_QUERY,
				body: '={{ $json }}',
			},
			input: { input: [MARKERS] },
			countHarm: ({ error }) =>
				posted.length === 0 && !error ? 1 : Math.max(posted.length - 1, 0),
		}),
	},
];

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
	return countIn(text);
}

/** The same in a text. */
function countIn(text: string): number {
	return Object.values(MARKERS).reduce((sum, marker) => sum + text.split(marker).length - 1, 0);
}

/** Everything that n8n would store of a run, but for the items that came into the node. */
function storedOf({ run, error }: Result): unknown {
	const { resultData } = run.data;
	const runData = { ...resultData.runData, Source: undefined };
	return [{ ...resultData, runData }, error, error?.cause];
}

async function run(table: Table, fault: FaultCase) {
	const { options, faults, withSecret = false, nodeOptions = {} } = fault;
	const { accessToken, appSecret } = MARKERS;
	const setup = await startSetup({
		...options,
		accessToken,
		appSecret,
		envelopes: plantedEnvelopes(),
	});
	const { sandbox } = setup;
	const plan = table.plan(sandbox);
	const { parameters, input } = plan;
	sandbox.options.faults = faults?.(sandbox) ?? [];
	try {
		const result = await setup.run(
			{ ...parameters, options: { ...(parameters.options as object), ...nodeOptions } },
			{
				...input,
				credential: withSecret ? { authentication: 'appSecret', accessToken: '', appSecret } : {},
			},
		);
		return {
			result,
			// The port is another one each time.
			message: result.error?.message.replace(sandbox.url, 'http://yisign.example'),
			requests: sandbox.requests.length,
			harm: await plan.countHarm(result),
			leaks: countMarkers(storedOf(result)) + countIn(log.join('\n')),
		};
	} finally {
		await sandbox.close();
	}
}

/** Lines of a table, by the mark of its place. */
const lines: Record<string, string[]> = {};

// Most of the time is waiting.
describe.concurrent.each(TABLES)('a $title', (table) => {
	const mark = `${table.title.split(' ')[0]} faults`;
	lines[mark] = [
		`| Fault | What the user sees | Requests | ${table.harm} | Secrets and patients found |`,
		'| --- | --- | --- | --- | --- |',
	];
	const rows = table.faults.map((fault, index) => ({ ...fault, line: index + 2 }));
	it.each(rows)('$name', async ({ line, ...fault }) => {
		const { result, message, requests, harm, leaks } = await run(table, fault);
		const hints = hintsOf(result).join(' ');
		if (fault.ends === 'well') {
			expect(messageOf(result)).toBe(' | ');
			expect(hints).toMatch(fault.hint ?? /^$/);
		} else {
			expect(messageOf(result)).toMatch(fault.ends);
			expect(result.items(NODE)).toEqual([]);
			expect(result.error?.description).toMatch(/\.$/);
		}
		expect({ harm, leaks }).toEqual({ harm: 0, leaks: 0 });

		const seen = message ?? `${table.well} ${hints}`.trim();
		lines[mark][line] = `| ${fault.name} | ${seen} | ${requests} | ${harm} | ${leaks} |`;
	});
});

/** Runs after all cases, so that the tables are always those of this run. */
afterAll(async () => {
	expect(log.join()).toContain('Workflow execution finished');
	const file = path.join(ROOT, 'docs', 'reliability.md');
	const text = readFileSync(file, 'utf8');
	const current = await withTables(file, lines);
	const rows = current.split('\n').filter((row) => !text.includes(row));
	const advice = `docs/reliability.md is not of this run: npm run docs\n${rows.join('\n')}`;
	if (process.env.UPDATE_DOCS) writeFileSync(file, current);
	else expect(text, advice).toBe(current);
});
