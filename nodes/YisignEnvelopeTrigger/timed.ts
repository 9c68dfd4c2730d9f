import type { YisignClient } from '../shared/api/client';
import { DOCUMENTED_PAGE_SIZE } from '../shared/api/endpoints';
import { YisignError } from '../shared/errors';
import { toTime, unitOf } from '../shared/search/envelope';
import { OrderEvidence, orderOf } from '../shared/search/evidence';
import type { Hit, SearchPage } from '../shared/search/page';
import { requestPage } from '../shared/search/page';
import type { SortRule } from '../shared/search/query';
import { buildQuery } from '../shared/search/query';
import { CHECK_SERVER } from '../shared/search/reasons';
import { OLDEST } from '../shared/search/times';
import type { Settings } from './settings';
import { findInLargerUnit, findUnit, isNumber, rawTimeOf } from './unit';

/** A record with its times. Times are epoch ms, null where it has none. */
export interface TimedHit {
	hit: Hit;
	/** What the server sorts by. */
	time: number | null;
	/** When it came to the event, or will. */
	eventTime: number | null;
}

/** A page of a result that is sorted newest first. */
export interface TimedPage {
	/** Number of the record that was asked for first, counted from 0. */
	from: number;
	/** How many records were asked for. */
	asked: number;
	hits: TimedHit[];
	/** How many further hits came without their content. */
	emptyHits: number;
	/** Exact number of records that match; null if the server does not say. */
	total: number | null;
	/** Epoch ms of the server's clock; n8n's where it does not say. */
	serverNow: number;
	/** Epoch ms of n8n's clock. */
	localNow: number;
}

/** Reads a page. */
export type ReadTimedPage = (from: number, size: number) => Promise<TimedPage>;

/**
 * A reader of the trigger's result.
 *
 * @param unit ms of one unit of the server's times, where it is known already
 */
export class TimedReader {
	/** ms of one unit of the server's times; null until a record has one. */
	unit: number | null;

	/** Whether a page showed that the server sorts by something else. */
	isSortRefuted = false;

	private isUnitFound = false;

	private readonly client: YisignClient;

	private readonly settings: Settings;

	private readonly sortRules: SortRule[];

	private readonly evidence: OrderEvidence;

	constructor(client: YisignClient, settings: Settings, unit: number | null = null) {
		this.client = client;
		this.settings = settings;
		this.unit = unit;
		this.sortRules = [{ field: settings.sortField, direction: 'desc' }];
		this.evidence = new OrderEvidence(this.sortRules);
	}

	/** Whether a record that was read shows that the server sorts by the time that is asked for. */
	get isSortProven(): boolean {
		return this.evidence.isProven;
	}

	/** @throws YisignError, also if the server does not sort by the time that is asked for */
	read: ReadTimedPage = async (from, size) => {
		const { sortRules } = this;
		const { sortField } = this.settings;
		const page = await this.request(from, size);
		await this.noteUnit(from, page);
		const hits = page.hits.map((hit) => this.toTimed(hit));
		const hasMore = page.total === null ? hits.length >= FEW : page.total > hits.length;
		// A few that are all still under way are no reason to doubt.
		if (from === 0 && hasMore && hits.every(({ time }) => time === null)) throw noTimes(sortField);
		const isOther = page.hits.some((hit) => orderOf(hit, sortField, sortRules) === 'other');
		if (isOther || !isNewestFirst(page.hits, sortField)) {
			this.isSortRefuted = true;
			throw notSorted(sortField);
		}
		this.evidence.observe(page.hits);
		return {
			from,
			asked: size,
			hits,
			emptyHits: page.emptyHits,
			total: page.isTotalExact ? page.total : null,
			serverNow: page.serverTime ?? Date.now(),
			localNow: Date.now(),
		};
	};

