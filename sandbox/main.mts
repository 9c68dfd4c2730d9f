import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FILE_NAMES } from './files.mts';
import { startSandbox, type SandboxOptions } from './server.mts';

/** How a switch's text becomes an option; `read` throws for a text that is not among `values`. */
type Reader<Value> = { values: string; read: (text: string) => Value };
type Switch<Value> = Reader<Value> & { help: string };
/** The options with a switch: lists of envelopes and faults are for code, not command lines. */
type Spoken = Omit<Required<SandboxOptions>, 'envelopes' | 'faults'>;

const PORT = 2576;

const SWITCHES: { [Name in keyof Spoken]: Switch<Spoken[Name]> } = {
	port: { ...whole(65_535), help: `port on 127.0.0.1, 0 for a free one (${PORT})` },
	prefix: {
		...shape(/^(\/[\w.-]+)*$/, 'path', 'a path such as /gw'),
		help: 'path before all others (none)',
	},
	tls: { values: 'key.pem,cert.pem', help: 'speak HTTPS with this pair', read: readPair },
	count: { ...whole(900_000), help: 'how many envelopes are made (2437)' },
	seed: { ...whole(2 ** 31 - 1), help: 'seed they are made from (20241210)' },
	signEvery: {
		...whole(2 ** 31 - 1),
		help: 'ms after which one more envelope is signed (0, never)',
	},
	appId: { ...word(), help: 'expected app id' },
	accessToken: { ...word(), help: 'token that holds from the start' },
	appSecret: { ...word(), help: 'expected app secret' },
	tokenLifetime: { ...whole(2 ** 31 - 1), help: 'life of an issued token in seconds (7200)' },
	newTokenRevokesOld: { ...truth(), help: 'whether a new token ends the old ones (false)' },
	invalidTokenStatus: { ...whole(599), help: 'HTTP status of an invalid token (401)' },
	paging: {
		...among('honoured', 'ignored', 'refused'),
		help: 'what becomes of from and size (honoured)',
	},
	largestPage: { ...whole(2 ** 31 - 1), help: 'rows a page has at the most (any)' },
	window: { ...whole(2 ** 31 - 1), help: 'rows within reach of paging (10000)' },
	total: { ...among('object', 'number'), help: 'form of the total (object)' },
	query: { ...among('equals', 'freeText', 'ignored'), help: 'how q is understood (equals)' },
	sort: { ...among('honoured', 'ignored'), help: 'what becomes of sort (honoured)' },
	timedOut: { ...truth(), help: 'whether replies say that time ran out (false)' },
	failedShards: { ...whole(100), help: 'shards that replies say have failed (0)' },
	createReply: {
		...among('wrapped', 'flat', 'bare'),
		help: 'where the reply to a create has the ids (wrapped)',
	},
	invalidCreateStatus: { ...whole(599), help: 'HTTP status of a create that is refused (400)' },
	indexLag: { ...whole(2 ** 31 - 1), help: 'ms until a created envelope is found (0)' },
	fileName: { ...among(...FILE_NAMES), help: 'how a file is named beside its address (none)' },
	fileType: {
		...shape(/^(none|[\w-]+\/[\w.+-]+)$/, 'type', 'a media type or none'),
		help: 'type a file is served with (application/pdf)',
	},
	fileSize: { ...whole(2 ** 32), help: 'bytes of every file (0, as they come)' },
	filesPerEnvelope: { ...whole(100), help: 'files that an envelope has (1)' },
	filesNeedToken: { ...truth(), help: 'whether files are for the authenticated (false)' },
	fileLinksExpired: { ...truth(), help: 'whether links to files have expired (false)' },
	callbackUrl: {
		...shape(/^https?:\/\/\S+$/, 'URL', 'an address such as http://localhost:5678/webhook/…'),
		help: 'gets a callback for each envelope signed (none)',
	},
	callbackEvent: {
		...among('dataSignatureCompleted', 'dataSignatureV2Completed'),
		help: 'which callback that is (dataSignatureCompleted)',
	},
	callbackSigned: { ...truth(), help: 'whether callbacks are signed (true)' },
	delay: { ...whole(3_600_000), help: 'ms that every request waits first (0)' },
};

