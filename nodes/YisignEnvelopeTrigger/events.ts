import type { DerivedStatus } from '../shared/search/envelope';

/** What an envelope has to have come to, by the value of the field Trigger On. */
export const EVENTS = {
	completed: ['completed'],
	failed: ['rejected', 'revoked', 'expired', 'invalidated', 'failed'],
	ended: ['completed', 'rejected', 'revoked', 'expired', 'invalidated', 'failed'],
	started: null,
	overdue: ['waiting', 'processing'],
} satisfies Record<string, DerivedStatus[] | null>;

export type TriggerEvent = keyof typeof EVENTS;

/** Whether an envelope with this status has reached the event; every envelope has been started. */
export function hasReached(event: TriggerEvent, status: DerivedStatus): boolean {
	const statuses: readonly DerivedStatus[] | null = EVENTS[event];
	return statuses === null || statuses.includes(status);
}
