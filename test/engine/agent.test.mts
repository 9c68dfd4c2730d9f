import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import type { WorkflowFile } from '../../engine/engine.mts';
import { DEPARTMENTS } from '../../sandbox/hospital.mts';
import type { SandboxOptions } from '../../sandbox/server.mts';
import { readWorkflow } from '../../instance/contents.mts';
import { useSetup } from './support.mts';

const setup = useSetup({ count: 300 });

/** What the stand-in for an agent returns. */
interface Seen extends IDataObject {
	name: string;
	description: string;
	schema: { properties: Record<string, IDataObject>; required?: string[] };
	/** What the tool answered, as text. */
	answer: string;
}

/** An agent with the search as its only tool. */
function workflow(parameters: INodeParameters, ask: IDataObject): WorkflowFile {
	const { appId, accessToken } = setup.sandbox.options;
	const node = { typeVersion: 1, position: [0, 0] } as const;
	const nodes = [
		{ ...node, id: '1', name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} },
		{
			...node,
			id: '2',
			name: 'Agent',
			type: '@n8n/n8n-nodes-langchain.agent',
			parameters: { ask: ask as INodeParameters },
		},
		{
			...node,
			id: '3',
			name: 'Search Envelopes',
			type: 'n8n-nodes-yisign.yisignEnvelopeTool',
			parameters,
			credentials: setup.engine.addCredential('yisignApi', {
				baseUrl: setup.sandbox.url,
				appId,
				accessToken,
			}),
		},
	] as unknown as INode[];
	return {
		nodes,
		connections: {
			Start: { main: [[{ node: 'Agent', type: 'main', index: 0 }]] },
			'Search Envelopes': { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] },
		},
	};
}

async function askTool(ask: IDataObject, parameters: INodeParameters = {}): Promise<Seen> {
	const result = await setup.engine.run(workflow(parameters, ask));
	expect(result.error?.message).toBeUndefined();
	return result.items('Agent')[0].json as Seen;
}

/** What the model is sent in the place of an answer. */
async function refusalOf(ask: IDataObject): Promise<string> {
	const result = await setup.engine.run(workflow({}, ask));
	return result.error?.message ?? '';
}

const envelopesIn = ({ answer }: Seen) =>
	(JSON.parse(answer) as IDataObject[]).filter((item) => 'envelopeWsid' in item);
const notesIn = ({ answer }: Seen) =>
	(JSON.parse(answer) as IDataObject[]).flatMap(({ notes = [] }) => notes as string[]);

const newestFirst = () =>
	setup.sandbox.envelopes
		.map(({ source }) => source)
		.toSorted((a, b) => b.createdDatetime - a.createdDatetime);

