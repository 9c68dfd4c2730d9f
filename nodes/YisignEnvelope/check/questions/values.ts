import { asText } from '../../../shared/json';
import { readAsked } from '../../../shared/search/conditions';
import type { EnvelopeRecord } from '../../../shared/search/envelope';
import type { Hit } from '../../../shared/search/page';
import type { Check } from '../check';

/** Longer ones may be refused for their length alone. */
const LONGEST = 100;

/** What may stand between the digits of an identity number. */
const SEPARATORS = /[\s\-_./·–—]+/g;

/** What identity numbers look like: of 18 characters, among others with a date; of 15 digits. */
const IDENTITY_NUMBERS = [
	/(?<![\dA-Z])\d{17}[\dX](?![\dA-Z])/i,
	/\d{6}(18|19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]/i,
	/(?<!\d)\d{8}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}(?!\d)/,
];

/** Shorter ones are no identity numbers, but may be a part of any value. */
const SHORTEST_CARD = 8;

/** The value of a field that may be sent to Yisign to try it with: no identity number, wherever. */
export function valueOf({ pool }: Check, record: EnvelopeRecord, field: string): string | null {
	const value = readAsked(record, { field });
	if (value === null || value.length > LONGEST) return null;
	const spellings = [value, value.replace(SEPARATORS, '')];
	const isIdentity = spellings.some((text) => IDENTITY_NUMBERS.some((form) => form.test(text)));
	if (isIdentity) return null;
	const { short, long } = cardsOf(pool);
	const texts = spellings.map((text) => text.toLowerCase());
	const isOfAny =
		short.has(value) || long.some((card) => texts.some((text) => text.includes(card)));
	return isOfAny ? null : value;
}

/** Identity numbers of envelopes. */
interface Cards {
	/** Those that may be a part of any value. */
	short: ReadonlySet<string>;
	/** The others in lower case, each as it is and without what stands between its digits. */
	long: readonly string[];
}

/** They are looked for in each value of as many records. */
const CARDS = new WeakMap<readonly Hit[], Cards>();

function cardsOf(pool: readonly Hit[]): Cards {
	const known = CARDS.get(pool);
	if (known) return known;
	const all = [...new Set(pool.map(({ record }) => asText(record.idCard) ?? ''))];
	const digitsOf = (card: string) => card.replace(SEPARATORS, '');
	const isLong = (card: string) => digitsOf(card).length >= SHORTEST_CARD;
	const long = all.filter(isLong).flatMap((card) => [card, digitsOf(card)]);
	const cards = {
		short: new Set(all.filter((card) => card !== '' && !isLong(card))),
		long: [...new Set(long.map((card) => card.toLowerCase()))],
	};
	CARDS.set(pool, cards);
	return cards;
}
