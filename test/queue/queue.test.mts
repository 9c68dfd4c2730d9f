import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowFile } from '../../engine/engine.mts';
import { POLL_SECONDS } from '../../instance/contents.mts';
import { errorOf, itemsOf, waitFor, type StoredWorkflow } from '../../instance/rest.mts';
import { makeCallback, post, signed, writeBody } from '../../sandbox/callbacks.mts';
import type { Envelope } from '../../sandbox/envelopes.mts';
import { startFleet, type Fleet, type Worker } from './fleet.mts';
import {
	CALLBACK_PATH,
	CATCH_UP,
	DONE_TABLE,
	DOWNLOAD,
	downloadOnCall,
	nothingLost,
	onCallback,
	searchOnCall,
	tellThenSearch,
	TRIGGER,
} from './workflows.mts';

/** ms until n8n misses a worker, as set here: 10 s and 5 s, and half a minute that cannot be set. */
const UNTIL_MISSED = 100_000;

let fleet: Fleet;
const workers: Worker[] = [];

beforeAll(async () => {
	fleet = await startFleet(
		{ count: 600 },
		{
			// n8n takes a worker for dead after a minute by default.
			QUEUE_WORKER_LOCK_DURATION: '10000',
			QUEUE_WORKER_LOCK_RENEW_TIME: '2000',
			QUEUE_WORKER_STALLED_INTERVAL: '5000',
		},
	);
	workers.push(...(await Promise.all([fleet.addWorker(), fleet.addWorker()])));
});
afterEach(() => void Object.assign(fleet.sandbox.options, { newTokenRevokesOld: false, delay: 0 }));
afterAll(() => fleet?.stop());

/** Stores and publishes a workflow; n8n puts it into service a little later. */
async function publish(workflow: WorkflowFile): Promise<StoredWorkflow> {
	const stored = await fleet.rest.createWorkflow(workflow);
	await fleet.rest.publish(stored);
	return stored;
}

/** Publishes a trigger; when it has asked Yisign once, all that completes from then on counts. */
async function publishTrigger(file: WorkflowFile): Promise<StoredWorkflow> {
	fleet.sandbox.clearRequests();
	const workflow = await publish(file);
	await waitFor('the trigger to be in service', 20_000, () =>
		Promise.resolve(fleet.sandbox.requests.find(({ status }) => status === 200)),
	);
	return workflow;
}

/** Calls a webhook, at first until it is in service. */
async function call(path: string, init: RequestInit = {}): Promise<Response> {
	return await waitFor(`/webhook/${path}`, 20_000, async () => {
		const response = await fetch(`${fleet.url}/webhook/${path}`, { method: 'POST', ...init });
		return response.status === 404 ? undefined : response;
	});
}

async function callForEnvelopes(path: string): Promise<unknown[]> {
	const response = await call(path);
	const body = (await response.json()) as unknown[];
	if (response.status !== 200) throw new Error(JSON.stringify(body));
	return body;
}

/** Every execution of a workflow, once nothing of it waits or runs any more; oldest first. */
async function finished(workflow: StoredWorkflow, timeout = 60_000) {
	const summaries = await waitFor(`${workflow.name} to be done`, timeout, async () => {
		const all = await fleet.rest.executions(workflow);
		return all.some(({ status }) => status === 'new' || status === 'running') ? undefined : all;
	});
	return summaries.toSorted((a, b) => Number(a.id) - Number(b.id));
}

/** Ids of the envelopes that the trigger has emitted, in order, however often. */
async function emitted(workflow: StoredWorkflow): Promise<unknown[]> {
	const ids: unknown[] = [];
	for (const { id } of await finished(workflow)) {
		ids.push(
			...itemsOf(await fleet.rest.execution(id), TRIGGER).map(({ json }) => json.envelopeWsid),
		);
	}
	return ids;
}

