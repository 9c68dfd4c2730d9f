import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDialect, makeDialect } from '../../sandbox/dialect.mts';
import { makeEnvelopes } from '../../sandbox/envelopes.mts';
import type { Fault } from '../../sandbox/faults.mts';
import { hash, makeRandom, type Random } from '../../sandbox/random.mts';
import { isByCode, judge, type Scene } from './search.verdict.mts';
import type { SearchSettings } from '../../sandbox/settings.mts';
import { makeWish } from './search.wish.mts';
import { Witness } from './search.witness.mts';
import { column, hintsOf, messageOf, startSetup, type Setup } from './support.mts';
import { work } from './work.mts';

/** Seed of the first dialect; the others follow it. */
const SEED = Number(process.env.SEARCH_SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.SEARCH_RUNS ?? 60);

let setup: Setup;

const figures = {
	seed: SEED,
	whole: 0,
	still: 0,
	byCode: 0,
	stopped: {} as Record<string, number>,
};

beforeAll(async () => {
	setup = await startSetup({ count: 0 });
});
afterAll(async () => {
	await setup.sandbox.close();
	console.log('search in random dialects while people work, SEARCH_SEED:', figures);
});

/** Fills the sandbox with envelopes: few or many, with ties or without. */
function fill(random: Random, seed: number, { sort, createdTime }: SearchSettings): void {
	const { envelopes } = setup.sandbox;
	const drawn = random.pick([1, 15, 20, 45, 100, 250, 600]);
	// More than are looked at for a name.
	const count = drawn === 600 && hash(String(seed), 4) % 4 === 0 ? 1300 : drawn;
	// Doctors sign at once, patients later.
	const silent = sort === 'created' ? 97 : random.pick([0, 0, 50, 97]);
	envelopes.splice(0, Infinity, ...makeEnvelopes({ count, seed, silent }));
	// Ids may say when envelopes were started where nothing else does, or be of another form.
	if (createdTime === 'none' && hash(String(seed), 6) % 2 === 0) {
		for (const { id, source } of envelopes) source.envelopeWsid = `E${hash(id)}${hash(id, 1)}`;
	}
	// Ties, which real hospitals have at ward rounds.
	if (random.oneIn(2)) {
		const grain = random.pick([60_000, 3_600_000, 86_400_000]);
		for (const { source } of envelopes) source.createdDatetime -= source.createdDatetime % grain;
	}
	// Doctors who work in two houses have two codes.
	if (random.oneIn(2)) {
		const twoCodes = envelopes.filter(({ id }) => hash(id, 3) % 40 === 0);
		for (const { source } of twoCodes) source.doctorID += '-2';
	}
}

async function searchIn(seed: number): Promise<Scene> {
	const random = makeRandom(hash(String(seed), 1));
	const dialect = makeDialect(seed);
	const { sandbox } = setup;
	fill(random, seed, dialect);
	const wish = makeWish(random, sandbox.envelopes, dialect, makeRandom(hash(String(seed), 5)));
	const isLive = random.oneIn(2);
	const witness = new Witness(sandbox.envelopes, wish, dialect);
	let requests = 0;
	const people: Fault = {
		name: 'people at work',
		handle() {
			requests += 1;
			if (isLive && requests > 1) {
				work(random, sandbox.envelopes, witness.gone);
				sandbox.touch();
			}
			witness.noteRequest();
			return false;
		},
	};
	const replies: Fault = {
		name: 'replies',
		late: true,
		handle({ query }, _, answer) {
			// What the search looks up beside its own result has no query.
			if ((query.q !== undefined) === wish.hasCondition) witness.noteReply(answer);
			return false;
		},
	};
	Object.assign(sandbox.options, dialect, { faults: [people, replies] });
	sandbox.touch();
	sandbox.clearRequests();
	const result = await setup.run(wish.parameters as never);
	return {
		wish,
		dialect,
		witness,
		isLive,
		envelopes: sandbox.envelopes,
		requests,
		found: column(result) as string[],
		message: result.error && messageOf(result),
		hints: hintsOf(result),
	};
}

/** Counts how a search ended. */
function count(scene: Scene): void {
	const { message, isLive } = scene;
	if (message !== undefined) {
		const key = message.replaceAll(/[\d,]+/g, 'N').slice(0, 140);
		figures.stopped[key] = (figures.stopped[key] ?? 0) + 1;
		return;
	}
	figures.whole += 1;
	if (!isLive) figures.still += 1;
	if (isByCode(scene)) figures.byCode += 1;
}

it(
	'finds each envelope once and no other, or stops and says why',
	async () => {
		const broken: string[] = [];
		for (let seed = SEED; seed < SEED + RUNS; seed += 1) {
			const scene = await searchIn(seed);
			count(scene);
			const { wish, dialect, isLive } = scene;
			const circumstances = `${describeDialect(dialect)}, ${JSON.stringify(wish)}, live: ${isLive}`;
			const wrong = judge(scene);
			if (wrong.length > 0)
				broken.push(`SEARCH_SEED=${seed}: ${wrong.join('; ')} (${circumstances})`);
		}
		expect(broken.length, broken.join('\n')).toBe(0);
		// A search that always gave up would be honest too.
		expect(figures.whole).toBeGreaterThanOrEqual(Math.floor(RUNS / 4));
	},
	Infinity,
);
