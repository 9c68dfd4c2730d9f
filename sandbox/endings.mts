import { DESCRIPTIONS, SIGNED, type Envelope } from './envelopes.mts';

/** The ways a flow ends that can be brought about by hand, and their statuses (vendor-api 4.1). */
const ENDINGS = {
	/** The last signer acts. */
	sign: SIGNED,
	/** A signer refuses. */
	reject: 'ED_FAIL_REJECT',
	/** Nobody acts in time. */
	expire: 'ED_FAIL_EXPIRED',
} as const;

/** By the name of the act. */
export type Ending = keyof typeof ENDINGS;

/**
 * Ends an envelope now, by the server's clock, and searches find it so from now on.
 *
 * @param envelope by default the newest one that is under way
 * @param at epoch ms; now by default
 * @returns undefined if none is under way
 */
export type End = (envelope?: Envelope, at?: number) => Envelope | undefined;

/** Newest first. */
export function byAge({ source: a }: Envelope, { source: b }: Envelope): number {
	return (b.createdDatetime ?? 0) - (a.createdDatetime ?? 0);
}

/** Whether a flow has not ended. */
export function isUnderWay({ source }: Envelope): boolean {
	return source.envelopeStatus?.startsWith('ING_');
}

/**
 * One way to end an envelope for each ending; `now` is the server's clock (epoch ms), and `ended`
 * hears of every envelope afterwards.
 */
export function makeEndings(
	envelopes: readonly Envelope[],
	now: () => number,
	ended: (envelope: Envelope, ending: Ending) => void,
): Record<Ending, End> {
	const bring =
		(ending: Ending): End =>
		(envelope = envelopes.filter(isUnderWay).sort(byAge)[0], at = now()) => {
			if (!envelope) return undefined;
			const { source } = envelope;
			const status = ENDINGS[ending];
			source.envelopeStatus = status;
			source.envelopeStatusDescription = DESCRIPTIONS[status];
			source.envelopeFinishedDatetime = at;
			if (status === SIGNED) source.envelopeFileUrls = `/files/${source.envelopeWsid}.pdf`;
			ended(envelope, ending);
			return envelope;
		};
	return { sign: bring('sign'), reject: bring('reject'), expire: bring('expire') };
}
