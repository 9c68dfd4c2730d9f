import type { IDataObject } from 'n8n-workflow';
import type { Engine } from '../../engine/engine.mts';
import type { Poller, PollerSettings } from '../../engine/poller.mts';
import { ServerModel, type Dialect, type ModelEnvelope } from './trigger.model.mts';
import {
	endVerdict,
	isReported,
	mayBeOverdue,
	overdueVerdict,
	saidUntil,
	SECONDS,
	type Kind,
	type Period,
	type Tick,
	type Verdict,
} from './trigger.oracle.mts';
import {
	canLookBack,
	DAY,
	HOUR,
	matches,
	MINUTE,
	OVERLAP,
	Plan,
	randomDialect,
	randomRange,
	randomSettings,
	toParameters,
	type Chances,
	type Settings,
} from './trigger.plan.mts';

/** One random history of a hospital and of the n8n that watches it. */
export class History {
	/** Kind of event and envelope id to how often it started the workflow. */
	readonly emitted = new Map<string, number>();

	/** What started the workflow as overdue before it was, or after it had ended. */
	readonly notOverdue: string[] = [];

	/** The end of the last poll, whether Yisign answered or not. */
	private attemptedAt = -Infinity;

	/** True time of the last poll that stopped because Yisign does not sort as asked. */
	private unsortedAt = -Infinity;

	/** Ids that a crash between emission and storing, or another publishing, has made n8n forget. */
	readonly crashed = new Set<string>();

	readonly server: ServerModel;

	readonly dialect: Dialect;

	/** Failed executions beside what was emitted, and those of polls that threw. */
	readonly reported: Error[] = [];

	readonly thrown: Error[] = [];

	/** True times at which a failed execution spoke of envelopes without a finished time. */
	private readonly saidTimeless: number[] = [];

	/** ms that n8n's clock is ahead of the true time. */
	readonly clockSkew: number;

	/** Whether the last poll has said that it cannot work. */
	isStopped = false;

	/** Whether n8n polls at all: not where the poll at publishing says that it cannot work. */
	private isPublished = false;

	/** Polls that got no answer: they say so in n8n's log. */
	unanswered = 0;

	largestState = 0;

	idlePolls = 0;

	requestsInIdlePolls = 0;

	private readonly chances: Chances;

	private readonly engine: Engine;

	private readonly settings: PollerSettings;

	private readonly isFlooded: boolean;

	/** Whether many records in a row are in another unit. */
	private readonly isCrowded: boolean;

	/** Whether all times may come to be in another unit; records in a unit of their own would not. */
	private readonly changesUnit: boolean;

	/** Whether signing takes days. */
	private readonly isSlow: boolean;

	/** When the reading began that no poll has brought to its end. */
	private readBegin: number | undefined;

	private readonly plan: Plan;

	private readonly ticks: Tick[] = [];

	private period: Period;

	private readonly begin: number;

	private readonly nodeId = 'trigger';

	private name = 'Trigger';

	private starts = 0;

	/** True time of the last poll that n8n has stored: what a new process knows. */
	private storedAt = 0;

	/** Whether this process has polled. */
	private hasPolled = false;

	/** Whether one of its polls was answered. */
	private hasAnswer = false;

	private poller: Poller;

	constructor(engine: Engine, chances: Chances, begin: number) {
		this.engine = engine;
		this.chances = chances;
		const skew = chances.is(0.3) ? chances.between(-3 * HOUR, 3 * HOUR) : 0;
		this.clockSkew = chances.is(0.3) ? chances.between(-2 * HOUR, 2 * HOUR) : 0;
		this.dialect = randomDialect(chances);
		// Without a Date header nothing distinguishes a record in the future from a clock that is behind.
		const isTellable = this.dialect.hasDate || skew === this.clockSkew;
		const hasOddTimes = chances.is(0.4) && isTellable;
		// Where those under way come first, few may be.
		this.isSlow = chances.is(0.4) && canLookBack(this.dialect) && this.dialect.nulls !== 'first';
		this.plan = new Plan(chances, this.dialect, hasOddTimes, this.isSlow);
		this.isFlooded = chances.is(0.02);
		// They are sorted above all others, and would be all that some servers give.
		const isReached = canLookBack(this.dialect);
		const { unit } = this.dialect;
		const isUsual = unit === 'ms' || unit === 'wholeSeconds';
		this.isCrowded = isTellable && isReached && isUsual && chances.is(0.3);
		// In whole seconds, records would seem to have ended later from then on.
		const isExact = unit === 'ms' || unit === 'microseconds';
		this.changesUnit = isReached && isExact && !hasOddTimes && !this.isCrowded;
		this.server = new ServerModel(this.dialect, skew, chances.random);
		this.server.now = begin;
		this.begin = begin;
		this.settings = chances.is(0.4) ? { budget: 36_000, isDurable: true } : {};
		this.period = { settings: this.draw(), low: 0, high: 0 };
		this.poller = this.register({});
	}

