import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'flatted';
import type {
	ExecutionStatus,
	ICredentialDataDecryptedObject,
	IDataObject,
	INodeExecutionData,
	INodeTypeDescription,
	IRunExecutionData,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import type { WorkflowFile } from '../engine/engine.mts';

/** Who n8n belongs to. n8n wants 8 characters, a capital and a digit in a password. */
export interface Owner {
	email: string;
	password: string;
}

/** A credential as n8n gives it out: without its data. */
export interface StoredCredential {
	id: string;
	name: string;
	type: string;
}

/** A workflow as n8n stores it. */
export type StoredWorkflow = WorkflowFile & {
	id: string;
	name: string;
	versionId: string;
	active: boolean;
};

/** A line of n8n's list of executions. */
export interface ExecutionSummary {
	id: string;
	workflowId: string;
	status: ExecutionStatus;
	mode: WorkflowExecuteMode;
	startedAt: string;
	stoppedAt: string | null;
}

/** An execution with everything that went through its nodes. */
export type Execution = ExecutionSummary & { data: IRunExecutionData };

/** What a credential's test says. */
export interface CredentialVerdict {
	status: 'OK' | 'Error';
	message: string;
}

/** n8n refused a request. */
export class RestError extends Error {
	/** HTTP status. */
	readonly status: number;

	constructor(request: string, status: number, message: string) {
		super(`${request}: ${status} ${message}`);
		this.status = status;
	}
}

/** How far n8n 2.x, which publishes in the background, has come with a workflow. */
interface Publication {
	status: 'in_progress' | 'not_published' | 'published' | 'partial' | 'failed';
	triggers: Array<{ errorMessage: string | null }>;
}

const UNDER_WAY: ExecutionStatus[] = ['new', 'running', 'waiting', 'unknown'];

/** n8n's own REST interface, as its editor uses it. */
export class Rest {
	private readonly url: string;
	private cookie = '';
	private version = '';

	/** @param url address of the editor, without a slash at the end */
	constructor(url: string) {
		this.url = url;
	}

	/**
	 * Sends one request below `/rest` and gives the `data` of the answer.
	 *
	 * @throws RestError if the answer is not a 2xx
	 */
	async request<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
		const response = await fetch(`${this.url}/rest${path}`, {
			method,
			headers: {
				'Content-Type': 'application/json',
				// n8n ties a session to the browser that it was opened in.
				'browser-id': 'n8n-nodes-yisign',
				Cookie: this.cookie,
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		for (const cookie of response.headers.getSetCookie()) {
			if (cookie.startsWith('n8n-auth=')) this.cookie = cookie.split(';', 1)[0];
		}
		const text = await response.text();
		if (!response.ok) {
			throw new RestError(`${method} /rest${path}`, response.status, text.slice(0, 500));
		}
		return (text === '' ? undefined : (JSON.parse(text) as { data: Answer }).data) as Answer;
	}

	/** Logs in; on an n8n that has no owner yet, makes one first. */
	async login({ email, password }: Owner): Promise<void> {
		const { userManagement, versionCli } = await this.request<{
			versionCli?: string;
			userManagement: { showSetupOnFirstLoad?: boolean };
		}>('GET', '/settings');
		if (userManagement.showSetupOnFirstLoad) {
			const name = { firstName: 'Yisign', lastName: 'Sandbox' };
			await this.request('POST', '/owner/setup', { email, password, ...name });
		}
		await this.request('POST', '/login', { emailOrLdapLoginId: email, password });
		// Without a session, newer versions do not tell their version.
		this.version =
			versionCli ?? (await this.request<{ versionCli: string }>('GET', '/settings')).versionCli;
	}

	/** All credentials. */
	async credentials(): Promise<StoredCredential[]> {
		return await this.request('GET', '/credentials');
	}

	/** Stores a credential. */
	async createCredential(
		name: string,
		type: string,
		data: ICredentialDataDecryptedObject,
	): Promise<StoredCredential> {
		return await this.request('POST', '/credentials', { name, type, data });
	}

	/** The data of a credential; n8n blanks what is secret. */
	async credentialData({ id }: StoredCredential): Promise<ICredentialDataDecryptedObject> {
		const { data } = await this.request<{ data: ICredentialDataDecryptedObject }>(
			'GET',
			`/credentials/${id}?includeData=true`,
		);
		return data;
	}

	/** Replaces the data of a credential. */
	async updateCredential(
		{ id, name, type }: StoredCredential,
		data: ICredentialDataDecryptedObject,
	): Promise<void> {
		await this.request('PATCH', `/credentials/${id}`, { name, type, data });
	}

	/** Tests a stored credential as the editor does, with other data than the stored. */
	async testCredential(
		{ id, name, type }: StoredCredential,
		data: ICredentialDataDecryptedObject,
	): Promise<CredentialVerdict> {
		return await this.request('POST', '/credentials/test', {
			credentials: { id, name, type, data },
		});
	}

	/** Makes a key for n8n's public API that may do these things, such as `workflow:list`. */
	async createApiKey(scopes: string[]): Promise<string> {
		const { rawApiKey } = await this.request<{ rawApiKey: string }>('POST', '/api-keys', {
			label: 'n8n-nodes-yisign',
			expiresAt: null,
			scopes,
		});
		return rawApiKey;
	}

	/** All workflows, without their nodes. */
	async workflows(): Promise<Array<Pick<StoredWorkflow, 'id' | 'name' | 'active'>>> {
		return await this.request('GET', '/workflows');
	}

	/** One workflow, whole. */
	async workflow(id: string): Promise<StoredWorkflow> {
		return await this.request('GET', `/workflows/${id}`);
	}

	/** Stores a workflow, as an import does. */
	async createWorkflow(workflow: WorkflowFile): Promise<StoredWorkflow> {
		// n8n 1.x does not take a workflow that leaves this open.
		return await this.request('POST', '/workflows', { active: false, ...workflow });
	}

	/** Stores a changed workflow. Gives it back with its new version. */
	async updateWorkflow({ id, ...workflow }: StoredWorkflow): Promise<StoredWorkflow> {
		return await this.request('PATCH', `/workflows/${id}`, workflow);
	}

	/**
	 * Publishes a workflow, and waits until its triggers are in service: a polling trigger has made
	 * its first poll then.
	 *
	 * @throws Error with what the trigger says, if it refuses
	 */
	async publish({ id, versionId }: StoredWorkflow): Promise<void> {
		if (this.version.startsWith('1.')) return await this.setActive(id, versionId, true);
		await this.request('POST', `/workflows/${id}/activate`, { versionId });
		const { status, triggers } = await waitFor(
			`workflow ${id} to be published`,
			60_000,
			async () => {
				const publication = await this.request<Publication>(
					'GET',
					`/workflows/${id}/publication-status`,
				);
				return publication.status === 'in_progress' ? undefined : publication;
			},
		);
		if (status === 'published') return;
		throw new Error(triggers.map(({ errorMessage }) => errorMessage ?? status).join('; '));
	}

	/** Takes a workflow out of service. */
	async unpublish({ id, versionId }: StoredWorkflow): Promise<void> {
		if (this.version.startsWith('1.')) await this.setActive(id, versionId, false);
		else await this.request('POST', `/workflows/${id}/deactivate`);
	}

	private async setActive(id: string, versionId: string, active: boolean): Promise<void> {
		await this.request('PATCH', `/workflows/${id}`, { active, versionId });
	}

	/**
	 * Runs a stored workflow from one of its triggers, as the editor's button does, and waits.
	 *
	 * @param trigger name of the node to start from; by default the first one
	 * @param item what the trigger is to return, where it cannot be run by itself, as a chat
	 */
	async run(
		workflow: StoredWorkflow,
		trigger = workflow.nodes[0].name,
		item?: IDataObject,
	): Promise<Execution> {
		const data = item && {
			startTime: Date.now(),
			executionTime: 0,
			executionStatus: 'success',
			executionIndex: 0,
			source: [],
			data: { main: [[{ json: item }]] },
		};
		const { executionId } = await this.request<{ executionId?: string }>(
			'POST',
			`/workflows/${workflow.id}/run`,
			{ workflowData: workflow, triggerToStartFrom: { name: trigger, data } },
		);
		if (executionId === undefined) throw new Error(`${trigger} waits for a call`);
		return await this.finished(executionId);
	}

	/** Executions, newest first; those of one workflow if one is given. */
	async executions({ id }: { id?: string } = {}, limit = 100): Promise<ExecutionSummary[]> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId: id }));
		const { results } = await this.request<{ results: ExecutionSummary[] }>(
			'GET',
			`/executions?filter=${filter}&limit=${limit}`,
		);
		// n8n 1.x asks for those under way and the others apart: one that ends in between is in both.
		return [...new Map(results.map((summary) => [summary.id, summary])).values()];
	}

	/** One execution, finished or not. */
	async execution(id: string): Promise<Execution> {
		const { data, ...rest } = await this.request<ExecutionSummary & { data: string }>(
			'GET',
			`/executions/${id}`,
		);
		return { ...rest, data: parse(data) as IRunExecutionData };
	}

	/** One execution, once it has finished. Rejects if that takes longer than `timeout` ms. */
	async finished(id: string, timeout = 60_000): Promise<Execution> {
		return await waitFor(`execution ${id} to finish`, timeout, async () => {
			const execution = await this.execution(id);
			if (UNDER_WAY.includes(execution.status)) return undefined;
			// n8n 1.x stores that an execution has ended shortly before what came out of it.
			const { runData = {}, error } = execution.data?.resultData ?? {};
			return error || Object.keys(runData).length > 0 ? execution : undefined;
		});
	}

	/** Makes a Data Table with text columns, in the owner's own project. */
	async createDataTable(name: string, columns: string[]): Promise<void> {
		await this.request('POST', await this.dataTablesPath(), {
			name,
			columns: columns.map((column) => ({ name: column, type: 'string' })),
		});
	}

	/** The Data Tables in the owner's own project. */
	async dataTables(): Promise<Array<{ id: string; name: string }>> {
		type Answer = { data: Array<{ id: string; name: string }> };
		return (await this.request<Answer>('GET', await this.dataTablesPath())).data;
	}

	/** All rows of a Data Table, by its ID. */
	async dataTableRows(id: string): Promise<IDataObject[]> {
		const path = `${await this.dataTablesPath()}/${id}/rows`;
		return (await this.request<{ data: IDataObject[] }>('GET', path)).data;
	}

	private async dataTablesPath(): Promise<string> {
		const { id } = await this.request<{ id: string }>('GET', '/projects/personal');
		return `/projects/${id}/data-tables`;
	}

	/** The descriptions of all nodes, as the editor gets them. */
	async nodeTypes(): Promise<INodeTypeDescription[]> {
		const response = await fetch(`${this.url}/types/nodes.json`, {
			headers: { Cookie: this.cookie, 'browser-id': 'n8n-nodes-yisign' },
		});
		return (await response.json()) as INodeTypeDescription[];
	}
}

/** The items that came out of a node's first output, of all its runs. */
export function itemsOf({ data }: Execution, node: string): INodeExecutionData[] {
	const runs = data.resultData.runData[node] ?? [];
	return runs.flatMap((run) => run.data?.main[0] ?? []);
}

/** What stopped an execution, as the editor shows it; undefined if nothing did. */
export function errorOf({
	data,
}: Execution): { message: string; description?: string | null } | undefined {
	return data.resultData.error;
}

/**
 * Asks again and again, every 250 ms, until something comes.
 *
 * @param what goes into the message if nothing comes within `timeout` ms: `no … after 60 s`
 */
export async function waitFor<Found>(
	what: string,
	timeout: number,
	ask: () => Promise<Found | undefined>,
): Promise<Found> {
	for (const end = Date.now() + timeout; ; ) {
		const found = await ask();
		if (found !== undefined) return found;
		if (Date.now() > end) throw new Error(`Waited ${timeout / 1000} s for ${what}, in vain`);
		await sleep(250);
	}
}