function whole(max: number): Reader<number> {
	return {
		values: 'number',
		read(text) {
			if (/^\d+$/.test(text) && Number(text) <= max) return Number(text);
			throw new Error(`must be a whole number from 0 to ${max}, not '${text}'`);
		},
	};
}

function shape(pattern: RegExp, values: string, wanted: string): Reader<string> {
	return {
		values,
		read(text) {
			if (pattern.test(text)) return text;
			throw new Error(`must be ${wanted}, not '${text}'`);
		},
	};
}

function word(): Reader<string> {
	return shape(/^\S+$/, 'text', 'one word');
}

function among<Value extends string>(...choices: Value[]): Reader<Value> {
	const values = choices.join('|');
	return {
		values,
		read(text) {
			const choice = choices.find((known) => known === text);
			if (choice !== undefined) return choice;
			throw new Error(`must be ${values}, not '${text}'`);
		},
	};
}

function truth(): Reader<boolean> {
	const { values, read } = among('true', 'false');
	return { values, read: (text) => read(text) === 'true' };
}

function readPair(text: string): { key: string; cert: string } {
	const [key, cert, ...rest] = text.split(',');
	if (!key || !cert || rest.length > 0) {
		throw new Error(`must be two files, key.pem,cert.pem, not '${text}'`);
	}
	return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

const switchName = (option: string) => option.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

function helpText(): string {
	const rows = Object.entries(SWITCHES).map(([option, { values, help }]) => {
		const usage = `--${switchName(option)} ${values}`;
		const gap = usage.length < 40 ? ' '.repeat(40 - usage.length) : `\n${' '.repeat(42)}`;
		return `  ${usage}${gap}${help}`;
	});
	return [
		'A synthetic Yisign server: node sandbox/main.mts [switches]',
		'',
		...rows,
		`  ${'--help'.padEnd(40)}this text`,
	].join('\n');
}

/** The options said on a command line, or `help`. Throws, naming the switch, for a bad value. */
function readCommand(args: string[]): SandboxOptions | 'help' {
	const names = Object.keys(SWITCHES).map(switchName);
	const { values } = parseArgs({
		args,
		options: {
			...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
			help: { type: 'boolean' },
		},
	});
	if (values.help) return 'help';
	const options: Record<string, unknown> = {};
	for (const [option, { read }] of Object.entries(SWITCHES)) {
		const name = switchName(option);
		const text = (values as Record<string, string | undefined>)[name];
		if (text === undefined) continue;
		try {
			options[option] = read(text);
		} catch (error) {
			throw new Error(`--${name} ${(error as Error).message}`);
		}
	}
	return options;
}

async function run(options: SandboxOptions): Promise<void> {
	const sandbox = await startSandbox({ port: PORT, ...options });
	const { appId, accessToken, appSecret } = sandbox.options;
	console.log(`Base URL      ${sandbox.url}`);
	console.log(`App id        ${appId}`);
	console.log(`Access token  ${accessToken}`);
	console.log(`App secret    ${appSecret}`);
	console.log(`${sandbox.envelopes.length} envelopes, all made up. Open the base URL in a browser`);
	console.log('to see and end them. Ctrl-C stops.');
	for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void sandbox.close());
}

try {
	const command = readCommand(process.argv.slice(2));
	if (command === 'help') console.log(helpText());
	else await run(command);
} catch (error) {
	const { code, message, port } = error as NodeJS.ErrnoException & { port?: number };
	const taken = code === 'EADDRINUSE';
	console.error(taken ? `port ${port} is in use: choose another with --port` : message);
	console.error('--help lists the switches');
	process.exitCode = 1;
}
