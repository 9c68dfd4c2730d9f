/** A hospital as the tests find it: n8n with the package, Yisign, and what is notified about it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ICredentialDataDecryptedObject, INode, INodeParameters } from 'n8n-workflow';
import { credentialFor, OWNER } from '../../instance/contents.mts';
import { startInstance, type Instance } from '../../instance/instance.mts';
import { installPackage } from '../../instance/package.mts';
import { freePort } from '../../instance/ports.mts';
import { Rest, type StoredCredential } from '../../instance/rest.mts';
import { makeEnvelopes } from '../../sandbox/envelopes.mts';
import { answer } from '../../sandbox/faults.mts';
import { SEARCH_PATH, startSandbox, type Sandbox } from '../../sandbox/server.mts';
import { startChats, type Chats } from '../chats.mts';
import { startInbox, type Inbox } from './inbox.mts';
import { startModel, type Model } from './model.mts';

/** What must never be found outside the encrypted credential, by what it is. */
export interface Secrets {
	accessToken: string;
	appSecret: string;
	/** Tokens that n8n has got with the secret and used. */
	sessionTokens: Set<string>;
	/** Of every envelope in the sandbox, and of the callbacks. */
	identityNumber: string;
	/** The same. */
	patientName: string;
}

/** Everything that runs. */
export interface Site {
	/** The folder that n8n is installed in. */
	n8n: string;
	/** Everything that n8n stores. */
	userFolder: string;
	/** The running n8n; another one after a restart, at the same address. */
	instance: Instance;
	rest: Rest;
	sandbox: Sandbox;
	/** A server that answers everything with a page to log in on. */
	portal: Sandbox;
	secrets: Secrets;
	/** Data of a credential that fits the sandbox, with both ways to authenticate. */
	credentialData: ICredentialDataDecryptedObject;
	/** Stored credentials; `yisignApi` has the access token, `secret` the app secret. */
	credentials: Record<'yisignApi' | 'secret' | 'smtp' | 'openAiApi' | 'n8nApi', StoredCredential>;
	inbox: Inbox;
	chats: Chats;
	model: Model;
	/** Ends n8n, by `stop` as its administrator or by `kill` as a power cut, and starts it again. */
	restart(end: 'stop' | 'kill', meanwhile: () => void): Promise<void>;
	/** How many searches Yisign has been asked for. */
	searches(): number;
	/** Ends everything and removes what n8n has stored. */
	close(): Promise<void>;
}

const HTML = { 'content-type': 'text/html; charset=utf-8' };

/**
 * Starts everything.
 *
 * @param settings variables of n8n
 */
export async function startSite(n8n: string, settings: Record<string, string> = {}): Promise<Site> {
	const secrets: Secrets = {
		accessToken: randomUUID(),
		appSecret: `sk${randomBytes(16).toString('hex')}`,
		sessionTokens: new Set(),
		// No province has the number 99, and the check digit is wrong.
		identityNumber: '990000194910010000',
		patientName: '马克一号',
	};
	const envelopes = makeEnvelopes();
	const { identityNumber: idCard, patientName } = secrets;
	for (const { source } of envelopes) Object.assign(source, { idCard, patientName });
	const sandbox = await startSandbox({
		accessToken: secrets.accessToken,
		appSecret: secrets.appSecret,
		envelopes,
	});
	sandbox.options.faults.push({
		name: 'none: it takes down the tokens that are used',
		handle({ query: { access_token: token } }) {
			if (token !== undefined && !token.startsWith(secrets.accessToken)) {
				secrets.sessionTokens.add(token);
			}
			return false;
		},
	});
	const portal = await startSandbox({
		count: 1,
		faults: [answer({ status: 200, times: Infinity, headers: HTML, body: '<form>Log in</form>' })],
	});
	const [inbox, chats, model] = await Promise.all([startInbox(), startChats(), startModel()]);

	const userFolder = await mkdtemp(path.join(tmpdir(), 'yisign-n8n-'));
	await installPackage(userFolder);
	const port = await freePort();
	const env = { ...settings, N8N_LOG_LEVEL: 'debug' };
	const start = () => startInstance({ n8n, userFolder, port, env });
	const instance = await start();
	const rest = new Rest(instance.url);
	await rest.login(OWNER);

	const credentialData = credentialFor(sandbox);
	const site: Site = {
		n8n,
		userFolder,
		instance,
		rest,
		sandbox,
		portal,
		secrets,
		credentialData,
		credentials: {
			yisignApi: await rest.createCredential('Yisign', 'yisignApi', credentialData),
			secret: await rest.createCredential('Yisign by secret', 'yisignApi', {
				...credentialData,
				authentication: 'appSecret',
			}),
			smtp: await rest.createCredential('Mail', 'smtp', inbox.credential),
			openAiApi: await rest.createCredential('Model', 'openAiApi', model.credential),
			n8nApi: await rest.createCredential('n8n', 'n8nApi', {
				apiKey: await rest.createApiKey(['workflow:list']),
				baseUrl: `${instance.url}/api/v1`,
			}),
		},
		inbox,
		chats,
		model,
		async restart(end, meanwhile) {
			await site.instance[end]();
			meanwhile();
			site.instance = await start();
		},
		searches: () => sandbox.requests.filter((request) => request.path === SEARCH_PATH).length,
		async close() {
			await site.instance.kill();
			await Promise.all([sandbox, portal, inbox, chats, model].map((server) => server.close()));
			await rm(userFolder, { recursive: true });
		},
	};
	return site;
}

/** A node for a workflow of a test. */
export function makeNode(
	name: string,
	type: string,
	typeVersion: number,
	parameters: INodeParameters = {},
	credential?: StoredCredential,
): INode {
	const { id, name: credentialName, type: credentialType } = credential ?? {};
	return {
		id: randomUUID(),
		name,
		type,
		typeVersion,
		position: [0, 0],
		parameters,
		...(credentialType && {
			credentials: { [credentialType]: { id: id ?? null, name: credentialName ?? '' } },
		}),
	};
}
