import { beforeAll, describe, expect, it } from 'vitest';
import { chain } from '../../../engine/engine.mts';
import { itemsOf, waitFor, type StoredWorkflow } from '../../../instance/rest.mts';
import {
	makeCallback,
	PATIENT_NAME,
	post,
	signed,
	unsigned,
	writeBody,
	type Message,
	type Signing,
} from '../../../sandbox/callbacks.mts';
import { makeNode, type Site } from '../site.mts';

const TRIGGER = 'When Yisign Calls Back';

/** The trigger for callbacks, at its production URL. */
export function testCallbacks(site: () => Site): void {
	let workflow: StoredWorkflow;
	let url: string;

	/** The callback for an envelope; it names the planted patient. */
	function writeCallback(): string {
		const { sandbox, secrets } = site();
		const text = JSON.stringify(makeCallback(sandbox.envelopes[0]));
		return writeBody(JSON.parse(text.replaceAll(PATIENT_NAME, secrets.patientName)));
	}

	function sign(signing: Signing = {}): Message {
		return signed(writeCallback(), { appSecret: site().secrets.appSecret, ...signing });
	}

	/**
	 * Posts some callbacks, and a genuine one in the end: when that has started the workflow, all
	 * others have been decided about.
	 *
	 * @returns what they were answered, and how many executions they started
	 */
	async function postAll(...messages: Message[]) {
		const known = (await site().rest.executions(workflow)).length;
		const statuses: number[] = [];
		for (const message of messages) statuses.push((await post(url, message)).status);
		const accepted = statuses.filter((status) => status === 200).length;
		await post(url, sign());
		const executions = await waitFor('the executions', 30_000, async () => {
			const all = await site().rest.executions(workflow);
			const ended = all.every(({ stoppedAt }) => stoppedAt !== null);
			return ended && all.length > known + accepted ? all : undefined;
		});
		return { statuses, started: executions.length - known - 1 };
	}

	describe('a published Yisign Callback Trigger', () => {
		beforeAll(async () => {
			const { rest, credentials, instance } = site();
			const parameters = { events: ['*'], verification: 'signature', output: 'simplified' };
			const type = 'n8n-nodes-yisign.yisignTrigger';
			const trigger = makeNode(TRIGGER, type, 1, parameters, credentials.yisignApi);
			workflow = await rest.createWorkflow({
				name: 'Callbacks',
				...chain({ ...trigger, webhookId: trigger.id }, makeNode('Then', 'n8n-nodes-base.noOp', 1)),
			});
			await rest.publish(workflow);
			url = `${instance.url}/webhook/${trigger.id}/webhook`;
		});

		it('starts the workflow for a signed callback, with what it says but no patient', async () => {
			expect(await postAll(sign())).toEqual({ statuses: [200], started: 1 });

			const [{ id, mode }] = await site().rest.executions(workflow);
			const execution = await site().rest.finished(id);
			expect([execution.status, mode]).toEqual(['success', 'webhook']);
			const [{ json }] = itemsOf(execution, 'Then');
			const { envelopeWsid, doctorName } = site().sandbox.envelopes[0].source;
			expect(json).toMatchObject({
				event: 'dataSignatureCompleted',
				signWsid: envelopeWsid.replace('ENVE', 'SIGN'),
				doctorName,
			});
		});

		it.each<[string, () => Message[], number[]]>([
			['an unsigned one', () => [unsigned(writeCallback())], [401]],
			['a forged one', () => [sign({ appSecret: 'sk00000000000000000000000000000000' })], [401]],
			['one that is an hour late', () => [sign({ sentAt: Date.now() - 3_600_000 })], [401]],
			['one of another application', () => [sign({ appId: '0'.repeat(27) })], [401]],
		])('answers %s with 401 and starts nothing', async (_name, messages, statuses) => {
			expect(await postAll(...messages())).toEqual({ statuses, started: 0 });
		});

		it('answers a replayed one with 401 and starts the workflow for the first alone', async () => {
			const message = sign();
			expect(await postAll(message, message)).toEqual({ statuses: [200, 401], started: 1 });
		});
	});
}
