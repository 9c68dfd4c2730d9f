import type { Sandbox, SandboxOptions } from '../../sandbox/server.mts';
import { SEARCH_PATH } from '../../sandbox/server.mts';
import { CREATE_FROM_PDF_PATH } from '../../sandbox/creates.mts';
import { ARCHIVE_PATH, SIGNATURE_IMAGE_PATH } from '../../sandbox/interfaces.mts';
import {
	answer,
	cut,
	drip,
	echo,
	meanwhile,
	reset,
	silence,
	stall,
	type Fault,
} from '../../sandbox/faults.mts';

/** Planted where a real server and a real patient have them; they must turn up nowhere else. */
export const MARKERS = {
	accessToken: 'f00dfeed-dead-4bee-8fed-5ec2e75ec2e7',
	appSecret: 'sk5ec2e75ec2e75ec2e75ec2e75ec2e75ec',
	idCard: '990000199001015ec2',
	patientName: '标记病人',
	phone: '19900009052',
};

/** One way for things to go wrong, and how an operation has to end then. */
export interface FaultCase {
	/** As its table in docs/reliability.md names it. */
	name: string;
	/** `well`: the node recovers and nobody notices; otherwise the message. */
	ends: 'well' | RegExp;
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
const FILE = '.pdf';

/** For ever, as far as a test is concerned. */
const ALWAYS = 10_000;

/** ms for an answer that never ends; long enough for a busy machine to send the request. */
const TIMEOUT = 2_000;

/** Removes, adds or changes records while the third page is being asked for. */
const amid = (change: (sandbox: Sandbox) => void) => (sandbox: Sandbox) => [
	meanwhile({ path, after: 2 }, () => {
		change(sandbox);
		sandbox.touch();
	}),
];

const loginPage = '<!doctype html><html><body><form>Login</form></body></html>';
const outside = { location: 'http://yisign.example/login' };

/** A token that is refused while it is in use, in every way that a server may say so. */
const expiries = (when: string, path: string, after = 0): FaultCase[] =>
	[401, 400, 200].map((invalidTokenStatus) => ({
		name: `Token expires ${when} (HTTP ${invalidTokenStatus})`,
		ends: 'well',
		withSecret: true,
		options: { invalidTokenStatus, filesNeedToken: true },
		faults: (sandbox) => [meanwhile({ path, after }, () => sandbox.expireTokens())],
	}));

/** What a search for everything meets, in the order of its table. */
export const SEARCH_FAULTS: FaultCase[] = [
	{ name: 'None', ends: 'well' },

	{
		name: '429 with Retry-After in seconds, twice',
		ends: 'well',
		faults: () => [
			answer({ status: 429, headers: { 'retry-after': '1' }, path, after: 1, times: 2 }),
		],
	},
	{
		name: '429 with Retry-After as a date',
		ends: 'well',
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
		ends: 'well',
		nodeOptions: { maxRetries: 3 },
		faults: () => [
			answer({ status: 503, path }),
			answer({ status: 502, path }),
			answer({ status: 504, path }),
		],
	},
	{
		name: '503 that does not end, from the third page on',
		ends: /^Only 38 of 97 .* not available right now \(HTTP 503\)/,
		faults: () => [answer({ status: 503, path, after: 2, times: ALWAYS })],
	},
	{ name: 'Connection reset before the answer', ends: 'well', faults: () => [reset({ path })] },
	{
		name: 'Connection reset amid the answer',
		ends: 'well',
		faults: () => [reset({ path, after: 1, amid: true })],
	},
	{
		name: 'A server that never answers',
		ends: /took too long to answer/,
		nodeOptions: { timeout: TIMEOUT },
		faults: () => [silence({ path, times: ALWAYS })],
	},
	{
		name: 'A blank every 300 ms, without end',
		ends: /took too long to answer/,
		nodeOptions: { timeout: TIMEOUT },
		faults: () => [drip({ path, times: ALWAYS })],
	},
	{
		name: 'JSON that breaks off',
		ends: 'well',
		faults: () => [answer({ status: 200, body: '{"took":1,"hits":{"hits":[', path, after: 1 })],
	},
	{
		name: 'An empty answer',
		ends: 'well',
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

	...expiries('amid the pages', path, 2),
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
	{ name: 'A total that is a plain number', ends: 'well', options: { total: 'number' } },
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
		ends: 'well',
		options: { largestPage: 10 },
	},
	{
		name: 'A result beyond the window',
		ends: /^Only 56 of 97 .*refuses to send more than the first 56/,
		options: { window: 60 },
	},
	{
		name: '`from` ignored and no total',
		ends: /^Only 20 of the .*ignores "from"/,
		options: { paging: 'ignored', total: 'none' },
	},
	{
		name: '`from` moved down to a whole page',
		ends: 'well',
		options: { paging: 'rounded', size: 'ignored' },
	},
	{
		name: '`from` moved back to the last full page',
		ends: 'well',
		options: { paging: 'clamped' },
	},
	{
		name: 'Another `from` than asked for, with From',
		ends: /^Yisign does not begin at the record that From asks for/,
		options: { paging: 'ignored' },
		nodeOptions: { from: 40 },
	},
	{
		name: '`size` above 20 refused',
		ends: 'well',
		options: { size: 'refused', largestPage: 20 },
	},
	{ name: 'No total', ends: 'well', options: { total: 'none' } },
	{
		name: 'A short page in the middle, and no total',
		ends: 'well',
		options: { shortPageAt: 3, total: 'none', largestPage: 20 },
	},
	{
		name: 'Equal times in another order each time, and no total',
		ends: 'well',
		options: { ties: 'random', total: 'none', largestPage: 20 },
	},
	{
		name: 'No times at all, and no total',
		ends: /^Only \d+ of the .*does not show whether envelopes are missing/,
		options: { createdTime: 'none', sortValues: 'none', total: 'none', largestPage: 20 },
	},
	{
		name: 'No times at all, and a total',
		ends: 'well',
		options: { createdTime: 'none', sortValues: 'none', largestPage: 20 },
	},
	{ name: 'One `_id` in two indices', ends: 'well', options: { records: 'sharedIds' } },
	{
		name: 'Two records of one envelope, without `_id`',
		ends: 'well',
		options: { records: 'doubled', ids: 'none', largestPage: 20 },
	},
	{
		name: '`sort` ignored',
		ends: 'well',
		options: { sort: 'ignored' },
		hint: /did not sort by createdDatetime:desc/,
	},
	{
		name: 'An envelope removed while pages are read',
		ends: 'well',
		faults: amid(({ envelopes }) => envelopes.splice(-1)),
	},
	{
		name: 'An envelope started while pages are read',
		ends: 'well',
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

/** What a download of an envelope with two files meets, in the order of its table. */
export const DOWNLOAD_FAULTS: FaultCase[] = [
	{ name: 'None', ends: 'well' },
	{
		name: '429 with Retry-After in seconds',
		ends: 'well',
		faults: () => [answer({ status: 429, headers: { 'retry-after': '1' }, path: FILE })],
	},
	{
		name: '503 for each file, and for the search',
		ends: 'well',
		faults: () => [
			answer({ status: 503, path }),
			answer({ status: 503, path: FILE }),
			answer({ status: 503, path: FILE, after: 1 }),
		],
	},
	{
		name: '503 that does not end, from the second file on',
		ends: /^The file cannot be downloaded right now \(HTTP 503\)/,
		faults: () => [answer({ status: 503, path: FILE, after: 1, times: ALWAYS })],
	},
	{
		name: 'Connection reset before the answer',
		ends: 'well',
		faults: () => [reset({ path: FILE })],
	},
	{
		name: 'A file cut short of its announced length',
		ends: 'well',
		faults: () => [cut({ path: FILE })],
	},
	{
		name: 'A PDF cut short, with the length of what comes',
		ends: 'well',
		faults: () => [cut({ length: 'half', path: FILE })],
	},
	{
		name: 'A PDF cut short, without a length',
		ends: 'well',
		faults: () => [cut({ length: 'none', path: FILE })],
	},
	{
		name: 'A second file that is always cut short',
		ends: /^The download broke off/,
		faults: () => [cut({ path: FILE, after: 1, times: ALWAYS })],
	},
	{
		name: 'A file whose bytes stop coming',
		ends: 'well',
		nodeOptions: { timeout: 5000 },
		faults: () => [stall({ path: FILE })],
	},
	{
		name: 'A file above Max File Size',
		ends: /^The file is larger than 1 MB \(3 MB\)/,
		options: { fileSize: 3 * 2 ** 20 },
		nodeOptions: { maxFileSizeMb: 1 },
	},
	{
		name: 'An empty file',
		ends: /^The file is empty/,
		faults: () => [answer({ status: 200, path: FILE, times: ALWAYS })],
	},
	{
		name: 'A login page with status 200',
		ends: /^The server sent a web page instead of a file/,
		faults: () => [answer({ status: 200, body: loginPage, path: FILE, times: ALWAYS })],
	},
	{
		name: '`errorWsid` in a 200, with the address echoed',
		ends: /^The server sent JSON instead of a file/,
		faults: () => [echo({ status: 200, path: FILE, times: ALWAYS })],
	},
	{
		name: 'An address that has expired',
		ends: /^The file could not be downloaded \(HTTP 403\)/,
		options: { fileLinksExpired: true },
	},
	{
		name: 'A redirect to another server, with the token echoed',
		ends: /^Files are not downloaded from yisign\.example/,
		faults: () => [
			answer({
				status: 302,
				headers: { location: `${outside.location}?access_token=${MARKERS.accessToken}` },
				path: FILE,
				times: ALWAYS,
			}),
		],
	},
	{
		name: 'A redirect in a circle',
		ends: /^The file could not be downloaded: too many redirects/,
		faults: () => [
			answer({ status: 302, headers: { location: '?again' }, path: FILE, times: ALWAYS }),
		],
	},
	...expiries('between the files', FILE, 1),
	{
		name: 'A fixed token that has expired',
		ends: /^The file could not be downloaded \(HTTP 401\)/,
		options: { filesNeedToken: true },
		faults: (sandbox) => [meanwhile({ path: FILE }, () => sandbox.expireTokens())],
	},
];

/**
 * What a POST meets that must not be carried out twice.
 *
 * @param path of its interface
 * @param done what it does: the envelope is created, the request is carried out
 * @param unclear the message where that is not known
 * @param empty how it ends where the answer has no content
 */
function postFaults(
	path: string,
	done: string,
	unclear: RegExp,
	empty: Pick<FaultCase, 'ends' | 'hint'> = { ends: unclear },
): FaultCase[] {
	/** The answer is lost or spoilt when it is done. */
	const late = { path, late: true, times: ALWAYS };
	const always = { path, times: ALWAYS };
	return [
		{ name: 'None', ends: 'well' },
		{
			name: '429',
			ends: /^Yisign is receiving too many requests/,
			faults: () => [answer({ status: 429, ...always })],
		},
		{ name: '503', ends: unclear, faults: () => [answer({ status: 503, ...always })] },
		{ name: '408', ends: unclear, faults: () => [answer({ status: 408, ...always })] },
		{
			name: `502 after it was ${done}`,
			ends: unclear,
			faults: () => [answer({ status: 502, ...late })],
		},
		{
			name: `Connection reset before it was ${done}`,
			ends: unclear,
			faults: () => [reset(always)],
		},
		{ name: `Connection reset after it was ${done}`, ends: unclear, faults: () => [reset(late)] },
		{
			name: 'Connection reset amid the answer',
			ends: unclear,
			faults: () => [reset({ ...late, amid: true })],
		},
		{
			name: 'A server that never answers',
			ends: unclear,
			nodeOptions: { timeout: TIMEOUT },
			faults: () => [silence(always)],
		},
		{
			name: `A server that never answers after it was ${done}`,
			ends: unclear,
			nodeOptions: { timeout: TIMEOUT },
			faults: () => [silence(late)],
		},
		{
			name: `A server that sends blanks without end after it was ${done}`,
			ends: unclear,
			nodeOptions: { timeout: 2 * TIMEOUT },
			faults: () => [drip(late)],
		},
		{
			name: 'JSON that breaks off',
			ends: unclear,
			faults: () => [answer({ status: 200, body: '{"code":"1006', ...late })],
		},
		{ name: 'An empty answer', ...empty, faults: () => [answer({ status: 200, ...late })] },
		{
			name: 'A login page with status 200',
			ends: unclear,
			faults: () => [answer({ status: 200, body: loginPage, ...late })],
		},
		{
			name: 'A redirect to another server',
			ends: /^The server answered with a redirect \(HTTP 302\)/,
			faults: () => [answer({ status: 302, headers: outside, ...always })],
		},
		...expiries(`before it is ${done}`, path),
		{
			name: 'A new token that is not accepted either',
			ends: /^Yisign did not accept the credential/,
			withSecret: true,
			faults: () => [answer({ status: 401, body: { error: 'invalid_token' }, ...always })],
		},
		...[400, 200].map((status) => ({
			name: `\`errorWsid\` in a ${status}, with the address and the patient echoed`,
			ends: /^Yisign refused the request/,
			faults: () => [
				answer({
					status,
					body: { errorWsid: 'x', ...MARKERS, developerMessage: JSON.stringify(MARKERS) },
					...always,
				}),
			],
		})),
		{
			name: 'A `code` of 0100 or more in a 200',
			ends: /^Yisign refused the request \(code 100550101\)/,
			faults: () => [answer({ status: 200, body: { code: '100550101' }, ...always })],
		},
		{
			name: '500 with the address echoed',
			ends: unclear,
			faults: () => [echo({ status: 500, ...always })],
		},
	];
}

/** What the creation of an envelope from a PDF meets, in the order of its table. */
export const CREATE_FAULTS = postFaults(
	CREATE_FROM_PDF_PATH,
	'created',
	/^It is not known whether the envelope was created: .*not known for item 0: .*operation "Get Envelope" .*Custom Tag ID/,
);

/** What Call Interface meets with POST. */
export const POST_FAULTS = postFaults(
	ARCHIVE_PATH,
	'carried out',
	/^It is not known whether Yisign carried out the request: .*not known for item 0: look in Yisign/,
	{ ends: 'well', hint: /^Yisign answered without content/ },
);

const called = { path: SIGNATURE_IMAGE_PATH };
const calledAlways = { ...called, times: ALWAYS };

/** What Call Interface meets with GET. */
export const CALL_FAULTS: FaultCase[] = [
	{ name: 'None', ends: 'well' },
	{
		name: '429 with Retry-After in seconds, twice',
		ends: 'well',
		faults: () => [answer({ status: 429, headers: { 'retry-after': '1' }, ...called, times: 2 })],
	},
	{
		name: '429 that does not end',
		ends: /^Yisign is receiving too many requests/,
		faults: () => [answer({ status: 429, ...calledAlways })],
	},
	{
		name: 'A burst of 503, 502 and 504',
		ends: 'well',
		faults: () => [503, 502, 504].map((status) => answer({ status, ...called })),
	},
	{
		name: '503 that does not end',
		ends: /^Yisign is not available right now \(HTTP 503\)/,
		faults: () => [answer({ status: 503, ...calledAlways })],
	},
	{ name: 'Connection reset before the answer', ends: 'well', faults: () => [reset(called)] },
	{
		name: 'Connection reset amid the answer',
		ends: 'well',
		faults: () => [reset({ ...called, amid: true })],
	},
	{
		name: 'A server that never answers',
		ends: /^Yisign took too long to answer/,
		nodeOptions: { timeout: TIMEOUT },
		faults: () => [silence(calledAlways)],
	},
	{
		name: 'A blank every 300 ms, without end',
		ends: /^Yisign took too long to answer/,
		nodeOptions: { timeout: TIMEOUT },
		faults: () => [drip(calledAlways)],
	},
	{
		name: 'JSON that breaks off',
		ends: 'well',
		faults: () => [answer({ status: 200, body: '{"code":"1006', ...called })],
	},
	{ name: 'An empty answer', ends: 'well', faults: () => [answer({ status: 200, ...called })] },
	{
		name: 'A login page with status 200',
		ends: /^What answered is not Yisign.*login page/,
		faults: () => [answer({ status: 200, body: loginPage, ...calledAlways })],
	},
	{
		name: 'A redirect to another server',
		ends: /^The server answered with a redirect.*points to http:\/\/yisign\.example/,
		faults: () => [answer({ status: 302, headers: outside, ...calledAlways })],
	},
	...expiries('before the answer', SIGNATURE_IMAGE_PATH),
	{
		name: 'A new token that is not accepted either',
		ends: /^Yisign did not accept the credential/,
		withSecret: true,
		faults: () => [answer({ status: 401, body: { error: 'invalid_token' }, ...calledAlways })],
	},
	{
		name: 'A fixed token that has expired',
		ends: /^Yisign did not accept the credential/,
		faults: (sandbox) => [meanwhile(called, () => sandbox.expireTokens())],
	},
	{
		name: 'A `code` of 0100 or more in a 200',
		ends: /^Yisign refused the request \(code 100550101\)/,
		faults: () => [answer({ status: 200, body: { code: '100550101' }, ...calledAlways })],
	},
	...[200, 400, 500].map((status) => ({
		name: `\`errorWsid\` in a ${status}, with the address echoed`,
		ends: /^Yisign refused the request/,
		faults: () => [echo({ status, ...calledAlways })],
	})),
];
