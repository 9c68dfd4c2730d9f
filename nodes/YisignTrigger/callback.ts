import type { IDataObject } from 'n8n-workflow';
import { toIsoTime } from '../shared/search/envelope';
import { isObject, parseJson, readText } from '../shared/json';
import type { JsonObject } from '../shared/json';

/** The events of the hospital product whose names are documented (vendor-api 3.2). */
const KNOWN_EVENTS = ['dataSignatureCompleted', 'dataSignatureV2Completed'] as const;

/** One posted callback, read as tolerantly as the documents ask for. */
export interface Callback {
	/** A known event by its documented name, any other as sent; empty if there is none. */
	event: string;
	/** The content; empty if there is none that can be read. */
	rawData: JsonObject;
}

/** What the content says about which envelope or signature is meant; null where it says nothing. */
interface CallbackIds {
	envelopeWsid: string | null;
	signWsid: string | null;
	customTagID: string | null;
}

/**
 * The JSON object in a posted body.
 *
 * @param rawBody UTF-8
 * @returns null if it is anything else
 */
export function parseBody(rawBody: Uint8Array): JsonObject | null {
	const body = parseJson(new TextDecoder().decode(rawBody));
	return isObject(body) ? body : null;
}

/**
 * Reads a callback. `rawData` is documented as JSON text for one event and as an object for another;
 * both give the same.
 */
export function readCallback(body: JsonObject): Callback {
	const { event, rawData } = body;
	const content = parsed(rawData);
	return {
		event: toEventName(typeof event === 'string' ? event.trim() : ''),
		rawData: isObject(content) ? content : {},
	};
}

/** Ids wherever the known events, and those of the vendor's general platform, have them. */
export function findIds({ rawData }: Pick<Callback, 'rawData'>): CallbackIds {
	const objects = [
		rawData,
		...['data', 'business', 'signature', 'basicEnvelope'].map((name) => inner(rawData, name)),
	];
	const find = (...names: string[]) =>
		names
			.flatMap((name) => objects.map((object) => readText(object, name)))
			.find((text) => text !== null) ?? null;
	return {
		envelopeWsid: find('envelopeWsid') ?? readText(inner(rawData, 'basicEnvelope'), 'wsid'),
		signWsid: find('signWsid'),
		// Inferred: `serviceId` has the same value, as in interface 2.2.
		customTagID: find('customTagID', 'customTag', 'serviceId'),
	};
}

/** The JSON of an output item: `raw` is the posted body, its content parsed. */
export function toCallbackJson(
	body: JsonObject,
	callback: Callback,
	output: 'simplified' | 'raw',
): IDataObject {
	if (output === 'simplified') return simplify(callback);
	return { ...body, ...('rawData' in body && { rawData: parsed(body.rawData) }) } as IDataObject;
}

/**
 * A flat item with the names that the search uses; nothing that names the patient.
 *
 * Inferred: `serviceId` and `customTag` are the caller's `customTagID`, and the sender is the doctor
 * who started the flow.
 */
function simplify(callback: Callback): IDataObject {
	const { event, rawData } = callback;
	const { envelopeWsid, signWsid, customTagID } = findIds(callback);
	switch (event) {
		case 'dataSignatureCompleted': {
			const business = inner(rawData, 'business');
			const signature = inner(rawData, 'signature');
			return {
				event,
				signWsid,
				customTagID,
				signStatus: readText(signature, 'signStatus'),
				serviceType: readText(business, 'serviceType'),
				serviceTypeZhName: readText(business, 'serviceTypeZhName'),
				admissionNo: readText(business, 'admissionNumber') ?? readText(business, 'admissionNo'),
				doctorName: readText(business, 'doctorName'),
				hospitalDepartment: readText(business, 'departmentName'),
				finishedAt: toIsoTime(signature.signDatetime),
			};
		}
		case 'dataSignatureV2Completed': {
			const data = inner(rawData, 'data');
			const patient = inner(data, 'patientInfo');
			return {
				event,
				signWsid,
				customTagID,
				signStatus: readText(data, 'status'),
				serviceType: readText(data, 'serviceType'),
				serviceTypeZhName: readText(data, 'serviceTypeZhName'),
				admissionNo: readText(patient, 'admissionNo') ?? readText(patient, 'admissionNumber'),
				doctorName: readText(inner(data, 'sender'), 'senderName'),
				hospitalDepartment: readText(data, 'departmentName'),
				finishedAt: toIsoTime(data.finishedDatetime),
			};
		}
		default:
			return { event, envelopeWsid, signWsid, customTagID };
	}
}

/** `DATA_SIGNATURE_COMPLETED` and `datasignaturecompleted` are the same event. */
function toEventName(text: string): string {
	const plain = (name: string) => name.replaceAll('_', '').toLowerCase();
	return KNOWN_EVENTS.find((name) => plain(name) === plain(text)) ?? text;
}

/** JSON text as what it stands for; anything else as it is. */
function parsed(value: unknown): unknown {
	return typeof value === 'string' ? (parseJson(value) ?? value) : value;
}

/** An object inside another; empty if there is none. */
function inner(record: JsonObject, name: string): JsonObject {
	const value = Object.hasOwn(record, name) ? record[name] : undefined;
	return isObject(value) ? value : {};
}