	/**
	 * The newest records in a larger unit than that of the others, although they are not the oldest.
	 *
	 * @throws YisignError if a page does not come
	 */
	async readInLargerUnit(): Promise<TimedHit[]> {
		const { sortField: field } = this.settings;
		const hits = await findInLargerUnit({
			field,
			known: this.unit,
			request: async (from) =>
				await this.request(from, DOCUMENTED_PAGE_SIZE, [{ field, direction: 'asc' }]),
		});
		return hits.map((hit) => this.toTimed(hit));
	}

	private async request(
		from: number,
		size: number,
		sortRules = this.sortRules,
	): Promise<SearchPage> {
		return await requestPage(this.client, {
			query: buildQuery(this.settings.conditions),
			sortRules,
			from,
			size,
			// A larger page than the documented one is not worth a second try.
			...(size > DOCUMENTED_PAGE_SIZE && { maxRetries: 0 }),
		});
	}

	/** Once for each reader: a reading has one unit. */
	private async noteUnit(from: number, page: SearchPage): Promise<void> {
		if (this.isUnitFound || (from > 0 && this.unit !== null)) return;
		this.unit = await findUnit(page, {
			field: this.settings.sortField,
			known: this.unit,
			request: async (place) => await this.request(place, DOCUMENTED_PAGE_SIZE),
		});
		this.isUnitFound = this.unit !== null;
	}

	private toTimed(hit: Hit): TimedHit {
		const { sortField, eventField, eventUnit, overdue } = this.settings;
		const time = toMs(rawTimeOf(hit, sortField), this.unit);
		const eventTime =
			eventField === sortField ? time : toMs(hit.record[eventField], eventUnit ?? this.unit);
		return { hit, time, eventTime: eventTime === null ? null : eventTime + overdue };
	}
}

/** @param unit ms of one unit of a number; null if not known */
function toMs(raw: unknown, unit: number | null): number | null {
	if (!isNumber(raw)) return toTime(raw);
	const time = raw * (unit ?? unitOf(raw));
	return time >= OLDEST ? time : null;
}

/** Fewer records than that on a page are taken for all there are, if the server does not count. */
const FEW = 10;

/** Whether the numbers that are sorted by go down, whatever they mean; those without come together. */
function isNewestFirst(hits: readonly Hit[], field: string): boolean {
	const values = hits.map((hit) => {
		const raw = rawTimeOf(hit, field);
		return isNumber(raw) ? raw : toTime(raw);
	});
	const changes = values.filter(
		(value, index) => index > 0 && (value === null) !== (values[index - 1] === null),
	);
	const times = values.filter((value) => value !== null);
	return (
		changes.length < 2 && times.every((time, index) => index === 0 || time <= times[index - 1])
	);
}

/** The first page need not be the newest. */
export function notSorted(field: Settings['sortField']): YisignError {
	return new YisignError('notYisign', 'Yisign does not sort by the time that is asked for', {
		description: `${adviceFor(field)} ${CHECK_SERVER}`,
		cause: 'configuration-invalid',
	});
}

/** Nobody can say which of the records are new. */
export function noTimes(field: Settings['sortField']): YisignError {
	const name = field === 'createdDatetime' ? 'created' : 'finished';
	return new YisignError('notYisign', `None of the first envelopes has a ${name} time`, {
		description: `So it cannot be known which of them are new. ${adviceFor(field)} ${CHECK_SERVER}`,
		cause: 'configuration-invalid',
	});
}

/** Envelopes of a status that the finished time does not lead to; the status is a code of Yisign. */
export function noTimeOf(code: string): YisignError {
	return new YisignError('notYisign', `Envelopes with the status ${code} have no finished time`, {
		description: `So the trigger would not notice them. ${adviceFor('envelopeFinishedDatetime')}`,
		cause: 'configuration-invalid',
	});
}

function adviceFor(field: Settings['sortField']): string {
	return field === 'createdDatetime'
		? 'Show this message to Yisign: the trigger needs the newest envelopes first, with the time when they were created.'
		: 'Set Detect By to "Created Time", which works with the documented sort order alone.';
}
