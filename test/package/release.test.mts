import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../../scripts/pack.mts';
import { checkRelease, type Release } from '../../scripts/release.mts';

interface Step {
	uses?: string;
	run?: string;
	with?: Record<string, unknown>;
}

interface Job {
	uses?: string;
	needs?: string;
	container?: string;
	permissions?: Record<string, string>;
	strategy?: unknown;
	steps?: Step[];
}

interface Workflow {
	on: Record<string, Record<string, unknown> | null>;
	permissions: Record<string, string>;
	jobs: Record<string, Job>;
}

const read = (...file: string[]) => readFileSync(path.join(ROOT, ...file), 'utf8');

const FOLDER = path.join('.github', 'workflows');
const workflows = new Map(
	readdirSync(path.join(ROOT, FOLDER)).map((file) => [file, parse(read(FOLDER, file)) as Workflow]),
);
const ci = workflows.get('ci.yml') as Workflow;
const release = workflows.get('release.yml') as Workflow;

/** Jobs that may do more than read. */
const RIGHTS: Record<string, object> = {
	'release.yml publish': { contents: 'read', 'id-token': 'write' },
	'release.yml attach': { contents: 'write' },
	'codeql.yml analyze': { contents: 'read', 'security-events': 'write' },
};

describe('a change on GitHub', () => {
	it('passes what it passes at home, on Node 24', () => {
		expect(Object.keys(ci.on)).toEqual(['pull_request', 'push', 'workflow_call']);
		const { container, steps } = ci.jobs.check;
		expect(container).toMatch(/^node:24-/);
		expect(steps?.map(({ run }) => run)).toContain('bash .ci/run');
	});

	it('is tried on machines with Node 20, 22 and 24, which all run npm', () => {
		const { strategy, container, steps } = ci.jobs.machine;
		expect(strategy).toEqual({ matrix: { node: [20, 22, 24] } });
		expect(container).toBe('node:${{ matrix.node }}-bookworm');
		expect(steps?.map(({ run }) => run)).toContain('npm test');
	});

	it.each([...workflows])(
		'runs nothing that anybody can change under it (%s)',
		(_file, { jobs }) => {
			const uses = Object.values(jobs).flatMap((job) => [job, ...(job.steps ?? [])]);
			for (const { uses: action } of uses) {
				if (action !== undefined)
					expect(action).toMatch(/^\.\/|^(actions|github)\/[\w/-]+@(v\d+|[0-9a-f]{40})$/);
			}
		},
	);

	it.each([...workflows])(
		'may only read, but for the jobs that publish and that report weaknesses (%s)',
		(file, workflow) => {
			expect(workflow.permissions).toEqual({ contents: 'read' });
			for (const [name, { permissions }] of Object.entries(workflow.jobs)) {
				expect(permissions).toEqual(RIGHTS[`${file} ${name}`]);
			}
		},
	);
});

/** Knows its own address and whether the package exists, and says what else it was asked to do. */
const fakeNpm = (exists: boolean) => `#!/bin/sh
case "$1" in
	config) echo https://packages.example/npm/ ;;
	view) exit ${exists ? 0 : 1} ;;
	*) echo "$*" ;;
esac
`;

/** Says what it was asked to do. */
const FAKE_GH = '#!/bin/sh\necho "$@"\n';

describe('a version tag', () => {
	/** Runs a step of the workflow in an empty home, with these programs in place of the real ones. */
	function runStep(step: string, programs: Record<string, string>, env: NodeJS.ProcessEnv) {
		const home = mkdtempSync(path.join(tmpdir(), 'yisign-home-'));
		for (const [name, text] of Object.entries(programs)) {
			writeFileSync(path.join(home, name), text, { mode: 0o755 });
		}
		const { status, stdout, stderr } = spawnSync('bash', ['-e', '-c', step], {
			cwd: home,
			env: { PATH: `${home}:${process.env.PATH}`, HOME: home, ...env },
			encoding: 'utf8',
		});
		const file = path.join(home, '.npmrc');
		const npmrc = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
		rmSync(home, { recursive: true });
		return { status, stdout, stderr, npmrc };
	}

	const stepsOf = (job: string) => release.jobs[job].steps ?? [];

	it('publishes on Node 24 with provenance, after all checks and a rehearsal with that tag', () => {
		expect(release.on).toEqual({ push: { tags: ['v*'] } });
		expect(release.jobs.check.uses).toBe('./.github/workflows/ci.yml');
		expect(release.jobs.publish.needs).toBe('check');
		const steps = stepsOf('publish');
		expect(steps.find(({ uses }) => uses?.includes('setup-node'))?.with).toMatchObject({
			'node-version': 24,
		});
		const runs = steps.flatMap(({ run }) => run ?? []);
		expect(runs).toEqual([
			'npm ci',
			'npm run release:dry -- --tag "$GITHUB_REF_NAME"',
			'npm run release:assets -- release',
			expect.stringMatching(/^npm publish --provenance --access public \.\/release\/\*\.tgz$/m),
		]);
	});

	it.each([
		['the first version with a token, by its name', false, 'secret', '=${NODE_AUTH_TOKEN}\n'],
		['a later one without it, though the secret is still there', true, 'secret', undefined],
		['a later one without a secret', true, '', undefined],
	])('publishes %s', (_name, exists, token, ending) => {
		const publish = stepsOf('publish').find(({ run }) => run?.includes('npm publish'))?.run ?? '';
		const { status, stdout, npmrc } = runStep(
			publish,
			{ npm: fakeNpm(exists) },
			{ NODE_AUTH_TOKEN: token },
		);
		expect({ status, stdout }).toEqual({
			status: 0,
			stdout: 'publish --provenance --access public ./release/*.tgz\n',
		});
		expect(npmrc).toBe(ending && `//packages.example/npm/:_authToken${ending}`);
	});

	it('carries the published files, once their checksum was found right', () => {
		expect(release.jobs.attach.needs).toBe('publish');
		const [download, { run: attach = '' }] = stepsOf('attach');
		const upload = stepsOf('publish').at(-1);
		expect(upload?.with).toMatchObject({ name: 'release', path: 'release' });
		expect(download.with).toMatchObject({ name: 'release', path: 'release' });
		const env = { GITHUB_REF_NAME: 'v1.2.3', GITHUB_REPOSITORY: 'some/body' };
		const make = (text: string) =>
			`mkdir release; echo package > release/a.tgz; (cd release; sha256sum a.tgz > a.tgz.sha256); echo "${text}" > release/a.tgz\n`;
		const right = runStep(make('package') + attach, { gh: FAKE_GH }, env);
		expect(right.stdout).toContain(
			'release create v1.2.3 release/a.tgz release/a.tgz.sha256 --verify-tag',
		);
		const wrong = runStep(make('another') + attach, { gh: FAKE_GH }, env);
		expect(wrong.status).not.toBe(0);
		expect(wrong.stdout).not.toContain('release create');
	});
});

