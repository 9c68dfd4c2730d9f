import type { IDataObject, IPollFunctions } from 'n8n-workflow';
import type { JsonObject } from '../shared/json';
import { isObject } from '../shared/json';
import type { StoredIds } from './known';
import { fitIds } from './known';

/** Of what is stored. A trigger reads no other version, and refuses a later one. */
const VERSION = 1;

/** What states of earlier releases do not hold. */
const LATER: Pick<State, 'future' | 'gapTo' | 'gapEnd'> = {
	future: true,
	gapTo: null,
	gapEnd: null,
};

/** Characters of JSON that the known ids may take in the copy. */
const SMALL = 24_000;

/** What is kept in n8n's static data. Times are epoch ms. */
export interface State {
	version: typeof VERSION;
	/** ID of the node that it belongs to. */
	node: string;
	/** Hash of Base URL and App ID. */
	server: string;
	/** Hash of what is watched. */
	settings: string;
	/** n8n's clock at the last poll that was answered in full. */
	answered: number;
	/** The server's clock then. */
	asOf: number;
	/** ms of one unit of the server's times; null if not known yet. */
	unit: number | null;
	/** What came to the event before this is not to start the workflow; null if everything may. */
	since: number | null;
	/** Up to which time of records everything has been read; null if nothing yet. */
	watermark: number | null;
	/** Before this ids have been forgotten, so that records count as known; null if none have. */
	forgotten: number | null;
	/** Up to which time a gap in what was new has been reported; null if none has. */
	gapTo: number | null;
	/** Where the newest of these gaps ends, also if that is later than now; null if there is none. */
	gapEnd: number | null;
	/** Whether all records without a time were seen when the trigger began, so that others are new. */
	timeless: boolean;
	/** The same of records with a time so far in the future that no clock explains it. */
	future: boolean;
	/** Ids of envelopes that started the workflow, or were there at activation; hashed. */
	known: StoredIds;
	/** Field of a condition to how many records in a row did not have it. */
	lacking: Record<string, number>;
	/** Topic of a notice to when it was reported last; epoch ms. */
	reported: Record<string, number>;
}

/** What the static data holds before Yisign has answered once. */
export interface Waiting {
	node: string;
	/** Hash of Base URL and App ID. */
	server: string;
	/** n8n's clock at which the workflow was published. */
	waitingSince: number;
}

/** A state that knows nothing; both hashes as in {@link State}. */
export function emptyState(node: string, server: string, settings: string): State {
	return {
		version: VERSION,
		node,
		server,
		settings,
		answered: 0,
		asOf: 0,
		unit: null,
		since: null,
		watermark: null,
		forgotten: null,
		gapTo: null,
		gapEnd: null,
		timeless: false,
		future: false,
		known: {},
		lacking: {},
		reported: {},
	};
}

/** Whether Yisign has answered once. */
export function isState(stored: State | Waiting): stored is State {
	return 'version' in stored;
}

/** Static data of the node, and its copy for a node that gets another name. */
export class Storage {
	private readonly own: IDataObject;

	private readonly copies: IDataObject;

	private readonly nodeId: string;

	constructor(context: IPollFunctions) {
		this.nodeId = context.getNode().id;
		this.own = context.getWorkflowStaticData('node');
		this.copies = context.getWorkflowStaticData('global');
	}

	/** Whether there is something that cannot be read any more. */
	get isDamaged(): boolean {
		const keys = Object.keys(this.own);
		return keys.length > 0 && this.isOurs(this.own) && !toState(this.own) && !isWaiting(this.own);
	}

	/** Whether a newer version of this package has stored something that this one cannot read. */
	get isNewer(): boolean {
		return [this.own, this.copies[this.nodeId]].some(
			(data) => isObject(data) && this.isOurs(data) && Number(data.version) > VERSION,
		);
	}

	/** What the node knew last; of a node with another name its copy; null if nothing can be read. */
	load(): State | Waiting | null {
		for (const data of [this.own, this.copies[this.nodeId]]) {
			if (!isObject(data) || data.node !== this.nodeId) continue;
			const state = toState(data);
			if (state) return state;
			if (isWaiting(data)) return toPlain(data) as Waiting;
		}
		return null;
	}

	save(state: State | Waiting): void {
		for (const key of Object.keys(this.own)) delete this.own[key];
		Object.assign(this.own, state);
		this.copies[this.nodeId] = structuredClone(copyOf(state)) as unknown as IDataObject;
	}

	private isOurs(data: JsonObject): boolean {
		return data.node === undefined || data.node === this.nodeId;
	}
}

/** With the newest of its ids only; before those, all that had ended is silent. */
function copyOf(state: State | Waiting): State | Waiting {
	if (!isState(state)) return state;
	const { known, forgotten } = fitIds(state.known, SMALL);
	const silent = [state.forgotten, forgotten].filter((time) => time !== null);
	return { ...state, known, forgotten: silent.length > 0 ? Math.max(...silent) : null };
}

/** n8n's static data watches its changes through proxies, which cannot be cloned. */
function toPlain(data: JsonObject): unknown {
	return JSON.parse(JSON.stringify(data));
}

function isWaiting(data: JsonObject): data is JsonObject & Waiting {
	const { node, server, waitingSince } = data;
	return [node, server].every((text) => typeof text === 'string') && Number.isFinite(waitingSince);
}

/** @returns null if it is none, or not whole */
function toState(stored: JsonObject): State | null {
	const data = { ...LATER, ...(toPlain(stored) as JsonObject) };
	return isWhole(data) ? data : null;
}

function isWhole(data: JsonObject): data is JsonObject & State {
	const isTime = (value: unknown) => value === null || Number.isFinite(value);
	const isMapOf = (value: unknown, type: string) =>
		isObject(value) && Object.values(value).every((entry) => typeof entry === type);
	return (
		data.version === VERSION &&
		[data.node, data.server, data.settings].every((text) => typeof text === 'string') &&
		[data.answered, data.asOf].every(Number.isFinite) &&
		[data.unit, data.since, data.watermark, data.forgotten].every(isTime) &&
		[data.gapTo, data.gapEnd].every(isTime) &&
		[data.timeless, data.future].every((value) => typeof value === 'boolean') &&
		isMapOf(data.known, 'string') &&
		isMapOf(data.lacking, 'number') &&
		isMapOf(data.reported, 'number')
	);
}
