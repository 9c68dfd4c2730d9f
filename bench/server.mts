/** The sandbox in a process of its own: `server.mts <options as JSON>`. Says how much it was asked. */
import { startSandbox, type SandboxOptions } from '../sandbox/server.mts';

const sandbox = await startSandbox(JSON.parse(process.argv[2]) as SandboxOptions);
// The one that is downloaded.
sandbox.sign(sandbox.envelopes[0]);
const ids = sandbox.envelopes.map(({ source }) => source.envelopeWsid);
process.on('message', () => {
	process.send?.(sandbox.requests.length);
	sandbox.clearRequests();
});
process.send?.({ url: sandbox.url, ids });
