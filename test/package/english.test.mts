import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/pack.mts';

/** Letters and punctuation of Chinese, Japanese and Korean, wide forms of Latin ones included. */
const CJK =
	/[\u2E80-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFFEF\u{20000}-\u{3FFFF}]/u;

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

/** What n8n runs and shows of the package. Names to search for in the codex are for any language. */
function textOf(file: string): string {
	const text = read(file);
	if (!file.endsWith('.node.json')) return text;
	const { alias, ...codex } = JSON.parse(text) as { alias?: string[] };
	expect(alias).toContain('医易签');
	return JSON.stringify(codex);
}

describe('what the package ships is English', () => {
	// What is in the tarball beside `dist`, another test says.
	const shipped = ['README.md', 'LICENSE', 'package.json'];
	const rooms = ['nodes/**/*', 'credentials/**/*', 'dist/**/*'];
	const files = globSync([...rooms, ...shipped], { cwd: ROOT }).filter((file) =>
		/(\.(ts|js|json|svg|md)|LICENSE)$/.test(file),
	);

	it('in every file that is there to be looked at', () => {
		expect(files.length).toBeGreaterThan(100);
		expect(files).toEqual(expect.arrayContaining(shipped));
		expect(files.filter((file) => CJK.test(textOf(file)))).toEqual([]);
	});
});
