import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chain } from '../../../engine/engine.mts';
import { errorOf, itemsOf, type StoredCredential } from '../../../instance/rest.mts';
import { SEARCH_PATH, startSandbox, type Sandbox } from '../../../sandbox/server.mts';
import { makeNode, type Site } from '../site.mts';

/** n8n's HTTP Request node with the credential as Predefined Credential Type. */
export function testHttpRequest(site: () => Site): void {
	/** Its answers are stored whole, so it has other patients than the planted one. */
	let yisign: Sandbox;
	const credentials = {} as Record<'accessToken' | 'appSecret', StoredCredential>;

	/** Asks for an address and gives the node's execution. */
	async function request(url: string, credential: StoredCredential) {
		const { rest } = site();
		const parameters = {
			url,
			authentication: 'predefinedCredentialType',
			nodeCredentialType: 'yisignApi',
			options: {},
		};
		const workflow = await rest.createWorkflow({
			name: 'HTTP Request',
			...chain(
				makeNode('Start', 'n8n-nodes-base.manualTrigger', 1),
				makeNode('Ask', 'n8n-nodes-base.httpRequest', 4.2, parameters, credential),
			),
		});
		return await rest.run(workflow);
	}

	describe('the HTTP Request node with the credential', () => {
		beforeAll(async () => {
			const { rest, secrets, credentialData } = site();
			yisign = await startSandbox({
				count: 30,
				accessToken: secrets.accessToken,
				appSecret: secrets.appSecret,
				faults: site().sandbox.options.faults,
			});
			for (const authentication of ['accessToken', 'appSecret'] as const) {
				const data = { ...credentialData, baseUrl: yisign.url, authentication };
				credentials[authentication] = await rest.createCredential('Yisign', 'yisignApi', data);
			}
		});

		afterAll(async () => {
			await yisign.close();
		});

		it.each(['accessToken', 'appSecret'] as const)(
			'gets an answer by %s',
			async (authentication) => {
				const execution = await request(yisign.url + SEARCH_PATH, credentials[authentication]);
				expect(errorOf(execution)).toBeUndefined();
				expect(itemsOf(execution, 'Ask')).toMatchObject([
					{ json: { hits: { total: { value: 30 } } } },
				]);
			},
		);

		it('gets a new token when the old one has expired', async () => {
			const issued = yisign.tokensIssued;
			yisign.expireTokens();
			const execution = await request(yisign.url + SEARCH_PATH, credentials.appSecret);
			expect(errorOf(execution)).toBeUndefined();
			expect(yisign.tokensIssued).toBe(issued + 1);
		});

		it('says so when a token from Yisign has expired', async () => {
			const execution = await request(yisign.url + SEARCH_PATH, credentials.accessToken);
			expect(errorOf(execution)?.message).toContain('Authorization failed');
		});

		it('does not send the token to another server', async () => {
			const execution = await request(`${site().portal.url}/elsewhere`, credentials.accessToken);
			expect(errorOf(execution)?.message).toContain('belongs to another server than Base URL');
			expect(site().portal.requests.filter(({ path }) => path === '/elsewhere')).toEqual([]);
		});
	});
}
