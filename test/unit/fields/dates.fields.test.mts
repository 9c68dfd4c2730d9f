import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isChinaTime, readDates } from '../../../nodes/shared/fields/dates.fields.ts';
import { caught } from '../caught.mts';

/** n8n's own date library, as a second opinion. */
const { DateTime } = createRequire(createRequire(import.meta.url).resolve('n8n-workflow'))(
	'luxon',
) as {
	DateTime: {
		fromISO(text: string, options: { zone: string }): { toMillis(): number; toISO(): string };
	};
};

const SHANGHAI = 'Asia/Shanghai';

function read(value: unknown, timeZone = SHANGHAI) {
	return readDates({ createdAfter: value }, timeZone);
}

describe('a date', () => {
	it.each([
		['of the editor is in the zone of the workflow', '2026-11-25T08:00:00', '2026-11-25T00:00:00Z'],
		['without a time begins at midnight', '2026-11-25', '2026-11-24T16:00:00Z'],
		['with a blank instead of the T', '2026-11-25 08:00', '2026-11-25T00:00:00Z'],
	])('%s', (_, text, expected) => {
		expect(read(text)).toEqual({
			bounds: { createdAfter: Date.parse(expected) },
			usesZone: true,
		});
	});

	it.each([
		['text with an offset', '2026-11-25T08:00:00.000+02:00', '2026-11-25T06:00:00Z'],
		['text in UTC', '2026-11-25T08:00:00Z', '2026-11-25T08:00:00Z'],
		['a Date', new Date('2026-11-25T08:00:00Z'), '2026-11-25T08:00:00Z'],
		['epoch ms', Date.parse('2026-11-25T08:00:00Z'), '2026-11-25T08:00:00Z'],
		[
			'a date of an expression',
			DateTime.fromISO('2026-11-25T08:00:00Z', { zone: 'UTC' }),
			'2026-11-25T08:00:00Z',
		],
	])('needs no zone as %s', (_, value, expected) => {
		expect(read(value, 'America/New_York')).toEqual({
			bounds: { createdAfter: Date.parse(expected) },
			usesZone: false,
		});
	});

	it('is read as n8n reads it, in any zone, summer time included', () => {
		const zones = ['Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'];
		fc.assert(
			fc.property(
				fc.constantFrom(...zones, 'Asia/Kathmandu', 'UTC'),
				fc.date({ min: new Date('1995-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
				(zone, date) => {
					const text = date.toISOString().slice(0, 19);
					const theirs = DateTime.fromISO(text, { zone });
					const ours = read(text, zone).bounds.createdAfter ?? 0;
					// One that a clock shows twice has two.
					expect([0, 1_800_000, 3_600_000]).toContain(Math.abs(ours - theirs.toMillis()));
					if (zone === 'Asia/Shanghai') expect(ours).toBe(theirs.toMillis());
				},
			),
			{ numRuns: 2000 },
		);
	});

	const FAR = ['2026-11-25T08:00+99:00', '2026-11-25T08:00-15:00', '2026-11-25T08:00+08:60'];

	it.each([
		'yesterday',
		'2026-13-01',
		'2026-02-30',
		...FAR,
		'25.11.2026',
		{},
		true,
		-5,
		NaN,
		'null',
	])('is refused by the name of its field when it is %s', (value) => {
		const { message, details } = caught(() => read(value));
		expect(message).toBe('Created After is not a date');
		expect(details.description).toContain('Choose a date in the editor');
	});

	it('that was not added bounds nothing', () => {
		expect(readDates({}, SHANGHAI)).toEqual({ bounds: {}, usesZone: false });
	});

	it.each([undefined, null, '', ' '])(
		'that was added and holds nothing (%j) is refused',
		(value) => {
			const { message, details } = caught(() => read(value));
			expect(message).toBe('Created After is empty');
			expect(details.description).toContain('If it is an expression, it gave nothing');
		},
	);

	it.each([
		['America/New_York', '2026-03-08T02:30', '2026-03-08T07:30:00Z'],
		['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:30:00Z'],
		['Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:45:00Z'],
	])('that a clock in %s skips counts by the offset before', (zone, text, expected) => {
		expect(read(text, zone).bounds.createdAfter).toBe(Date.parse(expected));
		expect(DateTime.fromISO(text, { zone }).toMillis()).toBe(Date.parse(expected));
	});
});

it('says that no envelope can lie between two dates in the wrong order', () => {
	const dates = { finishedAfter: '2026-11-25', finishedBefore: '2026-11-24' };
	expect(caught(() => readDates(dates, SHANGHAI)).message).toBe(
		'Finished After is not earlier than Finished Before',
	);
});

it('knows the zones that are China time', () => {
	const now = Date.UTC(2026, 10, 25);
	expect(isChinaTime('Asia/Shanghai', now)).toBe(true);
	expect(isChinaTime('Asia/Singapore', now)).toBe(true);
	expect(isChinaTime('UTC', now)).toBe(false);
});
