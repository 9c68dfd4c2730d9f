import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { conditions, messageOf, useSetup } from './support.mts';

const setup = useSetup({ count: 5 });

/** What was asked for by the only search of a run. */
async function queryOf(parameters: INodeParameters): Promise<unknown> {
	setup.sandbox.clearRequests();
	const result = await setup.run({ limit: 1, ...parameters });
	expect(messageOf(result)).toBe(' | ');
	return setup.sandbox.requests[0].query.q;
}

// docs/messages.md and docs/search.md say so: the node cannot, for nothing of it reaches the node.
describe('an expression in the place of a whole group, as only an edited workflow has it', () => {
	const condition = { field: 'envelopeStatus', value: 'ED_SUCCESS' };

	it('is dropped by n8n, as if nothing were filled in', async () => {
		expect(await queryOf(conditions(condition))).toBe('(envelopeStatus=ED_SUCCESS)');
		const whole = `={{ (${JSON.stringify({ condition: [condition] })}) }}`;
		expect(await queryOf({ conditions: whole })).toBeUndefined();
		expect(await queryOf({ dates: "={{ ({ createdAfter: 'never' }) }}" })).toBeUndefined();
	});

	it('in the place of all rows is refused: n8n makes empty rows of it', async () => {
		const rows = `={{ ${JSON.stringify([condition])} }}`;
		const result = await setup.run({ conditions: { condition: rows } });
		expect(messageOf(result)).toMatch(/^Condition 1: Value is empty \|/);
		expect(setup.sandbox.requests).toEqual([]);
	});
});