describe('an agent whose tool is the search, as it is when it is added', () => {
	it('gets a key with a description for each question, and may leave each of them out', async () => {
		const { schema } = await askTool({});
		expect(schema.required ?? []).toEqual([]);
		expect(schema.properties).toEqual({
			Admission_Number: {
				type: 'string',
				default: '',
				description: expect.stringMatching(/inpatient stay.*never guess/),
			},
			Custom_Tag_ID: {
				type: 'string',
				default: '',
				description: expect.stringMatching(/Number that the hospital gave the document/),
			},
			Department_Name: {
				type: 'string',
				default: '',
				description: expect.stringMatching(/Name of the department/),
			},
			Status: {
				type: 'string',
				default: '',
				description: expect.stringMatching(/completed, .*notSigned.* notSigned means/),
			},
			...Object.fromEntries(
				['Created_After', 'Created_Before', 'Finished_After', 'Finished_Before'].map((key) => [
					key,
					{
						type: 'string',
						default: '',
						description: expect.stringMatching(/time zone of the workflow/),
					},
				]),
			),
			Limit: { type: 'number', default: 20, description: expect.stringMatching(/last item/) },
		});
	});

	it('can ask whether the consent form of an admission number has been signed', async () => {
		const { admissionNo } = newestFirst().find((record) => record.admissionNo)!;
		const seen = await askTool({ Admission_Number: admissionNo ?? '' });
		const expected = newestFirst().filter((record) => record.admissionNo === admissionNo);
		expect(envelopesIn(seen).map(({ envelopeWsid }) => envelopeWsid)).toEqual(
			expected.map(({ envelopeWsid }) => envelopeWsid),
		);
		expect(notesIn(seen)).toEqual([]);
		expect(envelopesIn(seen)[0]).toHaveProperty('status');
		expect(seen.answer).not.toContain('idCard');
	});

	it('learns that there is more than it got', async () => {
		const seen = await askTool({ Limit: 3 });
		expect(envelopesIn(seen)).toHaveLength(3);
		expect(notesIn(seen)).toEqual([
			'These are the first 3 of 300 envelopes, as Limit says. Ask again with a larger Limit, up to 200, or for fewer envelopes.',
		]);
	});

	it('can ask for what a department has not signed since a day, by its name', async () => {
		const [{ id, name }] = DEPARTMENTS;
		const after = Date.UTC(2024, 10, 20);
		const seen = await askTool({
			Department_Name: name,
			Status: 'notSigned',
			Created_After: '2024-11-20T08:00:00+08:00',
			Limit: 100,
		});
		const expected = newestFirst().filter(
			({ hospitalDepartmentId, envelopeStatus, createdDatetime }) =>
				hospitalDepartmentId === id &&
				envelopeStatus.startsWith('ING_') &&
				createdDatetime >= after,
		);
		expect(expected.length).toBeGreaterThan(0);
		expect(envelopesIn(seen).map(({ envelopeWsid }) => envelopeWsid)).toEqual(
			expected.map(({ envelopeWsid }) => envelopeWsid),
		);
	});

	it('learns that there is nothing', async () => {
		const seen = await askTool({ Custom_Tag_ID: 'L0' });
		expect(JSON.parse(seen.answer)).toEqual([{ notes: ['No envelopes found.'] }]);
	});

	it.each([
		'completed，waiting',
		'completed、waiting',
		'Completed; WAITING',
		'completed waiting',
		'["completed","waiting"]',
		"['completed', 'waiting']",
		' completed,\nwaiting ',
		'ｃｏｍｐｌｅｔｅｄ|waiting',
	])('may write several statuses as it likes: %j', async (Status) => {
		const seen = await askTool({ Status, Limit: 200 });
		expect(new Set(envelopesIn(seen).map(({ status }) => status))).toEqual(
			new Set(['completed', 'waiting']),
		);
	});

	it.each(['Not Signed Yet', 'not_signed', 'NOTSIGNED', 'not signed'])(
		'may call what has not ended %j',
		async (Status) => {
			const seen = await askTool({ Status, Limit: 200 });
			expect(new Set(envelopesIn(seen).map(({ status }) => status))).toEqual(
				new Set(['processing', 'waiting']),
			);
		},
	);

	it.each(['["any"]', '已完成', 'completed and signed', '1'])(
		'learns which statuses there are from %j, and nothing is searched for',
		async (Status) => {
			const message = await refusalOf({ Status });
			expect(message).toContain('Status does not offer this value');
			expect(message).toContain('It has to be completed, ');
			expect(setup.sandbox.requests).toEqual([]);
		},
	);

	it('gets no more than 200 envelopes, whatever it asks for, and learns how many there are', async () => {
		for (const Limit of [1e9, 201]) {
			const seen = await askTool({ Limit });
			expect(envelopesIn(seen)).toHaveLength(200);
			expect(notesIn(seen)).toEqual([
				'These are the first 200 of 300 envelopes, as Limit says. No more are returned at a time: ask for fewer envelopes, by department, status or dates.',
			]);
		}
		const left = { returnAll: true };
		expect(envelopesIn(await askTool({ Limit: 1000 }, left))).toHaveLength(200);
	});

	it('learns in which time zone its dates were read, and not how to change that', async () => {
		const result = await setup.engine.run({
			...workflow({}, { Created_After: '2024-11-20T08:00:00', Limit: 1 }),
			settings: { timezone: 'America/New_York' },
		});
		expect(notesIn(result.items('Agent')[0].json as Seen)[0]).toBe(
			'Dates were read in the time zone of the workflow, America/New_York.',
		);
	});

	it('learns what to do about a name that no department has', async () => {
		const message = await refusalOf({ Department_Name: '儿课' });
		expect(message).toContain('No recent envelope has the department name 儿课');
		expect(message).toMatch(/The nearest: 儿科\.$/);
	});

	it('learns whose code it gave for a name', async () => {
		expect(await refusalOf({ Department_Name: 'ks0201' })).toMatch(/It is the code of 儿科\.$/);
	});

	it('learns what to do about a name with several codes', async () => {
		const [one, other] = DEPARTMENTS;
		const renamed = setup.sandbox.envelopes.filter(
			({ source }) => source.hospitalDepartmentId === other.id,
		);
		for (const { source } of renamed) source.hospitalDepartment = one.name;
		setup.sandbox.touch();
		const message = await refusalOf({ Department_Name: one.name });
		for (const { source } of renamed) source.hospitalDepartment = other.name;
		setup.sandbox.touch();
		expect(message).toContain(`Several codes have the department name ${one.name}`);
		expect(message).toContain('Leave it out, and choose among what comes by hospitalDepartment.');
	});

	it.each<[string, Partial<SandboxOptions>, IDataObject]>([
		['a reserved character', {}, { Custom_Tag_ID: 'L1)|(x' }],
		['a blank', {}, { Admission_Number: '1429 2022' }],
		['text that is no date', {}, { Finished_After: 'last Monday' }],
		['an unknown status', {}, { Status: 'signed' }],
		['an unknown name', {}, { Department_Name: 'Radiology' }],
		['a server that does not search by it', { searchableFields: [] }, { Department_Name: '儿科' }],
		['a server that ignores from', { paging: 'ignored' }, { Limit: 50 }],
		['a window', { window: 20 }, { Limit: 100, Status: 'revoked' }],
		[
			'records without a time',
			{ createdTime: 'none', sortValues: 'none' },
			{ Created_After: '2024-11-20' },
		],
	])('is never sent to a field that it has not: %s', async (_, options, ask) => {
		Object.assign(setup.sandbox.options, options);
		const message = await refusalOf(ask);
		expect(message).not.toMatch(
			/By (ID|Name)|From List|Query Mode|Raw Query|Options|Check Server|Page Size|Filter node|expression|Return All/,
		);
	});

	it('learns as a note that not all could be read, where it may have less', async () => {
		Object.assign(setup.sandbox.options, { paging: 'ignored' });
		const seen = await askTool({ Limit: 50 }, { options: { onIncomplete: 'warn' } });
		expect(envelopesIn(seen)).toHaveLength(20);
		expect(notesIn(seen)[0]).toMatch(
			/^Only 20 of 300 matching envelopes could be read\. Ask for fewer envelopes, /,
		);
	});
});

