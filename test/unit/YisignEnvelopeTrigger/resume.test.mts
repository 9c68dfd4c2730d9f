import { expect, it } from 'vitest';
import { isPublishedAgain, type PollHistory } from '../../../nodes/YisignEnvelopeTrigger/resume.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2024, 10, 30);

const usual: PollHistory = {
	mode: 'activate',
	isRegistered: false,
	answered: NOW - 48 * HOUR,
	processBegan: NOW - 100 * HOUR,
	now: NOW,
	catchUp: 24 * HOUR,
	pollTimes: { item: [{ mode: 'everyMinute' }] },
};

const weekly = { item: [{ mode: 'everyWeek' }] };

it.each<[string, Partial<PollHistory>, boolean]>([
	['two days after the last answered poll', {}, true],
	['an hour after it', { answered: NOW - HOUR }, false],
	['with Catch Up of a week', { catchUp: 168 * HOUR }, false],
	[
		'in a registration that has polled: Yisign did not answer for two days',
		{ isRegistered: true },
		false,
	],
	['by a start of n8n', { mode: 'init' }, false],
	['by another main instance that takes over', { mode: 'leadershipChange' }, false],
	['by an edit, after polls every minute', { mode: 'update', attempted: NOW - 60_000 }, false],
	['durable: published again after two days', { mode: 'update', attempted: NOW - 48 * HOUR }, true],
	[
		'durable: polled every week',
		{ mode: 'update', attempted: NOW - 168 * HOUR, answered: NOW - 168 * HOUR, pollTimes: weekly },
		false,
	],
	[
		'durable: the first poll after a start of n8n',
		{ mode: 'update', processBegan: NOW - 60_000 },
		false,
	],
	['durable: the first poll in a process that is days old', { mode: 'update' }, true],
])('a workflow counts as published again, %s: %#', (_name, more, expected) => {
	expect(isPublishedAgain({ ...usual, ...more })).toBe(expected);
});
