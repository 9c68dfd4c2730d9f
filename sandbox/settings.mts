import type { Word } from './words.mts';

/** How the search behaves where the documents leave it open (vendor-api 2.2, 7). */
export type SearchSettings = {
	/**
	 * What becomes of `from` and `size`, which are parameters and yet "fixed" (vendor-api 7.7):
	 * `honoured`; `ignored`, always the first 20 rows; `fromIgnored`, always the first rows, as
	 * many as `size` says; `refused`, HTTP 400 unless they are 0 and 20; `rounded`, `from` goes
	 * down to a multiple of the page's size; `clamped`, `from` goes down to where the last full
	 * page begins; `tens`, `from` goes down to a multiple of ten; `restarts`, beyond the last row the
	 * first page comes again. Default `honoured`.
	 */
	paging: Word<'paging'>;
	/**
	 * What becomes of `size`: `honoured` up to `largestPage`, which caps what is beyond;
	 * `refused`, HTTP 400 beyond `largestPage`; `ignored`, always 20. Default `honoured`.
	 */
	size: Word<'size'>;
	/** Rows a page has at the most, whatever `size` asks for. Default no bound. */
	largestPage: number;
	/**
	 * Rows within reach of paging; beyond is HTTP 400. Default 10,000, Elasticsearch's; `Infinity`
	 * lifts it.
	 */
	window: number;
	/** Page, from 1, that has half its rows although more follow; 0, the default, for none. */
	shortPageAt: number;
	/** Percent of pages, drawn at random, that are as short as that. Default 0. */
	shortPages: number;
	/** Additional ms for each row of a page above 20. Default 0. */
	delayPerRow: number;
	/**
	 * `hits.total` as of Elasticsearch 7 (`object`) or of earlier ones (`number`); `gte`, never
	 * more than a lower bound; `text`, the number in a text; `none`, no such key. Default `object`.
	 */
	total: Word<'total'>;
	/**
	 * Rows that are counted: from there on an `object` is a lower bound, and `gte` is none above
	 * it. Default 10,000, Elasticsearch's.
	 */
	countedRows: number;
	/**
	 * How `q` is understood (vendor-api 2.2): `equals`, a condition on one field; `prefix`, on how
	 * that field begins; `suffix`, how it ends; `contains`, what it holds; `anyCase`, as `equals`
	 * whatever the case of letters; `freeText`, a text to be found anywhere; `ignored`. Default
	 * `equals`.
	 */
	query: Word<'query'>;
	/**
	 * Fields that `equals` and `prefix` search by, under their name in `q` or in the record.
	 * Default `all` that a record may have.
	 */
	searchableFields: 'all' | readonly string[];
	/**
	 * What a condition on any other field does: finds `nothing`; is `refused`, HTTP 400; is
	 * `ignored`, so that everything is found. Default `nothing`.
	 */
	unsearchable: Word<'unsearchable'>;
	/**
	 * Whether a condition on the code of a department, doctor or document type also finds by the
	 * name that goes with it. Default `code` only.
	 */
	codes: Word<'codes'>;
	/**
	 * How two conditions are joined, both of which have to hold: `none`, not at all; `adjacent`,
	 * `(a=1)(b=2)`; `and`, `(a=1) AND (b=2)`; `ampersand`, `(a=1)&(b=2)`; `inside`, `(a=1&b=2)`;
	 * `comma`, `(a=1,b=2)`. Default `none`.
	 */
	joins: Word<'joins'>;
	/**
	 * How a range is written: `none`, not at all; `operators`, `(a<=2)` and the like; `brackets`,
	 * `(a=[1 TO 2])`; `tilde`, `(a=1~2)`. Default `none`.
	 */
	ranges: Word<'ranges'>;
	/** Whether a value may stand in quotes, which are then `stripped`. Default `none`. */
	quotes: Word<'quotes'>;
	/** Whether a `star` at the end of a value stands for any text. Default `none`. */
	wildcards: Word<'wildcards'>;
	/**
	 * Whether a value may hold blanks and reserved characters: `none` may; as they are
	 * (`literal`); in quotes (`quoted`). Default `none`.
	 */
	reserved: Word<'reserved'>;
	/**
	 * What `q` does that is not understood: is `refused`, HTTP 400; finds `nothing`; is read up to
	 * the end of its `first` condition; is `ignored`. Default `refused`.
	 */
	misread: Word<'misread'>;
	/**
	 * What becomes of `sort`: `honoured`; `ignored`, rows come by their id; `created`, whatever is
	 * asked for, the newest come first by created time, which the sort values then say. Default
	 * `honoured`.
	 */
	sort: Word<'sort'>;
	/** Whether hits have the values they were sorted by. Default `given`. */
	sortValues: Word<'sortValues'>;
	/**
	 * Where records without the value come: `last` or `first` in either direction; as if it were
	 * the `smallest`. Default `last`.
	 */
	missing: Word<'missing'>;
	/**
	 * What stands in `sort` for a missing number: `null`, or Elasticsearch's `sentinel`, the
	 * smallest or the largest 64-bit integer, as a JSON number. Default `null`.
	 */
	missingSort: Word<'missingSort'>;
	/**
	 * In which order records with equal sort values come: `byId`; `random`, another order for each
	 * request; `replicas`, one of two orders, and each request meets either. Default `byId`.
	 */
	ties: Word<'ties'>;
	/**
	 * Unit of created and finished times, in records and sort values, and what records are sorted
	 * by: epoch ms, s, us or ns; `text`, such as `2024-12-01 08:00:00` in China; `mixed`, a number in a
	 * unit of its own for each record. Default `ms`.
	 */
	timeUnit: Word<'timeUnit'>;
	/** Whether records have `createdDatetime`, which can be sorted by anyway. Default `given`. */
	createdTime: Word<'createdTime'>;
	/**
	 * Which envelopes have a finished time: all that have `ended`, or, as the field is documented
	 * (vendor-api 2.1), the `completed` ones alone. Default `ended`.
	 */
	finishedTime: Word<'finishedTime'>;
	/**
	 * How values of digits alone are sent: as `text`, the default, or as JSON `numbers`, of which
	 * JavaScript keeps some sixteen digits.
	 */
	digits: Word<'digits'>;
	/** Percent of the ended envelopes whose finished time lies in 2099. Default 0. */
	futureFinished: number;
	/** Whether hits have an `_id`. Default `given`. */
	ids: Word<'ids'>;
	/**
	 * How envelopes stand in the index: each once (`single`); each two under one `_id`, in two
	 * indices (`sharedIds`); one in four twice, under the same `_id` in two indices (`copied`) or
	 * with an `_id` of its own (`doubled`). Default `single`.
	 */
	records: Word<'records'>;
	/** Seed of all that is drawn while searching: ties, replicas, short pages. Default 1. */
	searchSeed: number;
	/** Whether the reply says that time ran out before all rows were seen. Default false. */
	timedOut: boolean;
	/** How many of the index's shards the reply says have failed. Default 0. */
	failedShards: number;
	/** Files that a record links to; more than one makes `envelopeFileUrls` a list. Default 1. */
	filesPerEnvelope: number;
	/**
	 * Where links to files lead: below the `base` URL; to an `otherHost`; `relative`, below the
	 * base URL without naming it. Default `base`.
	 */
	links: Word<'links'>;
	/**
	 * How a record holds its links: one as a text and several as a list (`plain`); always a `list`;
	 * a list as a `json` text; in one text, separated by `commas`. Default `plain`.
	 */
	linkForm: Word<'linkForm'>;
	/** Whether a link has a token of its own. Default false. */
	linkTokens: boolean;
	/**
	 * Which fields a record has: those that are `documented`; `more`, a name and a number of the
	 * patient among them; `fewer`, without bed and age. Default `documented`.
	 */
	fields: Word<'fields'>;
	/** Whether fields have the types that are `documented`, or `other` ones. Default `documented`. */
	types: Word<'types'>;
	/** Whether the reply is as documented (`plain`), or `wrapped` once more. Default `plain`. */
	reply: Word<'reply'>;
	/**
	 * How a search is refused: with the status and the body of the vendor (`vendor`); with that
	 * body `inOk`, HTTP 200; with HTTP 500 (`server`); with a `page` in place of JSON. Default
	 * `vendor`.
	 */
	refusals: Word<'refusals'>;
	/** Whether the header `Date` is `given`, the default. */
	dateHeader: Word<'dateHeader'>;
	/**
	 * What becomes of a page beyond the window: it is `refused`; `empty`; `moved` back to where the
	 * window ends. Default `refused`.
	 */
	pastWindow: Word<'pastWindow'>;
	/** How many of the newest envelopes one of two replicas does not have yet. Default 0. */
	replicaLag: number;
	/** ms that the server's clock (`Date` header, new finished times) is ahead. Default 0. */
	clockOffset: number;
};

