import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WorkflowFile } from '../../engine/engine.mts';
import { answer } from '../../sandbox/faults.mts';
import { ROOT } from '../../scripts/pack.mts';
import { startSetup, type Setup } from './support.mts';

let setup: Setup;

beforeAll(async () => {
	setup = await startSetup({ count: 1 });
});
afterAll(() => setup.sandbox.close());

/** The workflow in docs/interfaces.md, for this sandbox. */
function readRecipe(): WorkflowFile {
	const page = readFileSync(path.join(ROOT, 'docs', 'interfaces.md'), 'utf8');
	const json = /```json\n(.*?)```/s.exec(page)?.[1] ?? '';
	return JSON.parse(
		json.replace('https://yisign.hospital.example', setup.sandbox.url),
	) as WorkflowFile;
}

it('asks for the state of a login in the documented words, with the recipe pasted from the docs', async () => {
	const { sandbox, engine } = setup;
	const { appId, accessToken } = sandbox.options;
	const task = '/v1/open/users/sso/check-ca-login-task';
	// What a real server says is not readable for the public.
	sandbox.options.faults = [answer({ status: 200, body: { anything: true }, path: task })];
	const workflow = readRecipe();
	const [request] = workflow.nodes;
	request.credentials = engine.addCredential('yisignApi', {
		baseUrl: sandbox.url,
		appId,
		accessToken,
	});

	const result = await engine.run(workflow);
	expect(result.error).toBeUndefined();
	expect(result.items(request.name).map(({ json }) => json)).toEqual([{ anything: true }]);
	expect(sandbox.requests).toEqual([
		{
			method: 'GET',
			path: task,
			query: {
				loginId: '89abcdef-0123-4567-89ab-cdef01234567-012345',
				access_token: '***',
			},
			appId,
			status: 200,
		},
	]);
});
