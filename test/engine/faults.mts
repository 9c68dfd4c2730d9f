import type { Sandbox, SandboxOptions } from '../../sandbox/server.mts';
import { SEARCH_PATH } from '../../sandbox/server.mts';
import { answer, echo, meanwhile, reset, silence, type Fault } from '../../sandbox/faults.mts';

/** One way for things to go wrong, and how a search for everything has to end then. */
export interface FaultCase {
	/** As the table in docs/reliability.md names it. */
	name: string;
	/** `all`: the fault is mended and every envelope comes out; otherwise the message. */
	ends: 'all' | RegExp;
	/** Settings of the sandbox. */
	options?: SandboxOptions;
	faults?: (sandbox: Sandbox) => Fault[];
	/** A credential with an app secret instead of an access token. */
	withSecret?: boolean;
	/** Options of the node. */
	nodeOptions?: Record<string, number | string>;
	/** What the hint says. */
	hint?: RegExp;
}

const path = SEARCH_PATH;

/** For ever, as far as a test is concerned. */
const ALWAYS = 10_000;

/** Removes, adds or changes records while the third page is being asked for. */
const amid = (change: (sandbox: Sandbox) => void) => (sandbox: Sandbox) => [
	meanwhile({ path, after: 2 }, () => {
		change(sandbox);
		sandbox.touch();
	}),
];

const loginPage = '<!doctype html><html><body><form>Login</form></body></html>';
const outside = { location: 'http://yisign.example/login' };

/** Every fault that is known, in the order of the table. */
export const FAULTS: FaultCase[] = [
	{ name: 'None', ends: 'all' },

	{
		name: '429 with Retry-After in seconds, twice',
		ends: 'all',
		faults: () => [
			answer({ status: 429, headers: { 'retry-after': '1' }, path, after: 1, times: 2 }),
		],
	},
	{
		name: '429 with Retry-After as a date',
		ends: 'all',
		faults: () => [
			answer({
				status: 429,
				headers: { 'retry-after': new Date(Date.now() + 1000).toUTCString() },
				path,
				after: 1,
			}),
		],
	},
	{
		name: '429 that does not end',
		ends: /receiving too many requests/,
		faults: () => [answer({ status: 429, path, times: ALWAYS })],
	},
	{
		name: 'A burst of 503, 502 and 504',
		ends: 'all',
		nodeOptions: { maxRetries: 3 },
		faults: () => [
			answer({ status: 503, path }),
			answer({ status: 502, path }),
			answer({ status: 504, path }),
		],
	},
	{
		name: '503 that does not end, from the third page on',
		ends: /^Only 39 of 97 .* not available right now \(HTTP 503\)/,
		faults: () => [answer({ status: 503, path, after: 2, times: ALWAYS })],
	},
	{ name: 'Connection reset before the answer', ends: 'all', faults: () => [reset({ path })] },
	{
		name: 'Connection reset amid the answer',
		ends: 'all',
		faults: () => [reset({ path, after: 1, amid: true })],
	},
	{
		name: 'A server that never answers',
		ends: /took too long to answer/,
		nodeOptions: { timeout: 200 },
		faults: () => [silence({ path, times: ALWAYS })],
	},
	{
		name: 'JSON that breaks off',
		ends: 'all',
		faults: () => [answer({ status: 200, body: '{"took":1,"hits":{"hits":[', path, after: 1 })],
	},
	{
		name: 'An empty answer',
		ends: 'all',
		faults: () => [answer({ status: 200, body: '', path })],
	},
	{
		name: 'A login page with status 200',
		ends: /not Yisign.*login page/,
		faults: () => [answer({ status: 200, body: loginPage, path, times: ALWAYS })],
	},
	{
		name: 'A redirect to another server',
		ends: /redirect.*points to http:\/\/yisign\.example/,
		faults: () => [answer({ status: 302, headers: outside, path, times: ALWAYS })],
	},
	{
		name: 'A page of 50 MB that is not JSON',
		ends: /not Yisign/,
		faults: () => [answer({ status: 200, body: 'x'.repeat(50_000_000), path, times: ALWAYS })],
	},

	...[401, 400, 200].map((invalidTokenStatus) => ({
		name: `Token expires amid the pages, told by HTTP ${invalidTokenStatus}`,
		ends: 'all' as const,
		withSecret: true,
		options: { invalidTokenStatus },
		faults: (sandbox: Sandbox) => [meanwhile({ path, after: 2 }, () => sandbox.expireTokens())],
	})),
	{
		name: 'A new token that is not accepted either',
		ends: /did not accept the credential/,
		withSecret: true,
		faults: () => [answer({ status: 401, body: { error: 'invalid_token' }, path, times: ALWAYS })],
	},
	{
		name: 'A fixed token that has expired',
		ends: /did not accept the credential/,
		faults: (sandbox) => [meanwhile({ path }, () => sandbox.expireTokens())],
	},
	{
		name: '`errorWsid` in a 200, with the address echoed',
		ends: /refused the request \(code 100550400\)/,
		faults: () => [echo({ status: 200, path, times: ALWAYS })],
	},
	{
		name: 'A `code` of 0100 or more in a 200',
		ends: /refused the request \(code 100550101\)/,
		faults: () => [
			answer({ status: 200, body: { code: '100550101', message: '失败' }, path, times: ALWAYS }),
		],
	},
	{
		name: '400 with the address echoed',
		ends: /refused the request \(HTTP 400, code 100550400\)/,
		faults: () => [echo({ status: 400, path, times: ALWAYS })],
	},
	{
		name: '500 with the address echoed',
		ends: /refused the request \(HTTP 500/,
		faults: () => [echo({ status: 500, path, times: ALWAYS })],
	},

	{
		name: '`timed_out: true`',
		ends: /only part of its records/,
		options: { timedOut: true },
	},
	{
		name: '`_shards.failed` above 0',
		ends: /only part of its records/,
		options: { failedShards: 1 },
	},
	{ name: 'A total that is a plain number', ends: 'all', options: { total: 'number' } },
	{
		name: '`from` ignored',
		ends: /^Only 20 of 97 .*ignores "from"/,
		options: { paging: 'ignored' },
	},
	{
		name: 'Anything but the first 20 refused',
		ends: /^Only 20 of 97 .*refuses to send more than the first 20/,
		options: { paging: 'refused' },
	},
	{
		name: 'Another page size refused',
		ends: /refused the request/,
		options: { paging: 'refused' },
		nodeOptions: { pageSize: 50 },
	},
	{
		name: '`size` capped at 10 rows',
		ends: 'all',
		options: { largestPage: 10 },
	},
	{
		name: 'A result beyond the window',
		ends: /^Only 58 of 97 .*refuses to send more than the first 58/,
		options: { window: 60 },
	},
	{
		name: '`sort` ignored',
		ends: 'all',
		options: { sort: 'ignored' },
		hint: /did not sort by createdDatetime:desc/,
	},
	{
		name: 'An envelope removed while pages are read',
		ends: 'all',
		faults: amid(({ envelopes }) => envelopes.splice(-1)),
	},
	{
		name: 'An envelope started while pages are read',
		ends: 'all',
		faults: amid(({ envelopes }) => {
			const { id, source } = envelopes[0];
			const envelopeWsid = 'WSID_ENVE_0000019399999999aaaaaaaaaaaa0001';
			envelopes.push({
				id: `${id}-new`,
				source: { ...source, envelopeWsid, createdDatetime: Date.now() },
			});
		}),
	},
];