describe('the rehearsal', () => {
	const rehearse = (...args: string[]) =>
		spawnSync('node', ['scripts/release.mts', ...args], {
			cwd: ROOT,
			encoding: 'utf8',
			// Wherever the tests run: in a fork on GitHub, too.
			env: { ...process.env, GITHUB_REPOSITORY: undefined },
		});

	it('shows what would be published and that nothing is missing', () => {
		const { status, stdout, stderr } = rehearse();
		expect(stderr).toBe('');
		expect(status).toBe(0);
		expect(stdout).toContain('dist/nodes/YisignEnvelope/YisignEnvelope.node.js');
		expect(stdout).toMatch(/sha512-.*Ready\. Nothing was published/s);
	});

	it('fails with a tag of another version', () => {
		const { status, stderr } = rehearse('--tag', 'v99.0.0');
		expect(stderr).toMatch(/^Not ready: .*Tag/);
		expect(status).toBe(1);
	});

	const READY: Release = {
		manifest: {
			name: 'n8n-nodes-made-up',
			version: '1.2.3',
			license: 'MIT',
			keywords: ['n8n-community-node-package'],
			author: { name: 'Somebody', email: 'somebody@example.org' },
			repository: { url: 'git+https://github.com/some/body.git' },
			peerDependencies: { 'n8n-workflow': '*' },
			n8n: { strict: true, nodes: ['dist/A.node.js'], credentials: ['dist/B.credentials.js'] },
		},
		changelog:
			'# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-01-01\n\n### Added\n\n- Something.\n',
		workflow: read(FOLDER, 'release.yml'),
		files: ['LICENSE', 'README.md', 'package.json', 'dist/A.node.js', 'dist/B.credentials.js'],
		tag: 'v1.2.3',
		publisher: 'some/body',
	};
	const unmet = (changes: Partial<Release>, manifest: Partial<Release['manifest']> = {}) =>
		checkRelease({ ...READY, ...changes, manifest: { ...READY.manifest, ...manifest } })
			.filter(({ isMet }) => !isMet)
			.map(({ name }) => name);

	it('accepts a release that has everything', () => {
		expect(unmet({})).toEqual([]);
	});

	it.each<[string, Partial<Release>, Partial<Release['manifest']>]>([
		['Name', {}, { name: 'yisign' }],
		['Changelog', { changelog: '## [1.2.3]\n\n## [1.2.2]\n\n- Something.\n' }, {}],
		['Changelog', { changelog: '## [Unreleased]\n\n- Something.\n' }, {}],
		['Changelog', { changelog: '## [1.2.30]\n\n- Something.\n' }, {}],
		['License', {}, { license: 'ISC' }],
		['Keyword', {}, { keywords: ['n8n'] }],
		['Author', {}, { author: { name: 'Somebody' } }],
		['Repository', {}, { repository: undefined }],
		['Repository', { publisher: 'a/fork' }, {}],
		['Provenance', { workflow: 'run: npm publish' }, {}],
		['Dependencies', {}, { dependencies: { lodash: '4' } }],
		['Peer dependencies', {}, { peerDependencies: {} }],
		['Strict', {}, { n8n: { ...READY.manifest.n8n, strict: false } }],
		['Nodes and credentials', { files: READY.files.slice(0, -1) }, {}],
		['Readme', { files: READY.files.filter((file) => file !== 'README.md') }, {}],
		['Tag', { tag: '1.2.3' }, {}],
	])('misses %s', (name, changes, manifest) => {
		expect(unmet(changes, manifest)).toEqual([name]);
	});

	it('is content with unreleased changes before there is a tag', () => {
		expect(unmet({ tag: undefined, changelog: '## [Unreleased]\n\n- Something.\n' })).toEqual([]);
	});
});
