import type { INodeParameters } from 'n8n-workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EnvelopeSource } from '../../sandbox/envelopes.mts';
import { answer, meanwhile, reset } from '../../sandbox/faults.mts';
import { column, messageOf, NODE, startSetup, useSetup, type RunOptions } from './support.mts';

const setup = useSetup({ count: 120 });

beforeAll(() => {
	singles = setup.sandbox.envelopes
		.map(({ source }) => source)
		.filter((source) => versionsOf(source).length === 1);
});

const get = (lookupField: string, lookupValue: string, more = {}, options?: RunOptions) =>
	setup.run(
		{
			operation: 'get',
			lookupField,
			...(lookupField === 'envelopeWsid'
				? { envelopeWsid: { __rl: true, mode: 'id', value: lookupValue } }
				: { lookupValue }),
			...more,
		} as INodeParameters,
		options,
	);

/** What to do if nothing gives an ID, in words of the editor. */
const NOT_CHOSEN =
	/^No envelope is chosen \| Point at Envelope and choose Fixed, then From List\. Or put a Search or a trigger/;

const versionsOf = ({ customTagID }: EnvelopeSource) =>
	setup.sandbox.envelopes.filter(({ source }) => source.customTagID === customTagID);

/** A record that was made as the only version of its business. */
const record = (number = 0) => singles[number];
let singles: EnvelopeSource[];

let versions = 0;

/** Starts the business of a record again: another envelope under the same number. */
function startAgain(source: EnvelopeSource): EnvelopeSource {
	for (const older of versionsOf(source)) older.source.hospitalBusinessLastVersion = false;
	versions += 1;
	const version = {
		...source,
		envelopeWsid: `WSID_ENVE_${versions.toString(16).padStart(32, '0')}`,
		createdDatetime: source.createdDatetime + versions,
		hospitalBusinessLastVersion: true,
	};
	setup.sandbox.envelopes.push({ id: `version-${versions}`, source: version });
	setup.sandbox.touch();
	return version;
}

describe('which envelope is returned', () => {
	it('is the one with the envelope ID, with one request', async () => {
		const { envelopeWsid, customTagID, envelopeStatus } = record();
		const result = await get('envelopeWsid', envelopeWsid);
		expect(result.items(NODE)).toEqual([
			{
				json: expect.objectContaining({ envelopeWsid, customTagID, envelopeStatus }),
				pairedItem: { item: 0 },
			},
		]);
		expect(Object.keys(result.items(NODE)[0].json)).toHaveLength(11);
		expect(setup.sandbox.requests.map(({ query }) => query.q)).toEqual([
			`(envelopeWsid=${envelopeWsid})`,
		]);
	});

	it('is an old version too when its own envelope ID is asked for', async () => {
		const source = record(1);
		startAgain(source);
		expect(column(await get('envelopeWsid', source.envelopeWsid))).toEqual([source.envelopeWsid]);
	});

	it.each(['honoured', 'ignored'] as const)(
		'is the latest version of a custom tag ID when the server’s sort is %s',
		async (sort) => {
			setup.sandbox.options.sort = sort;
			const source = record(2);
			const latest = startAgain(startAgain(source));
			expect(column(await get('customTagID', source.customTagID))).toEqual([latest.envelopeWsid]);
		},
	);

	it('is the latest version that is found while a still newer one is not in the index', async () => {
		const source = record(3);
		const second = startAgain(source);
		second.hospitalBusinessLastVersion = false;
		setup.sandbox.touch();
		expect(column(await get('customTagID', source.customTagID))).toEqual([second.envelopeWsid]);
	});

	it('is the newest one when records do not say which version is the last', async () => {
		const source = record(4);
		const latest = startAgain(source);
		for (const each of [source, latest]) {
			delete (each as Partial<EnvelopeSource>).hospitalBusinessLastVersion;
		}
		setup.sandbox.touch();
		expect(column(await get('customTagID', source.customTagID))).toEqual([latest.envelopeWsid]);
	});

	it.each(['freeText', 'ignored'] as const)(
		'is nobody else’s when q is %s and other patients’ envelopes come back',
		async (query) => {
			setup.sandbox.options.query = query;
			const { envelopeWsid, customTagID } = record(5);
			expect(column(await get('envelopeWsid', envelopeWsid))).toEqual([envelopeWsid]);
			expect(column(await get('customTagID', customTagID))).toEqual([envelopeWsid]);
			const none = await get('customTagID', 'L19990101000000');
			expect(none.items(NODE)).toEqual([]);
			expect(messageOf(none)).toMatch(/^No envelope has the Custom Tag ID/);
		},
	);

	it('is not said to be missing when records came that do not carry the number', async () => {
		const unfiltered = await startSetup({
			query: 'ignored',
			envelopes: setup.sandbox.envelopes.slice(0, 3).map(({ id, source }) => ({
				id,
				source: { ...source, customTagID: undefined, serviceId: undefined } as never,
			})),
		});
		try {
			const result = await unfiltered.run({
				operation: 'get',
				lookupField: 'customTagID',
				lookupValue: record().customTagID,
			});
			expect(result.items(NODE)).toEqual([]);
			expect(messageOf(result)).toMatch(
				/^Yisign sent 3 records without Custom Tag ID, .*Do not create it again before/,
			);
		} finally {
			await unfiltered.sandbox.close();
		}
	});
});