	get envelopes(): ModelEnvelope[] {
		return this.plan.envelopes;
	}

	async live(): Promise<void> {
		const { server, chances } = this;
		const begin = server.now;
		const days = chances.between(3, 10);
		for (let day = 0; day < days; day += 1) this.plan.addDay(begin + day * DAY);
		// Looking back, a poll would say that this is more than it can hold.
		if (this.isFlooded && this.period.settings.detectBy === 'finishedTime') {
			this.plan.addFlood(begin + chances.between(DAY, days * DAY));
			// So many ids are not remembered for long.
			for (const envelope of this.envelopes) delete envelope.again;
		}
		if (this.isCrowded) this.plan.addCrowd(begin + chances.between(0, days * DAY));
		for (const envelope of this.envelopes) server.add(envelope);
		server.now = begin + chances.between(2 * HOUR, DAY);
		await this.publish();
		while (server.now < begin + days * DAY) await this.pass();
		server.weather = { latency: 5, isDown: false, throttled: 0 };
		server.now += 2 * OVERLAP;
		if (!this.isPublished) return;
		for (let poll = 0; poll < 12; poll += 1) await this.tick();
	}

	/** The kinds of event that were watched for. */
	get kinds(): Kind[] {
		return [...new Set(this.ticks.map(({ period }) => period.settings.overdue))];
	}

	/** What is owed for an envelope, and what the workflow may not have been started with. */
	verdict(envelope: ModelEnvelope, kind: Kind): Verdict {
		const { lag } = this.dialect;
		if (kind > 0) {
			return overdueVerdict(envelope, kind, this.dueOf(envelope, kind), this.ticks, lag);
		}
		const verdict = endVerdict(envelope, this.ticks, lag);
		return verdict === 'once' && this.isUnitHidden() ? 'said' : verdict;
	}

	/**
	 * Whether the trigger began where nothing but many records in a smaller unit had ended, and nothing
	 * else said that this is not the server's unit.
	 */
	private isUnitHidden(): boolean {
		const { hasCreated, lag } = this.dialect;
		if (!this.isCrowded || hasCreated) return false;
		return this.ticks.some(({ begin, period: { settings, begun = begin } }) => {
			const shows = ({ says, finished, searchable }: ModelEnvelope) =>
				says === 'truth' && Math.max(finished, searchable) + lag <= begun;
			return !this.envelopes.some((other) => shows(other) && matches(other, settings));
		});
	}

	/** When the trigger takes an envelope for overdue; without a Date header it has n8n's clock only. */
	private dueOf({ created }: ModelEnvelope, kind: Kind): number {
		const ahead = this.dialect.hasDate ? 0 : this.clockSkew - this.server.skew;
		return created + kind * HOUR - ahead;
	}

	private draw(): Settings {
		return randomSettings(this.chances, this.dialect, this.isSlow);
	}

	/** Whether the user knows from a failed execution that this envelope did not start the workflow. */
	isReportedMissing(envelope: ModelEnvelope): boolean {
		// A server that does not sort as asked may look as if it did, until it is said.
		const isSaid = this.unsortedAt >= envelope.searchable;
		// Where all that it gives was signed as it was started, nobody can see what it sorts by.
		const { sorts } = this.dialect;
		const isHidden = sorts === 'created' && this.server.tellingAt < envelope.searchable;
		return (
			this.isStopped || isSaid || isHidden || isReported(envelope, this.reported, this.server.skew)
		);
	}

