import { parseArgs } from 'node:util';
import type { SandboxOptions } from './server.mts';
import { SWITCHES, switchName } from './switches.mts';

/** What `--help` prints. */
export function helpText(): string {
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
export function readCommand(args: string[]): SandboxOptions | 'help' {
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
