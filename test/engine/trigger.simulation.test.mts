import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startEngine, type Engine } from '../../engine/engine.mts';
import { Container } from '../../engine/n8n.mts';
import type { Poller, PollerSettings } from '../../engine/poller.mts';
import { makeRandom } from '../../sandbox/random.mts';
import { ROOT } from '../../scripts/pack.mts';
import { Hospital, type ModelEnvelope } from './hospital.mts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What the trigger promises to wait for: how late a record may become searchable. */
const OVERLAP = 15 * MINUTE;

const seed = Number(process.env.SIM_SEED ?? Date.now() % 2 ** 31);
const HISTORIES = Number(process.env.SIM_RUNS ?? 500);

let engine: Engine;
let hospital: Hospital;

/** ms that n8n's clock is ahead of the true time. */
let clockSkew = 0;

const figures = {
	seed,
	histories: 0,
	completions: 0,
	emitted: 0,
	lost: 0,
	doubled: 0,
	fromBefore: 0,
	repeatedAfterCrash: 0,
	idlePolls: 0,
	requestsInIdlePolls: 0,
	largestState: 0,
};

beforeAll(async () => {
	engine = await startEngine(ROOT);
	// n8n's own HTTP layer, replaced below everything the package and n8n do with a request.
	const fromCore = createRequire(createRequire(import.meta.url).resolve('n8n-core'));
	const { OutboundHttp } = fromCore('@n8n/backend-network') as { OutboundHttp: never };
	const requests = () => ({ request: hospital.request });
	Container.set(OutboundHttp, { requests } as never);
	vi.spyOn(Date, 'now').mockImplementation(() => hospital.now + clockSkew);
	// Whoever waits moves the clock, and is served at once.
	vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms = 0) => {
		hospital.now += ms;
		return setImmediate(run);
	}) as never);
});

afterAll(() => {
	vi.restoreAllMocks();
	console.log('simulation of the polling trigger:', figures);
});

/** One random history of a hospital and of the n8n that watches it. */
class History {
	readonly envelopes: ModelEnvelope[] = [];

	/** Envelope id to how often it started the workflow. */
	readonly told = new Map<string, number>();

	/** Ids that a crash between emission and storing has made n8n forget. */
	readonly crashed = new Set<string>();

	activated = 0;

	private readonly settings: PollerSettings;

	private poller: Poller;

	private readonly random: () => number;

	private readonly isByCreation: boolean;

	constructor(random: () => number) {
		this.random = random;
		this.isByCreation = this.chance(0.15);
		this.settings = this.chance(0.5) ? { budget: 36_000, isDurable: true } : {};
		clockSkew = this.chance(0.3) ? this.between(-2 * HOUR, 2 * HOUR) : 0;
		const serverSkew = this.chance(0.3) ? this.between(-3 * HOUR, 3 * HOUR) : 0;
		hospital = new Hospital(serverSkew, random);
		hospital.now = Date.UTC(2024, 10, 1);
		this.poller = this.publish({});
	}

	async live(): Promise<void> {
		const begin = hospital.now;
		const days = this.between(3, 14);
		for (let day = 0; day < days; day += 1) this.planDay(begin + day * DAY);
		// Looking back, a poll would say that this is more than it can hold.
		if (!this.isByCreation && this.chance(0.02))
			this.planFlood(begin + this.between(DAY, days * DAY));
		hospital.now = begin + this.between(2 * HOUR, DAY);
		await this.activate();
		while (hospital.now < begin + days * DAY) {
			await this.pass(this.between(5 * MINUTE, this.chance(0.1) ? 14 * HOUR : 3 * HOUR));
		}
		hospital.weather = { latency: 5, isDown: false, throttled: 0 };
		hospital.now += 2 * OVERLAP;
		for (let poll = 0; poll < 40; poll += 1) await this.tick();
	}

	/** Completions in bursts at ward rounds and scattered through the day, with ties. */
	private planDay(day: number): void {
		for (const hour of [8, 14, 17]) {
			const round = day + hour * HOUR + this.between(0, HOUR);
			const size = this.between(0, this.chance(0.1) ? 120 : 20);
			for (let index = 0; index < size; index += 1) {
				this.plan(round + (this.chance(0.4) ? 0 : this.between(0, 10 * MINUTE)));
			}
		}
		for (let index = this.between(0, 15); index > 0; index -= 1)
			this.plan(day + this.between(0, DAY));
	}

	private planFlood(at: number): void {
		for (let index = 0; index < 10_000; index += 1) this.plan(at + this.between(0, 20 * MINUTE));
	}

