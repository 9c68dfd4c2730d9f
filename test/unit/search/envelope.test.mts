import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	DERIVED_STATUSES,
	deriveStatus,
	toFileUrls,
	toIsoTime,
	toItemJson,
} from '../../../nodes/shared/search/envelope.ts';

const SIMPLIFIED = [
	'envelopeWsid',
	'customTagID',
	'status',
	'envelopeStatus',
	'serviceTypeZhName',
	'admissionNo',
	'doctorName',
	'hospitalDepartment',
	'createdAt',
	'finishedAt',
	'fileUrls',
];

/** Synthetic: no such area code exists. */
const ID_CARD = '990000190001010007';

const RECORD = {
	idCard: ID_CARD,
	patientAge: '28',
	serviceId: 'L20240512203223',
	customTagID: 'L20240512203223',
	envelopeWsid: 'WSID_ENVE_0000018f6cca445c0242196331aa0001',
	envelopeStatus: 'ED_SUCCESS',
	serviceType: 'D_产科',
	serviceTypeZhName: '产科病房胎动计数',
	admissionNo: '1429202208055492',
	doctorName: '签名医生',
	hospitalDepartment: '产科',
	createdDatetime: 1715443200000,
	envelopeFinishedDatetime: 1715517253000,
	envelopeFileUrls: 'https://files.example/1.pdf',
};

describe('deriveStatus', () => {
	it.each([
		['ED_SUCCESS', 'completed'],
		['ING_SENT_WAIT_FILLOUT', 'waiting'],
		['ED_FAIL_REJECT', 'rejected'],
		['ED_FAIL_REVOKE', 'revoked'],
		['ED_FAIL_EXPIRED', 'expired'],
		['ED_FAIL_TIMEOUT', 'expired'],
		['ED_FAIL_INVALIDATE', 'invalidated'],
		['ED_FAIL_NOT_PASS', 'failed'],
		['ED_', 'failed'],
		['ING_SENT_DILIVER', 'processing'],
		['ING_WAIT', 'processing'],
		[' ED_SUCCESS ', 'completed'],
		['SIGNED', 'unknown'],
		['ed_success', 'unknown'],
		['constructor', 'unknown'],
		['', 'unknown'],
		[null, 'unknown'],
		[undefined, 'unknown'],
		[1, 'unknown'],
	])('%j is %s', (code, status) => {
		expect(deriveStatus(code)).toBe(status);
	});

	it('gives one of the statuses that a user can choose from, whatever Yisign sends', () => {
		const code = fc.oneof(
			fc.jsonValue(),
			fc.string().map((tail) => `ED_${tail}`),
			fc.string().map((tail) => `ING_${tail}`),
		);
		fc.assert(
			fc.property(code, (code) => {
				expect(DERIVED_STATUSES).toContain(deriveStatus(code));
			}),
		);
	});
});

describe('toIsoTime', () => {
	it.each([
		['ms', 1715517253000, '2024-05-12T12:34:13.000Z'],
		['ms with a fraction', 1715517253000.7, '2024-05-12T12:34:13.000Z'],
		['seconds', 1715517253, '2024-05-12T12:34:13.000Z'],
		['µs', 1715517253000123, '2024-05-12T12:34:13.000Z'],
		['ns', 1.7155172530001e18, '2024-05-12T12:34:13.000Z'],
		['µs in text', '1715517253000123', '2024-05-12T12:34:13.000Z'],
		['ms in text', ' 1715517253000 ', '2024-05-12T12:34:13.000Z'],
		['seconds in text', '1715517253', '2024-05-12T12:34:13.000Z'],
		['the first ms that are no seconds', 1e11, '1973-03-03T09:46:40.000Z'],
		['UTC', '2024-05-12T12:34:13Z', '2024-05-12T12:34:13.000Z'],
		['UTC with ms', '2024-05-12T12:34:13.456Z', '2024-05-12T12:34:13.456Z'],
		['a zone', '2024-05-12T05:34:13-07:00', '2024-05-12T12:34:13.000Z'],
		['a zone without colon', '2024-05-12T20:34:13+0800', '2024-05-12T12:34:13.000Z'],
		['China time without zone', '2024-05-12T20:34:13', '2024-05-12T12:34:13.000Z'],
		['China time with a blank', '2024-05-12 20:34:13', '2024-05-12T12:34:13.000Z'],
		['China time to the minute', '2024-05-12 20:34', '2024-05-12T12:34:00.000Z'],
		['a day in China', '2024-05-12', '2024-05-11T16:00:00.000Z'],
	])('reads %s', (_, value, iso) => {
		expect(toIsoTime(value)).toBe(iso);
	});

	it.each<[unknown]>([
		[0],
		['0'],
		[-1],
		[NaN],
		[Infinity],
		['9223372036854775807'],
		[2 ** 63],
		['99999999999999999999'],
		[''],
		[' '],
		[null],
		[undefined],
		[true],
		[[]],
		[{}],
		['soon'],
		['2024-13-01'],
		['2024-05-12T25:00:00Z'],
		['Mon Dec 17 09:44:28 CST 2018'],
		['12/05/2024'],
	])('has no time for %j', (value) => {
		expect(toIsoTime(value)).toBeNull();
	});

	it('gives back the instant of any epoch ms after March 1973', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1e11, max: 1e13 }), (ms) => {
				expect(Date.parse(toIsoTime(ms) ?? '')).toBe(ms);
				expect(toIsoTime(String(ms))).toBe(new Date(ms).toISOString());
			}),
		);
	});

	it('gives ISO 8601 with Z or null for anything', () => {
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				const time = toIsoTime(value);
				if (time !== null) expect(new Date(time).toISOString()).toBe(time);
			}),
		);
	});
});