/** Ids that the example has noted as done, in order, however often. */
async function done(): Promise<string[]> {
	const { services } = fleet;
	const [[table]] = await services.query(`select id from data_table where name = '${DONE_TABLE}'`);
	const rows = await services.query(
		`select "envelopeWsid" from "data_table_user_${table}" order by 1`,
	);
	return rows.flat();
}

/** Kills a worker and puts another in its place. */
async function killWorker(victim = workers[0]): Promise<Worker> {
	await victim.kill();
	workers.splice(workers.indexOf(victim), 1, await fleet.addWorker());
	return victim;
}

const waitingEnvelopes = () =>
	fleet.sandbox.envelopes.filter(
		({ source }) =>
			source.envelopeStatus?.startsWith('ING_') && source.hospitalBusinessLastVersion !== false,
	);

function sign(envelope: Envelope): string {
	fleet.sandbox.sign(envelope);
	return envelope.source.envelopeWsid;
}

/** Waits for the middle between two polls. */
async function betweenPolls(): Promise<void> {
	const ms = POLL_SECONDS * 1000;
	await sleep((ms * 1.5 - (Date.now() % ms)) % ms);
}

describe('searches', () => {
	it('run on the workers, on both, and every caller gets every envelope', async () => {
		const workflow = await publish(searchOnCall('all', await fleet.addCredential()));
		await callForEnvelopes('all');
		fleet.sandbox.options.delay = 100;
		const results = await Promise.all(Array.from({ length: 10 }, () => callForEnvelopes('all')));
		expect(new Set(results.map(({ length }) => length))).toEqual(new Set([600]));
		const ids = (await finished(workflow)).map(({ id }) => id);
		const shares = workers.map(({ begun }) => ids.filter((id) => begun.has(id)));
		expect(shares.flat().toSorted()).toEqual(ids.toSorted());
		for (const share of shares) expect(share).not.toEqual([]);
	});

	it('run on the workers also when somebody executes the workflow in the editor', async () => {
		const { rest } = fleet;
		const workflow = await rest.createWorkflow(tellThenSearch(await fleet.addCredential()));
		const { id, status } = await rest.run(workflow);
		expect(status).toBe('success');
		expect(workers.some(({ begun }) => begun.has(id))).toBe(true);
	});
});

describe('a token that has expired', () => {
	it.each([
		['and old tokens go on to hold', false],
		['and a new token revokes the old ones', true],
	])('is met by two workers at once %s: both go on', async (_, newTokenRevokesOld) => {
		const path = `token-${newTokenRevokesOld}`;
		await publish(searchOnCall(path, await fleet.addCredential()));
		await callForEnvelopes(path);
		Object.assign(fleet.sandbox.options, { newTokenRevokesOld, delay: 20 });
		for (let round = 0; round < 5; round += 1) {
			fleet.sandbox.expireTokens();
			const results = await Promise.all(Array.from({ length: 10 }, () => callForEnvelopes(path)));
			expect(results.map(({ length }) => length)).toEqual(results.map(() => 600));
		}
	});
});

describe('a downloaded file', () => {
	it('is in the database, where every process finds it', async () => {
		const { source } = fleet.sandbox.envelopes.find((one) => one.source.envelopeFileUrls)!;
		const credential = await fleet.addCredential();
		const workflow = await publish(downloadOnCall('file', source.envelopeWsid, credential));
		expect((await call('file')).status).toBe(200);
		const [{ id }] = await finished(workflow);
		const [{ binary }] = itemsOf(await fleet.rest.execution(id), DOWNLOAD);
		const [place, fileId] = binary?.data.id?.split(':') ?? [];
		expect(place).toBe('database');
		const [[stored]] = await fleet.services.query(
			`select encode(sha256(data), 'hex') from binary_data where "fileId" = '${fileId}'`,
		);
		const original = await fetch(`${fleet.sandbox.url}/files/${source.envelopeWsid}.pdf`);
		const bytes = Buffer.from(await original.arrayBuffer());
		expect(stored).toBe(createHash('sha256').update(bytes).digest('hex'));
	});
});