	private plan(finished: number): void {
		const envelope = {
			id: `WSID_ENVE_${this.envelopes.length}`,
			created: finished - this.between(MINUTE, 2 * DAY),
			finished,
			searchable: finished + (this.chance(0.7) ? 0 : this.between(0, OVERLAP - 2 * MINUTE)),
			...(this.chance(0.05) && { replaced: finished + this.between(0, DAY) }),
		};
		this.envelopes.push(envelope);
		hospital.add(envelope);
	}

	private publish(stored: NonNullable<PollerSettings['stored']>): Poller {
		const credentials = engine.addCredential('yisignApi', {
			baseUrl: hospital.url,
			appId: '0123456789abcdef0123456789a',
			accessToken: '01234567-89ab-4def-8123-456789abcdef',
		});
		return engine.poller(
			{
				id: 'trigger',
				name: 'Trigger',
				type: 'n8n-nodes-yisign.yisignEnvelopeTrigger',
				typeVersion: 1,
				position: [0, 0],
				parameters: this.isByCreation ? { detectBy: 'createdTime', lookbackHours: 96 } : {},
				credentials,
			},
			{ ...this.settings, stored },
		);
	}

	private async activate(): Promise<void> {
		this.activated = hospital.now;
		this.record(await this.poller.activate());
	}

	/** Time goes by, the weather changes, and n8n polls, restarts or is late. */
	private async pass(duration: number): Promise<void> {
		hospital.now += duration;
		hospital.weather = {
			latency: this.chance(0.1) ? this.between(50, 600) : this.between(1, 50),
			isDown: this.chance(0.05),
			throttled: this.chance(0.1) ? 0.3 : 0,
		};
		if (this.chance(0.08)) this.poller = this.publish(this.poller.stored());
		if (this.chance(0.03)) {
			await this.crash();
		} else if (this.chance(0.1)) {
			await Promise.all([this.tick(), this.tick()]);
		} else {
			await this.tick();
		}
	}

	private async tick(): Promise<void> {
		const before = hospital.requests;
		const outcome = await this.poller.tick().catch(() => null);
		if (outcome === null) return;
		this.record(outcome);
		if (outcome.length === 0 && hospital.weather.throttled === 0 && !this.isByCreation) {
			figures.idlePolls += 1;
			figures.requestsInIdlePolls += hospital.requests - before;
		}
	}

	/** n8n dies after it has emitted and before it has stored that: it cannot know any more. */
	private async crash(): Promise<void> {
		const stored = this.poller.stored();
		const emitted = await this.poller.tick().catch(() => []);
		this.record(emitted);
		for (const { json } of emitted) this.crashed.add(json.envelopeWsid as string);
		this.poller = this.publish(stored);
	}

	private record(items: Array<{ json: object }>): void {
		for (const { json } of items) {
			const id = (json as { envelopeWsid: string }).envelopeWsid;
			this.told.set(id, (this.told.get(id) ?? 0) + 1);
		}
		const size = JSON.stringify(this.poller.stored()).length;
		figures.largestState = Math.max(figures.largestState, size);
	}

	private chance(share: number): boolean {
		return this.random() < share;
	}

	private between(from: number, to: number): number {
		return Math.floor(from + this.random() * (to - from + 1));
	}
}

it(`tells every completion after activation once, in ${HISTORIES} random histories`, async () => {
	const random = makeUniform(seed);
	for (let run = 0; run < HISTORIES; run += 1) {
		const history = new History(random);
		await history.live();
		figures.histories += 1;
		for (const { id, finished = 0, searchable = 0, replaced } of history.envelopes) {
			const times = history.told.get(id) ?? 0;
			figures.emitted += times;
			if (finished <= history.activated) {
				// What became searchable only afterwards cannot be told from what ended afterwards.
				if (searchable <= history.activated) figures.fromBefore += times;
				continue;
			}
			figures.completions += 1;
			// One that was started again before any poll saw it does not count any more.
			if (times === 0 && replaced === undefined) figures.lost += 1;
			if (times > 1 && !history.crashed.has(id)) figures.doubled += times - 1;
			if (times > 1 && history.crashed.has(id)) figures.repeatedAfterCrash += times - 1;
		}
		expect({ ...figures, run }).toMatchObject({ lost: 0, doubled: 0, fromBefore: 0 });
	}
	expect(figures.largestState).toBeLessThan(128 * 1024);
	expect(figures.completions).toBeGreaterThan(HISTORIES * 100);
}, 600_000);

function makeUniform(start: number): () => number {
	const random = makeRandom(start);
	return () => random.int(0, 2 ** 30) / (2 ** 30 + 1);
}
