import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import type { WorkflowFile } from '../../engine/engine.mts';
import { DEPARTMENTS } from '../../sandbox/hospital.mts';
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
			'These are the first 3 of 300 envelopes, as Limit says. Ask again with a larger Limit, or for fewer envelopes.',
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

	it('gets nothing but an empty list where there is nothing', async () => {
		expect((await askTool({ Custom_Tag_ID: 'L0' })).answer).toBe('[]');
	});

	it('learns what to do about a name that no department has', async () => {
		const result = await setup.engine.run(workflow({}, { Department_Name: '儿课' }));
		expect(result.error?.message).toContain('No recent envelope has the department name 儿课');
		expect(result.error?.message).toContain('The nearest: 儿科');
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
