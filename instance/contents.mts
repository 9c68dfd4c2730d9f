import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { INodeParameters } from 'n8n-workflow';
import type { WorkflowFile } from '../engine/engine.mts';
import type { Sandbox } from '../sandbox/server.mts';
import { ROOT } from '../scripts/pack.mts';
import { RestError, type Owner, type Rest, type StoredCredential } from './rest.mts';

/** A workflow file; all of ours have a name. */
export type NamedWorkflow = WorkflowFile & { name: string };

/** Who a visitor logs in as. */
export const OWNER: Owner = { email: 'visitor@hospital.example', password: 'Yisign2024' };

/** Starts when an envelope completes and needs nothing but the sandbox: seen first. */
export const FIRST = 'instance/envelope-completed.json';

/** Takes the sandbox's callbacks. */
const CALLBACK = 'examples/06-callback-lookup-store.json';

/** Reads a workflow file. */
export function readWorkflow(file: string): NamedWorkflow {
	return JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as NamedWorkflow;
}

/** The files below `examples/`, in order. */
export function exampleFiles(): string[] {
	const names = readdirSync(path.join(ROOT, 'examples')).filter((name) => name.endsWith('.json'));
	return names.toSorted().map((name) => `examples/${name}`);
}

/** The workflow with a credential picked in each node of this package. */
export function pickCredential<Workflow extends WorkflowFile>(
	workflow: Workflow,
	{ id, name }: StoredCredential,
): Workflow {
	const nodes = workflow.nodes.map((node) =>
		node.type.startsWith('n8n-nodes-yisign.')
			? { ...node, credentials: { yisignApi: { id, name } } }
			: node,
	);
	return { ...workflow, nodes };
}

/** Seconds between two polls with {@link OFTEN}. */
export const POLL_SECONDS = 5;

/** Poll Times so close that nobody waits: n8n allows each once a minute, but many of them. */
export const OFTEN: INodeParameters = {
	item: Array.from({ length: 60 / POLL_SECONDS }, (_, index) => ({
		mode: 'custom',
		cronExpression: `${index * POLL_SECONDS} * * * * *`,
	})),
};

/** What the credential for a sandbox holds. */
export function credentialFor({ url: baseUrl, options }: Sandbox) {
	const { appId, accessToken, appSecret } = options;
	return { baseUrl, appId, authentication: 'accessToken', accessToken, appSecret };
}

/**
 * Puts into n8n what a visitor is to find, as far as it is not there: owner, credential, Data Table
 * and workflows, two of them published.
 *
 * @returns where n8n takes the sandbox's callbacks, below n8n's address
 */
export async function fill(rest: Rest, sandbox: Sandbox): Promise<string> {
	await rest.login(OWNER).catch((error: unknown) => {
		if (!(error instanceof RestError) || error.status !== 401) throw error;
		throw new Error(`n8n does not let ${OWNER.email} in: was the password changed?`);
	});
	const credential = await provideCredential(rest, sandbox);
	const there = await rest.workflows();
	// n8n lists the newest first.
	for (const file of [FIRST, ...exampleFiles()].toReversed()) {
		const workflow = readWorkflow(file);
		if (there.some(({ name }) => name === workflow.name)) continue;
		const stored = await rest.createWorkflow(pickCredential(workflow, credential));
		if (file === CALLBACK) await provideTable(rest, workflow);
		if (file === FIRST || file === CALLBACK) await rest.publish(stored);
	}
	const { webhookId } = readWorkflow(CALLBACK).nodes[0];
	return `/webhook/${webhookId}/webhook`;
}

async function provideCredential(rest: Rest, sandbox: Sandbox): Promise<StoredCredential> {
	const name = 'Yisign (sandbox)';
	const wanted = credentialFor(sandbox);
	const stored = (await rest.credentials()).find((credential) => credential.name === name);
	if (!stored) return await rest.createCredential(name, 'yisignApi', wanted);
	const { baseUrl } = await rest.credentialData(stored);
	if (baseUrl !== wanted.baseUrl) await rest.updateCredential(stored, wanted);
	return stored;
}

/** Makes the Data Table that a workflow writes to, with the columns that it fills. */
export async function provideTable(rest: Rest, { nodes }: WorkflowFile): Promise<void> {
	for (const { type, parameters } of nodes) {
		if (type !== 'n8n-nodes-base.dataTable') continue;
		const { dataTableId, columns } = parameters as unknown as {
			dataTableId: { value: string };
			columns?: { value: Record<string, string> };
		};
		if (!columns) continue;
		try {
			await rest.createDataTable(dataTableId.value, Object.keys(columns.value));
		} catch (error) {
			// It is there already.
			if (!(error instanceof RestError) || error.status !== 409) throw error;
		}
	}
}
