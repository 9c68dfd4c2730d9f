import { describe, expect, it } from 'vitest';
import { Asker, MOST_REQUESTS } from '../../../../nodes/YisignEnvelope/check/asker.ts';
import { YisignError } from '../../../../nodes/shared/errors.ts';
import type { YisignErrorKind } from '../../../../nodes/shared/errors.ts';
import type { JsonObject } from '../../../../nodes/shared/json.ts';

const EMPTY = { hits: { total: 0, hits: [] } };

const fault = (kind: YisignErrorKind, httpStatus?: number) =>
	new YisignError(kind, 'no', httpStatus === undefined ? {} : { httpStatus });

/** An asker of a server that gives these answers in turn, the last of them again and again. */
function askerOf(...replies: Array<JsonObject | YisignError>) {
	const clock = { now: 1000, waited: 0 };
	const sent: unknown[] = [];
	const client = {
		get sent() {
			return sent.length;
		},
		get<T>(_: string, query: object, read: (reply: JsonObject, headers: JsonObject) => T) {
			sent.push(query);
			const reply = replies.length > 1 ? replies.shift()! : replies[0];
			return reply instanceof YisignError
				? Promise.reject(reply)
				: Promise.resolve(read(reply, {}));
		},
	};
	const options = {
		now: () => clock.now,
		pause: (ms: number) => {
			clock.waited += ms;
			return Promise.resolve();
		},
		mostForOne: 1,
	};
	const asker = new Asker(client, options);
	return { asker, options, clock, sent };
}

describe('a request', () => {
	it('is a page, with what the search does not need to know', async () => {
		const hits = [{ _id: 'a', _source: {} }, { _source: {} }, { _id: 'b' }];
		const { asker, sent } = askerOf({ data: { timed_out: true, hits: { total: '3', hits } } });
		const answer = await asker.ask({ from: 0, size: undefined });
		expect(answer).toMatchObject({
			kind: 'page',
			ids: ['a', null],
			totalForm: 'text',
			isWrapped: true,
			isPartial: true,
		});
		expect(sent).toEqual([{ from: 0 }]);
	});

	it.each([
		['HTTP 400', fault('refused', 400)],
		['an error in HTTP 200', fault('refused', 200)],
		['HTTP 403, as a gateway says no', fault('unauthorized', 403)],
		['no JSON', fault('notYisign')],
	])('may be refused: %s', async (_, reply) => {
		const { asker } = askerOf(reply);
		expect((await asker.ask({})).kind).toBe('refused');
		expect(asker.requests).toBe(1);
	});

	it('is sent once more if nothing came', async () => {
		const { asker, clock } = askerOf(fault('transient', 503), EMPTY);
		expect((await asker.ask({})).kind).toBe('page');
		expect([asker.requests, clock.waited]).toEqual([2, 500]);
	});

	it('is refused if the same server error comes twice, and nothing is known after a time-out', async () => {
		expect((await askerOf(fault('transient', 500)).asker.ask({})).kind).toBe('refused');
		const silent = await askerOf(fault('transient')).asker.ask({});
		expect(silent).toMatchObject({ kind: 'none', reason: 'no answer came' });
	});

	it('says nothing if the token is no longer accepted', async () => {
		const { asker } = askerOf(fault('unauthorized', 401));
		expect(await asker.ask({})).toMatchObject({ kind: 'none' });
	});

	it('ends the check if the workflow is stopped', async () => {
		await expect(askerOf(fault('cancelled')).asker.ask({})).rejects.toThrow();
	});
});

it.each([
	[1, MOST_REQUESTS],
	// A token that is refused, another, and the request once more.
	[4, MOST_REQUESTS - 3],
])('sends no more than are allowed where one may cost %i', async (mostForOne, most) => {
	const { asker, options, sent } = askerOf(EMPTY);
	options.mostForOne = mostForOne;
	for (let count = 0; count < 100; count += 1) await asker.ask({});
	expect(sent).toHaveLength(most);
	expect(await asker.ask({})).toMatchObject({ kind: 'none' });
});

it('sends none after five minutes', async () => {
	const { asker, clock } = askerOf(EMPTY);
	clock.now += 300_001;
	expect(await asker.ask({})).toMatchObject({ kind: 'none' });
	expect(asker.requests).toBe(0);
});
