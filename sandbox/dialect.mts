import type { DataSettings } from './envelopes.mts';
import { hash, makeRandom } from './random.mts';
import { SEARCH_DEFAULTS, type SearchSettings } from './settings.mts';
import { switchName } from './switches.mts';
import { WORDS } from './words.mts';

type Choices = { [Name in keyof SearchSettings]: ReadonlyArray<SearchSettings[Name]> };

/** No client gets anything complete out of these, so most dialects do without. */
const rarely = <Value,>(usual: Value, rare: Value) => [...Array<Value>(19).fill(usual), rare];

const CODES = ['envelopeWsid', 'customTagID', 'admissionNumber', 'envelopeStatus'];

/** What is drawn where a dialect departs from the defaults. */
const CHOICES: Choices = {
	paging: WORDS.paging,
	size: WORDS.size,
	largestPage: [10, 20, 50, 100, 200, 500, 1000],
	window: [100, 1000, 10_000, Infinity],
	shortPageAt: [1, 2, 3, 4],
	shortPages: [5, 20, 50],
	delayPerRow: rarely(0, 0.1),
	total: WORDS.total,
	countedRows: [10, 100, 1000],
	query: WORDS.query,
	searchableFields: ['all', ['admissionNumber'], CODES, [...CODES, 'idCard', 'doctorID']],
	unsearchable: WORDS.unsearchable,
	codes: WORDS.codes,
	joins: WORDS.joins,
	ranges: WORDS.ranges,
	quotes: WORDS.quotes,
	wildcards: WORDS.wildcards,
	reserved: WORDS.reserved,
	misread: WORDS.misread,
	sort: WORDS.sort,
	sortValues: WORDS.sortValues,
	missing: WORDS.missing,
	missingSort: WORDS.missingSort,
	ties: WORDS.ties,
	timeUnit: WORDS.timeUnit,
	createdTime: WORDS.createdTime,
	finishedTime: WORDS.finishedTime,
	digits: WORDS.digits,
	futureFinished: [1, 10],
	ids: WORDS.ids,
	records: WORDS.records,
	searchSeed: [1],
	timedOut: rarely(false, true),
	failedShards: rarely(0, 1),
	filesPerEnvelope: [1, 2, 3],
	links: WORDS.links,
	linkForm: WORDS.linkForm,
	linkTokens: [true],
	fields: WORDS.fields,
	types: WORDS.types,
	reply: WORDS.reply,
	refusals: WORDS.refusals,
	dateHeader: WORDS.dateHeader,
	clockOffset: [-3_600_000, -60_000, 60_000, 1_200_000],
	pastWindow: WORDS.pastWindow,
	replicaLag: [0, 0, 1, 3],
};

/**
 * A combination of all switches of the search, the same for the same `seed`: about half of them
 * as by default, or else each would be hidden behind the others.
 */
export function makeDialect(seed: number): SearchSettings {
	// Seeds that are neighbours would begin with much the same draws.
	const random = makeRandom(hash(String(seed)));
	const draw = <Value,>(usual: Value, others: readonly Value[]) =>
		random.oneIn(2) ? usual : random.pick(others);
	const entries = Object.entries(CHOICES).map(([name, choices]) => {
		const usual = SEARCH_DEFAULTS[name as keyof SearchSettings];
		return [name, draw<unknown>(usual, choices)];
	});
	return { ...(Object.fromEntries(entries) as SearchSettings), searchSeed: seed };
}

/** Envelopes of an index: few or many, with ties or without, and in part odd; the same for a seed. */
export function makeData(seed: number): DataSettings {
	const random = makeRandom(hash(String(seed), 1));
	return {
		seed,
		count: random.oneIn(40)
			? 10_300
			: random.pick([0, 1, 4, 7, 15, 20, 24, 45, 100, 250, 600, 1300]),
		grain: random.pick([0, 0, 1000, 60_000, 3_600_000, 86_400_000]),
		oddStatuses: random.pick([0, 0, 5, 30]),
		oddNames: random.oneIn(3),
		silent: random.pick([0, 0, 50, 97]),
	};
}

/** A dialect as the switches that start the sandbox with it; empty for the defaults. */
export function describeDialect(settings: SearchSettings): string {
	return Object.entries(SEARCH_DEFAULTS)
		.map(([name, usual]) => ({ name, usual, value: settings[name as keyof SearchSettings] }))
		.filter(({ usual, value }) => value !== usual)
		.map(({ name, value }) => `--${switchName(name)}=${String(value)}`)
		.join(' ');
}
