import { describe, expect, it } from 'vitest';
import { OrderEvidence, orderOf } from '../../../nodes/shared/search/evidence.ts';
import type { Hit } from '../../../nodes/shared/search/page.ts';

const FINISHED = 'envelopeFinishedDatetime';
const RULES = [{ field: FINISHED, direction: 'desc' }] as const;

/** Epoch ms. */
const END = Date.UTC(2026, 10, 25, 8);
const HOUR = 3_600_000;

const idOf = (time: number) => `WSID_ENVE_${time.toString(16).padStart(16, '0')}0242196331aa0001`;

function hit(finished: unknown, created: unknown, sorted: unknown, more: object = {}): Hit {
	const record = {
		envelopeStatus: finished === null ? 'ING_SENT_WAIT_FILLOUT' : 'ED_SUCCESS',
		envelopeFinishedDatetime: finished,
		createdDatetime: created,
		...more,
	};
	const sortValues = sorted === undefined ? [] : [sorted];
	return { key: 'a', hasId: true, envelopeId: 'a', record, sortValues };
}

describe('an envelope that stands in a result by finished time', () => {
	it.each<[string, Hit, ReturnType<typeof orderOf>]>([
		['signed an hour after its start, by its end', hit(END, END - HOUR, END), 'asked'],
		['signed an hour after its start, by its start', hit(END, END - HOUR, END - HOUR), 'other'],
		['signed as it was started', hit(END, END, END), undefined],
		['signed within a second, by its start', hit(END, END - 700, END - 700), undefined],
		['signed within a second, by whole seconds', hit(END + 700, END + 1, END / 1000), undefined],
		['in µs', hit(END * 1000, (END - HOUR) * 1000, END * 1000), 'asked'],
		['in text of UTC', hit('2026-11-25 08:00:00', '2026-11-25 07:59:40', END), 'asked'],
		[
			'in text of UTC, signed at once',
			hit('2026-11-25 08:00:00', '2026-11-25 08:00:00', END),
			undefined,
		],
		['waiting, with an ordinary sort value', hit(null, END, END), 'other'],
		['waiting, with none', hit(null, END, null), undefined],
		['waiting, with the smallest number', hit(null, END, -9223372036854775808), undefined],
		['waiting, with a date far off', hit(null, END, '9999-12-31'), undefined],
		[
			'rejected without a time',
			hit(null, END, END, { envelopeStatus: 'ED_FAIL_REJECT' }),
			undefined,
		],
		['without a sort value', hit(END, END - HOUR, undefined), undefined],
		['without a created time', hit(END, null, END), undefined],
		['whose id is an hour old', hit(END, null, END, { envelopeWsid: idOf(END - HOUR) }), 'asked'],
		['whose id is as old as its end', hit(END, null, END, { envelopeWsid: idOf(END) }), undefined],
		['that was imported later', hit(END, null, END, { envelopeWsid: idOf(END + HOUR) }), undefined],
		[
			'whose id holds no time',
			hit(END, null, END, { envelopeWsid: 'WSID_ENVE_00000000000000aa' }),
			undefined,
		],
	])('%s: what it says of the order', (_, one, expected) => {
		expect(orderOf(one, FINISHED, [...RULES])).toBe(expected);
	});
});

it('is proven, without sort values, only where created times go up and down', () => {
	const pageOf = (createdOf: (index: number) => number) => {
		const evidence = new OrderEvidence([...RULES]);
		const hits = Array.from({ length: 20 }, (_, index) =>
			hit(END - index * 60_000, createdOf(index), undefined),
		);
		evidence.observe(hits);
		return evidence.isTrusted;
	};
	expect(pageOf((index) => END - index * 60_000)).toBe(false);
	expect(pageOf((index) => END - index * 60_000 - (index % 2) * 900)).toBe(false);
	expect(pageOf((index) => END - index * 60_000 - (index % 5) * HOUR)).toBe(true);
});
