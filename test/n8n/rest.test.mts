import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { ROOT } from '../../scripts/pack.mts';
import { testCallbacks } from './rest/callbacks.mts';
import { testCredential } from './rest/credential.mts';
import { testExamples } from './rest/examples.mts';
import { testHttpRequest } from './rest/httpRequest.mts';
import { testMessages } from './rest/messages.mts';
import { testPackage } from './rest/package.mts';
import { testPolling } from './rest/polling.mts';
import { testSecrets } from './rest/secrets.mts';
import { settingsOf } from './settings.mts';
import { startSite, type Site } from './site.mts';

const MAJORS = [2, 1] as const;
const VERSIONS = MAJORS.map((major) => {
	const file = path.join(ROOT, 'instance', `n8n-${major}`, 'package.json');
	const pinned = JSON.parse(readFileSync(file, 'utf8')) as { dependencies: { n8n: string } };
	return { major, version: pinned.dependencies.n8n };
});

describe.each(VERSIONS)('n8n $version', ({ major, version }) => {
	let site: Site;

	beforeAll(async () => {
		// n8n 2 with what n8n 3.0 makes the default, n8n 1 with its own defaults.
		site = await startSite(
			inject('n8n')[major],
			major === 2 ? settingsOf('compose.offline.yml') : {},
		);
	});

	afterAll(async () => {
		await site.close();
	});

	const theSite = () => site;
	testPackage(theSite, version);
	testCredential(theSite);
	testMessages(theSite);
	testExamples(theSite, major);
	testPolling(theSite);
	testCallbacks(theSite);
	testHttpRequest(theSite);
	// Looks at what all the others have left behind.
	testSecrets(theSite);
});
