import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/pack.mts';

// The only backend that is installed; it is read when the module is loaded.
process.env.RECHECK_BACKEND = 'pure';
const { checkSync } = await import('recheck');

/** A regular expression in the shipped code, and where it stands. */
interface Pattern {
	place: string;
	source: string;
	flags: string;
}

const sources = globSync('{nodes,credentials}/**/*.ts', { cwd: ROOT });

function visit(file: string, look: (node: ts.Node) => void): void {
	const text = readFileSync(path.join(ROOT, file), 'utf8');
	const walk = (node: ts.Node): void => {
		look(node);
		ts.forEachChild(node, walk);
	};
	walk(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
}

function patternsIn(file: string): Pattern[] {
	const patterns: Pattern[] = [];
	visit(file, (node) => {
		if (!ts.isRegularExpressionLiteral(node)) return;
		const [, source, flags] = /^\/(.*)\/([a-z]*)$/s.exec(node.text) ?? [];
		patterns.push({ place: `${file} ${node.text}`, source, flags });
	});
	return patterns;
}

const patterns = sources.flatMap(patternsIn);

/** Bounded by what is read of a text and not by time, which is another on a busy machine. */
const BY_STEPS = {
	timeout: null,
	attackTimeout: null,
	incubationTimeout: null,
	seedingTimeout: null,
};

describe('a regular expression', () => {
	it('stands in the code as a literal, so that the next test sees it', () => {
		expect(patterns.length).toBeGreaterThan(30);
		const made: string[] = [];
		for (const file of sources) {
			visit(file, (node) => {
				const isMade = ts.isNewExpression(node) || ts.isCallExpression(node);
				if (isMade && node.expression.getText() === 'RegExp') made.push(file);
			});
		}
		expect(made).toEqual([]);
	});

	it.each(patterns)('takes a time in line with the length of a text: $place', (pattern) => {
		// Whatever else it says shows where the test fails.
		const found = checkSync(pattern.source, pattern.flags, BY_STEPS);
		expect(found).toMatchObject({ status: 'safe' });
	});
});
