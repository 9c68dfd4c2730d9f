import { sleep } from 'n8n-workflow';
import { outcomeOf, YisignError } from '../errors';
import { cancelled } from './transport';

/** ms before the second try; doubles with every further one. */
const FIRST_PAUSE = 500;

/** ms; neither our own pauses nor those that Yisign asks for get longer. */
const LONGEST_PAUSE = 60_000;

/** ms after which a pause looks whether the workflow was stopped. */
const PAUSE_STEP = 200;

export interface RetryRule {
	/** How often a task may be tried again. */
	maxRetries: number;
	/** Whether another try can help, and does no harm. */
	mayRepeat: (fault: YisignError) => boolean;
	/** Ends a pause when it is aborted. */
	cancel: AbortSignal;
}

/**
 * Tries a task until it succeeds, with pauses that double, or are as long as Yisign asked for.
 *
 * @throws the last fault, when it may not be repeated or was too often; YisignError `cancelled`
 */
export async function withRetries<T>(
	{ maxRetries, mayRepeat, cancel }: RetryRule,
	task: () => Promise<T>,
): Promise<T> {
	for (let tries = 0; ; tries += 1) {
		const outcome = await outcomeOf(task());
		if ('value' in outcome) return outcome.value;
		const { fault } = outcome;
		if (!(fault instanceof YisignError) || !mayRepeat(fault) || tries >= maxRetries) throw fault;
		await pause(Math.max(backOff(tries), fault.details.retryAfterMs ?? 0), cancel);
	}
}

/** Whether the same request may succeed a little later. */
export function isTransient({ kind }: YisignError): boolean {
	return kind === 'transient';
}

/** Whether it may, and nothing of this one can have reached Yisign. */
export function isTransientAndUnsent(fault: YisignError): boolean {
	return isTransient(fault) && fault.details.isUnsent === true;
}

/**
 * Waits in short steps, because n8n's `sleep` does not wake up when the workflow is stopped.
 *
 * @param ms no more than a minute of it is waited
 * @throws YisignError `cancelled`
 */
export async function pause(ms: number, cancel: AbortSignal): Promise<void> {
	for (let left = Math.min(ms, LONGEST_PAUSE); left > 0 && !cancel.aborted; left -= PAUSE_STEP) {
		await sleep(Math.min(left, PAUSE_STEP));
	}
	if (cancel.aborted) throw cancelled({ isUnsent: true });
}

/** ms to wait after a number of tries: doubling, and spread so that callers do not meet again. */
function backOff(tries: number): number {
	return FIRST_PAUSE * 2 ** tries * (0.5 + Math.random() / 2);
}