	/**
	 * Whether a failed execution has said within a day that there are envelopes like this one, which
	 * has no finished time; undefined where it need not have.
	 */
	isSaid(envelope: ModelEnvelope): boolean | undefined {
		const { from, window, cap, refusesSize, hasCreated, hasSortValues, lag } = this.dialect;
		const size = refusesSize ? 20 : cap;
		// So many are found with what other parts of a look leave of 60 requests; where pages cannot
		// overlap, each of them takes several.
		const most = from === 'rounded' ? 3 * size : 20 * size;
		const isRead =
			['honoured', 'rounded', 'clamped'].includes(from) && most >= this.envelopes.length;
		const until = saidUntil(envelope, this.ticks, lag);
		if (!isRead || window < 10_000 || until === undefined) return undefined;
		if (!hasCreated && !hasSortValues) return undefined;
		return this.saidTimeless.some((at) => at >= envelope.searchable && at <= until);
	}

	private register(
		stored: IDataObject,
		activation: PollerSettings['activation'] = 'activate',
	): Poller {
		const credentials = this.engine.addCredential('yisignApi', {
			baseUrl: this.server.url,
			appId: '0123456789abcdef0123456789a',
			accessToken: '01234567-89ab-4def-8123-456789abcdef',
		});
		return this.engine.poller(
			{
				id: this.nodeId,
				name: this.name,
				type: 'n8n-nodes-yisign.yisignEnvelopeTrigger',
				typeVersion: 1,
				position: [0, 0],
				parameters: toParameters(this.period.settings),
				credentials,
			},
			// What a process remembers goes by the workflow's id: another one is another process.
			{
				...this.settings,
				stored,
				activation,
				workflowId: `${this.begin}-${this.starts}`,
			},
		);
	}

	/**
	 * Begins from now: what ends after this is owed. Where publishing is stopped, later.
	 *
	 * @param isAgain whether earlier tries were stopped
	 */
	private async publish(isAgain = false): Promise<void> {
		this.isPublished = false;
		this.forgetDoubles();
		for (let tries = 0, stopped: number; tries < 48; tries += 1, this.server.now += HOUR) {
			stopped = this.thrown.length;
			const { now } = this.server;
			// Published while Yisign may not answer, it goes by n8n's clock.
			const { isDown, throttled } = this.server.weather;
			const doubt = isDown || throttled > 0 ? this.doubt() : 0;
			// Where cursors are durable, a second try to publish looks like any other poll.
			const isUnknown = this.settings.isDurable === true && (isAgain || tries > 0);
			const low = isUnknown ? (this.ticks.at(-1)?.begin ?? 0) : now - doubt;
			this.period = { ...this.period, low, high: now + doubt, begun: undefined };
			await this.poll(async () => await this.poller.activate());
			// What the first answer shows may have ended before publishing, or while it was under way.
			if (doubt === 0) this.period.high = this.server.now;
			this.isPublished = stopped === this.thrown.length;
			if (this.isPublished) return;
			this.poller = this.register(this.poller.stored());
		}
	}

	/** ms by which n8n's clock may misjudge the server's. */
	private doubt(): number {
		const offset = this.dialect.hasDate ? 0 : Math.abs(this.clockSkew - this.server.skew);
		return offset + SECONDS;
	}

	/** Time goes by, the weather changes, and n8n polls, restarts or is late. */
	private async pass(): Promise<void> {
		const { chances, server } = this;
		server.now += chances.between(5 * MINUTE, chances.is(0.1) ? 14 * HOUR : 3 * HOUR);
		server.weather = {
			latency: chances.is(0.1) ? chances.between(50, 600) : chances.between(1, 50),
			isDown: chances.is(0.05),
			throttled: chances.is(0.1) ? 0.3 : 0,
		};
		const happenings: Array<[share: number, happening: () => Promise<void>]> = [
			[0.08, async () => await this.restart()],
			[0.03, async () => await this.crash()],
			[0.02, async () => await this.edit()],
			[0.02, async () => await this.rename()],
			[0.01, async () => await this.publishAgain()],
			[0.005, async () => await this.damage()],
			[0.08, async () => await this.overlap()],
			[0.01, async () => await this.sleep()],
			[0.01, async () => await this.changeUnit()],
		];
		if (!this.isPublished) {
			await this.publish(true);
			return;
		}
		let draw = chances.random();
		for (const [share, happening] of happenings) {
			draw -= share;
			if (draw < 0) {
				await happening();
				return;
			}
		}
		await this.tick();
	}