describe('toFileUrls', () => {
	const A = 'https://files.example/a.pdf?sign=x,y;z&n=(1)';
	const B = 'http://10.0.0.5:2576/b.pdf';

	it.each<[string, unknown, string[]]>([
		['one text', A, [A]],
		['blanks around it', ` ${A}\n`, [A]],
		['several by comma', `${A},${B}`, [A, B]],
		['several by semicolon and blank', `${A}; ${B}`, [A, B]],
		['several by line', `${A}\r\n${B}`, [A, B]],
		['separators in front', `,;${A}`, [A]],
		['separators behind', `${A} ;,`, [A]],
		['nothing but separators', ' ,; ', []],
		['blanks in a path', 'files/a b.pdf', ['files/a b.pdf']],
		[
			'100,000 blanks in the middle',
			`${A}${' '.repeat(100_000)}x`,
			[`${A}${' '.repeat(100_000)}x`],
		],
		['several paths', '/files/a,b.pdf, /files/c.pdf', ['/files/a,b.pdf', '/files/c.pdf']],
		['a list', [A, B], [A, B]],
		['a list in a list', [[A], [B]], [A, B]],
		['several in an entry of a list', [`${A},${B}`], [A, B]],
		['a list with nothing in between', [A, null, '', ' ', 5, B], [A, B]],
		['a list of objects', [{ url: A }, { name: 'b' }, { url: B }], [A, B]],
		['JSON text of a list', JSON.stringify([A, B]), [A, B]],
		['JSON text of one text', JSON.stringify(A), [A]],
		['JSON text of an object', JSON.stringify({ url: A }), [A]],
		['JSON in JSON', JSON.stringify(JSON.stringify([A])), [A]],
		['broken JSON', `["${A}"`, [`["${A}"`]],
		['a path', 'files/a.pdf', ['files/a.pdf']],
		['null', null, []],
		['nothing', undefined, []],
		['empty text', '', []],
		['an empty list', [], []],
		['JSON text of an empty list', '[]', []],
		['a number', 5, []],
		['an object without url', {}, []],
	])('reads %s', (_, value, urls) => {
		expect(toFileUrls(value)).toEqual(urls);
	});

	it.each([',', ';', ', '])('drops the separator %j after the last address', (end) => {
		expect(toFileUrls(`${B}${end}`)).toEqual([B]);
		expect(toFileUrls(`${B},${B}${end}`)).toEqual([B, B]);
	});
});

