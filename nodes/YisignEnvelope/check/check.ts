import { DOCUMENTED_PAGE_SIZE } from '../../shared/api/endpoints';
import type { YisignError } from '../../shared/errors';
import { toTime } from '../../shared/search/envelope';
import type { Hit } from '../../shared/search/page';
import { lengthOf } from '../../shared/search/page';
import { buildSort, DEFAULT_SORT_RULE } from '../../shared/search/query';
import type { Asker, PageAnswer, Probe, RefusedAnswer } from './asker';
import { CannotTell, OPEN } from './finding';
import type { FieldMatch } from './questions/query';
import type { Row } from './rows';
import { toRow } from './rows';

/** The documented page, in the documented order. */
export const DOCUMENTED: Probe = {
	sort: buildSort([DEFAULT_SORT_RULE]),
	from: 0,
	size: DOCUMENTED_PAGE_SIZE,
};

/** Where the server puts a file: for each address, by comparison with the credential. */
export type PlaceOf = (url: string) => 'baseUrl' | 'fileServers' | 'other' | 'unreadable';

/** So many of the newest envelopes one replica of the index may not have yet. */
const UNSAFE = 8;

/** What earlier questions have found out, for later ones. Undefined is not known. */
interface Facts {
	from?: 'honoured' | 'ignored' | 'refused' | 'rounded' | 'clamped';
	/** The largest page that was seen to come, in records. */
	largestPage: number;
	sortsByCreated?: boolean;
	sortsByFinished?: boolean;
	/** Whether `q` finds a value in any field, whichever is named. */
	isFreeText?: boolean;
	/** Query names of fields, and what `q` finds by them. */
	matches: Map<string, FieldMatch>;
}

/** One check under way: what the questions share. */
export class Check {
	readonly facts: Facts = { largestPage: 0, matches: new Map() };

	readonly asker: Asker;

	readonly placeOf: PlaceOf;

	/** What the documented page is asked for with: less of it where all of it is refused. */
	private base: Probe | undefined;

	/** Forms of refusal, each with the first of them. */
	private readonly confirmed = new Map<string, YisignError>();

	/** Whether the documented page is refused, too, which came before. */
	private isLost = false;

	/** Epoch ms by n8n's clock. */
	readonly now: () => number;

	constructor(asker: Asker, placeOf: PlaceOf, now: () => number) {
		this.asker = asker;
		this.placeOf = placeOf;
		this.now = now;
	}

	/**
	 * Asks for the documented page, and for less of it if that is refused.
	 *
	 * @throws YisignError if nothing comes, or the credential is not accepted
	 */
	async start(): Promise<void> {
		const { from, size } = DOCUMENTED;
		for (const probe of [DOCUMENTED, { from, size }, {}]) {
			const answer = await this.asker.ask(probe);
			if (answer.kind === 'page') {
				this.base = probe;
				break;
			}
			if (answer.fault && (answer.kind === 'none' || answer.fault.kind !== 'refused')) {
				throw answer.fault;
			}
		}
		// The refusal may have been a transient fault.
		if (!this.hasBase || this.isDocumentedServed) return;
		if ((await this.asker.ask(DOCUMENTED)).kind === 'page') this.base = DOCUMENTED;
	}

	/** Whether the documented request gets a page, and not only less than it. */
	get isDocumentedServed(): boolean {
		return this.base === DOCUMENTED;
	}

	/** Whether any page has come. */
	get hasBase(): boolean {
		return this.base !== undefined;
	}

	/** The documented page with something changed, as it can be asked for. */
	probe(change: Probe): Probe {
		if (!this.base) throw new CannotTell('Yisign refuses even the documented request', OPEN.yisign);
		return { ...this.base, ...change };
	}

	/**
	 * A page, or a refusal.
	 *
	 * @throws CannotTell if nothing came that says anything
	 */
	async ask(change: Probe): Promise<PageAnswer | RefusedAnswer> {
		if (this.isLost) throw lost();
		const answer = await this.asker.ask(this.probe(change));
		if (answer.kind === 'none') throw new CannotTell(answer.reason, answer.todo);
		if (answer.kind === 'refused') await this.confirm(answer);
		else requireContent(answer);
		return answer;
	}

	/**
	 * Makes sure that a refusal is of what was asked for, and not a transient fault: it comes again,
	 * and the documented page still comes. Done once for each form of refusal.
	 *
	 * @throws CannotTell
	 */
	private async confirm({ probe, fault }: RefusedAnswer): Promise<void> {
		const form = formOf(fault);
		if (this.confirmed.has(form)) return;
		const again = await this.asker.ask(probe);
		if (again.kind !== 'refused' || formOf(again.fault) !== form) {
			throw new CannotTell('Yisign refused it once, but not the next time', OPEN.quiet);
		}
		const base = await this.asker.ask(this.probe({}));
		this.isLost = base.kind === 'refused';
		if (base.kind !== 'page') throw lost();
		this.confirmed.set(form, fault);
	}

	/** The first refusal that was of what was asked for; undefined if there was none. */
	get refusal(): YisignError | undefined {
		return [...this.confirmed.values()].at(0);
	}

