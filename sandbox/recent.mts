import { WAITING, type Envelope, type EnvelopeSource } from './envelopes.mts';
import { calendarDay } from './patients.mts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** When the envelopes made overdue have waited a day: minutes after the newest time. */
const OVERDUE_AT = [5, 10, 16, 23, 32, 42];

/**
 * The same envelopes, later: the newest time in them is `newest`. A few that wait, each the only
 * version of its business, are started a day before one of the minutes that follow, so that On
 * Envelope Overdue can be seen to start a workflow. Admission numbers stay as they are.
 *
 * @param newest epoch ms; nothing is moved if left out
 */
export function moveTo(envelopes: Envelope[], newest: number | undefined): Envelope[] {
	if (newest === undefined) return envelopes;
	const by = newest - newestTime(envelopes);
	const moved = envelopes.map(({ id, source }) => ({ id, source: move(source, by) }));
	return makeOverdue(moved, newest - DAY);
}

/** The latest time that a record holds, epoch ms. */
function newestTime(envelopes: Envelope[]): number {
	return envelopes.reduce(
		(latest, { source: { createdDatetime, envelopeFinishedDatetime } }) =>
			Math.max(latest, createdDatetime, envelopeFinishedDatetime ?? 0),
		0,
	);
}

/** @param dayBefore epoch ms, a day before the newest time */
function makeOverdue(envelopes: Envelope[], dayBefore: number): Envelope[] {
	const versions = Map.groupBy(envelopes, ({ source }) => source.customTagID);
	const distance = ({ source }: Envelope) => Math.abs(source.createdDatetime - dayBefore);
	const chosen = envelopes
		.filter(({ source }) => source.envelopeStatus === WAITING)
		.filter(({ source }) => versions.get(source.customTagID)?.length === 1)
		.sort((a, b) => distance(a) - distance(b))
		.slice(0, OVERDUE_AT.length);
	return envelopes.map((envelope) => {
		const at = chosen.indexOf(envelope);
		if (at < 0) return envelope;
		const created = dayBefore + OVERDUE_AT[at] * MINUTE;
		const { id, source } = envelope;
		return { id, source: move(source, created - source.createdDatetime) };
	});
}

/** A record `by` ms later, and with it the ids and the address that hold one of its times. */
function move(source: EnvelopeSource, by: number): EnvelopeSource {
	const envelopeWsid = moveWsid(source.envelopeWsid, by);
	const hospitalBusinessWsi = moveWsid(source.hospitalBusinessWsi, by);
	const day = calendarDay(timeOf(hospitalBusinessWsi));
	const customTagID = source.customTagID.replace(/^L\d{8}/, `L${day}`);
	const { envelopeFileUrls: file, envelopeFinishedDatetime: finished } = source;
	return {
		...source,
		customTagID,
		serviceId: customTagID,
		hospitalBusinessWsi,
		envelopeWsid,
		createdDatetime: source.createdDatetime + by,
		...(finished && { envelopeFinishedDatetime: finished + by }),
		...(typeof file === 'string' && {
			envelopeFileUrls: file.replace(source.envelopeWsid, envelopeWsid),
		}),
	};
}

/** `WSID_` + four letters + `_` + a time as 16 hex digits + the rest, as `makeWsid` writes it. */
const WSID = /^(WSID_[A-Z]{4}_)([\da-f]{16})/;

/** The time in an id, epoch ms. */
function timeOf(wsid: string): number {
	return parseInt(WSID.exec(wsid)?.[2] ?? '', 16);
}

function moveWsid(wsid: string, by: number): string {
	const time = (timeOf(wsid) + by).toString(16).padStart(16, '0');
	return wsid.replace(WSID, `$1${time}`);
}
