import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { IDataObject, INode, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startEngine, type Engine, type WorkflowFile } from '../../engine/engine.mts';
import { NodeHelpers } from '../../engine/n8n.mts';
import { publishWebhook } from '../../engine/webhook.mts';
import { makeCallback, post, signed, unsigned, writeBody } from '../../sandbox/callbacks.mts';
import { startSandbox, type Sandbox } from '../../sandbox/server.mts';
import { ROOT, unpackTarball } from '../../scripts/pack.mts';
import { addEnded, idsOf, makeTrigger, pass } from './trigger.support.mts';

const FOLDER = path.join(import.meta.dirname, 'upgrade');

const HOUR = 3_600_000;

const read = (name: string) =>
	JSON.parse(readFileSync(path.join(FOLDER, `${name}.json`), 'utf8')) as WorkflowFile;

const names = readdirSync(FOLDER)
	.filter((file) => file.endsWith('.json'))
	.map((file) => path.basename(file, '.json'));

/** The engine with the package that is installed so far, and with today's. */
let before: Engine;
let today: Engine;
let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
	folder = mkdtempSync(path.join(tmpdir(), 'yisign-upgrade-'));
	const installed = path.join(folder, 'node_modules', 'n8n-nodes-yisign');
	mkdirSync(installed, { recursive: true });
	const [tarball] = readdirSync(FOLDER).filter((file) => file.endsWith('.tgz'));
	unpackTarball(path.join(FOLDER, tarball), installed);
	symlinkSync(
		path.join(ROOT, 'node_modules', 'n8n-workflow'),
		path.join(folder, 'node_modules', 'n8n-workflow'),
	);
	[before, today] = await Promise.all([startEngine(installed), startEngine(ROOT)]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
	// Without an offset, the header Date is Node's own and does not move with the clock.
	sandbox = await startSandbox({ count: 300, clockOffset: 1 });
});
afterEach(async () => {
	vi.restoreAllMocks();
	await sandbox.close();
});

/** The workflow with a credential, with every field that one could be saved with. */
function withCredential(engine: Engine, { nodes, ...rest }: WorkflowFile): WorkflowFile {
	const { appId, accessToken, appSecret } = sandbox.options;
	const credentials = engine.addCredential('yisignApi', {
		baseUrl: sandbox.url,
		appId,
		authentication: 'accessToken',
		accessToken,
		appSecret,
		tokenUrl: '',
		fileServers: '127.0.0.1',
		allowUnauthorizedCerts: false,
	});
	const isOurs = ({ type }: INode) => type.startsWith('n8n-nodes-yisign.');
	return { ...rest, nodes: nodes.map((node) => (isOurs(node) ? { ...node, credentials } : node)) };
}

/** What came out of each node, as far as two runs can be compared. */
async function run(engine: Engine, workflow: WorkflowFile): Promise<Array<[string, unknown[]]>> {
	const result = await engine.run(withCredential(engine, workflow));
	expect(result.error).toBeUndefined();
	const nodes = workflow.nodes.filter(({ type }) => !type.endsWith('Tool'));
	return nodes.map(({ name }) => [name, result.items(name).flatMap(comparable)]);
}

function comparable({ json, binary }: INodeExecutionData): unknown[] {
	// What a tool says of itself may change; what it finds may not.
	if ('answer' in json) return (json.answer as string).match(/WSID_ENVE_\w+/g) ?? [];
	// A create makes new ids.
	if ('code' in json) return [{ code: json.code, names: Object.keys(json) }];
	return [{ json, binary }];
}

describe.each(names)('a workflow that was saved with the older package: %s', (name) => {
	it.each([
		['the older', () => before],
		['today’s', () => today],
	])('has no parameter that %s package does not know', (_which, engine) => {
		const { nodeTypes } = engine();
		const ours = read(name).nodes.filter(({ type }) => type.startsWith('n8n-nodes-yisign.'));
		expect(ours.length).toBeGreaterThan(0);
		for (const node of ours) {
			const { description } = nodeTypes.getByNameAndVersion(node.type, node.typeVersion);
			const { properties } = description;
			const parameters = NodeHelpers.getNodeParameters(
				properties,
				node.parameters,
				true,
				false,
				node,
				description,
			) as INodeParameters;
			expect(parameters).toMatchObject(node.parameters);
			const issues = NodeHelpers.getNodeParametersIssues(
				properties,
				{ ...node, parameters },
				description,
			);
			expect(issues).toBeNull();
		}
	});
});