	/** The second poll begins before the first is done, and has nothing to say. */
	private async overlap(): Promise<void> {
		const { poller, server } = this;
		const first = this.tick();
		const second = poller.tick();
		await first;
		if ((await second).length > 0) throw new Error(`Overlapping polls at ${server.now}`);
	}

	private start(): void {
		this.starts += 1;
		this.hasPolled = false;
		this.hasAnswer = false;
		this.readBegin = undefined;
		// What n8n has not stored, the new process does not know: it begins again.
		if (this.storedAt < (this.period.begun ?? 0)) this.period.begun = undefined;
	}

	private async restart(): Promise<void> {
		this.start();
		this.poller = this.register(this.poller.stored(), 'init');
		await this.poll(async () => await this.poller.activate());
	}

	/** n8n is down for days. */
	private async sleep(): Promise<void> {
		this.server.now += this.chances.between(10 * HOUR, 6 * DAY);
		await this.restart();
	}

	private async changeUnit(): Promise<void> {
		const unit = this.chances.pick<Dialect['unit']>('ms', 'microseconds');
		if (this.changesUnit) this.server.changeUnit(unit);
		await this.tick();
	}

	/** n8n dies after it has emitted and before it has stored that: it cannot know any more. */
	private async crash(): Promise<void> {
		const stored = structuredClone(this.poller.stored());
		const { storedAt } = this;
		const emitted = await this.tick();
		this.storedAt = storedAt;
		for (const id of emitted) this.crashed.add(id);
		this.start();
		this.poller = this.register(stored, 'init');
	}

	/** Other settings: neither what had ended by the last answered poll, nor less than what ends after. */
	private async edit(): Promise<void> {
		if (this.isFlooded) return;
		const last = this.ticks.at(-1);
		if (!last) return;
		const { settings: before } = this.period;
		// Sometimes nothing changes but how far back is read.
		const settings = this.chances.is(0.5)
			? { ...before, ...randomRange(this.chances, before.overdue > 0) }
			: this.draw();
		const doubt = this.doubt();
		// Before its first answer, the trigger waits for what ends after publishing.
		const { low, high } = this.period.begun
			? { low: (this.hasAnswer ? last.begin : this.storedAt) - doubt, high: last.end + doubt }
			: this.period;
		this.period = { settings, low, high };
		this.poller = this.register(this.poller.stored(), 'update');
		await this.poll(async () => await this.poller.activate());
	}

	private async rename(): Promise<void> {
		if (this.isFlooded) return;
		this.name = `${this.name}+`;
		this.poller = this.register(this.poller.stored(), 'update');
		await this.poll(async () => await this.poller.activate());
	}

	/** Taken out of service and published again, hours or a month later. */
	private async publishAgain(): Promise<void> {
		const { chances, server } = this;
		const last = this.ticks.at(-1);
		const isSoon = chances.is(0.5);
		server.now += isSoon ? chances.between(0, 8 * HOUR) : chances.between(30 * HOUR, 30 * DAY);
		// Where cursors are durable, this looks like a start of n8n in a new process, and like any other
		// poll where the last one was not long ago, even if Yisign did not answer that.
		const isFresh = !this.hasPolled || server.now - this.attemptedAt < 25 * HOUR;
		const isUnknown = this.settings.isDurable === true && isFresh;
		// A crash leaves what had been stored before.
		const known = this.hasAnswer ? (last?.end ?? 0) : this.storedAt;
		const isLong = !isUnknown && (last === undefined || server.now - last.end > 25 * HOUR);
		const isShort = last !== undefined && server.now - known < 23 * HOUR;
		this.poller = this.register(this.poller.stored());
		if (isShort) {
			await this.poll(async () => await this.poller.activate());
		} else if (isLong) {
			await this.publish();
		} else {
			// Whether it begins again is not known.
			this.forgetDoubles();
			const high = server.now + this.doubt();
			this.period = { ...this.period, low: last?.begin ?? 0, high, begun: undefined };
			await this.poll(async () => await this.poller.activate());
		}
	}

