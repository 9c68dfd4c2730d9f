import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDialect, makeData, makeDialect } from '../../sandbox/dialect.mts';
import { makeEnvelopes, type Envelope } from '../../sandbox/envelopes.mts';
import { hash, makeRandom } from '../../sandbox/random.mts';
import { makeIndexing } from '../../sandbox/records.mts';
import { judge, KNOWN_QUESTIONS, type Scene } from './check.oracle.mts';
import { logged, watchLogs } from './logs.mts';
import { NODE, startSetup, type Setup } from './support.mts';
import { work } from './work.mts';

/** Seed of the first dialect; the others follow it. */
const SEED = Number(process.env.CHECK_SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.CHECK_RUNS ?? 20);

/** Requests that may reach Yisign, whatever it does. */
const MOST_REQUESTS = 60;

let setup: Setup;
let unwatch: () => void;

const figures = {
	seed: SEED,
	dialects: 0,
	live: 0,
	fair: 0,
	answers: 0,
	requests: 0,
	mostRequests: 0,
};

/** Question to why it was left open, and whether in a fair scene. */
const open = new Map<string, Array<{ reason: string; isFair: boolean }>>();

beforeAll(async () => {
	setup = await startSetup({ count: 0 });
	unwatch = watchLogs();
});

afterAll(async () => {
	unwatch();
	await setup.sandbox.close();
	console.log('Check Server in random dialects, CHECK_SEED:', figures);
	console.log(
		`Cannot tell, of all and of the fair ones:\n${KNOWN_QUESTIONS.map(describe).join('\n')}`,
	);
});

/** How often a question was left open, and the most frequent reason. */
function describe(question: string): string {
	const left = open.get(question) ?? [];
	const percent = (part: number, of: number) =>
		`${String(Math.round((100 * part) / Math.max(1, of))).padStart(3)} %`;
	const fair = left.filter(({ isFair }) => isFair);
	const counts = new Map<string, number>();
	for (const { reason } of fair) counts.set(reason, (counts.get(reason) ?? 0) + 1);
	const [first = ['', 0]] = [...counts].sort(([, a], [, b]) => b - a);
	const shares = [percent(left.length, figures.dialects), percent(fair.length, figures.fair)];
	return `${shares.join(' ')}  ${question} ${first[1] > 0 ? `(${first[1]}: ${first[0]})` : ''}`;
}

/** An index that is neither small nor busy, and whose server says that its results are whole. */
function isFair({ dialect, rows, isLive }: Scene): boolean {
	return rows >= 100 && !isLive && !dialect.timedOut && dialect.failedShards === 0;
}

/** How many requests come between two changes of the index; 0 for none. */
const PACES = [0, 0, 0, 12, 4, 1];

async function checkIn(seed: number) {
	const random = makeRandom(hash(String(seed), 2));
	const dialect = makeDialect(seed);
	const data = makeData(seed);
	const { sandbox } = setup;
	const { envelopes, options } = sandbox;
	envelopes.splice(0, Infinity, ...makeEnvelopes(data));
	const pace = random.pick(PACES);
	const rows = makeIndexing()(envelopes, dialect.records).length;
	const all = new Set<Envelope>(envelopes);
	let requests = 0;
	const people = {
		name: 'people at work',
		handle() {
			requests += 1;
			if (pace === 0 || requests % pace > 0 || envelopes.length === 0) return false;
			work(random, envelopes);
			for (const envelope of envelopes) all.add(envelope);
			sandbox.touch();
			return false;
		},
	};
	Object.assign(options, dialect, { faults: [people] });
	sandbox.touch();
	sandbox.clearRequests();
	logged.length = 0;
	const result = await setup.run({ operation: 'checkServer' });
	// A replica that comes late is as good as an index that changes.
	const isLive = pace > 0 || dialect.replicaLag > 0;
	const scene: Scene = { dialect, data, rows, isLive, envelopes: [...all] };
	return { result, scene, pace };
}

/** Values of records that must not be found anywhere, and what leads to the server. */
function secretsOf({ envelopes }: Scene): string[] {
	const { url, options } = setup.sandbox;
	const values = envelopes.flatMap(({ id, source }) => [
		id,
		source.idCard,
		source.admissionNo,
		source.customTagID,
		source.envelopeWsid,
		source.hospitalBusinessWsi,
		source.doctorID,
		source.doctorName,
		source.hospitalDepartment,
		source.hospitalDepartmentId,
		source.serviceType,
		source.serviceTypeZhName,
		String(source.createdDatetime),
	]);
	const { host } = new URL(url);
	return [
		...new Set(values.filter((value) => value !== null && value !== undefined)),
		...[host, options.accessToken, options.appId, 'files.hospital.invalid', '/files/', '1990000'],
		'赵某',
	];
}

it(
	'says how any Yisign behaves, or that it cannot tell, and nothing about patients',
	async () => {
		const wrong: string[] = [];
		for (let seed = SEED; seed < SEED + RUNS; seed += 1) {
			const { result, scene, pace } = await checkIn(seed);
			const about = `CHECK_SEED=${seed} CHECK_RUNS=1, ${describeDialect(scene.dialect)}, ${JSON.stringify(scene.data)}, pace ${pace}`;
			expect(result.error, about).toBeUndefined();
			const items = result.items(NODE).map(({ json }) => json);
			const answers = items.slice(0, -1) as Array<{ question: string; answer: string }>;
			expect(
				answers.map(({ question }) => question),
				about,
			).toEqual(KNOWN_QUESTIONS);
			for (const { question, answer } of answers) {
				const verdict = judge(question, answer, scene);
				if (verdict === 'open') {
					const left = { reason: answer.slice(13), isFair: isFair(scene) };
					open.set(question, [...(open.get(question) ?? []), left]);
				}
				if (verdict === 'wrong') wrong.push(`${question} ${answer} | ${about}`);
			}
			const { length } = setup.sandbox.requests;
			expect(length, about).toBeLessThanOrEqual(MOST_REQUESTS);
			const shown = JSON.stringify([items, result.hints(NODE), logged]);
			const found = secretsOf(scene).filter((secret) => shown.includes(secret));
			expect(found, about).toEqual([]);

			figures.dialects += 1;
			if (pace > 0) figures.live += 1;
			if (isFair(scene)) figures.fair += 1;
			figures.answers += answers.length;
			figures.requests += length;
			figures.mostRequests = Math.max(figures.mostRequests, length);
		}
		expect(wrong.length, wrong.slice(0, 12).join('\n')).toBe(0);
	},
	Infinity,
);
