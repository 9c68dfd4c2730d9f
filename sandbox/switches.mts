import { FILE_NAMES } from './files.mts';
import {
	allOrList,
	among,
	bound,
	readPair,
	real,
	shape,
	time,
	truth,
	whole,
	word,
	type Reader,
} from './readers.mts';
import type { SandboxOptions } from './server.mts';
import type { SearchSettings } from './settings.mts';
import { WORDS } from './words.mts';

/** For each option, how it is read and what `--help` says about it. */
type Switches<Options> = {
	[Name in keyof Options]: Reader<Options[Name]> & { help: string };
};
/** The options with a switch: lists of envelopes and faults are for code, not command lines. */
type Spoken = Omit<Required<SandboxOptions>, 'envelopes' | 'faults'>;

/** The port by default. */
export const PORT = 2576;

/** An option's name on the command line, without the dashes before it. */
export function switchName(option: string): string {
	return option.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
}

const MAX = 2 ** 31 - 1;

const SEARCH_SWITCHES: Switches<SearchSettings> = {
	paging: {
		...among(...WORDS.paging),
		help: 'what becomes of from and size (honoured)',
	},
	size: {
		...among(...WORDS.size),
		help: 'what becomes of size alone (honoured)',
	},
	largestPage: { ...bound(MAX), help: 'rows a page has at the most (Infinity)' },
	window: { ...bound(MAX), help: 'rows within reach of paging (10000)' },
	shortPageAt: { ...whole(MAX), help: 'page that is cut in half (0, none)' },
	shortPages: { ...whole(100), help: 'percent of pages that are cut in half (0)' },
	delayPerRow: { ...real(), help: 'ms for each row of a page above 20 (0)' },
	total: {
		...among(...WORDS.total),
		help: 'form of the total (object)',
	},
	countedRows: { ...whole(MAX), help: 'rows that are counted exactly (10000)' },
	query: {
		...among(...WORDS.query),
		help: 'how q is understood (equals)',
	},
	searchableFields: { ...allOrList(), help: 'fields that q may be on (all)' },
	unsearchable: {
		...among(...WORDS.unsearchable),
		help: 'what q on another field does (nothing)',
	},
	codes: {
		...among(...WORDS.codes),
		help: 'what q on a code finds by (code)',
	},
	joins: {
		...among(...WORDS.joins),
		help: 'how conditions are joined (none)',
	},
	ranges: {
		...among(...WORDS.ranges),
		help: 'how ranges are written (none)',
	},
	quotes: {
		...among(...WORDS.quotes),
		help: 'whether values may be in quotes (none)',
	},
	wildcards: {
		...among(...WORDS.wildcards),
		help: 'whether * stands for any text (none)',
	},
	reserved: {
		...among(...WORDS.reserved),
		help: 'how blanks and reserved characters are taken (none)',
	},
	misread: {
		...among(...WORDS.misread),
		help: 'what q does that is not understood (refused)',
	},
	sort: {
		...among(...WORDS.sort),
		help: 'what becomes of sort (honoured)',
	},
	sortValues: {
		...among(...WORDS.sortValues),
		help: 'whether hits have sort values (given)',
	},
	missing: {
		...among(...WORDS.missing),
		help: 'where records without the value come (last)',
	},
	missingSort: {
		...among(...WORDS.missingSort),
		help: 'sort value of a number that is missing (null)',
	},
	ties: {
		...among(...WORDS.ties),
		help: 'order of records with equal sort values (byId)',
	},
	timeUnit: {
		...among(...WORDS.timeUnit),
		help: 'unit of times (ms)',
	},
	createdTime: {
		...among(...WORDS.createdTime),
		help: 'whether records say when created (given)',
	},
	finishedTime: {
		...among(...WORDS.finishedTime),
		help: 'which have a finished time (ended)',
	},
	digits: {
		...among(...WORDS.digits),
		help: 'how values of digits are sent (text)',
	},
	futureFinished: { ...whole(100), help: 'percent that finished in 2099 (0)' },
	ids: {
		...among(...WORDS.ids),
		help: 'whether hits have an _id (given)',
	},
	records: {
		...among(...WORDS.records),
		help: 'how envelopes stand in the index (single)',
	},
	searchSeed: { ...whole(MAX), help: 'seed of ties and short pages (1)' },
	timedOut: { ...truth(), help: 'whether replies say that time ran out (false)' },
	failedShards: { ...whole(100), help: 'shards that replies say have failed (0)' },
	filesPerEnvelope: { ...whole(100), help: 'files that an envelope has (1)' },
	links: {
		...among(...WORDS.links),
		help: 'where links to files lead (base)',
	},
	linkForm: {
		...among(...WORDS.linkForm),
		help: 'how a record holds links (plain)',
	},
	linkTokens: { ...truth(), help: 'whether links have a token (false)' },
	fields: {
		...among(...WORDS.fields),
		help: 'which fields records have (documented)',
	},
	types: {
		...among(...WORDS.types),
		help: 'which types they have (documented)',
	},
	reply: {
		...among(...WORDS.reply),
		help: 'what is around a result (plain)',
	},
	refusals: {
		...among(...WORDS.refusals),
		help: 'how a search is refused (vendor)',
	},
	dateHeader: {
		...among(...WORDS.dateHeader),
		help: 'whether replies have the header Date (given)',
	},
	clockOffset: { ...real(), help: 'ms that the clock is ahead; --clock-offset=-1 for behind (0)' },
	pastWindow: {
		...among(...WORDS.pastWindow),
		help: 'what becomes of a page beyond the window (refused)',
	},
	replicaLag: { ...whole(MAX), help: 'newest envelopes that one of two replicas lacks (0)' },
};