describe('callbacks', () => {
	it('are run by a worker; a forged one and a replay start nothing, after a restart neither', async () => {
		const workflow = await publish(onCallback(await fleet.addCredential()));
		const path = `${CALLBACK_PATH}/webhook`;
		const url = `${fleet.url}/webhook/${path}`;
		const body = writeBody(makeCallback(fleet.sandbox.envelopes[0]));
		const message = signed(body);
		expect((await call(path, message)).status).toBe(200);
		expect((await post(url, signed(body, { appSecret: 'sk-of-somebody-else' }))).status).toBe(401);
		expect((await post(url, message)).status).toBe(401);
		await fleet.main.kill();
		await fleet.restartMain();
		expect((await call(path, message)).status).toBe(401);
		const executions = await finished(workflow);
		expect(executions.map(({ status }) => status)).toEqual(['success']);
		expect(workers.some(({ begun }) => begun.has(executions[0].id))).toBe(true);
	});
});

describe('the trigger', () => {
	it('emits each envelope once while workers come and go and the main process is killed', async () => {
		const workflow = await publishTrigger(tellThenSearch(await fleet.addCredential()));
		const signed: string[] = [];
		const signing = setInterval(() => signed.push(sign(waitingEnvelopes()[0])), 1000);

		workers.push(await fleet.addWorker());
		await workers.shift()?.stop();
		await betweenPolls();
		await fleet.main.kill();
		await fleet.restartMain();
		workers.push(await fleet.addWorker());
		await workers.shift()?.stop();

		clearInterval(signing);
		await betweenPolls();
		await sleep(2 * POLL_SECONDS * 1000);
		expect((await emitted(workflow)).toSorted()).toEqual(signed.toSorted());
		const executions = await finished(workflow);
		expect(new Set(executions.map(({ status }) => status))).toEqual(new Set(['success']));
		await fleet.rest.unpublish(workflow);
	});
});

describe('a worker that is killed', () => {
	it('fails what it was running, after a while; what was waiting is run by the other', async () => {
		const workflow = await publish(searchOnCall('slow', await fleet.addCredential(), false));
		await call('slow');
		await finished(workflow);
		fleet.sandbox.options.delay = 1000;
		await Promise.all(Array.from({ length: 14 }, () => call('slow')));
		await sleep(2000);
		const victim = await killWorker();
		const executions = await finished(workflow, UNTIL_MISSED);
		expect(executions).toHaveLength(15);
		const failed = executions.filter(({ status }) => status !== 'success');
		expect(failed).not.toEqual([]);
		for (const { id, status } of failed) {
			expect(victim.begun).toContain(id);
			expect(status).toBe('error');
			expect(errorOf(await fleet.rest.execution(id))?.message).toContain('failed to be processed');
		}
	});

	it('takes envelopes with it that had been emitted; the example’s catch-up brings them back', async () => {
		await fleet.rest.createDataTable(DONE_TABLE, ['envelopeWsid']);
		const workflow = await publishTrigger(nothingLost(await fleet.addCredential()));
		fleet.sandbox.options.delay = 2000;
		const ids = waitingEnvelopes().slice(0, 5).map(sign);
		const victim = await waitFor('a worker to begin', 30_000, async () => {
			const [execution] = await fleet.rest.executions(workflow);
			return workers.find(({ begun }) => begun.has(execution?.id));
		});
		await sleep(1000);
		await killWorker(victim);
		const [{ id, status }] = await finished(workflow, UNTIL_MISSED);
		expect(status).toBe('error');
		// n8n has forgotten what the execution began with, so that there is nothing to retry.
		const { data } = await fleet.rest.execution(id);
		expect(data.executionData?.nodeExecutionStack).toEqual([]);
		expect(await done()).toEqual([]);

		fleet.sandbox.options.delay = 0;
		await fleet.rest.run(workflow, CATCH_UP);
		expect(await done()).toEqual(ids.toSorted());
		await fleet.rest.run(workflow, CATCH_UP);
		expect(await done()).toEqual(ids.toSorted());
	});
});
