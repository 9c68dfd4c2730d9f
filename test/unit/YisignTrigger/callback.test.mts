import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	findIds,
	parseBody,
	readCallback,
	toCallbackJson,
} from '../../../nodes/YisignTrigger/callback.ts';
import { makeCallback, writeBody, type CallbackEvent } from '../../../sandbox/callbacks.mts';
import { makeEnvelopes, type Envelope } from '../../../sandbox/envelopes.mts';
import type { EnvelopeRecord } from '../../../nodes/shared/search/envelope.ts';

const EVENTS: CallbackEvent[] = ['dataSignatureCompleted', 'dataSignatureV2Completed'];

const envelopes = makeEnvelopes({ count: 60 });
const finished = envelopes.filter(
	({ source }) => source.envelopeStatus === 'ED_SUCCESS' && source.admissionNo && source.idCard,
);

/** A body as the node gets it. */
function posted(body: unknown): EnvelopeRecord {
	const parsed = parseBody(Buffer.from(typeof body === 'string' ? body : writeBody(body)));
	if (!parsed) throw new Error('No JSON object');
	return parsed;
}

function item(body: unknown, output: 'simplified' | 'raw' = 'simplified') {
	const read = posted(body);
	return toCallbackJson(read, readCallback(read), output);
}

describe('a posted body', () => {
	it.each(['', '{', 'null', '[]', '"text"', '7', '<html></html>', 'a=b'])(
		'that is no JSON object is none: %j',
		(text) => expect(parseBody(Buffer.from(text))).toBeNull(),
	);

	it('may begin with a byte order mark', () => {
		expect(parseBody(Buffer.from('\uFEFF{"event":"x"}'))).toEqual({ event: 'x' });
	});

	it('never breaks the reader, whatever JSON it is', () => {
		fc.assert(
			fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
				const read = posted(JSON.stringify(body));
				const callback = readCallback(read);
				expect(typeof callback.event).toBe('string');
				toCallbackJson(read, callback, 'simplified');
				toCallbackJson(read, callback, 'raw');
			}),
		);
	});

	it('may be nested beyond all sense', () => {
		const deep = `{"event":"dataSignatureCompleted","rawData":${'['.repeat(1e5)}${']'.repeat(1e5)}}`;
		expect(item(deep).event).toBe('dataSignatureCompleted');
		const id = `{"event":"x","rawData":{"customTag":${'['.repeat(1e5)}${']'.repeat(1e5)}}}`;
		expect(item(id).customTagID).toBeNull();
	});

	it('cannot reach into objects by its key names', () => {
		const body = posted('{"event":"x","__proto__":{"polluted":1},"rawData":{"__proto__":{"a":1}}}');
		const { rawData } = readCallback(body);
		expect(Object.getPrototypeOf(rawData)).toBe(Object.prototype);
		expect(({} as EnvelopeRecord).polluted).toBeUndefined();
		expect(rawData.a).toBeUndefined();
	});
});

describe('the event', () => {
	it.each([
		['dataSignatureCompleted', 'dataSignatureCompleted'],
		['DATASIGNATURECOMPLETED', 'dataSignatureCompleted'],
		['DATA_SIGNATURE_COMPLETED', 'dataSignatureCompleted'],
		[' dataSignatureCompleted ', 'dataSignatureCompleted'],
		['DATA_SIGNATURE_V2_COMPLETED', 'dataSignatureV2Completed'],
		['datasignaturev2completed', 'dataSignatureV2Completed'],
		['dataSignatureV3Completed', 'dataSignatureV3Completed'],
		['envelopeCompleted', 'envelopeCompleted'],
		[undefined, ''],
		[7, ''],
	])('%j is read as %j', (event, expected) => {
		expect(readCallback({ event }).event).toBe(expected);
	});
});