describe.each(names.filter((name) => !/^(trigger|callback)-/.test(name)))('%s', (name) => {
	it('returns today what it returned before', async () => {
		const workflow = read(name);
		for (const node of workflow.nodes) {
			if (node.type.endsWith('.agent')) node.parameters = { ask: { Department_Name: '儿科' } };
		}
		const was = await run(before, workflow);
		expect(was.filter(([, items]) => items.length === 0)).toEqual([]);
		expect(await run(today, workflow)).toEqual(was);
	});
});

/** Puts envelopes into the sandbox that have come to the event of a trigger, and gives their ids. */
const HAPPENS: Record<string, () => string[]> = {
	'trigger-completed': () => addEnded(setup(), 3),
	'trigger-failed': () => addEnded(setup(), 3, undefined, { envelopeStatus: 'ED_FAIL_REJECT' }),
	'trigger-ended': () => {
		addEnded(setup(), 2, undefined, { hospitalDepartmentId: 'KS0201', hospitalDepartment: '儿科' });
		return addEnded(setup(), 3, undefined, {
			hospitalDepartmentId: 'KS0101',
			hospitalDepartment: '产科',
		});
	},
	'trigger-started': () => wait(0),
	'trigger-overdue': () => wait(24 * HOUR - 30_000),
};

/** Envelopes that were started so many ms ago and are waiting. */
function wait(ago: number): string[] {
	return addEnded(setup(), 3, () => null, {
		envelopeStatus: 'ING_SENT_WAIT_FILLOUT',
		createdDatetime: Date.now() - ago,
	});
}

const setup = (engine = today) => ({ sandbox, engine, run: () => Promise.reject(new Error()) });

describe.each(Object.keys(HAPPENS))('the memory of %s', (name) => {
	it('is whole after an upgrade and back: nothing is emitted twice, nothing is lost', async () => {
		const [{ parameters }] = read(name).nodes;
		let stored: IDataObject = {};
		for (const [index, engine] of [before, today, before].entries()) {
			const poller = makeTrigger(setup(engine), parameters, {
				stored,
				activation: index === 0 ? 'activate' : 'init',
			});
			// While n8n was down for the upgrade.
			const missed = index === 0 ? [] : HAPPENS[name]();
			pass(61_000);
			expect(idsOf(await poller.activate())).toEqual(missed);
			expect(await poller.tick()).toEqual([]);
			const ids = HAPPENS[name]();
			pass(61_000);
			expect(idsOf(await poller.tick())).toEqual(ids);
			expect(await poller.tick()).toEqual([]);
			expect(poller.reported).toEqual([]);
			stored = poller.stored();
		}
	});
});

describe.each(['callback-signature', 'callback-lookup'])('%s', (name) => {
	const call = () => {
		const envelope = sandbox.envelopes.find(({ source }) => source.envelopeFinishedDatetime)!;
		const body = writeBody(makeCallback(envelope));
		return name === 'callback-lookup' ? unsigned(body) : signed(body);
	};
	const publish = async (engine: Engine) =>
		await publishWebhook(engine, withCredential(engine, read(name)).nodes[0]);

	it('starts the workflow with the same item, and takes no call that was taken before', async () => {
		const message = call();
		const old = await publish(before);
		expect((await post(old.url, message)).status).toBe(200);
		await old.close();
		const current = await publish(today);
		current.restore(old.staticData());
		if (name === 'callback-signature') {
			expect((await post(current.url, message)).status).toBe(401);
		}
		expect((await post(current.url, call())).status).toBe(200);
		await current.close();
		const json = (server: typeof old) => server.started.flat().map((item) => item.json);
		expect(json(current)).toEqual(json(old));
	});
});