describe('an envelope that is not there', () => {
	it('is named with the ends of its custom tag ID only, which may be a patient’s number', async () => {
		const message = messageOf(await get('customTagID', 'L20990101000042'));
		expect(message).toMatch(/^No envelope has the Custom Tag ID L2\*\*\*42 \| Check the value\./);
		expect(message).not.toContain('0990101');
	});

	it('is named with its whole envelope ID, which says nothing about a patient', async () => {
		const wsid = 'WSID_ENVE_0000019300000000000000000000ffff';
		expect(messageOf(await get('envelopeWsid', wsid))).toMatch(
			new RegExp(`^No envelope has the Envelope ID ${wsid} \\|.*is a Custom Tag ID`),
		);
	});

	it('shows nothing of a short value', async () => {
		expect(messageOf(await get('envelopeWsid', '4711'))).toContain('the Envelope ID *** |');
	});
});

describe('what is refused before anything is sent', () => {
	it.each([
		['envelopeWsid', '={{ "" }}', NOT_CHOSEN],
		['envelopeWsid', '={{ $json.envelopeWsid }}', NOT_CHOSEN],
		['envelopeWsid', '  ', NOT_CHOSEN],
		['customTagID', '={{ $json.customTagID }}', /^Custom Tag ID is empty .* choose Fixed/],
		['customTagID', 'L1)OR(a=b', /^Custom Tag ID must not contain the character \)/],
		['customTagID', '={{ null }}', /^Custom Tag ID is empty/],
		[
			'customTagID',
			'={{ 1429202208055492123 }}',
			/^Custom Tag ID has to be text.*too long to be exact/,
		],
		['={{ "idCard" }}', '1', /^Look Up By does not offer this value/],
	])('%s %j', async (field, value, message) => {
		const result = await get(field, value);
		expect(messageOf(result)).toMatch(message);
		expect(result.error?.description).toMatch(/\.$/);
		expect(setup.sandbox.requests).toEqual([]);
	});
});

describe('the fields of the returned envelope', () => {
	it('is the whole record with Raw', async () => {
		const { envelopeWsid, idCard } = record(6);
		const [{ json }] = (await get('envelopeWsid', envelopeWsid, { output: 'raw' })).items(NODE);
		expect(json).toMatchObject({ envelopeWsid, idCard, hospitalBusinessLastVersion: true });
	});

	it('is what was chosen, and the envelope ID, with Selected Fields', async () => {
		const { envelopeWsid, doctorID } = record(6);
		const chosen = { output: 'selected', fields: ['doctorID', 'status'] };
		const [{ json }] = (await get('envelopeWsid', envelopeWsid, chosen)).items(NODE);
		expect(json).toEqual({ envelopeWsid, doctorID, status: expect.any(String) });
	});
});

describe('several input items', () => {
	const wanted = '={{ $json.id }}';

	it('give one envelope each, linked to its item', async () => {
		const ids = setup.sandbox.envelopes.slice(10, 60).map(({ source }) => source.envelopeWsid);
		const result = await get('envelopeWsid', wanted, {}, { input: ids.map((id) => ({ id })) });
		expect(column(result)).toEqual(ids);
		expect(result.items(NODE).map(({ pairedItem }) => pairedItem)).toEqual(
			ids.map((_, item) => ({ item })),
		);
	});

	it('go on after one that is not found, with its message in its place', async () => {
		const { envelopeWsid } = record(7);
		const result = await get(
			'envelopeWsid',
			wanted,
			{},
			{
				input: [{ id: '4711' }, { id: envelopeWsid }],
				node: { onError: 'continueRegularOutput' },
			},
		);
		expect(result.error).toBeUndefined();
		expect(result.items(NODE).map(({ json }) => json.error ?? json.envelopeWsid)).toEqual([
			'No envelope has the Envelope ID ***',
			envelopeWsid,
		]);
		expect(result.items(NODE).map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
		]);
	});

	it('stop at one that is not found, and say which', async () => {
		const result = await get('envelopeWsid', wanted, {}, { input: [{ id: '4711' }] });
		expect(result.items(NODE)).toEqual([]);
		expect(result.error?.context).toMatchObject({ itemIndex: 0 });
	});
});

describe('when something goes wrong', () => {
	it.each([
		['503', () => answer({ status: 503 })],
		['a connection that is reset', () => reset({ amid: true })],
		['JSON that breaks off', () => answer({ status: 200, body: '{"took":1,' })],
	])('%s is tried again', async (_name, fault) => {
		setup.sandbox.options.faults = [fault()];
		const { envelopeWsid } = record(8);
		expect(column(await get('envelopeWsid', envelopeWsid))).toEqual([envelopeWsid]);
		expect(setup.sandbox.requests).toHaveLength(2);
	});

	it('a login page is reported as what it is, and not as "not found"', async () => {
		const body = '<!doctype html><form>Login</form>';
		setup.sandbox.options.faults = [answer({ status: 200, body })];
		const result = await get('envelopeWsid', record().envelopeWsid);
		expect(messageOf(result)).toMatch(/^What answered is not Yisign.*login page/);
	});

	it('a token that expires is renewed', async () => {
		const { sandbox } = setup;
		sandbox.options.faults = [meanwhile({}, () => sandbox.expireTokens())];
		const { envelopeWsid } = record(9);
		const { appSecret } = sandbox.options;
		const credential = { authentication: 'appSecret', accessToken: '', appSecret };
		const ids = [{}, {}];
		const result = await get('envelopeWsid', envelopeWsid, {}, { input: ids, credential });
		expect(column(result)).toEqual([envelopeWsid, envelopeWsid]);
	});
});
