import type { INodeParameters } from 'n8n-workflow';
import selfsigned from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chain } from '../../../engine/engine.mts';
import { errorOf, type StoredCredential } from '../../../instance/rest.mts';
import { startSandbox, type Sandbox } from '../../../sandbox/server.mts';
import { OFTEN } from '../../../instance/contents.mts';
import { makeNode, type Site } from '../site.mts';

/** What a person reads when something is wrong. */
export function testMessages(site: () => Site): void {
	describe('what is wrong is said in words that help', () => {
		let secure: Sandbox;

		beforeAll(async () => {
			const { private: key, cert } = await selfsigned.generate([
				{ name: 'commonName', value: 'yisign' },
			]);
			secure = await startSandbox({ count: 1, tls: { key, cert } });
		});

		afterAll(async () => {
			await secure.close();
		});

		/** Stores a credential that differs from the right one in some fields. */
		async function credentialWith(fields: object): Promise<StoredCredential> {
			const { rest, credentialData } = site();
			return await rest.createCredential('Wrong', 'yisignApi', { ...credentialData, ...fields });
		}

		it.each<[string, () => object, INodeParameters, string]>([
			[
				'a wrong access token',
				() => ({ accessToken: `${site().secrets.accessToken}x` }),
				{},
				'Yisign did not accept the credential',
			],
			[
				'a wrong app secret',
				() => ({ authentication: 'appSecret', appSecret: `${site().secrets.appSecret}x` }),
				{},
				'Yisign did not issue a token (HTTP 401). Check App ID, App Secret and Token URL.',
			],
			[
				'a server that is down',
				() => ({ baseUrl: 'http://127.0.0.1:1' }),
				{},
				'No server is listening at http://127.0.0.1:1',
			],
			['a self-signed certificate', () => ({ baseUrl: secure.url }), {}, 'cannot be checked'],
			['a login page', () => ({ baseUrl: site().portal.url }), {}, 'What answered is not Yisign'],
			[
				'a value that Yisign would misread',
				() => ({}),
				{ conditions: { condition: [{ field: 'admissionNumber', value: '7700(2024)' }] } },
				'Condition 1: Value must not contain the character (',
			],
		])('for %s', async (_name, fields, parameters, message) => {
			const { rest } = site();
			const search = makeNode(
				'Search',
				'n8n-nodes-yisign.yisignEnvelope',
				1,
				{ ...parameters, options: { maxRetries: 0 } },
				await credentialWith(fields()),
			);
			const start = makeNode('Start', 'n8n-nodes-base.manualTrigger', 1);
			const workflow = await rest.createWorkflow({ name: 'Wrong', ...chain(start, search) });
			expect(errorOf(await rest.run(workflow))?.message).toContain(message);
		});

		it('when a trigger is published with a wrong app secret', async () => {
			const { rest, secrets } = site();
			const trigger = makeNode(
				'Trigger',
				'n8n-nodes-yisign.yisignEnvelopeTrigger',
				1,
				{ pollTimes: OFTEN },
				await credentialWith({ authentication: 'appSecret', appSecret: `${secrets.appSecret}x` }),
			);
			const workflow = await rest.createWorkflow({ name: 'Wrong', ...chain(trigger) });
			await expect(rest.publish(workflow)).rejects.toThrow(
				'Yisign did not issue a token (HTTP 401)',
			);
		});
	});
}
