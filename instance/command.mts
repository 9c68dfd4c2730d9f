import { parseArgs } from 'node:util';
import { isFree } from './ports.mts';

/** TCP ports on 127.0.0.1 of what `npm start` starts. */
export interface Ports {
	n8n: number;
	sandbox: number;
}

/** The switch, the default and the owner of each port. */
const SWITCHES = {
	n8n: { name: 'port', usual: 5678, owner: 'n8n' },
	sandbox: { name: 'sandbox-port', usual: 2576, owner: 'the sandbox' },
} as const;

/** How to say another port on the command line. */
const usage = (name: string, port: number | string) => `npm start -- --${name} ${port}`;

/** What `npm start -- --help` says. */
export const HELP = [
	'Starts a real n8n with this package, and a made-up Yisign, on this machine alone.',
	'',
	...Object.values(SWITCHES).map(
		({ name, usual, owner }) => `  ${usage(name, 'number').padEnd(42)}port of ${owner} (${usual})`,
	),
].join('\n');

/** Reads the command line. Throws, in words for the user, if it is not understood. */
export function readCommand(args: string[]): Ports | 'help' {
	const { values } = parseArgs({
		args,
		options: {
			port: { type: 'string' },
			'sandbox-port': { type: 'string' },
			help: { type: 'boolean' },
		},
	});
	if (values.help) return 'help';
	const [n8n, sandbox] = Object.values(SWITCHES).map(({ name, usual }) => {
		const port = Number(values[name] ?? usual);
		if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
		throw new Error(`--${name} has to be a number from 1 to 65535, not '${values[name]}'`);
	});
	if (n8n === sandbox) throw new Error(`n8n and the sandbox cannot both have port ${n8n}`);
	return { n8n, sandbox };
}

/** Throws, saying how to choose another, if a port is taken. */
export async function checkPorts(ports: Ports): Promise<void> {
	for (const [key, { name, owner }] of Object.entries(SWITCHES)) {
		const port = ports[key as keyof Ports];
		if (await isFree(port)) continue;
		throw new Error(
			`Port ${port}, which ${owner} is to have, is in use by another program (or by another npm start). Stop that, or choose another port: ${usage(name, port + 1)}`,
		);
	}
}
