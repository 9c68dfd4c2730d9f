import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEngine, type Engine } from '../../engine/engine.mts';
import { Container } from '../../engine/n8n.mts';
import { hash, makeRandom } from '../../sandbox/random.mts';
import { ROOT } from '../../scripts/pack.mts';
import { History } from './trigger.history.mts';
import { Chances } from './trigger.plan.mts';

const seed = Number(process.env.SIM_SEED ?? Date.now() % 2 ** 31);
const HISTORIES = Number(process.env.SIM_RUNS ?? 30);

/** Epoch ms at which each history begins. */
const BEGIN = Date.UTC(2024, 10, 1);

const { now } = Date;
const { setTimeout } = globalThis;
const timeout = AbortSignal.timeout.bind(AbortSignal);

let engine: Engine;
let history: History;

const figures = {
	seed,
	histories: 0,
	completions: 0,
	overdue: 0,
	emitted: 0,
	lost: 0,
	doubled: 0,
	fromBefore: 0,
	notOverdue: 0,
	repeatedAfterCrash: 0,
	reportedMissing: 0,
	saidWithoutTime: 0,
	unsaid: 0,
	falseAlarms: 0,
	falseRefusals: 0,
	failedPolls: 0,
	idlePolls: 0,
	requestsInIdlePolls: 0,
	largestState: 0,
};

/** Message of a failed execution to how often it came. */
const messages = new Map<string, number>();

beforeAll(async () => {
	engine = await startEngine(ROOT);
	history = new History(engine, new Chances(() => 0), BEGIN);
	// n8n's own HTTP layer, replaced below everything the package and n8n do with a request.
	const fromCore = createRequire(createRequire(import.meta.url).resolve('n8n-core'));
	const { OutboundHttp } = fromCore('@n8n/backend-network') as { OutboundHttp: never };
	const requests = () => ({ request: history.server.request });
	Container.set(OutboundHttp, { requests } as never);
	const { Logger } = fromCore('@n8n/backend-common') as { Logger: never };
	const logger = Container.get<{ warn: (text: string) => void }>(Logger);
	logger.warn = (text) => {
		if (text.includes('tries again at the next poll')) history.unanswered += 1;
	};
	// Plain functions: a spy would remember every call of millions.
	Date.now = () => Math.floor(history.server.now + history.clockSkew);
	// A real deadline would come when millions of polls are long over, and keep them until then.
	AbortSignal.timeout = () => new AbortController().signal;
	// A wait moves the clock, and is over at once.
	globalThis.setTimeout = ((run: () => void, ms = 0) => {
		history.server.now += ms;
		return setImmediate(run);
	}) as never;
});

afterAll(() => {
	Object.assign(Date, { now });
	Object.assign(globalThis, { setTimeout });
	Object.assign(AbortSignal, { timeout });
	console.log('simulation of the polling trigger:', figures, messages);
});

/** Adds what a history came to; says what went wrong in it. */
function judge(): string[] {
	const wrong: string[] = [];
	const note = (what: 'lost' | 'doubled' | 'fromBefore' | 'notOverdue' | 'unsaid', id: string) => {
		figures[what] += 1;
		wrong.push(`${what} ${id}`);
	};
	for (const key of history.notOverdue) note('notOverdue', key);
	for (const [envelope, kind] of history.envelopes.flatMap((one) =>
		history.kinds.map((kind) => [one, kind] as const),
	)) {
		const id = `${kind} ${envelope.id}`;
		const verdict = history.verdict(envelope, kind);
		const times = history.emitted.get(id) ?? 0;
		figures.emitted += times;
		if (verdict === 'once') figures[kind === 0 ? 'completions' : 'overdue'] += 1;
		if (verdict === 'once' && times === 0) {
			if (history.isReportedMissing(envelope)) figures.reportedMissing += 1;
			else note('lost', id);
		}
		if (verdict === 'said' && times === 0) {
			const isSaid = history.isSaid(envelope);
			if (isSaid) figures.saidWithoutTime += 1;
			else if (isSaid === false && !history.isReportedMissing(envelope)) note('unsaid', id);
		}
		if (verdict === 'never' && times > 0) note('fromBefore', id);
		if (times > 1 && history.crashed.has(envelope.id)) figures.repeatedAfterCrash += times - 1;
		else if (times > 1) note('doubled', id);
	}
	for (const { message } of [...history.reported, ...history.thrown]) {
		messages.set(message, (messages.get(message) ?? 0) + 1);
	}
	figures.failedPolls += history.thrown.length;
	figures.idlePolls += history.idlePolls;
	figures.requestsInIdlePolls += history.requestsInIdlePolls;
	figures.largestState = Math.max(figures.largestState, history.largestState);
	const { from, window, sorts } = history.dialect;
	const refusals = history.thrown.filter(({ message }) => message.includes('does not sort'));
	if (sorts === 'asked' && refusals.length > 0) {
		figures.falseRefusals += refusals.length;
		wrong.push(`refused ${refusals.length} times`);
	}
	const reachesAll = ['honoured', 'rounded'].includes(from) && window === 10_000;
	if (reachesAll) {
		figures.falseAlarms += history.reported.filter(({ message }) =>
			message.includes('out of reach'),
		).length;
	}
	return wrong;
}

it(`emits every event after activation once, in ${HISTORIES} random histories`, async () => {
	const broken: object[] = [];
	for (let run = 0; run < HISTORIES; run += 1) {
		// Each history has a seed of its own, so that one of many can be looked at alone; hashed, because
		// seeds that are neighbours would begin with much the same draws.
		const random = makeRandom(hash(String(seed + run)));
		const uniform = () => random.int(0, 2 ** 30) / (2 ** 30 + 1);
		history = new History(engine, new Chances(uniform), BEGIN + run + 1);
		await history.live();
		figures.histories += 1;
		const wrong = judge();
		if (wrong.length > 0) broken.push({ seed: seed + run, wrong, dialect: history.dialect });
	}
	expect(broken.length, JSON.stringify(broken.slice(0, 3))).toBe(0);
	expect(figures.largestState).toBeLessThan(128 * 1024);
	expect(figures.completions).toBeGreaterThan(HISTORIES * 20);
	// Of a few histories, none may watch for overdue envelopes.
	if (HISTORIES >= 500) expect(figures.overdue).toBeGreaterThan(HISTORIES);
}, 3_600_000);
