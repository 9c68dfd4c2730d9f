import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startEngine, type Engine } from '../../engine/engine.mts';
import { makeMailer, type Mail } from '../../engine/stand-ins.mts';
import { makeEnvelopes, SIGNED, WAITING, type EnvelopeSource } from '../../sandbox/envelopes.mts';
import { startSandbox, type Sandbox } from '../../sandbox/server.mts';
import { ROOT } from '../../scripts/pack.mts';
import { play, triggerOf } from './alerts.support.mts';
import { addEnded, idsOf } from './trigger.support.mts';

const DIGEST = 'examples/03-alert-by-email.json';
const UNSIGNED = 'examples/05-daily-list-of-unsigned-envelopes.json';
const WEEKLY = 'examples/12-weekly-figures.json';

const HOUR = 3_600_000;

/** A Monday, 08:00 in China. */
const MONDAY = Date.parse('2026-11-23T00:00:00Z');

/** What every envelope that is added has, unless it says otherwise. */
const TEMPLATE: EnvelopeSource = {
	...makeEnvelopes({ count: 1 })[0].source,
	hospitalBusinessLastVersion: true,
	envelopeFinishedDatetime: null,
};

let sandbox: Sandbox;
let engine: Engine;
let sent: Mail[];

beforeEach(async () => {
	vi.useFakeTimers({ toFake: ['Date'], now: MONDAY });
	sandbox = await startSandbox({ count: 40 });
	sent = [];
	engine = await startEngine(ROOT, { 'n8n-nodes-base.emailSend': makeMailer(sent) });
});

afterEach(async () => {
	vi.useRealTimers();
	await sandbox.close();
});

/** The cells of all tables of a mail, row by row; those of the head as well. */
function rowsOf({ html }: Mail): string[][] {
	return [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
		[...row.matchAll(/<t[hd]>(.*?)<\/t[hd]>/gs)].map(([, cell]) => cell),
	);
}

describe('the alert by e-mail', () => {
	it('is one mail for each poll, with every envelope in it once', async () => {
		const { appId, accessToken } = sandbox.options;
		const credentials = engine.addCredential('yisignApi', {
			baseUrl: sandbox.url,
			appId,
			accessToken,
		});
		const poller = engine.poller({ ...triggerOf(DIGEST), credentials });
		await poller.activate();
		const ended = addEnded({ sandbox }, 200);
		const items = await poller.tick();
		expect(idsOf(items)).toEqual(ended);
		expect((await play({ engine, sandbox }, DIGEST, { items })).error).toBeUndefined();
		expect(sent.map(({ subject }) => subject)).toEqual(['医易签：签署完成 200 份']);
		const [head, ...rows] = rowsOf(sent[0]);
		expect(head).toEqual(['科室', '文件', '完成时间', '业务编号']);
		expect(rows.map(([, , , tag]) => tag).toSorted()).toEqual(ended);
		expect(rows[0][2]).toBe('11/23 08:00');
	});

	it('shows names as they are, whatever they contain', async () => {
		const json = { envelopeWsid: 'WSID_ENVE_1', serviceTypeZhName: '<b>同意书</b>' };
		await play({ engine, sandbox }, DIGEST, { items: [{ json }] });
		expect(rowsOf(sent[0])[1]).toEqual(['—', '&lt;b&gt;同意书&lt;/b&gt;', '时间不明', '—']);
	});
});

