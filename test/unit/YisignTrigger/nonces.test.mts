import { beforeEach, describe, expect, it } from 'vitest';
import { NonceMemory } from '../../../nodes/YisignTrigger/nonces.ts';

const OLDEST = 1_704_067_200;

let memory: NonceMemory;

beforeEach(() => {
	memory = new NonceMemory();
});

/** Twelve hex digits that end in these. */
const nonce = (name: string, sentAt = OLDEST) => ({ hash: name.padStart(12, '0'), sentAt });

const take = (names: string) => [...names].map((name) => memory.take(nonce(name)));

const kept = () =>
	memory
		.write()
		.split(' ')
		.map((entry) => entry.slice(0, 12).replace(/^0+/, ''))
		.join('');

describe('a nonce', () => {
	it('is taken once', () => {
		expect(take('abab')).toEqual([true, true, false, false]);
	});

	it('that was released may be taken again, and then once', () => {
		take('a');
		memory.release(nonce('a'));
		expect(take('aa')).toEqual([true, false]);
	});

	it('that was released may come again although it was stored', () => {
		take('ab');
		const stored = memory.write();
		memory.release(nonce('a'));
		memory.addStored(stored);
		expect(take('ab')).toEqual([true, false]);
	});

	it('is known from what another process has stored', () => {
		take('ab');
		const other = new NonceMemory();
		other.addStored(memory.write());
		expect([other.take(nonce('a')), other.take(nonce('c'))]).toEqual([false, true]);
	});
});

describe('the memory', () => {
	it('forgets what is older than the tolerance, and keeps what came from the future', () => {
		memory.take(nonce('a', OLDEST - 2));
		memory.take(nonce('b', OLDEST - 1));
		memory.take(nonce('c', OLDEST + 299));
		memory.take(nonce('d', OLDEST));
		memory.forget(OLDEST);
		expect(kept()).toBe('cd');
		memory.forget(OLDEST + 300);
		expect(memory.write()).toBe('');
	});

	it('does not grow beyond its capacity, and forgets the oldest first', () => {
		take('abcde');
		memory.forget(OLDEST, 3);
		expect(kept()).toBe('cde');
	});

	it('forgets what was released, too', () => {
		take('a');
		memory.release(nonce('a'));
		const stored = `${nonce('a').hash}:${OLDEST}`;
		memory.forget(OLDEST + 1);
		memory.addStored(stored);
		expect(take('a')).toEqual([false]);
	});

	it('is stored as a short text, of the latest only', () => {
		expect(memory.write()).toBe('');
		take('abc');
		expect(memory.write(2)).toBe(`00000000000b:${OLDEST} 00000000000c:${OLDEST}`);
	});

	it.each([undefined, null, {}, '', 'x', 7])('takes nothing from %j', (nothing) => {
		memory.addStored(nothing);
		expect(memory.write()).toBe('');
	});
});
