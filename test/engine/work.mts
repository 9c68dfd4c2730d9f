import { SIGNED, WAITING, type Envelope } from '../../sandbox/envelopes.mts';
import type { Random } from '../../sandbox/random.mts';

/**
 * Up to three envelopes are started, signed or removed.
 *
 * @param gone gets the ids of those that are removed
 */
export function work(random: Random, envelopes: Envelope[], gone: Set<string> = new Set()): void {
	for (let count = random.int(0, 3); count > 0; count -= 1) {
		const at = random.int(0, envelopes.length - 1);
		const act = random.pick(['start', 'sign', 'sign', 'remove', 'late'] as const);
		if (act === 'start' || act === 'late' || envelopes.length < 2) {
			const { id, source } = envelopes[at];
			const serial = random.int(0, 0xffffffff).toString(16).padStart(32, '0');
			const createdDatetime =
				act === 'late' ? source.createdDatetime : Date.UTC(2025, 0, 1) + random.int(0, 1e6);
			const envelopeWsid = `WSID_ENVE_${serial}`;
			const isWaiting = random.oneIn(2);
			envelopes.push({
				id: `${id.slice(0, 10)}${serial.slice(-10)}`,
				source: {
					...source,
					envelopeWsid,
					createdDatetime,
					...(isWaiting && { envelopeStatus: WAITING, envelopeFinishedDatetime: null }),
				},
			});
		} else if (act === 'remove') {
			const [{ source }] = envelopes.splice(at, 1);
			gone.add(source.envelopeWsid);
		} else {
			envelopes[at].source.envelopeStatus = SIGNED;
			envelopes[at].source.envelopeFinishedDatetime ??= Date.UTC(2025, 0, 1) + random.int(0, 1e6);
		}
	}
}