describe('the daily list', () => {
	it('has all that is not signed yet, by department, waiting and processing alike', async () => {
		const open = sandbox.envelopes.filter(
			({ source }) =>
				source.envelopeStatus.startsWith('ING_') && source.hospitalBusinessLastVersion,
		);
		expect(new Set(open.map(({ source }) => source.envelopeStatus)).size).toBeGreaterThan(1);
		await play({ engine, sandbox }, UNSIGNED);
		expect(sent.map(({ subject }) => subject)).toEqual([`医易签：未签完 ${open.length} 份`]);
		const rows = rowsOf(sent[0]).filter(([first]) => first !== '文件');
		expect(rows.map((row) => row[4]).toSorted()).toEqual(
			open.map(({ source }) => source.customTagID).toSorted(),
		);
		for (const { source } of open) expect(sent[0].html).toContain(source.hospitalDepartment);
		const counts = [...sent[0].html.matchAll(/<h3>.*?：(\d+) 份<\/h3>/g)].map(([, n]) => Number(n));
		expect(counts).toEqual(counts.toSorted((a, b) => b - a));
		expect(counts.reduce((sum, one) => sum + one, 0)).toBe(open.length);
	});

	it('says how many days each has waited', async () => {
		sandbox.envelopes.splice(0);
		const template = addTo({ envelopeStatus: WAITING, createdDatetime: MONDAY - 50 * HOUR });
		await play({ engine, sandbox }, UNSIGNED);
		const { serviceTypeZhName, doctorName, customTagID } = template;
		expect(rowsOf(sent[0])[1]).toEqual([
			serviceTypeZhName,
			doctorName,
			'11/21 06:00',
			'2',
			customTagID,
		]);
	});

	it('comes although there is nothing to sign', async () => {
		sandbox.envelopes.splice(0);
		sandbox.touch();
		expect((await play({ engine, sandbox }, UNSIGNED)).error).toBeUndefined();
		expect(sent).toMatchObject([
			{ subject: '医易签：未签完 0 份', html: '<p>没有未签完的文件。</p>' },
		]);
	});
});

describe('the weekly figures', () => {
	/** Puts an envelope of the week before into the sandbox: its department, status and hours. */
	function add(
		name: string,
		envelopeStatus: string,
		hours: number,
		end = MONDAY - 48 * HOUR,
	): void {
		addTo({
			hospitalDepartment: name,
			envelopeStatus,
			envelopeFinishedDatetime: end,
			createdDatetime: end - hours * HOUR,
		});
	}

	it('are completed, rejected and the median of the hours, by department', async () => {
		sandbox.envelopes.splice(0);
		for (const hours of [1, 2, 30]) add('儿科', SIGNED, hours);
		for (const hours of [4, 5]) add('普通外科', SIGNED, hours);
		add('普通外科', 'ED_FAIL_REJECT', 100);
		add('眼科', 'ED_FAIL_REJECT', 7);
		add('眼科', 'ED_FAIL_REVOKE', 7);
		// Of this week, and of the one before the last.
		add('眼科', SIGNED, 1, MONDAY - 7 * HOUR);
		add('眼科', SIGNED, 1, MONDAY - 8 * 24 * HOUR);
		const result = await play({ engine, sandbox }, WEEKLY);
		expect(result.error).toBeUndefined();
		expect(sent.map(({ subject }) => subject)).toEqual(['医易签：上周统计（11/16—11/22）']);
		expect(rowsOf(sent[0])).toEqual([
			['科室', '完成（份）', '拒签（份）', '从发起到完成的小时数（中位数）'],
			['儿科', '3', '0', '2.0'],
			['普通外科', '2', '1', '4.5'],
			['眼科', '0', '1', '—'],
			['合计', '5', '2', '4.0'],
		]);
	});

	it('leave out what has no known start, and say so with a dash', async () => {
		sandbox.envelopes.splice(0);
		Object.assign(sandbox.options, { createdTime: 'none', sortValues: 'none' });
		add('儿科', SIGNED, 1);
		const result = await play({ engine, sandbox }, WEEKLY);
		expect(result.error).toBeUndefined();
		expect(rowsOf(sent[0])[1]).toEqual(['儿科', '1', '0', '—']);
	});
});

let made = 0;

/** Puts one envelope into the sandbox, after one that was there at the beginning. */
function addTo(more: Partial<EnvelopeSource>): EnvelopeSource {
	made += 1;
	const envelopeWsid = `WSID_ENVE_${String(made).padStart(32, '0')}`;
	const source = { ...TEMPLATE, envelopeWsid, customTagID: `L${made}`, ...more };
	sandbox.envelopes.push({ id: envelopeWsid, source });
	sandbox.touch();
	return source;
}
