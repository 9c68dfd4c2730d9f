import { DOCUMENTED_PAGE_SIZE } from '../shared/api/endpoints';
import type { YisignClient } from '../shared/api/client';
import { YisignError } from '../shared/errors';
import { checkFields, isWanted } from './filter';
import { checkFindable } from './names';
import type { Settings } from './settings';
import type { TimedHit } from './timed';
import { TimedReader } from './timed';

/** How many pages are looked through for samples in the editor. */
const SAMPLE_PAGES = 3;

const SAMPLES = 5;

/**
 * Up to five recent envelopes for the editor's test.
 *
 * @throws YisignError also if there is none
 */
export async function readSamples(client: YisignClient, settings: Settings): Promise<TimedHit[]> {
	const { read } = new TimedReader(client, settings);
	const seen = new Map<string, TimedHit>();
	const samples = () => [...seen.values()].filter((timed) => isWanted(timed, settings));
	for (let page = 0; page < SAMPLE_PAGES && samples().length < SAMPLES; page += 1) {
		const { hits } = await read(page * DOCUMENTED_PAGE_SIZE, DOCUMENTED_PAGE_SIZE);
		if (page === 0) {
			checkFields(hits, settings.conditions);
			const [notice] = await checkFindable(client, settings.conditions, hits);
			if (notice)
				throw new YisignError('input', notice.message, { description: notice.description });
		}
		for (const timed of hits) seen.set(timed.hit.envelopeId, timed);
		if (hits.length === 0) break;
	}
	const found = samples().slice(0, SAMPLES);
	if (found.length > 0) return found;
	throw new YisignError('input', 'No envelopes found', {
		description:
			'None of the newest envelopes has reached the event and fits the conditions. Publish the workflow anyway: it starts with the first one that does.',
	});
}
