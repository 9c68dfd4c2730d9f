import { expect, it } from 'vitest';
import { Asker } from '../../../../nodes/YisignEnvelope/check/asker.ts';
import { Check } from '../../../../nodes/YisignEnvelope/check/check.ts';
import { runCheck } from '../../../../nodes/YisignEnvelope/check/run.ts';
import type { JsonObject } from '../../../../nodes/shared/json.ts';

interface Envelope extends JsonObject {
	createdDatetime: number;
	envelopeFinishedDatetime: number | null;
}

type Asked = Record<string, string | number | undefined>;

/** Ways of a server that no switch of the sandbox has. */
interface Ways {
	/** Whether `q` finds a value by another one. */
	isFound: (own: string, asked: string) => boolean;
	/** The envelopes that an order has at all. */
	inOrder: (field: string, envelopes: Envelope[]) => Envelope[];
	/** What comes of a record, with a query or without. */
	show: (envelope: Envelope, isQuery: boolean) => Envelope | undefined;
	isEmpty: boolean;
}

const ENVELOPES = Array.from({ length: 200 }, (_, index): Envelope => {
	const isEnded = index % 3 > 0;
	return {
		envelopeWsid: `WSID_ENVE_${10_000 + index}`,
		customTagID: `L-2024-${1000 + index}`,
		admissionNo: `A-2024-${10 + (index % 50)}`,
		doctorID: `doctor${index % 9}`,
		envelopeStatus: isEnded ? 'ED_SUCCESS' : 'ING_SENT_WAIT_FILLOUT',
		createdDatetime: 1_729_000_000_000 + index * 60_000,
		envelopeFinishedDatetime: isEnded ? 1_730_000_000_000 + ((index * 7919) % 1000) * 60_000 : null,
	};
});

/** What Check Server answers of such a server, by question. */
async function check(ways: Partial<Ways>): Promise<Record<string, string>> {
	const { isFound = (own, asked) => own === asked, inOrder = (_, all) => all } = ways;
	const { show = (envelope) => envelope, isEmpty = false } = ways;
	const answer = ({ q, sort, from = 0, size = 20 }: Asked): JsonObject => {
		const [, asked = '', value = ''] = /^\((\w+)=([^()]*)\)$/.exec(String(q ?? '')) ?? [];
		const name = asked === 'admissionNumber' ? 'admissionNo' : asked;
		const found = ENVELOPES.filter(
			(envelope) => q === undefined || isFound(String(envelope[name]), value),
		);
		const [field, direction] = String(sort).split(':') as [keyof Envelope, string];
		const rows = inOrder(String(field), found).toSorted((left, right) => {
			const [a, b] = [left[field], right[field]].map((time) => (time ?? null) as number | null);
			if (a === null || b === null) return Number(a === null) - Number(b === null);
			return direction === 'asc' ? a - b : b - a;
		});
		const hits = isEmpty ? [] : rows.slice(Number(from), Number(from) + Number(size));
		return {
			hits: {
				total: { value: rows.length, relation: 'eq' },
				hits: hits.map((envelope) => ({
					_id: envelope.envelopeWsid,
					_source: show(envelope, q !== undefined),
				})),
			},
		};
	};
	let sent = 0;
	const client = {
		get sent() {
			return sent;
		},
		get<T>(_: string, query: Asked, read: (reply: JsonObject, headers: JsonObject) => T) {
			sent += 1;
			return Promise.resolve(read(answer(query), {}));
		},
	};
	const now = () => 0;
	const asker = new Asker(client, { now, pause: () => Promise.resolve(), mostForOne: 1 });
	const answered = await runCheck(new Check(asker, () => 'other', now));
	expect(sent).toBeLessThanOrEqual(60);
	return Object.fromEntries(answered.map(({ question, answer: text }) => [question, text]));
}

const BY_NUMBER = 'How does q find by admissionNumber (Admission Number)?';
const BY_DOCTOR = 'How does q find by doctorID (Doctor)?';
const MISSING = 'Where do envelopes without a finished time come?';

it('knows a server that does as documented', async () => {
	expect(await check({})).toMatchObject({
		[BY_NUMBER]: 'Exactly',
		[MISSING]: 'Last, in both directions',
	});
});

it('does not take a search by words for one by free text, nor for an exact one', async () => {
	const words = (text: string) => text.toLowerCase().split('-');
	const isFound = (own: string, asked: string) =>
		words(asked).some((word) => words(own).includes(word));
	const answers = await check({ isFound });
	expect(answers[BY_NUMBER]).toBe('Cannot tell: envelopes came that have the value nowhere');
	expect(answers[BY_DOCTOR]).toMatch(/^Exactly/);
});

it('does not say where envelopes come that an order leaves out', async () => {
	const inOrder = (field: string, all: Envelope[]) =>
		all.filter((envelope) => envelope[field] !== null);
	expect((await check({ inOrder }))[MISSING]).toBe(
		'Cannot tell: they may not come at all in this order',
	);
});

it('does not take envelopes without content for none', async () => {
	const hideFound: Ways['show'] = (envelope, isQuery) => (isQuery ? undefined : envelope);
	expect((await check({ show: hideFound }))[BY_NUMBER]).toBe(
		'Cannot tell: envelopes came without what they hold',
	);
});

it('does not take a page without envelopes for the largest one', async () => {
	expect((await check({ isEmpty: true }))['How many envelopes fit on a page?']).toBe(
		'Cannot tell: no envelopes came',
	);
});

it('names status codes that are numbers, and none that may be a value', async () => {
	const show: Ways['show'] = (envelope) => ({
		...envelope,
		envelopeStatus: envelope.envelopeFinishedDatetime === null ? 7 : 13_800_000_000,
	});
	expect((await check({ show }))['Which status codes are not known?']).toBe(
		'7, 1 that is no plain word, in 200 envelopes seen',
	);
});
