import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WorkflowFile } from '../../engine/engine.mts';
import { LOGIN_STATE_PATH } from '../../sandbox/interfaces.mts';
import { ROOT } from '../../scripts/pack.mts';
import { startSetup, type Setup } from './support.mts';

let setup: Setup;

beforeAll(async () => {
	setup = await startSetup({ count: 1 });
});
afterAll(() => setup.sandbox.close());

/** The workflows in docs/interfaces.md, for this sandbox. */
function readRecipes(): WorkflowFile[] {
	const page = readFileSync(path.join(ROOT, 'docs', 'interfaces.md'), 'utf8');
	return [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json]) => {
		const ours = json.replace('https://yisign.hospital.example', setup.sandbox.url);
		return JSON.parse(ours) as WorkflowFile;
	});
}

const LOGIN = '89abcdef-0123-4567-89ab-cdef01234567-012345';

it.each([
	['Call Interface', 'n8n-nodes-yisign.yisignEnvelope'],
	['HTTP Request', 'n8n-nodes-base.httpRequest'],
])(
	'asks for the state of a login with the recipe for %s pasted from the docs',
	async (_name, type) => {
		const { sandbox, engine } = setup;
		const { appId, accessToken } = sandbox.options;
		sandbox.clearRequests();
		const workflow = readRecipes().find(({ nodes }) => nodes[0].type === type)!;
		const [request] = workflow.nodes;
		request.credentials = engine.addCredential('yisignApi', {
			baseUrl: sandbox.url,
			appId,
			accessToken,
		});

		const result = await engine.run(workflow);
		expect(result.error).toBeUndefined();
		expect(result.items(request.name).map(({ json }) => json)).toMatchObject([
			{ data: { tasks: [{ loginId: LOGIN }] } },
		]);
		expect(sandbox.requests).toEqual([
			{
				method: 'GET',
				path: LOGIN_STATE_PATH,
				query: { loginId: LOGIN, access_token: '***' },
				appId,
				status: 200,
			},
		]);
	},
);
