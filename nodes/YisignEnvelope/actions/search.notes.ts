import type { NodeExecutionHint } from 'n8n-workflow';
import { formatCount } from '../../shared/count';
import type { YisignError } from '../../shared/errors';
import { isChinaTime } from '../../shared/fields/dates.fields';
import { deriveStatus } from '../../shared/search/envelope';
import { CHECK_SERVER } from '../../shared/search/reasons';
import { toHint } from './hints';

/** What a model can do where not all could be read. */
export const ASK_FOR_FEWER =
	'Ask for fewer envelopes, by department, status or dates, or try again later.';

/** What the user should know about a result, gathered over all input items. */
export class SearchNotes {
	/** Records that do not match the condition that Yisign was asked for. */
	notAskedFor = 0;

	/** Status codes of envelopes that only finished dates leave out, for want of the time, by their ids. */
	readonly untimed = new Map<string, unknown>();

	/** Sort orders that the server does not keep to. */
	readonly unsorted = new Set<string>();

	/** Why results are not whole. */
	readonly reasons: YisignError[] = [];

	/** Why nothing may have been found. */
	readonly advice = new Set<string>();

	/** Codes that Yisign was asked for in the place of names. */
	readonly codes = new Set<string>();

	/** Results that Limit has cut: how many envelopes of how many, null where that is not known. */
	readonly cut: Array<{ returned: number; total: number | null }> = [];

	/** Results that Limit might have cut and has not: how many envelopes each. */
	readonly whole: number[] = [];

	/** Whether the time zone of the workflow was needed to read a date. */
	usesZone = false;

	private readonly isForModel: boolean;

	/** @param isForModel whether a model reads them, which has no field of the editor */
	constructor(isForModel: boolean) {
		this.isForModel = isForModel;
	}

	/**
	 * The notes as n8n shows them above the output.
	 *
	 * @param timeZone of the workflow
	 * @param more what to do to get what Limit has cut
	 */
	toHints(timeZone: string, more: string): NodeExecutionHint[] {
		const facts = [...this.codes, ...this.describeZone(timeZone), ...this.describeCut(more)];
		return [
			...this.describeProblems().map((message) => toHint('warning', message)),
			...facts.map((message) => toHint('info', message)),
		];
	}

	/**
	 * What contradicts n8n's own warning that a Limit was reached, which it shows where one input item
	 * gives just as many.
	 */
	toCountHints(): NodeExecutionHint[] {
		const [count, ...others] = this.whole;
		if (count === undefined || others.length > 0 || this.cut.length > 0) return [];
		return [toHint('info', `These are all envelopes that match: ${formatCount(count)}.`)];
	}

	private describeProblems(): string[] {
		const { notAskedFor, unsorted, untimed, reasons, advice } = this;
		const messages = [...advice];
		if (notAskedFor > 0) {
			messages.push(
				`Yisign sent ${countRecords(notAskedFor)} that the first condition does not match. They were left out. Check its field and value.`,
			);
		}
		if (unsorted.size > 0) {
			messages.push(
				`Yisign did not sort by ${[...unsorted].join(' or ')}. With a Limit, the items may not be the first ones in that order.${this.isForModel ? '' : ` ${CHECK_SERVER}`}`,
			);
		}
		if (untimed.size > 0) {
			const count = `${formatCount(untimed.size)} ${untimed.size === 1 ? 'envelope' : 'envelopes'}`;
			const statuses = [...new Set([...untimed.values()].map(deriveStatus))].join(', ');
			messages.push(
				`Yisign has no finished time for ${count} that ended (${statuses}). Finished dates do not find such envelopes; use created dates for them.`,
			);
		}
		const shown = reasons.slice(0, 3);
		for (const { message, description } of shown) {
			const advice = this.isForModel ? ASK_FOR_FEWER : (description ?? '');
			messages.push(`${message}. ${advice}`.trim());
		}
		if (reasons.length > shown.length) {
			messages.push(`${reasons.length - shown.length} more input items are incomplete, too.`);
		}
		return messages;
	}

	private describeZone(timeZone: string): string[] {
		if (!this.usesZone || isChinaTime(timeZone, Date.now())) return [];
		const fact = `Dates were read in the time zone of the workflow, ${timeZone}.`;
		return [this.isForModel ? fact : `${fact} It can be changed in the settings of the workflow.`];
	}

	private describeCut(more: string): string[] {
		const [first, ...others] = this.cut;
		if (!first) return [];
		if (others.length > 0) {
			return [`Limit left out envelopes of ${formatCount(this.cut.length)} input items. ${more}`];
		}
		const { returned, total } = first;
		const count = formatCount(returned);
		return total === null
			? [`These are the first ${count} envelopes, as Limit says; there may be more. ${more}`]
			: [`These are the first ${count} of ${formatCount(total)} envelopes, as Limit says. ${more}`];
	}
}

function countRecords(count: number): string {
	return `${formatCount(count)} ${count === 1 ? 'record' : 'records'}`;
}
