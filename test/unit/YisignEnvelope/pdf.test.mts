import type { IExecuteFunctions } from 'n8n-workflow';
import { expect, it } from 'vitest';
import { readPdf } from '../../../nodes/YisignEnvelope/actions/pdf.ts';
import { caughtAsync } from '../caught.mts';

/** As much of n8n as hands over one file. */
const holding = (file: Buffer) =>
	({
		helpers: {
			assertBinaryData: () => ({}),
			getBinaryDataBuffer: () => Promise.resolve(file),
		},
	}) as unknown as IExecuteFunctions;

const LARGEST = 50 * 2 ** 20;

it('takes a PDF of 50 MB and none that is larger', async () => {
	const file = Buffer.alloc(LARGEST + 1, '%PDF-');
	expect(await readPdf(holding(file.subarray(0, LARGEST)), 0, 'data')).toHaveLength(LARGEST);
	const error = await caughtAsync(readPdf(holding(file), 0, 'data'));
	expect(error.kind).toBe('input');
	expect(error.message).toBe('Input Binary Field contains a file larger than 50 MB');
});

it('takes a PDF that begins a little behind, as printers make them', async () => {
	const printed = (before: number) => Buffer.from(`${' '.repeat(before)}%PDF-1.4`);
	expect(await readPdf(holding(printed(1019)), 0, 'data')).toHaveLength(1027);
	const error = await caughtAsync(readPdf(holding(printed(1024)), 0, 'data'));
	expect(error.message).toBe('Input Binary Field contains a file that is not a PDF');
});
