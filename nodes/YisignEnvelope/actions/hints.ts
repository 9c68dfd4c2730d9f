import type { NodeExecutionHint } from 'n8n-workflow';

/** A sentence that n8n's editor shows above the output. */
export function toHint(type: 'warning' | 'info', message: string): NodeExecutionHint {
	return { message, type, location: 'outputPane' };
}
