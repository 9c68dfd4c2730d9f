import { describe, expect, it } from 'vitest';
import { hasRoundedNumber, parseJson } from '../../nodes/shared/json.ts';

describe('a number with more digits than are kept', () => {
	it.each<[string, boolean]>([
		['1234567890123456789', true],
		['{"a":[{"b":9007199254740993}]}', true],
		['[-9007199254740993]', true],
		[`${'['.repeat(20_000)}1234567890123456789${']'.repeat(20_000)}`, true],
		['9007199254740991', false],
		['{"a":"1234567890123456789","b":[0.1,null,true,{}]}', false],
	])('is noticed in what begins like %.40s: %j', (text, expected) => {
		expect(hasRoundedNumber(parseJson(text))).toBe(expected);
	});
});
