import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A source of repeatable randomness: the same seed gives the same draws in the same order. */
export type Random = {
	/** A whole number from `min` to `max`, both included. */
	int(min: number, max: number): number;
	/** True once in `n` draws on average. */
	oneIn(n: number): boolean;
	/** One member of a non-empty list. */
	pick<Member>(list: readonly Member[]): Member;
	/** A text of `length` characters, each drawn from `alphabet`. */
	text(length: number, alphabet: string): string;
};

/** Makes a source of randomness; `seed` is taken as a 32-bit integer. */
export function makeRandom(seed: number): Random {
	const generator = xoroshiro128plus(seed);
	const int = (min: number, max: number) => uniformInt(generator, min, max);
	return {
		int,
		oneIn: (n) => int(1, n) === 1,
		pick: (list) => list[int(0, list.length - 1)],
		text(length, alphabet) {
			let text = '';
			for (let at = 0; at < length; at++) text += alphabet[int(0, alphabet.length - 1)];
			return text;
		},
	};
}

/** A 32-bit number that looks random and is always the same for a text and a seed (FNV-1a). */
export function hash(text: string, seed = 0): number {
	let state = Math.imul(seed ^ 0x811c9dc5, 0x01000193);
	for (let at = 0; at < text.length; at++) {
		state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
	}
	// FNV mixes the last characters too little for the low digits alone to be of use.
	state = Math.imul(state ^ (state >>> 15), 0x85ebca6b);
	return (state ^ (state >>> 13)) >>> 0;
}
