import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { outcomeOf, toNodeError, YisignError } from '../../nodes/shared/errors.ts';

const NODE: INode = {
	id: '1',
	name: 'Yisign Envelope',
	type: 'n8n-nodes-yisign.yisignEnvelope',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

describe('outcomeOf', () => {
	it('gives a value, even undefined, and any fault, without throwing', async () => {
		expect(await outcomeOf(Promise.resolve(undefined))).toEqual({ value: undefined });
		const fault = new Error('gone');
		expect(await outcomeOf(Promise.reject(fault))).toEqual({ fault });
	});
});

describe('toNodeError', () => {
	it('shows message, description and item where no answer came', () => {
		const error = new YisignError('input', 'Limit has to be a whole number', {
			description: 'It is null now.',
			cause: 'configuration-invalid',
		});
		const shown = toNodeError(NODE, error, 3);
		expect(shown).toBeInstanceOf(NodeOperationError);
		expect(shown).toMatchObject({
			message: 'Limit has to be a whole number',
			description: 'It is null now.',
			context: { itemIndex: 3 },
			failure: { cause: 'configuration-invalid' },
		});
	});

	it.each([401, 404, 429, 500, 503])('keeps our text beside the status of an HTTP %d', (status) => {
		const error = new YisignError('refused', 'Yisign refused the request', {
			description: 'Check the conditions.',
			httpStatus: status,
		});
		const shown = toNodeError(NODE, error, 0);
		expect(shown).toBeInstanceOf(NodeApiError);
		expect(shown).toMatchObject({
			message: 'Yisign refused the request',
			description: 'Check the conditions.',
			httpCode: String(status),
			context: { itemIndex: 0 },
		});
		expect(shown.failure).toBeUndefined();
	});

	it.each([
		['rate-limited', { cause: 'rate-limited', retryAfterMs: 7000 }],
		['quota-exhausted', { cause: 'quota-exhausted', retryAfterMs: 7000 }],
		['temporarily-unavailable', { cause: 'temporarily-unavailable', retryAfterMs: 7000 }],
		['credential-invalid', { cause: 'credential-invalid' }],
		['configuration-invalid', { cause: 'configuration-invalid' }],
	] as const)('lets n8n know when a later try can help: %s', (cause, failure) => {
		const error = new YisignError('transient', 'No', { cause, retryAfterMs: 7000 });
		expect(toNodeError(NODE, error).failure).toEqual(failure);
	});

	it('leaves the text of a foreign error alone', () => {
		const shown = toNodeError(NODE, new TypeError('x is not a function'), 2);
		expect(shown).toBeInstanceOf(NodeOperationError);
		expect(shown.message).toBe('x is not a function');
		expect(shown.context.itemIndex).toBe(2);
	});
});