it('never searches by a query, an output or conditions left over from another node', async () => {
	const left = {
		queryMode: 'raw',
		query: '(idCard=990000199001010000)',
		output: 'raw',
		conditions: { condition: [{ field: 'idCard', value: '990000199001010000' }] },
		returnAll: true,
	};
	const seen = await askTool({ Limit: 2 }, left);
	expect(envelopesIn(seen)).toHaveLength(2);
	expect(envelopesIn(seen)[0]).not.toHaveProperty('idCard');
	expect(setup.sandbox.requests.every(({ query }) => query.q === undefined)).toBe(true);
});

describe('Call Interface as the tool of an agent', () => {
	const parameters = {
		operation: 'callInterface',
		interface: '1.2',
		query: {
			parameter: [
				{ name: 'loginId', value: "={{ $fromAI('Login_ID', 'ID of the login', 'string') }}" },
			],
		},
	};

	it('asks with GET, with what the model fills in', async () => {
		const { schema, answer } = await askTool({ Login_ID: 'L1' }, parameters);
		expect(Object.keys(schema.properties)).toEqual(['Login_ID']);
		expect(JSON.parse(answer)).toMatchObject([{ data: { tasks: [{ loginId: 'L1' }] } }]);
	});

	it('sends no POST, whatever the model asks for', async () => {
		const result = await setup.engine.run(
			workflow({ ...parameters, interface: '10', body: '{}' }, { Login_ID: 'L1' }),
		);
		expect(result.error?.message).toContain(
			'As a tool of an AI Agent, Call Interface sends no POST',
		);
		expect(setup.sandbox.requests).toEqual([]);
	});
});

describe('the example with an agent', () => {
	const { nodes } = readWorkflow('examples/10-ask-an-ai-agent.json');
	const parameters = nodes.find(({ type }) => type.endsWith('Tool'))?.parameters ?? {};

	it('explains to the model what the tool is for, and what each key means', async () => {
		const { description, schema } = await askTool({}, parameters);
		expect(description).toMatch(/^Finds documents/);
		expect(Object.keys(schema.properties)).toEqual([
			'Admission_Number',
			'Document_Number',
			'Department_Name',
			'Statuses',
			'Created_After',
			'Created_Before',
			'Finished_After',
			'Finished_Before',
			'Limit',
		]);
		for (const { description: meaning } of Object.values(schema.properties)) {
			expect(meaning).toMatch(/^.{40,}$/);
		}
	});

	it('answers what a department has not signed', async () => {
		const seen = await askTool({ Department_Name: '儿科', Statuses: 'notSigned' }, parameters);
		expect(envelopesIn(seen).length).toBeGreaterThan(0);
		for (const envelope of envelopesIn(seen)) {
			expect(envelope).toMatchObject({
				hospitalDepartment: '儿科',
				status: expect.stringMatching(/^(waiting|processing)$/) as string,
			});
		}
	});
});