describe('rawData', () => {
	it.each(EVENTS)('gives the same item as text and as object: %s', (event) => {
		fc.assert(
			fc.property(fc.constantFrom(...envelopes), fc.boolean(), (envelope, isRaw) => {
				const asObject = makeCallback(envelope, event, 'object');
				const asText = { ...asObject, rawData: JSON.stringify(asObject.rawData) };
				const output = isRaw ? 'raw' : 'simplified';
				expect(item(asText, output)).toEqual(item(asObject, output));
			}),
		);
	});

	it.each(['not JSON', '', '[]', null, 7, undefined])('may be of no use: %j', (rawData) => {
		expect(item({ event: 'dataSignatureCompleted', rawData })).toMatchObject({
			event: 'dataSignatureCompleted',
			signWsid: null,
			finishedAt: null,
		});
	});
});

describe('the simplified item', () => {
	const FIELDS = [
		'event',
		'signWsid',
		'customTagID',
		'signStatus',
		'serviceType',
		'serviceTypeZhName',
		'admissionNo',
		'doctorName',
		'hospitalDepartment',
		'finishedAt',
	];

	it.each(EVENTS)('has the ten fields of the search’s own names: %s', (event) => {
		const [{ source }] = finished;
		const json = item(makeCallback(finished[0], event));
		expect(Object.keys(json)).toEqual(FIELDS);
		expect(json).toMatchObject({
			event,
			signWsid: expect.stringMatching(/^WSID_SIGN_/),
			customTagID: source.customTagID,
			signStatus: 'SIGNED',
			serviceType: source.serviceType,
			admissionNo: source.admissionNo,
			doctorName: source.doctorName,
			hospitalDepartment: source.hospitalDepartment,
			finishedAt: new Date(source.envelopeFinishedDatetime ?? 0).toISOString(),
		});
	});

	it.each(EVENTS)('names no patient: %s', (event) => {
		const named = JSON.stringify(item(makeCallback(finished[0], event), 'raw'));
		const { idCard } = finished[0].source;
		for (const secret of ['测试患者', idCard as string]) {
			expect(named).toContain(secret);
			expect(JSON.stringify(item(makeCallback(finished[0], event)))).not.toContain(secret);
		}
		expect(JSON.stringify(item(makeCallback(finished[0], event)))).not.toContain('10000000000');
	});

	it('of an unknown event says which ids it has', () => {
		expect(
			item({
				event: 'envelopeCompletedSucceed',
				rawData: JSON.stringify({
					customTag: 'L1',
					basicEnvelope: { wsid: 'WSID_ENVE_1', status: 'ED_SUCCESS' },
				}),
			}),
		).toEqual({
			event: 'envelopeCompletedSucceed',
			envelopeWsid: 'WSID_ENVE_1',
			signWsid: null,
			customTagID: 'L1',
		});
		expect(item({})).toEqual({ event: '', envelopeWsid: null, signWsid: null, customTagID: null });
	});
});

describe('the raw item', () => {
	it('is the posted body with its content parsed, and nothing else changed', () => {
		const body = makeCallback(finished[0]);
		const rawData = JSON.parse(body.rawData as string) as unknown;
		expect(item(body, 'raw')).toEqual({ ...body, rawData });
		expect(item({ 'odd key ': { ' a': 1 }, rawData: '{" b ":2}' }, 'raw')).toEqual({
			'odd key ': { ' a': 1 },
			rawData: { ' b ': 2 },
		});
		expect(item({ event: 'x' }, 'raw')).toEqual({ event: 'x' });
	});
});

describe('the ids of a callback', () => {
	const ids = (envelope: Envelope, event: CallbackEvent) =>
		findIds(readCallback(posted(makeCallback(envelope, event))));

	it.each(EVENTS)('are found: %s', (event) => {
		for (const envelope of envelopes) {
			expect(ids(envelope, event)).toEqual({
				envelopeWsid: null,
				signWsid: envelope.source.envelopeWsid.replace('ENVE', 'SIGN'),
				customTagID: envelope.source.customTagID,
			});
		}
	});

	it('may be numbers', () => {
		expect(findIds({ rawData: { customTag: 1715517253 } }).customTagID).toBe('1715517253');
	});
});
