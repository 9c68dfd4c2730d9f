import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import type { Site } from '../site.mts';

/** The button Test in the credential. */
export function testCredential(site: () => Site): void {
	/** Presses the button in a credential that differs from the right one in some fields. */
	async function test(fields: IDataObject) {
		const { rest, credentials, credentialData } = site();
		const data = { ...credentialData, ...fields } as typeof credentialData;
		return await rest.testCredential(credentials.yisignApi, data);
	}

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
				message:
					'Yisign did not accept Access Token, or App ID. Copy both again. A token that worked before may have expired: ask Yisign for a new one. If you were given a secret, choose App Secret under Authentication.',
			});
		});

		it('is red with a wrong app secret, and says what to check', async () => {
			const { appSecret } = site().secrets;
			const verdict = await test({ authentication: 'appSecret', appSecret: `${appSecret}x` });
			expect(verdict).toMatchObject({
				status: 'Error',
				message: 'Yisign did not issue a token (HTTP 401). Check App ID, App Secret and Token URL.',
			});
		});

		it('is red if nothing listens at Base URL', async () => {
			expect(await test({ baseUrl: 'http://127.0.0.1:1' })).toMatchObject({
				status: 'Error',
				message: expect.stringMatching(
					/^No server is listening at http:\/\/127\.0\.0\.1:1\. Check Base URL/,
				),
			});
		});

		it('is red if a login page answers, and says where to look', async () => {
			const verdict = await test({ baseUrl: site().portal.url });
			expect(verdict).toMatchObject({
				status: 'Error',
				message: expect.stringContaining('(a login page, perhaps). Check Base URL'),
			});
		});
	});
}
