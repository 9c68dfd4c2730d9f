import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { INode, INodeExecutionData } from 'n8n-workflow';
import { expect, it } from 'vitest';
import { chain, startEngine, type WorkflowFile } from '../../engine/engine.mts';
import { makeMailer, type Mail } from '../../engine/stand-ins.mts';
import { SIGNED } from '../../sandbox/envelopes.mts';
import { makePdf } from '../../sandbox/pdf.mts';
import { startSandbox } from '../../sandbox/server.mts';
import { ROOT } from '../../scripts/pack.mts';

const EXAMPLE = path.join(ROOT, 'examples', '07-from-a-pdf-to-the-signed-file.json');

/** A node that returns these items, under the name that later nodes refer to. */
const standIn = (name: string, items: INodeExecutionData[]): INode => ({
	id: name,
	name,
	type: 'n8n-nodes-base.code',
	typeVersion: 1,
	position: [0, 0],
	parameters: { items: items as never },
});

it('sends a PDF to be signed, notices that it is, downloads it, and forwards it', async () => {
	const sandbox = await startSandbox({ count: 30, indexLag: 50 });
	try {
		const sent: Mail[] = [];
		const engine = await startEngine(ROOT, { 'n8n-nodes-base.emailSend': makeMailer(sent) });
		const { appId, accessToken } = sandbox.options;
		const credentials = engine.addCredential('yisignApi', {
			baseUrl: sandbox.url,
			appId,
			accessToken,
		});
		const { nodes } = JSON.parse(readFileSync(EXAMPLE, 'utf8')) as WorkflowFile;
		const node = (name: string): INode => ({
			...nodes.find((known) => known.name === name)!,
			credentials,
		});
		const poller = engine.poller(node('When It Is Signed'));
		await poller.activate();

		const pdf = await makePdf(sandbox.envelopes[0].source);
		const form: INodeExecutionData = {
			json: {
				业务编号: 'L20261123000001',
				患者姓名: '李某某',
				住院号: '7700202611230001',
				手机号: '10000000000',
			},
			binary: { PDF: { data: pdf.toString('base64'), mimeType: 'application/pdf' } },
		};
		const creating = await engine.run(
			chain(standIn('When the Form Is Sent', [form]), node('Send to Be Signed')),
		);
		expect(creating.error).toBeUndefined();
		const [{ json: receipt }] = creating.items('Send to Be Signed');
		expect(await poller.tick()).toEqual([]);

		const envelope = sandbox.envelopes.find(
			({ source }) => source.envelopeWsid === receipt.envelopeWsid,
		)!;
		expect(envelope.source.customTagID).toBe('L20261123000001');
		sandbox.sign(envelope);
		expect(envelope.source.envelopeStatus).toBe(SIGNED);

		let started: INodeExecutionData[] = [];
		await expect.poll(async () => (started = await poller.tick()).length).toBe(1);
		expect(started.map(({ json }) => json.envelopeWsid)).toEqual([receipt.envelopeWsid]);
		const ending = await engine.run(
			chain(
				standIn('When It Is Signed', started),
				node('Download the Signed PDF'),
				node('Send It On'),
			),
		);
		expect(ending.error).toBeUndefined();
		expect(sent.map(({ subject }) => subject)).toEqual(['已签署：L20261123000001']);
		expect(sent[0].attachment?.equals(pdf)).toBe(true);
		expect(await poller.tick()).toEqual([]);
	} finally {
		await sandbox.close();
	}
});
