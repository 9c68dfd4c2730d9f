import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { chain } from '../../engine/engine.mts';
import {
	credentialFor,
	exampleFiles,
	FIRST,
	OFTEN,
	OWNER,
	pickCredential,
	readWorkflow,
} from '../../instance/contents.mts';
import { startInstance, type Instance } from '../../instance/instance.mts';
import { pathWithThisNode } from '../../instance/process.mts';
import { errorOf, itemsOf, Rest, waitFor, type StoredCredential } from '../../instance/rest.mts';
import { SIGNED } from '../../sandbox/envelopes.mts';
import { startSandbox, type Sandbox } from '../../sandbox/server.mts';
import { packTarball, type Tarball } from '../../scripts/pack.mts';
import { settingsOf } from './settings.mts';
import { makeNode } from './site.mts';

/** What n8n's migration report says of an instance. */
interface Report {
	report: {
		instanceResults: Array<{ ruleId: string }>;
		workflowResults: Array<{ ruleId: string; nbAffectedWorkflows: number }>;
	};
}

/** What n8n asks npm for, answered from a package in a file. */
const fakeNpm = ({ file, integrity }: Tarball, version: string, log: string) => `#!/bin/sh
echo "$*" >> '${log}'
case "$1 $3" in
	'view dist.integrity') echo '"${integrity}"' ;;
	'view version') echo '"${version}"' ;;
	pack*) cp '${file}' . && basename '${file}' ;;
esac
`;

/** Of n8n 3.0 itself: where these tests run, and a menu item of the editor that goes. */
const NOT_OURS = ['docker-only-deployment-v3', 'workflow-import-url-removed-v3'];

describe('n8n 2 with the settings of deploy/compose.yml, which n8n 3.0 makes the default', () => {
	let folder: string;
	let userFolder: string;
	let npmLog: string;
	let sandbox: Sandbox;
	let instance: Instance;
	let rest: Rest;
	let credential: StoredCredential;

	beforeAll(async () => {
		folder = await mkdtemp(path.join(tmpdir(), 'yisign-compose-'));
		userFolder = path.join(folder, 'user');
		const bin = path.join(folder, 'bin');
		await mkdir(bin);
		npmLog = path.join(folder, 'npm.log');
		const tarball = await packTarball(folder);
		const settings = settingsOf('compose.yml', tarball);
		const [{ version }] = JSON.parse(settings.N8N_COMMUNITY_PACKAGES) as [{ version: string }];
		await writeFile(path.join(bin, 'npm'), fakeNpm(tarball, version, npmLog));
		await chmod(path.join(bin, 'npm'), 0o755);
		sandbox = await startSandbox({ count: 60 });

		instance = await startInstance({
			n8n: inject('n8n')[2],
			userFolder,
			env: {
				...settings,
				PATH: [bin, pathWithThisNode()].join(path.delimiter),
				// Nobody is asked on the internet: n8n then has npm answer.
				HTTPS_PROXY: 'http://127.0.0.1:1',
				// As strict as n8n gets: the hospital's Yisign has a private address.
				N8N_SSRF_PROTECTION_ENABLED: 'true',
				N8N_SSRF_BLOCKED_IP_RANGES: '10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,192.168.0.0/16',
				N8N_SSRF_ALLOWED_IP_RANGES: '127.0.0.0/8',
			},
		});
		rest = new Rest(instance.url);
		await rest.login(OWNER);
		credential = await rest.createCredential('Yisign', 'yisignApi', credentialFor(sandbox));
	});

	afterAll(async () => {
		await instance?.kill();
		await sandbox?.close();
		await rm(folder, { recursive: true });
	});

	const report = async () =>
		(await rest.request<Report>('GET', '/breaking-changes/report?version=v3')).report;

	it('installs the package by its checksum, although unverified packages are off', async () => {
		const log = await readFile(instance.logFile, 'utf8');
		expect(log).toContain("Installed community package 'n8n-nodes-yisign@");
		expect(await readFile(npmLog, 'utf8')).toContain('dist.integrity');
		const types = (await rest.nodeTypes()).filter(({ name }) => name.includes('yisign'));
		expect(types).toHaveLength(4);
	});

	it('keeps downloaded files on the disk, under the name that n8n 3.0 gives the folder', async () => {
		const signed = sandbox.envelopes.find(({ source }) => source.envelopeStatus === SIGNED)!;
		const { envelopeWsid } = signed.source;
		const workflow = await rest.createWorkflow({
			name: 'Download',
			...chain(
				makeNode('Start', 'n8n-nodes-base.manualTrigger', 1),
				makeNode(
					'Download',
					'n8n-nodes-yisign.yisignEnvelope',
					1,
					{ operation: 'download', envelopeWsid: { __rl: true, mode: 'id', value: envelopeWsid } },
					credential,
				),
			),
		});
		const execution = await rest.run(workflow);
		expect(errorOf(execution)).toBeUndefined();
		const [{ json, binary }] = itemsOf(execution, 'Download');
		expect(binary?.data.id).toMatch(/^filesystem-v2:/);
		const stored = path.join(userFolder, '.n8n', 'storage');
		const file = path.join(stored, binary!.data.id!.replace('filesystem-v2:', ''));
		expect((await readFile(file)).length).toBe(json.fileSize);
		expect(existsSync(path.join(userFolder, '.n8n', 'binaryData'))).toBe(false);
	});

	it('starts a workflow once for an envelope that is signed', async () => {
		const type = 'n8n-nodes-yisign.yisignEnvelopeTrigger';
		const workflow = await rest.createWorkflow({
			name: 'Alert',
			...chain(
				makeNode('Signed', type, 1, { pollTimes: OFTEN }, credential),
				makeNode('Then', 'n8n-nodes-base.noOp', 1),
			),
		});
		await rest.publish(workflow);
		const signed = sandbox.sign();
		const [{ id }] = await waitFor('the workflow to start', 30_000, async () => {
			const executions = await rest.executions(workflow);
			return executions.length > 0 ? executions : undefined;
		});
		const items = itemsOf(await rest.finished(id), 'Then');
		expect(items.map(({ json }) => json.envelopeWsid)).toEqual([signed?.source.envelopeWsid]);
	});

	it('has a migration report for 3.0 with nothing about our examples and settings', async () => {
		const files = [FIRST, ...exampleFiles()];
		for (const file of files) {
			await rest.createWorkflow(pickCredential(readWorkflow(file), credential));
		}
		const { instanceResults, workflowResults } = await report();
		expect(workflowResults).toEqual([]);
		const found = instanceResults.map(({ ruleId }) => ruleId);
		expect(found.filter((rule) => !NOT_OURS.includes(rule))).toEqual([]);

		// Has to be found, or the report would prove nothing.
		await rest.createWorkflow({
			name: 'Old',
			...chain(makeNode('Old', 'n8n-nodes-base.function', 1)),
		});
		const after = await report();
		expect(after.workflowResults.map(({ nbAffectedWorkflows }) => nbAffectedWorkflows)).toEqual([
			1,
		]);
		console.log(
			`Migration report for 3.0: ${files.length} workflows of ours, ${workflowResults.length} findings; of the instance ${found.join(', ')}`,
		);
	});
});