/** Every switch of the command line, by its option's name. */
export const SWITCHES: Switches<Spoken> = {
	port: { ...whole(65_535), help: `port on 127.0.0.1, 0 for a free one (${PORT})` },
	prefix: {
		...shape(/^(\/[\w.-]+)*$/, 'path', 'a path such as /gw'),
		help: 'path before all others (none)',
	},
	tls: { values: 'key.pem,cert.pem', help: 'speak HTTPS with this pair', read: readPair },
	count: { ...whole(900_000), help: 'how many envelopes are made (2437)' },
	seed: { ...whole(2 ** 31 - 1), help: 'seed they are made from (20241210)' },
	newest: { ...time(), help: 'when the newest time in them is (in December 2024)' },
	grain: { ...whole(MAX), help: 'ms that times are cut to, so that there are ties (0, none)' },
	oddStatuses: { ...whole(100), help: 'percent of envelopes with another status (0)' },
	oddNames: { ...truth(), help: 'whether templates have blanks and brackets (false)' },
	silent: { ...whole(100), help: 'percent of signed ones that are signed at once (0)' },
	signEvery: {
		...whole(2 ** 31 - 1),
		help: 'ms after which one more envelope is signed (0, never)',
	},
	appId: { ...word(), help: 'expected app id' },
	accessToken: { ...word(), help: 'token that holds from the start' },
	appSecret: { ...word(), help: 'expected app secret' },
	tokenLifetime: { ...whole(2 ** 31 - 1), help: 'life of an issued token in seconds (7200)' },
	newTokenRevokesOld: { ...truth(), help: 'whether a new token ends the old ones (false)' },
	invalidTokenStatus: { ...whole(599), help: 'HTTP status of an invalid token (401)' },
	...SEARCH_SWITCHES,
	createReply: {
		...among('wrapped', 'flat', 'bare'),
		help: 'where the reply to a create has the ids (wrapped)',
	},
	invalidCreateStatus: { ...whole(599), help: 'HTTP status of a create that is refused (400)' },
	indexLag: { ...whole(2 ** 31 - 1), help: 'ms until a created envelope is found (0)' },
	otherReply: {
		...among('wrapped', 'flat', 'list', 'file'),
		help: 'what interfaces without a documented reply send (wrapped)',
	},
	fileName: { ...among(...FILE_NAMES), help: 'how a file is named beside its address (none)' },
	fileType: {
		...shape(/^(none|[\w-]+\/[\w.+-]+)$/, 'type', 'a media type or none'),
		help: 'type a file is served with (application/pdf)',
	},
	fileSize: { ...whole(2 ** 32), help: 'bytes of every file (0, as they come)' },
	filesNeedToken: { ...truth(), help: 'whether files are for the authenticated (false)' },
	fileLinksExpired: { ...truth(), help: 'whether links to files have expired (false)' },
	callbackUrl: {
		...shape(/^https?:\/\/\S+$/, 'URL', 'an address such as http://localhost:5678/webhook/…'),
		help: 'gets a callback for each envelope signed (none)',
	},
	callbackEvent: {
		...among('dataSignatureCompleted', 'dataSignatureV2Completed'),
		help: 'which callback that is (dataSignatureCompleted)',
	},
	callbackSigned: { ...truth(), help: 'whether callbacks are signed (true)' },
	delay: { ...whole(3_600_000), help: 'ms that every request waits first (0)' },
};