/** What the documents lead one to expect; the rest as Elasticsearch 7 does. */
export const SEARCH_DEFAULTS: Readonly<SearchSettings> = {
	paging: 'honoured',
	size: 'honoured',
	largestPage: Infinity,
	window: 10_000,
	shortPageAt: 0,
	shortPages: 0,
	delayPerRow: 0,
	total: 'object',
	countedRows: 10_000,
	query: 'equals',
	searchableFields: 'all',
	unsearchable: 'nothing',
	codes: 'code',
	joins: 'none',
	ranges: 'none',
	quotes: 'none',
	wildcards: 'none',
	reserved: 'none',
	misread: 'refused',
	sort: 'honoured',
	sortValues: 'given',
	missing: 'last',
	missingSort: 'null',
	ties: 'byId',
	timeUnit: 'ms',
	createdTime: 'given',
	finishedTime: 'ended',
	digits: 'text',
	futureFinished: 0,
	ids: 'given',
	records: 'single',
	searchSeed: 1,
	timedOut: false,
	failedShards: 0,
	filesPerEnvelope: 1,
	links: 'base',
	linkForm: 'plain',
	linkTokens: false,
	fields: 'documented',
	types: 'documented',
	reply: 'plain',
	refusals: 'vendor',
	dateHeader: 'given',
	clockOffset: 0,
	pastWindow: 'refused',
	replicaLag: 0,
};
