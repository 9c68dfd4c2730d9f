import { expect, it } from 'vitest';
import { readCommand } from '../../sandbox/command.mts';
import { describeDialect, makeDialect } from '../../sandbox/dialect.mts';
import { makeEnvelopes } from '../../sandbox/envelopes.mts';
import { Refusal } from '../../sandbox/refusals.mts';
import { makeSearch, type SearchReply } from '../../sandbox/search.mts';
import { SEARCH_DEFAULTS, type SearchSettings } from '../../sandbox/settings.mts';
import { SWITCHES } from '../../sandbox/switches.mts';

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed + 1);

it('makes the same dialect of the same seed, and another one of another', () => {
	expect(makeDialect(7)).toEqual(makeDialect(7));
	const texts = SEEDS.map((seed) => describeDialect(makeDialect(seed)));
	expect(new Set(texts).size).toBe(SEEDS.length);
});

it('comes to every value of every switch', () => {
	const dialects = SEEDS.map(makeDialect);
	for (const name of Object.keys(SEARCH_DEFAULTS) as Array<keyof SearchSettings>) {
		const drawn = new Set(dialects.map((dialect) => String(dialect[name])));
		expect(drawn.size, name).toBeGreaterThan(1);
		const { values } = SWITCHES[name];
		if (/number|…/.test(values)) continue;
		expect([...drawn].toSorted(), name).toEqual(values.split('|').toSorted());
	}
});

it('describes a dialect as the switches that start it', () => {
	expect(describeDialect(SEARCH_DEFAULTS)).toBe('');
	for (const seed of SEEDS) {
		const dialect = makeDialect(seed);
		const command = readCommand(describeDialect(dialect).split(' '));
		expect({ ...SEARCH_DEFAULTS, ...(command as object) }).toEqual(dialect);
	}
});

it('serves a page in every dialect, or refuses it', () => {
	const search = makeSearch(makeEnvelopes({ count: 200 }));
	let served = 0;
	for (const seed of SEEDS) {
		const dialect = makeDialect(seed);
		let reply: SearchReply;
		try {
			reply = search.run({ from: '20', size: '20' }, dialect, '');
		} catch (error) {
			expect(error, describeDialect(dialect)).toBeInstanceOf(Refusal);
			continue;
		}
		served++;
		expect(reply.hits.hits.length, describeDialect(dialect)).toBeGreaterThan(4);
		expect(reply.hits.hits.length).toBeLessThan(21);
	}
	expect(served).toBeGreaterThan(200);
});
