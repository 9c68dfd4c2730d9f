import { spawnSync } from 'node:child_process';
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/pack.mts';

const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
	scripts: Record<string, string>;
};
const [command, ...folders] = scripts['lint:imports'].split(' ');

/** A file in every room, and what each may import. */
const HOUSE: Record<string, string> = {
	'nodes/shared/errors.ts': "import { sleep } from 'n8n-workflow'; export const a = sleep;",
	'nodes/shared/json.ts': "export * from './errors';",
	'nodes/shared/api/client.ts': "export * from '../errors';",
	'nodes/shared/search/search.ts': "export * from '../api/client';",
	'nodes/shared/fields/input.ts': "export * from '../search/search';",
	'nodes/One/actions/get.ts': "export * from '../../shared/api/client';",
	'nodes/One/One.node.ts': "export * from './actions/get'; export * from '../shared/fields/input';",
	'nodes/Two/Two.node.ts': "import { createHash } from 'crypto'; export const b = createHash;",
	'credentials/Api.credentials.ts': "export * from '../nodes/shared/api/client';",
	'sandbox/server.mts': "export * from 'fastify';",
};

let tree: string;

/** Writes files into the tree and lints it as `npm run lint` does. */
function lint(files: Record<string, string>): { passes: boolean; output: string } {
	for (const [file, code] of Object.entries(files)) {
		mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
		writeFileSync(path.join(tree, file), code);
	}
	const program = path.join(ROOT, 'node_modules', '.bin', command);
	const { status, stdout } = spawnSync(program, folders, { cwd: tree, encoding: 'utf8' });
	return { passes: status === 0, output: stdout };
}

beforeEach(() => {
	tree = mkdtempSync(path.join(tmpdir(), 'yisign-imports-'));
	for (const folder of folders) mkdirSync(path.join(tree, folder));
	for (const file of ['.dependency-cruiser.mjs', 'tsconfig.dev.json']) {
		cpSync(path.join(ROOT, file), path.join(tree, file));
	}
	symlinkSync(path.join(ROOT, 'node_modules'), path.join(tree, 'node_modules'));
});
afterEach(() => rmSync(tree, { recursive: true, force: true }));

describe('the lint', () => {
	it('looks at imports, and at those of every folder', () => {
		expect(scripts.lint).toContain('npm run --silent lint:imports');
		expect(folders).toEqual(expect.arrayContaining(['nodes', 'credentials', 'sandbox', 'test']));
	});

	it('passes where every import points down, and two files of one room know each other’s types', () => {
		const files = {
			'nodes/One/x.ts': "import type { Y } from './y'; export const x = (y: Y) => y;",
			'nodes/One/y.ts': "import type { x } from './x'; export type Y = { x: typeof x };",
		};
		expect(lint({ ...HOUSE, ...files })).toMatchObject({ passes: true });
	});

	/** Rule, the file that breaks it, and what it says. */
	const BREACHES: Array<[string, string, string]> = [
		['no-climbing-from-shared-fields', 'nodes/shared/fields/x.ts', '../../One/One.node'],
		['no-climbing-from-shared-search', 'nodes/shared/search/x.ts', '../fields/input'],
		['no-climbing-from-shared-api', 'nodes/shared/api/x.ts', '../search/search'],
		['no-climbing-from-leaves', 'nodes/shared/x.ts', './api/client'],
		['nodes-know-no-other-node', 'nodes/Two/x.ts', '../One/actions/get'],
		['credentials-use-api-and-leaves-only', 'credentials/x.ts', '../nodes/shared/search/search'],
		['nodes-know-no-credential', 'nodes/One/x.ts', '../../credentials/Api.credentials'],
		['search-knows-no-n8n', 'nodes/shared/search/y.ts', 'n8n-workflow'],
		['shipped-stands-alone', 'nodes/One/y.ts', 'yaml'],
		['shipped-stands-alone', 'nodes/One/z.ts', 'node:fs'],
		['shipped-stands-alone', 'nodes/One/w.ts', '../../sandbox/server.mts'],
		['test-tools-know-no-node', 'sandbox/x.mts', '../nodes/shared/errors.ts'],
		['test-tools-know-no-node', 'engine/x.mts', '../nodes/shared/errors.ts'],
		['test-tools-know-no-node', 'instance/x.mts', '../nodes/shared/errors.ts'],
		['no-circle', 'nodes/shared/circle.ts', './circle2'],
		['imports-resolve', 'nodes/One/v.ts', './nowhere'],
	];

	it('names the rule for each import that points elsewhere, of types too', () => {
		const { passes, output } = lint({
			...HOUSE,
			'nodes/shared/circle2.ts': "export * from './circle';",
			...Object.fromEntries(BREACHES.map(([, file, to]) => [file, `export * from '${to}';`])),
			'nodes/shared/api/t.ts':
				"import type { a } from '../search/search'; export type A = typeof a;",
		});
		expect(passes).toBe(false);
		const typed = ['no-climbing-from-shared-api', 'nodes/shared/api/t.ts'];
		for (const [rule, file] of [...BREACHES, typed]) {
			expect(output).toContain(`error ${rule}: ${file} →`);
		}
	});
});
