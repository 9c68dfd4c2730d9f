import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer } from '../../sandbox/faults.mts';
import { conditions, startSetup, type Setup } from './support.mts';
import * as trigger from './trigger.support.mts';
import { idsOf, rejection, reportedBy, type Publishing } from './trigger.support.mts';

/** A department of the sandbox. */
const WARD = { hospitalDepartmentId: 'KS0201', hospitalDepartment: '儿科' };

const OTHER = { hospitalDepartmentId: 'KS0402', hospitalDepartment: '骨科' };

const completed = { field: 'envelopeStatus', value: 'ED_SUCCESS' };

let setup: Setup;

beforeEach(async () => {
	setup = await startSetup({ count: 400 });
});
afterEach(() => setup.sandbox.close());

const publish = (parameters?: INodeParameters, publishing?: Publishing) =>
	trigger.makeTrigger(setup, parameters, publishing);
const addEnded = (count: number, more: typeof WARD) =>
	trigger.addEnded(setup, count, undefined, more);

/** A condition on the department, as the editor stores it. */
const department = (mode: string, value: string): IDataObject => ({
	field: 'hospitalDepartmentId',
	department: { __rl: true, mode, value },
});

const queries = () => setup.sandbox.requests.map(({ query }) => query.q);

describe('a condition by name', () => {
	it.each(['completed', 'started', 'overdue'])(
		'is checked on every record and sends no code, for a name may have several (%s)',
		async (event) => {
			const poller = publish({ event, ...conditions(department('name', WARD.hospitalDepartment)) });
			expect(await poller.activate()).toEqual([]);
			setup.sandbox.clearRequests();
			expect(await poller.tick()).toEqual([]);
			expect(new Set(queries())).toEqual(new Set([undefined]));
		},
	);

	it('starts the workflow for a second code that no recent envelope has', async () => {
		const ids = trigger.addEnded(setup, 1, () => null, {
			...WARD,
			hospitalDepartmentId: 'KS0299',
			envelopeStatus: 'ING_SENT_WAIT_FILLOUT',
			createdDatetime: Date.now() - 90 * 24 * 3_600_000,
		});
		const old = setup.sandbox.envelopes.slice(-1);
		const poller = publish(conditions(department('name', WARD.hospitalDepartment)));
		await poller.activate();
		trigger.end(setup, old);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('starts the workflow for its envelopes only, and an idle poll asks once', async () => {
		const poller = publish(conditions(department('name', WARD.hospitalDepartment)));
		await poller.activate();
		const ids = addEnded(3, WARD);
		addEnded(3, OTHER);
		expect(idsOf(await poller.tick())).toEqual(ids);
		setup.sandbox.clearRequests();
		expect(await poller.tick()).toEqual([]);
		expect(queries()).toHaveLength(1);
	});

	it('loses nothing while Yisign does not answer at publishing', async () => {
		setup.sandbox.options.faults = [answer({ status: 503, times: 2 })];
		const poller = publish(conditions(department('name', WARD.hospitalDepartment)));
		expect(await poller.activate()).toEqual([]);
		setup.sandbox.options.faults = [];
		const ids = trigger.addEnded(setup, 2, () => Date.now() + 1000, WARD);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it('starts the workflow at once where the name gets another code', async () => {
		const poller = publish(conditions(department('name', WARD.hospitalDepartment)));
		await poller.activate();
		const renamed = { ...WARD, hospitalDepartmentId: 'KS0299' };
		const ids = [...addEnded(2, WARD), ...addEnded(2, renamed)];
		expect(idsOf(await poller.tick())).toEqual(ids.toSorted());
	});

	it('goes on at a start of n8n although no recent envelope has the name', async () => {
		const parameters = conditions(department('name', WARD.hospitalDepartment));
		const poller = publish(parameters);
		await poller.activate();
		for (const { source } of setup.sandbox.envelopes) {
			if (source.hospitalDepartment === WARD.hospitalDepartment) Object.assign(source, OTHER);
		}
		setup.sandbox.touch();
		const started = publish(parameters, {
			stored: poller.stored(),
			activation: 'init',
			workflowId: 'another process',
		});
		expect(await started.activate()).toEqual([]);
		const ids = addEnded(2, WARD);
		addEnded(2, OTHER);
		expect(idsOf(await started.tick())).toEqual(ids);
		setup.sandbox.clearRequests();
		expect(await started.tick()).toEqual([]);
		expect(queries()).toHaveLength(1);
	});
});

describe('a typo', () => {
	const slips: Array<[string, IDataObject[], RegExp]> = [
		[
			'a code typed as a name',
			[department('name', 'KS0201')],
			/^No recent envelope has the department name KS0201 \| It is a code: choose By ID\./,
		],
		[
			'a name typed as a code',
			[department('id', '儿科')],
			/^Condition 1 finds no envelopes \| No envelope has the department code 儿科, but \d+ recent envelopes have that name: choose By Name\./,
		],
		[
			'a name typed as a code, below another condition',
			[completed, department('id', '儿科')],
			/^Condition 2 finds no envelopes \| .* 儿科, but \d+ recent envelopes have that name: choose By Name\./,
		],
		[
			'a field that no envelope has',
			[{ field: 'custom', customField: 'wardNumber', value: '12' }],
			/^No envelope has the field wardNumber \| /,
		],
	];

	/** They look like slips, and may be right. */
	const unknown: typeof slips = [
		[
			'an unknown name',
			[department('name', '儿课')],
			/^No recent envelope has the department name 儿课 \| The nearest: 儿科.* If it is right, leave it/,
		],
		[
			'a code with a typing slip',
			[department('id', 'KS02O1')],
			/^Condition 1 finds no envelopes \| No envelope has the code KS02O1\. The nearest in recent envelopes: KS0201.* If it is right, leave it/,
		],
		[
			'such a code below another condition',
			[completed, department('id', 'KS02O1')],
			/^Condition 2 finds no envelopes \| No envelope has the code KS02O1\./,
		],
	];

	it.each(unknown)(
		'that may be new is reported, and the trigger goes on: %s',
		async (_name, rows, message) => {
			const poller = publish(conditions(...rows));
			expect(await poller.activate()).toEqual([]);
			expect(reportedBy(poller)).toEqual([expect.stringMatching(message)]);
			const fresh = { hospitalDepartmentId: 'KS02O1', hospitalDepartment: '儿课' };
			addEnded(1, WARD);
			const ids = addEnded(2, fresh);
			expect(idsOf(await poller.tick())).toEqual(ids);
			expect(reportedBy(poller)).toHaveLength(1);
		},
	);

	it.each(unknown)(
		'that may be new is explained in the editor: %s',
		async (_name, rows, message) => {
			const manual = publish(conditions(...rows), { mode: 'manual' });
			expect(await rejection(manual.tick())).toMatch(message);
		},
	);

	it.each(slips)(
		'stops publishing, and the test in the editor: %s',
		async (_name, rows, message) => {
			const parameters = conditions(...rows);
			expect(await rejection(publish(parameters).activate())).toMatch(message);
			expect(await rejection(publish(parameters, { mode: 'manual' }).tick())).toMatch(message);
		},
	);

	it.each(slips)('stops a trigger that is edited, too: %s', async (_name, rows, message) => {
		const poller = publish();
		await poller.activate();
		const ids = addEnded(2, WARD);
		const edited = publish(conditions(...rows), {
			stored: poller.stored(),
			activation: 'update',
		});
		expect(await rejection(edited.activate())).toMatch(message);
		const corrected = publish(conditions(department('name', '儿科')), {
			stored: edited.stored(),
			activation: 'update',
		});
		expect(idsOf(await corrected.activate())).toEqual(ids);
	});

	it.each(['ignored', 'freeText'] as const)(
		'is noticed where the query is %s, too',
		async (query) => {
			setup.sandbox.options.query = query;
			expect(await rejection(publish(conditions(department('id', '儿科'))).activate())).toContain(
				'choose By Name',
			);
		},
	);
});

describe('a server that does not know a field', () => {
	beforeEach(() => {
		setup.sandbox.options.searchableFields = ['envelopeStatus'];
	});

	it('stops publishing, and the test in the editor', async () => {
		const parameters = conditions(department('id', WARD.hospitalDepartmentId));
		const message = 'Yisign does not search by department (hospitalDepartmentId)';
		expect(await rejection(publish(parameters).activate())).toContain(message);
		expect(await rejection(publish(parameters, { mode: 'manual' }).tick())).toContain(message);
	});

	it('does no harm to a condition by name', async () => {
		const poller = publish(conditions(department('name', WARD.hospitalDepartment)));
		expect(await poller.activate()).toEqual([]);
		addEnded(2, OTHER);
		const ids = addEnded(2, WARD);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});

	it.each(['nothing', 'refused', 'ignored'] as const)(
		'goes on where another condition stands first (%s)',
		async (unsearchable) => {
			setup.sandbox.options.unsearchable = unsearchable;
			const poller = publish(conditions(completed, department('id', 'KS0201')));
			expect(await poller.activate()).toEqual([]);
			addEnded(2, OTHER);
			const ids = addEnded(2, WARD);
			expect(idsOf(await poller.tick())).toEqual(ids);
		},
	);
});

describe('From List', () => {
	it('lists departments in the trigger, and what is chosen is watched', async () => {
		const { appId, accessToken } = setup.sandbox.options;
		const node = {
			id: 'trigger',
			name: 'Trigger',
			type: 'n8n-nodes-yisign.yisignEnvelopeTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
			credentials: setup.engine.addCredential('yisignApi', {
				baseUrl: setup.sandbox.url,
				appId,
				accessToken,
			}),
		} as unknown as INode;
		const { results } = await setup.engine.list(node, { method: 'searchDepartments' });
		expect(results).toContainEqual({ name: '儿科 (KS0201)', value: 'KS0201' });
		const poller = publish(conditions(department('list', 'KS0201')));
		await poller.activate();
		addEnded(2, OTHER);
		const ids = addEnded(2, WARD);
		expect(idsOf(await poller.tick())).toEqual(ids);
	});
});