describe('toItemJson', () => {
	it('returns the eleven simplified fields in their order, without the identity number', () => {
		const item = toItemJson(RECORD, 'simplified');
		expect(Object.keys(item)).toEqual(SIMPLIFIED);
		expect(item).toEqual({
			envelopeWsid: RECORD.envelopeWsid,
			customTagID: 'L20240512203223',
			status: 'completed',
			envelopeStatus: 'ED_SUCCESS',
			serviceTypeZhName: '产科病房胎动计数',
			admissionNo: '1429202208055492',
			doctorName: '签名医生',
			hospitalDepartment: '产科',
			createdAt: '2024-05-11T16:00:00.000Z',
			finishedAt: '2024-05-12T12:34:13.000Z',
			fileUrls: ['https://files.example/1.pdf'],
		});
		expect(JSON.stringify(item)).not.toContain(ID_CARD);
	});

	it('returns all eleven with null where the record has nothing', () => {
		expect(toItemJson({}, 'simplified')).toEqual({
			...Object.fromEntries(SIMPLIFIED.map((name) => [name, null])),
			status: 'unknown',
			fileUrls: [],
		});
	});

	it.each([
		[{ customTagID: { value: 'L1' } }, 'L1'],
		[{ customTagID: 17155 }, '17155'],
		[{ customTagID: null, serviceId: 'L1' }, 'L1'],
		[{ serviceId: 'L1' }, 'L1'],
		[{ customTagID: { a: 'L1', b: 2 } }, '{"a":"L1","b":2}'],
	])('flattens the custom tag of %j', (record, tag) => {
		expect(toItemJson(record, 'simplified').customTagID).toBe(tag);
	});

	it.each([{}, '', { id: null }])('takes serviceId where customTagID is %j', (customTagID) => {
		expect(toItemJson({ customTagID, serviceId: 'L1' }, 'simplified').customTagID).toBe('L1');
	});

	it('returns the raw record just as it came', () => {
		expect(toItemJson(RECORD, 'raw')).toBe(RECORD);
		expect(toItemJson(RECORD, 'raw', ['status'])).toBe(RECORD);
	});

	it('puts envelopeWsid first, then the chosen fields once each, wire names and added ones', () => {
		const fields = ['finishedAt', 'idCard', 'bedNumber', 'envelopeWsid', 'idCard', 'fileUrls'];
		const item = toItemJson(RECORD, 'selected', fields);
		expect(Object.entries(item)).toEqual([
			['envelopeWsid', RECORD.envelopeWsid],
			['finishedAt', '2024-05-12T12:34:13.000Z'],
			['idCard', ID_CARD],
			['bedNumber', null],
			['fileUrls', ['https://files.example/1.pdf']],
		]);
		expect(toItemJson(RECORD, 'selected')).toEqual({ envelopeWsid: RECORD.envelopeWsid });
	});

	it.each([
		[{ hospitalBusinessWsi: 'W1' }, 'W1'],
		[{ hospitalBusinessWsid: 'W1' }, 'W1'],
	])('finds the business record under both spellings: %j', (record, wsid) => {
		const item = toItemJson(record, 'selected', ['hospitalBusinessWsi']);
		expect(item.hospitalBusinessWsi).toBe(wsid);
	});

	it.each(['constructor', 'toString'])('has null for the selected field %s', (name) => {
		expect(toItemJson({}, 'selected', [name])).toEqual({ envelopeWsid: null, [name]: null });
	});

	const wireName = fc.constantFrom(...Object.keys(RECORD), 'hospitalBusinessWsi');
	const anyRecord = fc.dictionary(fc.oneof(wireName, fc.string()), fc.jsonValue());

	it('makes an item of any record: eleven keys, a list of URLs, a known status', () => {
		fc.assert(
			fc.property(anyRecord, (record) => {
				const item = toItemJson(record, 'simplified');
				expect(Object.keys(item)).toEqual(SIMPLIFIED);
				expect(item.fileUrls).toEqual(expect.any(Array));
				for (const url of item.fileUrls as unknown[]) {
					expect(url).toEqual(expect.any(String));
					expect(url).not.toBe('');
				}
				expect(DERIVED_STATUSES).toContain(item.status);
				expect(toItemJson(record, 'raw')).toBe(record);
			}),
			{ numRuns: 500 },
		);
	});

	it('has envelopeWsid first in any selection of wire fields, and no field twice', () => {
		fc.assert(
			fc.property(anyRecord, fc.array(wireName), (record, fields) => {
				const names = Object.keys(toItemJson(record, 'selected', fields));
				expect(names[0]).toBe('envelopeWsid');
				expect(new Set(names)).toEqual(new Set(['envelopeWsid', ...fields]));
			}),
		);
	});
});
