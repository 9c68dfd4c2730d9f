import type { Answered } from './run';

const DOCUMENTED = new Map([
	[true, 'yes'],
	[false, 'no'],
	[null, '–'],
]);

/** The answers as a table in Markdown: facts alone, without what they mean here. */
export function writeReport(answered: readonly Answered[]): string {
	const requests = answered.reduce((sum, one) => sum + one.requests, 0);
	const rows = answered.map(({ question, answer, asDocumented }) =>
		[question, answer, DOCUMENTED.get(asDocumented) ?? ''].map(toCell).join(' | '),
	);
	return [
		'## How this Yisign behaves',
		'',
		`Found by Check Server of n8n-nodes-yisign with ${requests} requests. No value of a record, no ID and no address is in it.`,
		'',
		'| Question | Answer | As documented |',
		'| --- | --- | --- |',
		...rows.map((row) => `| ${row} |`),
		'',
	].join('\n');
}

function toCell(text: string): string {
	return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
