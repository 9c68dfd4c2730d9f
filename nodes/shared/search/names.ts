import { withoutInvisible } from '../identifier';

/** Characters of a text that a message or a list shows. */
const MOST_SHOWN = 100;

/**
 * What all spellings of a name have in common: it does not matter how wide a character is, whether
 * letters are capitals, how many blanks stand between two words, or what nobody sees.
 */
export function foldName(text: string): string {
	return withoutInvisible(text.normalize('NFKC')).replace(/\s+/g, ' ').trim().toLowerCase();
}

/** Whether two texts are spellings of one name. */
export function isSameName(left: string, right: string): boolean {
	return left === right || foldName(left) === foldName(right);
}

/**
 * Names that may be what a typing slip or a part of a name stands for, the nearest first.
 *
 * @param known as they are to be shown
 * @returns at most three; the text itself if it is known
 */
export function nearest(text: string, known: readonly string[]): string[] {
	const asked = foldName(text);
	const most = Math.max(1, Math.floor(asked.length / 4));
	return [...new Set(known)]
		.map((other) => ({ other, distance: distanceBelow(most, asked, foldName(other)) }))
		.filter(({ distance }) => distance <= most)
		.sort((a, b) => a.distance - b.distance)
		.slice(0, 3)
		.map(({ other }) => other);
}

/** How far a name is from a text, 0 if it holds it; infinite where that is more than `most`. */
function distanceBelow(most: number, text: string, other: string): number {
	if (text.length > 1 && other.includes(text)) return 0;
	const isFar = other === '' || Math.abs(text.length - other.length) > most;
	return isFar ? Infinity : distanceOf(text, other);
}

/** How many characters have to be changed, added or removed. */
function distanceOf(left: string, right: string): number {
	let row = Array.from({ length: right.length + 1 }, (_, index) => index);
	for (const [index, char] of [...left].entries()) {
		const next = [index + 1];
		for (let column = 1; column < row.length; column += 1) {
			const changed = row[column - 1] + (char === right[column - 1] ? 0 : 1);
			next[column] = Math.min(changed, row[column] + 1, next[column - 1] + 1);
		}
		row = next;
	}
	return row[right.length];
}

/** A name or code out of an envelope, cut to what a message or a list has room for. */
export function shorten(text: string): string {
	const chars = [...text];
	return chars.length > MOST_SHOWN ? `${chars.slice(0, MOST_SHOWN - 1).join('')}…` : text;
}
