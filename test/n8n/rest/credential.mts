import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import type { Major } from '../../../instance/install.mts';
import type { Site } from '../site.mts';

/** The button Test in the credential. */
export function testCredential(site: () => Site, major: Major): void {
	/** Presses the button in a credential that differs from the right one in some fields. */
	async function test(fields: IDataObject) {
		const { rest, credentials, credentialData } = site();
		const data = { ...credentialData, ...fields } as typeof credentialData;
		return await rest.testCredential(credentials.yisignApi, data);
	}

	// n8n 1.123 loses the cause of an error, and with it our words for a status.
	const WRONG_TOKEN = {
		1: 'Authorization failed - please check your credentials',
		2: 'Yisign did not accept Access Token (or App Secret) or App ID (HTTP 401). Copy both again, or ask Yisign for a new token.',
	};
	// A connection that fails has no answer that a rule could put into words, so n8n's stand.
	const DEAD_HOST = {
		1: 'The service refused the connection - perhaps it is offline',
		2: 'ECONNREFUSED',
	};

	describe('the test of a credential', () => {
		it.each([
			['access token', {}],
			['app secret', { authentication: 'appSecret' }],
		])('is green with the right %s', async (_name, fields) => {
			expect(await test(fields)).toMatchObject({ status: 'OK' });
		});

		it('is red with a wrong access token', async () => {
			const { accessToken } = site().secrets;
			expect(await test({ accessToken: `${accessToken}x` })).toMatchObject({
				status: 'Error',
				message: WRONG_TOKEN[major],
			});
		});

		it('is red with a wrong app secret, and says what to check', async () => {
			const { appSecret } = site().secrets;
			const verdict = await test({ authentication: 'appSecret', appSecret: `${appSecret}x` });
			expect(verdict).toMatchObject({
				status: 'Error',
				message: 'Yisign gave no token (HTTP 401). Check App ID, App Secret and Token URL.',
			});
		});

		it('is red if nothing listens at Base URL', async () => {
			expect(await test({ baseUrl: 'http://127.0.0.1:1' })).toMatchObject({
				status: 'Error',
				message: DEAD_HOST[major],
			});
		});

		it('is red if a login page answers, and says where to look', async () => {
			const verdict = await test({ baseUrl: site().portal.url });
			expect(verdict).toMatchObject({
				status: 'Error',
				message: expect.stringContaining('If it is a login page or a proxy, check Base URL'),
			});
		});
	});
}
