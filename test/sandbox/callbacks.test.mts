import { afterEach, describe, expect, it } from 'vitest';
import { burst, deliver, javaDate, signed, unsigned, writeBody } from '../../sandbox/callbacks.mts';
import { startSandbox, type Sandbox } from '../../sandbox/server.mts';
import { startReceiver } from './receiver.mts';

let closing: Array<() => unknown> = [];
afterEach(async () => {
	for (const close of closing) await close();
	closing = [];
});

async function receiver(...statuses: number[]) {
	const started = await startReceiver(...statuses);
	closing.push(started.close);
	return started;
}

describe('the sender of callbacks', () => {
	it('signs as the documented vector', () => {
		const { headers } = signed(
			'{"event":"dataSignatureCompleted","needCallBack":false,"rawData":"{}"}',
			{
				appId: '0000000000000000000000test1',
				appSecret: 'not-a-real-secret',
				sentAt: Date.UTC(2024, 0, 1),
				nonce: 'AbCdEf0123456789AbCdEf01',
			},
		);
		expect(headers['X-Signit-Date']).toBe('Mon Jan 01 08:00:00 CST 2024');
		expect(headers['X-Signit-Signature']).toBe(
			'HmacSHA512 0000000000000000000000test1:+AY/duVU4N2tI6dWOZ2uibgHvrDM00/jRe2zfUzGz75/LWOaMYvmsxyyr41xPBpi5pd72yBpnUMJ/IPVyqqUbQ==',
		);
	});

	it('writes dates in China time and everything else in ASCII', () => {
		expect(javaDate(Date.UTC(2018, 11, 17, 17, 44, 28))).toBe('Tue Dec 18 01:44:28 CST 2018');
		expect(writeBody({ 名: '完成\u0001😀' })).toMatch(/^[ -~]+$/);
		expect(JSON.parse(writeBody({ 名: '完成😀' }))).toEqual({ 名: '完成😀' });
	});

	it('tries again until it is accepted, or gives up', async () => {
		const busy = await receiver(503, 500, 200);
		expect(await deliver(busy.url, () => unsigned('{}'), { pause: 1 })).toMatchObject({
			status: 200,
		});
		expect(busy.received).toHaveLength(3);
		const dead = await receiver(503);
		const reply = await deliver(dead.url, () => unsigned('{}'), { tries: 2, pause: 1 });
		expect([reply.status, dead.received.length]).toEqual([503, 2]);
	});

	it('sends a burst with so many at a time and no more, each once', async () => {
		const { url, received, most } = await receiver(200);
		const replies = await burst(url, 50, (index) => unsigned(String(index)), 5);
		expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
		expect(received.map(({ body }) => Number(body)).sort((a, b) => a - b)).toEqual([
			...Array(50).keys(),
		]);
		expect(most()).toBe(5);
	});

	it('can set the last signature, and the search knows it', async () => {
		const sandbox: Sandbox = await startSandbox({ count: 30 });
		closing.push(() => sandbox.close());
		const envelope = sandbox.envelopes.find(({ source }) => !source.envelopeFinishedDatetime);
		if (!envelope) throw new Error('Every envelope has ended');
		sandbox.sign(envelope, 1_733_000_000_000);
		expect(envelope.source).toMatchObject({
			envelopeStatus: 'ED_SUCCESS',
			envelopeFinishedDatetime: 1_733_000_000_000,
		});
		const file = `${sandbox.url}/files/${envelope.source.envelopeWsid}.pdf`;
		expect((await fetch(file)).status).toBe(200);
	});
});