	/**
	 * A page that is known not to be refused.
	 *
	 * @throws CannotTell
	 */
	async page(change: Probe = {}): Promise<PageAnswer> {
		const answer = await this.ask(change);
		if (answer.kind === 'page') return answer;
		throw new CannotTell('Yisign refused what it had answered before', OPEN.quiet);
	}

	/** The last answer to the documented page. */
	get lastBase(): PageAnswer {
		const answer = this.basePages.at(-1);
		if (!answer) throw new CannotTell('Yisign refuses even the documented request', OPEN.yisign);
		if (answer.isPartial) throw partial();
		return answer;
	}

	/** Every answer without a query in the documented order, whatever the page. */
	get newest(): PageAnswer[] {
		return this.asker.pages.filter(
			({ probe }) => probe.q === undefined && probe.sort === this.base?.sort,
		);
	}

	/** The records of the largest first page of the newest envelopes; none if nothing came. */
	get pool(): Hit[] {
		const first = this.newest.filter(({ probe: { from } }) => from === undefined || from === 0);
		const pages = first.map(({ page }) => page.hits);
		return pages.reduce((most, hits) => (hits.length > most.length ? hits : most), []);
	}

	/** Every record that came, on whichever page: not all of them are among the newest. */
	get seen(): Hit[] {
		const hits = this.asker.pages.flatMap(({ page }) => page.hits);
		return [...new Map(hits.map((hit) => [hit.key, hit])).values()];
	}

	/** How many records there are at least, as far as was seen. */
	get atLeast(): number {
		return Math.max(0, ...this.newest.map(({ page }) => Math.max(page.total ?? 0, lengthOf(page))));
	}

	/**
	 * Asks for the newest envelopes once more. Only those count that every replica of the index has:
	 * that a query does not find one of them has another reason then.
	 *
	 * @returns whether one of them is as it has to be, and was so before: then it was all the time
	 * @throws CannotTell if it is not known which envelopes those are
	 */
	async isEverywhere(isIt: (hit: Hit) => boolean): Promise<boolean> {
		const before = this.pool;
		const { page } = await this.page();
		return hasBoth(before, this.withoutNewest(page.hits), isIt);
	}

	/**
	 * Envelopes without the newest, which a replica of the index may lack.
	 *
	 * @throws CannotTell if it is not known which those are
	 */
	withoutNewest(hits: readonly Hit[]): Hit[] {
		const createdAt = ({ record }: Hit) => toTime(record.createdDatetime);
		const isKnown = hits.every((hit) => createdAt(hit) !== null);
		if (!isKnown && this.facts.sortsByCreated) return hits.slice(UNSAFE);
		if (!isKnown) {
			throw new CannotTell(
				'envelopes do not show which are so new that they may come late',
				OPEN.same,
			);
		}
		const times = hits.map((hit) => createdAt(hit)!).sort((left, right) => right - left);
		const latest = times[UNSAFE] ?? -Infinity;
		return hits.filter(
			(hit, index) => createdAt(hit)! < latest || (index >= UNSAFE && createdAt(hit) === latest),
		);
	}

	private get basePages(): PageAnswer[] {
		return this.asker.pages.filter(({ probe }) => isSameProbe(probe, this.base));
	}
}

/** Whether an envelope was so before and after, and therefore all the time. */
export function hasBoth(
	before: readonly Hit[],
	after: readonly Hit[],
	isSo: (hit: Hit) => boolean,
): boolean {
	const known = new Set(before.filter(isSo).map(({ envelopeId }) => envelopeId));
	return after.some((hit) => isSo(hit) && known.has(hit.envelopeId));
}

/** The records of an answer as they stand in an order. */
export function rowsOf(answer: PageAnswer): Row[] {
	return answer.page.hits.map((hit) => toRow(hit, answer.probe.sort));
}

/** Whether a page that begins at 0 has all there is, by its own total. */
export function isWhole({ page }: PageAnswer): boolean {
	return page.isTotalExact && page.total === lengthOf(page);
}

function isSameProbe(left: Probe, right: Probe | undefined): boolean {
	return (
		right !== undefined &&
		left.q === right.q &&
		left.sort === right.sort &&
		left.from === right.from &&
		left.size === right.size
	);
}

function formOf({ kind, details }: YisignError): string {
	return `${kind} ${details.httpStatus ?? ''} ${String(details.isSaid)}`;
}

function lost(): CannotTell {
	return new CannotTell('Yisign no longer answers what it answered before', OPEN.quiet);
}

/** @throws CannotTell if a page does not say what it could */
function requireContent({ page, isPartial }: PageAnswer): void {
	if (isPartial) throw partial();
	if (page.hits.length > 0 || page.emptyHits === 0) return;
	throw new CannotTell('envelopes came without what they hold', OPEN.report);
}

function partial(): CannotTell {
	return new CannotTell(
		'Yisign says itself that it searched only a part of its records',
		'Show this to Yisign: its index is not whole, or too slow.',
	);
}
