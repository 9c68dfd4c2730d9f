import { expect, it } from 'vitest';
import { QUESTIONS } from '../../../../nodes/YisignEnvelope/check/questions.ts';
import { writeReport } from '../../../../nodes/YisignEnvelope/check/report.ts';

it('has each question once, and says what depends on it', () => {
	const texts = QUESTIONS.map(({ question }) => question);
	expect(new Set(texts).size).toBe(texts.length);
	for (const { question, matters } of QUESTIONS) {
		expect(question).toMatch(/^[A-Z].*\?$/);
		expect(matters).toMatch(/^[A-Z].*\.$/);
	}
});

it('writes a report of facts that Markdown shows as a table', () => {
	const report = writeReport([
		{
			question: 'Is a | b?',
			answer: 'Yes',
			asDocumented: null,
			meaning: 'Not in it.',
			todo: 'Neither.',
			requests: 3,
		},
	]);
	expect(report).toContain('with 3 requests');
	expect(report).toContain('| Is a \\| b? | Yes | – |');
	expect(report).not.toContain('Not in it');
});