	/** Who begins from now does not know the first record of an envelope whose second one ends later. */
	private forgetDoubles(): void {
		this.forget(({ again }) => again !== undefined);
	}

	/** What has started the workflow, and may do so again since n8n does not know of it any more. */
	private forget(isForgotten: (envelope: ModelEnvelope) => boolean): void {
		for (const envelope of this.envelopes) {
			const isEmitted = this.kinds.some((kind) => this.emitted.has(`${kind} ${envelope.id}`));
			if (isEmitted && isForgotten(envelope)) this.crashed.add(envelope.id);
		}
	}

	/** What n8n has stored is no longer what the trigger has written. */
	private async damage(): Promise<void> {
		// What is lost with it may start the workflow again, where n8n's clock leaves that open.
		this.forget(() => true);
		const garbage = { version: 1, node: this.nodeId, known: 7, watermark: 'x' };
		const data = this.chances.pick<IDataObject>({}, { cursor: {} }, garbage);
		this.start();
		this.poller = this.register({ [`node:${this.name}`]: data, [this.nodeId]: data }, 'init');
		await this.publish();
	}

	private async tick(): Promise<string[]> {
		const before = this.server.requests;
		const ids = await this.poll(async () => await this.poller.tick());
		const { isDown, throttled } = this.server.weather;
		if (
			ids.length === 0 &&
			!isDown &&
			throttled === 0 &&
			this.period.settings.detectBy === 'finishedTime'
		) {
			this.idlePolls += 1;
			this.requestsInIdlePolls += this.server.requests - before;
		}
		return ids;
	}

	private async poll(run: () => ReturnType<Poller['tick']>): Promise<string[]> {
		const { period, server, poller } = this;
		const begin = server.now;
		const readBegin = this.readBegin ?? begin;
		const warnings = this.unanswered;
		const before = JSON.stringify(poller.stored());
		this.hasPolled = true;
		server.isLagging = this.dialect.lag > 0 && this.chances.is(0.5);
		const outcome = await run().catch((error: unknown) => {
			this.thrown.push(error as Error);
			if ((error as Error).message.includes('does not sort')) this.unsortedAt = server.now;
			return null;
		});
		this.attemptedAt = server.now;
		this.isStopped = outcome === null;
		const reported = poller.reported.splice(0);
		this.reported.push(...reported);
		if (reported.some(({ message }) => message.includes('finished time'))) {
			this.saidTimeless.push(server.now);
		}
		const isAnswered = outcome !== null && this.unanswered === warnings && !server.weather.isDown;
		if (isAnswered) {
			period.begun ??= begin;
			this.hasAnswer = true;
			// Half of a poll's time is for reading.
			const isDone = server.now - begin < (this.settings.budget ?? 5 * MINUTE) / 2;
			const isCalm = server.weather.throttled === 0 && server.weather.latency <= 50;
			this.ticks.push({ begin, end: server.now, period, readBegin, isDone, isCalm });
			if (JSON.stringify(poller.stored()) !== before) this.storedAt = begin;
			this.readBegin = isDone ? undefined : readBegin;
		}
		const ids = (outcome ?? []).map(({ json }) => json.envelopeWsid as string);
		this.note(ids, period.settings.overdue, { readBegin, end: server.now });
		const size = JSON.stringify(poller.stored()).length;
		this.largestState = Math.max(this.largestState, size);
		return ids;
	}

	/** Remembers what started the workflow. */
	private note(ids: string[], kind: Kind, tick: { readBegin: number; end: number }): void {
		for (const id of ids) {
			const key = `${kind} ${id}`;
			this.emitted.set(key, (this.emitted.get(key) ?? 0) + 1);
			if (kind === 0) continue;
			const envelope = this.envelopes.find((one) => one.id === id);
			if (
				!envelope ||
				!mayBeOverdue(envelope, this.dueOf(envelope, kind), tick, this.dialect.lag)
			) {
				this.notOverdue.push(key);
			}
		}
	}
}
