import { parseArgs } from 'node:util';
import { startSandbox, type SandboxOptions } from './server.mts';
import { PORT, SWITCHES, switchName } from './switches.mts';

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
