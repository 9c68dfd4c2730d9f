import type { IDataObject } from 'n8n-workflow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeEnvelopes, type EnvelopeSource } from '../../sandbox/envelopes.mts';
import { logged, watchLogs } from './logs.mts';
import { column, conditions, hintsOf, messageOf, useSetup } from './support.mts';
import { makeTrigger, reportedBy } from './trigger.support.mts';

const setup = useSetup({ count: 0 });

let endLogs: () => void;

beforeEach(() => {
	endLogs = watchLogs();
	logged.splice(0);
});
afterEach(() => endLogs());

/** Puts envelopes into the sandbox, each changed by its number. */
function fill(change: (index: number) => Partial<EnvelopeSource>, count = 120): void {
	const envelopes = makeEnvelopes({ count }).map(({ id, source }, index) => ({
		id,
		source: { ...source, ...change(index) },
	}));
	setup.sandbox.envelopes.splice(0, Infinity, ...envelopes);
	setup.sandbox.touch();
}

const PARAMETERS = {
	hospitalDepartmentId: 'department',
	doctorID: 'doctor',
	serviceType: 'documentType',
} as const;

type Field = keyof typeof PARAMETERS;

const FIELDS = Object.keys(PARAMETERS) as Field[];

const on = (field: Field, mode: string, value: unknown): IDataObject => ({
	field,
	[PARAMETERS[field]]: { __rl: true, mode, value },
});

const search = (condition: IDataObject, input: IDataObject[] = [{}]) =>
	setup.run({ returnAll: true, ...conditions(condition) }, { input });

const department = (index: number, names: readonly string[]) => ({
	hospitalDepartmentId: 'D1',
	hospitalDepartment: names[index % names.length],
});

describe('what was typed into the field of a name or code, and no envelope has', () => {
	const NUMBERS = [
		'990000199001011234',
		'９９００００１９９００１０１１２３４',
		'990000 19900101 1234',
		'身份证99000019900101123X',
		'138-0000-9999',
		'138 0000 9999',
		'+86 (138) 0000·9999',
		'A1234\u200b5678',
	];

	/** What each of them has, in any spelling. */
	const PARTS = /19900101|0000\D9999|1234\D5678/;

	/** Everything that a message about it is kept in: the execution, its stack and n8n's log. */
	async function textsOf(field: Field, typed: string): Promise<string> {
		const { error } = await search(on(field, 'name', '={{ $json.typed }}'), [{ typed }]);
		expect(error?.message).toContain('No recent envelope has this');
		const { message, description, stack, context } = error!;
		return JSON.stringify([message, description, stack, context, logged]);
	}

	beforeEach(() => fill(() => ({})));

	it.each(FIELDS)('is never repeated if it may be the number of a person (%s)', async (field) => {
		for (const number of NUMBERS) {
			expect(number.normalize('NFKC')).toMatch(PARTS);
			// No shorter parts: a port or a time may hold such digits.
			expect((await textsOf(field, number)).normalize('NFKC')).not.toMatch(PARTS);
		}
	});

	it.each(FIELDS)('is never repeated if it may be a patient’s name (%s)', async (field) => {
		expect(await textsOf(field, '张秘密患者')).not.toContain('秘密');
	});

	it('is never repeated in the place of a doctor’s name, be it like one', async () => {
		fill(() => ({ doctorName: '张秘密医生' }));
		expect(await textsOf('doctorID', '张秘密患生')).not.toContain('患生');
	});

	it('is not repeated by the trigger either, which reports it', async () => {
		const poller = makeTrigger(setup, conditions(on('doctorID', 'name', '张秘密患者')));
		await poller.activate();
		expect(reportedBy(poller)).toEqual([
			expect.stringMatching(/^No recent envelope has this doctor name \| /),
		]);
		expect(JSON.stringify([poller.reported, poller.stored(), logged])).not.toContain('秘密');
	});

	it('is not repeated in the place of a doctor’s code', async () => {
		fill((index) => ({ doctorID: `job_${index % 10}` }));
		expect(hintsOf(await search(on('doctorID', 'id', 'jab_3')))).toEqual([
			'No envelope has this code. The nearest in recent envelopes: job_3.',
		]);
	});

	it('is repeated if it is the name of a department or document type with a slip', async () => {
		expect(messageOf(await search(on('hospitalDepartmentId', 'name', '儿课')))).toMatch(
			/^No recent envelope has the department name 儿课 \| The nearest: 儿科/,
		);
	});
});

