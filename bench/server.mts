/** The sandbox in a process of its own: `server.mts <options as JSON>`. Says how much it was asked. */
import { startSandbox, type SandboxOptions } from '../sandbox/server.mts';
import { BURST } from './workflow.mts';

const sandbox = await startSandbox(JSON.parse(process.argv[2]) as SandboxOptions);
// The one that is downloaded.
sandbox.sign(sandbox.envelopes[0]);
const ids = sandbox.envelopes.map(({ source }) => source.envelopeWsid);
process.on('message', (message) => {
	if (message === 'finish') finishAll();
	process.send?.(sandbox.requests.length);
	sandbox.clearRequests();
});

/** Ten minutes pass, in which every envelope ends. */
function finishAll(): void {
	const { envelopes, options } = sandbox;
	const now = Date.now();
	options.clockOffset = BURST;
	for (const [index, { source }] of envelopes.entries()) {
		source.envelopeStatus = 'ED_SUCCESS';
		source.hospitalBusinessLastVersion = true;
		source.envelopeFinishedDatetime = now + Math.floor((BURST * (index + 1)) / envelopes.length);
	}
	sandbox.touch();
}

process.send?.({ url: sandbox.url, ids });
