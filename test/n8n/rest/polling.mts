import { beforeAll, describe, expect, it } from 'vitest';
import { chain } from '../../../engine/engine.mts';
import { itemsOf, waitFor, type StoredWorkflow } from '../../../instance/rest.mts';
import { OFTEN } from '../../../instance/contents.mts';
import { makeNode, type Site } from '../site.mts';

const TRIGGER = 'When an Envelope Completes';

/** The polling trigger, over restarts. */
export function testPolling(site: () => Site): void {
	let workflow: StoredWorkflow;
	/** Envelopes that were signed since the workflow was published, oldest first. */
	const completed: string[] = [];

	/** The last signer of an envelope acts. */
	function sign(): void {
		const envelope = site().sandbox.sign();
		if (!envelope) throw new Error('No envelope is under way');
		completed.push(envelope.source.envelopeWsid);
	}

	/** What the workflow was started for, in order, once it was started for every envelope and some time after. */
	async function emitted(): Promise<string[]> {
		const list = async () => {
			const summaries = (await site().rest.executions(workflow)).toReversed();
			const executions = await Promise.all(summaries.map(({ id }) => site().rest.finished(id)));
			return executions.flatMap((one) => itemsOf(one, 'Then').map(({ json }) => json.envelopeWsid));
		};
		await waitFor('an execution for every envelope', 60_000, async () =>
			(await list()).length >= completed.length ? true : undefined,
		);
		await pollsMore(2);
		return (await list()) as string[];
	}

	/** Waits until Yisign has been asked a few times more. */
	async function pollsMore(times: number): Promise<void> {
		const before = site().searches();
		await waitFor('the next polls', 60_000, () =>
			Promise.resolve(site().searches() >= before + times ? true : undefined),
		);
	}

	describe('a published Yisign Envelope Trigger', () => {
		beforeAll(async () => {
			const { rest, credentials } = site();
			const parameters = { pollTimes: OFTEN, event: 'completed', output: 'simplified' };
			const type = 'n8n-nodes-yisign.yisignEnvelopeTrigger';
			workflow = await rest.createWorkflow({
				name: 'Alert',
				...chain(
					makeNode(TRIGGER, type, 1, parameters, credentials.secret),
					makeNode('Then', 'n8n-nodes-base.noOp', 1),
				),
			});
			await rest.publish(workflow);
		});

		it('keeps silent about what had completed before', async () => {
			await pollsMore(2);
			expect(await site().rest.executions(workflow)).toEqual([]);
		});

		it('starts the workflow once for an envelope that is signed', async () => {
			sign();
			expect(await emitted()).toEqual(completed);
		});

		it('starts the workflow once, after the start, for what was signed while n8n was stopped', async () => {
			await site().restart('stop', sign);
			expect(await emitted()).toEqual(completed);
		});

		it('loses nothing and emits nothing twice when n8n is killed', async () => {
			sign();
			await site().restart('kill', sign);
			expect(await emitted()).toEqual(completed);
		});
	});
}
