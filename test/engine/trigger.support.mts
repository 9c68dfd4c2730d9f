import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';
import { vi } from 'vitest';
import type { Poller, PollerSettings } from '../../engine/poller.mts';
import { makeWsid, type Envelope } from '../../sandbox/envelopes.mts';
import { makeRandom } from '../../sandbox/random.mts';
import type { Setup } from './support.mts';

/** How a trigger is published. */
export interface Publishing extends PollerSettings {
	/** Fields of the credential that differ from the sandbox's own. */
	credential?: Record<string, string>;
	/** What differs in the node. */
	node?: Partial<INode>;
}

/** The trigger's node in n8n's engine; no poll has been made yet. */
export function makeTrigger(
	{ engine, sandbox }: Setup,
	parameters: INodeParameters = {},
	{ credential = {}, node = {}, ...settings }: Publishing = {},
): Poller {
	const { appId, accessToken } = sandbox.options;
	return engine.poller(
		{
			id: 'trigger',
			name: 'Trigger',
			type: 'n8n-nodes-yisign.yisignEnvelopeTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters,
			credentials: engine.addCredential('yisignApi', {
				baseUrl: sandbox.url,
				appId,
				accessToken,
				...credential,
			}),
			...node,
		},
		// What a process remembers goes by the workflow's id.
		{ workflowId: sandbox.url, ...settings },
	);
}

/** Moves n8n's clock, which is the sandbox's too; it stands still from then on. */
export function pass(ms: number): void {
	const now = Date.now() + ms;
	vi.spyOn(Date, 'now').mockReturnValue(now);
}

/** Envelopes of the sandbox that may still come to an end. */
export function underWay({ sandbox }: Setup): Envelope[] {
	return sandbox.envelopes.filter(
		({ source }) =>
			source.envelopeStatus?.startsWith('ING_') && source.hospitalBusinessLastVersion !== false,
	);
}

/**
 * Lets envelopes come to an end, as if their last signer had just acted.
 *
 * @returns their ids, in order
 */
export function end(
	{ sandbox }: Setup,
	envelopes: Envelope[],
	status = 'ED_SUCCESS',
	time: number | null = Date.now(),
): string[] {
	for (const { source } of envelopes) {
		source.envelopeStatus = status;
		source.envelopeFinishedDatetime = time;
	}
	sandbox.touch();
	return envelopes.map(({ source }) => source.envelopeWsid).toSorted();
}

let made = 0;

/**
 * Puts new envelopes that have ended into the sandbox.
 *
 * @param timeOf epoch ms at which each has ended
 * @returns their ids, in order
 */
export function addEnded(
	{ sandbox }: Pick<Setup, 'sandbox'>,
	count: number,
	timeOf: (index: number) => number | null = () => Date.now(),
	more: Partial<Envelope['source']> = {},
): string[] {
	const [template] = sandbox.envelopes;
	const random = makeRandom((made += 1));
	const created = Date.now() - 3_600_000;
	const added = Array.from({ length: count }, (_, index): Envelope => {
		const envelopeWsid = makeWsid(random, 'ENVE', created + index);
		const source = {
			...template.source,
			envelopeWsid,
			customTagID: envelopeWsid,
			serviceId: envelopeWsid,
			hospitalBusinessLastVersion: true,
			envelopeStatus: 'ED_SUCCESS',
			envelopeFinishedDatetime: timeOf(index),
			createdDatetime: created,
			...more,
		};
		return { id: `${envelopeWsid}-${made}`, source };
	});
	sandbox.envelopes.push(...added);
	sandbox.touch();
	return added.map(({ source }) => source.envelopeWsid).toSorted();
}

/** Envelope ids of items, in order. */
export function idsOf(items: Array<{ json: IDataObject }>): unknown[] {
	return items.map(({ json }) => json.envelopeWsid).toSorted();
}

/** The message and description of what a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<string> {
	return textOf(
		await promise.then(
			() => new Error('It did not fail'),
			(fault: unknown) => fault,
		),
	);
}

/** What the failed executions say that polls have reported beside what they returned. */
export function reportedBy({ reported }: Poller): string[] {
	return reported.map(textOf);
}

function textOf(error: unknown): string {
	const { message, description = '' } = error as Error & { description?: string };
	return `${message} | ${description}`;
}