describe('a name in another spelling', () => {
	const SPELLINGS = [
		['ICU', 'ＩＣＵ'],
		['产科（一）', '产科(一)'],
		['Ward 3', 'ward  ３'],
	];

	it.each(SPELLINGS)('finds every envelope: %s, %s', async (...names) => {
		fill((index) => department(index, names));
		for (const name of names) {
			const result = await search(on('hospitalDepartmentId', 'name', name));
			expect(messageOf(result)).toBe(' | ');
			expect(column(result)).toHaveLength(120);
			expect(hintsOf(result)).toEqual([]);
		}
	});

	it.each(SPELLINGS)('starts the workflow for every envelope: %s, %s', async (...names) => {
		fill((index) => department(index, names));
		const poller = makeTrigger(setup, conditions(on('hospitalDepartmentId', 'name', names[1])));
		await poller.activate();
		expect(poller.reported).toEqual([]);
		const [one, other] = makeEnvelopes({ count: 2, seed: 99 });
		for (const [index, { source }] of [one, other].entries()) {
			const time = Date.now() + 1000 + index;
			Object.assign(source, department(index, names), {
				createdDatetime: time,
				envelopeFinishedDatetime: time,
				envelopeStatus: 'ED_SUCCESS',
				hospitalBusinessLastVersion: true,
			});
		}
		setup.sandbox.envelopes.push(one, other);
		setup.sandbox.touch();
		expect(await poller.tick()).toHaveLength(2);
	});

	it('is not guessed at where two codes have it, each in its own', async () => {
		fill((index) => ({
			hospitalDepartmentId: `D${index % 2}`,
			hospitalDepartment: index % 2 === 0 ? 'ICU' : 'ＩＣＵ',
		}));
		expect(messageOf(await search(on('hospitalDepartmentId', 'name', 'icu')))).toMatch(
			/^Several codes have the department name icu \| They are D[01], D[01]\./,
		);
	});

	it('is recognized in the place of a code, and a code in the place of a name', async () => {
		fill((index) => department(index, ['科室3']));
		expect(hintsOf(await search(on('hospitalDepartmentId', 'id', '科室３')))[0]).toContain(
			'but 120 recent envelopes have that name: choose By Name.',
		);
		expect(messageOf(await search(on('hospitalDepartmentId', 'name', 'ｄ1')))).toContain(
			'It is a code: choose By ID.',
		);
	});
});

describe('a code that Yisign sends as a number with too many digits', () => {
	const code = '12345678901234567890';

	beforeEach(() =>
		fill((index) => ({
			hospitalDepartmentId: (index % 2 === 0 ? Number(code) : 'D1') as string,
			hospitalDepartment: index % 2 === 0 ? '中医科' : '儿科',
		})),
	);

	it('is said to have lost digits where its name is asked for', async () => {
		expect(messageOf(await search(on('hospitalDepartmentId', 'name', '中医科')))).toMatch(
			/^Yisign sent 60 records that cannot be checked by hospitalDepartmentId \| .*last digits are lost/,
		);
		const result = await search(on('hospitalDepartmentId', 'name', '儿科'));
		expect(column(result)).toHaveLength(60);
	});

	it('is never named as the nearest', async () => {
		const [hint] = hintsOf(await search(on('hospitalDepartmentId', 'id', `${Number(code)}0`)));
		expect(hint).toBe('No envelopes found.');
	});
});

it('a name that is longer than a message has room for is cut', async () => {
	fill((index) => department(index, ['科'.repeat(500)]));
	const message = messageOf(await search(on('hospitalDepartmentId', 'name', 'x')));
	expect(message).toContain(`${'科'.repeat(99)}…`);
	expect(message.length).toBeLessThan(300);
});
