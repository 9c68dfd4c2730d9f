import type { Scheduler } from 'fast-check';

/** Tasks that end when the scheduler lets them, and what was seen of them. */
export class ScheduledTasks {
	/** Numbers of the tasks in the order in which they began. */
	readonly begun: number[] = [];

	/** Numbers of the tasks that failed, in the order in which they did. */
	readonly failed: number[] = [];

	running = 0;

	mostAtOnce = 0;

	private readonly scheduler: Scheduler;

	private readonly fails: readonly boolean[];

	/** @param fails for each task, whether it fails */
	constructor(scheduler: Scheduler, fails: readonly boolean[]) {
		this.scheduler = scheduler;
		this.fails = fails;
	}

	async task(index: number): Promise<void> {
		this.begun.push(index);
		this.running += 1;
		this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
		await this.scheduler.schedule(Promise.resolve(), `task ${index}`);
		this.running -= 1;
		if (!this.fails[index]) return;
		this.failed.push(index);
		throw new Error(`task ${index}`);
	}
}
