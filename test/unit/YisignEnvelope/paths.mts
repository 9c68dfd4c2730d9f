import fc from 'fast-check';

/** What paths out of Base URL are made of. */
const PIECES = [
	...['/', '//', '\\', '.', '..', '...', '%2e', '%2E%2e', '%252e', '%2f', '%5c', '%00', '%', '%zz'],
	...[
		'http:',
		'https://evil.example',
		'javascript:',
		'@evil.example',
		':80',
		'[::1]',
		'//evil.example',
	],
	...[
		'?',
		'#',
		'&',
		';',
		'..;',
		'=',
		'access_token',
		'x',
		'v1',
		'open',
		'gw',
		'签名',
		'é',
		'e\u0301',
	],
	...[
		'．',
		'／',
		'＼',
		'‥',
		'…',
		'․',
		'％',
		'？',
		'＃',
		'。',
		'℀',
		'⁄',
		'∕',
		'\u200b',
		'\u00ad',
		'\ufeff',
	],
	...[
		'\u0000',
		'\t',
		'\n',
		'\r',
		' ',
		'\u00a0',
		'\u2028',
		'\u202e',
		'\ud800',
		'{id}',
		'"',
		"'",
		'~',
	],
];

const piece = fc.constantFrom(...PIECES);
/** What somebody may type or paste for a path, by mistake or with a bad intent. */
export const typedPaths = fc.oneof(
	fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('')}`),
	fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
	fc
		.array(fc.oneof(piece, fc.string({ unit: 'grapheme', maxLength: 3 })), { maxLength: 6 })
		.map((parts) => `/v1/${parts.join('/')}`),
	fc.string({ unit: 'binary', maxLength: 20 }).map((text) => `/${text}`),
);
