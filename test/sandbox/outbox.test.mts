import { afterEach, expect, it, vi } from 'vitest';
import { ACCESS_TOKEN, type SandboxOptions } from '../../sandbox/server.mts';
import { startReceiver, type Receiver } from './receiver.mts';
import { start } from './support.mts';

let receiver: Receiver | undefined;
afterEach(() => receiver?.close());

const open = (options: SandboxOptions) => start({ count: 60, ...options });

async function receive(...statuses: number[]): Promise<Receiver> {
	receiver = await startReceiver(...statuses);
	return receiver;
}

it('calls back for an envelope that is signed, and for no other ending', async () => {
	const { url, received } = await receive(200);
	const sandbox = await open({ callbackUrl: url });
	sandbox.reject();
	sandbox.expire();
	const envelopeWsid = sandbox.sign()?.source.envelopeWsid;
	await vi.waitFor(() => expect(sandbox.callbacks).toMatchObject([{ envelopeWsid, status: 200 }]));
	expect(received).toHaveLength(1);
	expect(received[0].body).toContain(envelopeWsid?.replace('ENVE', 'SIGN'));
	expect(received[0].headers).toMatchObject({
		'x-signit-signature': expect.stringMatching(/^HmacSHA512 /),
		'x-signit-host': new URL(url).host,
		'x-signit-scheme': 'http',
	});
});

it('calls back for envelopes that get signed as time passes', async () => {
	const { url, received } = await receive(200);
	await open({ callbackUrl: url, signEvery: 5 });
	await vi.waitFor(() => expect(received.length).toBeGreaterThan(1));
});

it('sends the other documented callback, and without a signature, if the options say so', async () => {
	const { url, received } = await receive(200);
	const sandbox = await open({ callbackEvent: 'dataSignatureV2Completed', callbackSigned: false });
	sandbox.options.callbackUrl = url;
	sandbox.sign();
	await vi.waitFor(() => expect(received).toHaveLength(1));
	expect(JSON.parse(received[0].body)).toMatchObject({ event: 'dataSignatureV2Completed' });
	expect(received[0].headers).not.toHaveProperty('x-signit-signature');
});

it('tries again, with another nonce, when it is refused', async () => {
	const { url, received } = await receive(503, 200);
	const sandbox = await open({ callbackUrl: url });
	sandbox.sign();
	await vi.waitFor(
		() => expect(sandbox.callbacks).toMatchObject([{ tries: 2, status: 200 }]),
		5000,
	);
	const [first, second] = received.map(({ headers }) => headers['x-signit-nonce']);
	expect(first).not.toBe(second);
	expect(received[0].body).toBe(received[1].body);
});

it.each(['http://127.0.0.1:1/', 'no address'])('goes on when %s takes nothing', async (url) => {
	const sandbox = await open({ callbackUrl: url });
	expect(sandbox.sign()?.source.envelopeStatus).toBe('ED_SUCCESS');
	await vi.waitFor(() => expect(sandbox.callbacks).toMatchObject([{ status: 0 }]));
	expect((await fetch(sandbox.url)).status).toBe(200);
});

it('keeps tokens and patients out of its log', async () => {
	const { url } = await receive(200);
	const sandbox = await open({ callbackUrl: `${url}in?key=hidden` });
	const idCard = sandbox.sign()?.source.idCard;
	await vi.waitFor(() =>
		expect(sandbox.callbacks).toMatchObject([{ address: `${url}in`, status: 200 }]),
	);
	const log = JSON.stringify(sandbox.callbacks);
	for (const secret of ['hidden', ACCESS_TOKEN, '测试患者', String(idCard)]) {
		expect(log).not.toContain(secret);
	}
});
