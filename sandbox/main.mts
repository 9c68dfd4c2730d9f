import { helpText, readCommand } from './command.mts';
import { startSandbox, type SandboxOptions } from './server.mts';
import { PORT } from './switches.mts';

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
