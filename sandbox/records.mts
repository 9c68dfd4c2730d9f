import type { Envelope } from './envelopes.mts';
import { hash } from './random.mts';
import type { SearchSettings } from './settings.mts';

/** An envelope as it stands in an index. */
export type IndexRecord = { envelope: Envelope; id: string; index: string };

/** Puts envelopes into the index, see {@link SearchSettings.records}. */
export type Indexing = (
	envelopes: readonly Envelope[],
	records: SearchSettings['records'],
) => IndexRecord[];

const INDICES = ['signit_envelope', 'signit_envelope_2'] as const;

const single = (envelope: Envelope): IndexRecord => ({
	envelope,
	id: envelope.id,
	index: INDICES[0],
});

const oneInFour = ({ id }: Envelope) => hash(id, 2) % 4 === 0;

/** Makes an indexing that remembers which two envelopes share an `_id`, whatever is removed. */
export function makeIndexing(): Indexing {
	const sharing = new WeakMap<Envelope, IndexRecord>();
	let alone: string | undefined;

	function share(envelope: Envelope): IndexRecord {
		let record = sharing.get(envelope);
		if (!record) {
			record = alone === undefined ? single(envelope) : { envelope, id: alone, index: INDICES[1] };
			alone = alone === undefined ? envelope.id : undefined;
			sharing.set(envelope, record);
		}
		return record;
	}

	return (envelopes, records) => {
		switch (records) {
			case 'single':
				return envelopes.map(single);
			case 'sharedIds':
				return envelopes.map(share);
			case 'copied':
				return envelopes.flatMap((envelope) => {
					const first = single(envelope);
					return oneInFour(envelope) ? [first, { ...first, index: INDICES[1] }] : [first];
				});
			case 'doubled':
				return envelopes.flatMap((envelope) => {
					const first = single(envelope);
					return oneInFour(envelope) ? [first, { ...first, id: `${first.id}-2` }] : [first];
				});
		}
	};
}
