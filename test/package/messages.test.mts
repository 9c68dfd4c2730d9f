import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/pack.mts';
import { GAP, readSourceMessages } from './sourceMessages.mts';

const PAGES = ['docs/messages.md', 'docs/zh-CN/messages.md'];

/** A row of a page: the message, what it means, and what to do. */
type Row = [message: string, meaning: string, remedy: string];

/** The rows of each section of a page, by its heading. */
function sectionsOf(page: string): Map<string, Row[]> {
	const [, ...sections] = readFileSync(path.join(ROOT, page), 'utf8').split(/^## /m);
	return new Map(
		sections.map((section) => {
			const [heading] = section.split('\n', 1);
			const rows = section.split('\n').filter((line) => line.startsWith('|'));
			const cells = rows.slice(2).map((row) => row.split('|').slice(1, -1));
			return [heading, cells.map((row) => row.map((cell) => cell.trim()) as Row)];
		}),
	);
}

const rowsOf = (page: string) => [...sectionsOf(page).values()].flat();

/** How a page writes what differs from case to case. */
const asWritten = (text: string) => text.replaceAll(GAP, '…');

const messages = readSourceMessages();
const texts = messages.map(({ text }) => asWritten(text));

describe('the messages of the nodes and the credential', () => {
	it.each(PAGES)('all have a row in %s', (page) => {
		const known = rowsOf(page).map(([message]) => message);
		const missing = messages.filter(({ text }) => !known.includes(asWritten(text)));
		const rows = missing.map(({ text, files }) => `| ${asWritten(text)} |  |  | (${files.join()})`);
		expect(rows.length, `Rows to add to ${page}:\n${rows.join('\n')}\n`).toBe(0);
	});

	it.each(PAGES)('are all that has a row in %s', (page) => {
		const known = rowsOf(page).map(([message]) => message);
		expect(known.filter((message) => !texts.includes(message))).toEqual([]);
		expect(known.filter((message, index) => known.indexOf(message) < index)).toEqual([]);
	});

	it('do not speak of errors, problems, failures or mistakes', () => {
		expect(texts.filter((text) => /\b(error|problem|failure|mistake)/i.test(text))).toEqual([]);
	});
});

describe('the tables of messages', () => {
	it('have the same rows in both languages', () => {
		const [english, chinese] = PAGES.map((page) =>
			[...sectionsOf(page).values()].map((rows) => rows.map(([message]) => message)),
		);
		expect(chinese).toEqual(english);
	});

	it.each(PAGES)('are sorted by the first words of a message in %s', (page) => {
		const words = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9 ]/g, '');
		for (const [heading, rows] of sectionsOf(page)) {
			const keys = rows.map(([message]) => words(message).trim());
			expect({ heading, keys }).toEqual({ heading, keys: keys.toSorted() });
		}
	});

	it('say of each message what it means and what to do, in their language', () => {
		const [english, chinese] = PAGES.map(rowsOf);
		const isEnglish = (cell: string) => /[a-z]/.test(cell) && !/\p{Script=Han}/u.test(cell);
		const isChinese = (cell: string) => /\p{Script=Han}/u.test(cell);
		expect(english.filter(([, ...cells]) => !cells.every(isEnglish))).toEqual([]);
		expect(chinese.filter(([, ...cells]) => !cells.every(isChinese))).toEqual([]);
	});
});

describe('a message is found in the sources', () => {
	let root: string;
	beforeAll(() => (root = mkdtempSync(path.join(tmpdir(), 'yisign-messages-'))));
	afterAll(() => rmSync(root, { recursive: true, force: true }));

	/** The messages in the code of one file, beside one with helpers. */
	function find(code: string): string[] {
		mkdirSync(path.join(root, 'nodes'), { recursive: true });
		writeFileSync(path.join(root, 'nodes', 'helpers.ts'), HELPERS);
		writeFileSync(
			path.join(root, 'nodes', 'one.ts'),
			`import { invalid } from './helpers';${code}`,
		);
		const found = readSourceMessages(root).filter(({ files }) => files.includes('nodes/one.ts'));
		return found.map(({ text }) => text).sort();
	}

	const HELPERS = `export const invalid = (found: string, description: string) => [found, description];`;

	it.each<[how: string, code: string, messages: string[]]>([
		['in an error', "new YisignError('input', 'Limit is empty')", ['Limit is empty']],
		[
			'with gaps',
			'new YisignError(kind, `Only ${a.b} of ${c}${d} came`)',
			['Only {…} of {…} came'],
		],
		['as either of two', "new YisignError(kind, a ? 'One' : 'Other')", ['One', 'Other']],
		[
			'in a function that makes errors',
			`const LABEL = 'File'; a('is missing'); a('is much too large');
			function a(found: string) { throw new YisignError(kind, \`\${LABEL} \${found}\`); }`,
			['File is missing', 'File is much too large'],
		],
		[
			'with its phrases spelled out and its words left open',
			`a('one'); a('two'); b('of one kind'); b('of another kind');
			function a(word: string) { throw new YisignError(kind, \`The number \${word}\`); }
			function b(phrase: string) { throw new YisignError(kind, \`A file \${phrase}\`); }`,
			['A file of another kind', 'A file of one kind', 'The number {…}'],
		],
		['in a property', "const hint = { message: 'Nothing found' }", ['Nothing found']],
		['in the log', "context.logger.warn('Trying again')", ['Trying again']],
		['by its first sentence', "({ message: 'It broke. Try it again.' })", ['It broke']],
		[
			'wherever else a sentence stands',
			"list.push('Some items were left out.')",
			['Some items were left out'],
		],
		['but not where a label stands', "const field = { displayName: 'The name of it' }", []],
		[
			'but not where a remedy stands',
			`a('Enter the name of it.');
			function a(description: string) { throw new YisignError(kind, error.message, { description }); }`,
			[],
		],
		['but not in what is no sentence', "fetch('/a/path', 'one two three')", []],
	])('%s', (_, code, expected) => {
		expect(find(code)).toEqual(expected);
	});
});
