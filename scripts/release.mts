/**
 * Rehearses a release: shows what npm would publish and fails if something is missing. Sends nothing.
 *
 *     npm run release:dry                   before the tag: the changes may still be unreleased
 *     npm run release:dry -- --tag v1.2.3   as the release workflow does
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { ROOT } from './pack.mts';

/** The part of package.json that a release depends on. */
export interface Manifest {
	name: string;
	version: string;
	license?: string;
	keywords?: string[];
	author?: { name?: string; email?: string };
	repository?: { url?: string };
	dependencies?: Record<string, string>;
	peerDependencies?: Record<string, string>;
	n8n?: { strict?: boolean; nodes?: string[]; credentials?: string[] };
}

/** What is to be released. */
export interface Release {
	manifest: Manifest;
	/** Text of CHANGELOG.md. */
	changelog: string;
	/** Text of the workflow that publishes. */
	workflow: string;
	/** Paths inside the package. */
	files: string[];
	/** The tag that was pushed; undefined for a rehearsal before it. */
	tag?: string;
	/** `owner/name` of the repository that publishes; undefined outside GitHub. */
	publisher?: string;
}

/** One thing a release needs. */
export interface Requirement {
	name: string;
	/** What was found, for a reader. */
	found: string;
	isMet: boolean;
}

/** What npm says it would publish. */
interface Packed {
	/** Bytes, packed and unpacked. */
	size: number;
	unpackedSize: number;
	integrity: string;
	files: Array<{ path: string; size: number }>;
}

const WORKFLOW = '.github/workflows/release.yml';

const GITHUB = /^git\+https:\/\/github\.com\/([\w.-]+\/[\w.-]+)\.git$/;

/** Everything that n8n (for a verified node) and npm (for provenance) ask of a release. */
export function checkRelease(release: Release): Requirement[] {
	const { manifest, workflow, files, tag, publisher } = release;
	const { n8n = {}, author = {}, peerDependencies = {} } = manifest;
	const repository = GITHUB.exec(manifest.repository?.url ?? '')?.[1];
	const entries = [...(n8n.nodes ?? []), ...(n8n.credentials ?? [])];
	const missing = entries.filter((file) => !files.includes(file));
	const dependencies = Object.keys(manifest.dependencies ?? {});
	const notes = findNotes(release);

	const requirements: Requirement[] = [
		need('Name', manifest.name, manifest.name.startsWith('n8n-nodes-')),
		need('Version', manifest.version, /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(manifest.version)),
		need('Changelog', notes ?? 'no entry with text', notes !== undefined),
		need('License', manifest.license, manifest.license === 'MIT' && files.includes('LICENSE')),
		need(
			'Keyword',
			manifest.keywords?.join(', '),
			manifest.keywords?.includes('n8n-community-node-package'),
		),
		need('Author', author.name, author.name && author.email),
		need(
			'Repository',
			manifest.repository?.url,
			repository && (publisher === undefined || publisher === repository),
		),
		need(
			'Provenance',
			WORKFLOW,
			/npm publish --provenance/.test(workflow) && /id-token: write/.test(workflow),
		),
		need('Dependencies', dependencies.join(', ') || 'none', dependencies.length === 0),
		need(
			'Peer dependencies',
			Object.keys(peerDependencies).join(', '),
			peerDependencies['n8n-workflow'] === '*',
		),
		need('Strict', String(n8n.strict), n8n.strict),
		need(
			'Nodes and credentials',
			missing.length > 0 ? `not in the package: ${missing.join(', ')}` : `${entries.length} files`,
			entries.length > 0 && missing.length === 0,
		),
		need('Readme', 'README.md', files.includes('README.md')),
	];
	if (tag !== undefined) requirements.push(need('Tag', tag, tag === `v${manifest.version}`));
	return requirements;
}

function need(name: string, found: string | undefined, isMet: unknown): Requirement {
	return { name, found: found ?? 'missing', isMet: Boolean(isMet) };
}

/** The heading in the changelog that speaks of this release, if there is text below it. */
function findNotes({ changelog, manifest, tag }: Release): string | undefined {
	const sections = changelog.split(/^## /m).slice(1);
	const names = tag === undefined ? [manifest.version, 'Unreleased'] : [manifest.version];
	return sections
		.filter((section) => /^- /m.test(section))
		.map((section) => section.split('\n', 1)[0])
		.find((heading) => names.some((name) => heading.startsWith(`[${name}]`)));
}

/** Asks npm what it would publish. */
function pack(name: string): Packed {
	const output = execFileSync(
		'npm',
		['publish', '--dry-run', '--json', '--ignore-scripts', '--access', 'public', '--offline'],
		{ cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
	);
	return (JSON.parse(output) as Record<string, Packed>)[name];
}

/** No colours, and no lines between the rows. */
const PLAIN = {
	style: { head: [], border: [] },
	chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
};

function rehearse(tag: string | undefined): void {
	const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
	const manifest = JSON.parse(read('package.json')) as Manifest;
	const packed = pack(manifest.name);
	const requirements = checkRelease({
		manifest,
		changelog: read('CHANGELOG.md'),
		workflow: read(WORKFLOW),
		files: packed.files.map((file) => file.path),
		tag,
		publisher: process.env.GITHUB_REPOSITORY,
	});

	const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
	const files = new Table({ ...PLAIN, head: ['File', 'Size'], colAligns: ['left', 'right'] });
	files.push(...packed.files.map((file) => [file.path, kB(file.size)]));
	console.log(files.toString());
	console.log(
		`${manifest.name} ${manifest.version}: ${packed.files.length} files, ` +
			`${kB(packed.unpackedSize)}, packed ${kB(packed.size)}\n${packed.integrity}\n`,
	);
	const needs = new Table({ ...PLAIN, head: ['', 'Needed', 'Found'] });
	needs.push(...requirements.map(({ name, found, isMet }) => [isMet ? '✓' : '✗', name, found]));
	console.log(needs.toString());

	const unmet = requirements.filter(({ isMet }) => !isMet);
	if (unmet.length === 0) {
		console.log('Ready. Nothing was published: a tag does that, on GitHub.');
	} else {
		console.error(`Not ready: ${unmet.map(({ name }) => name).join(', ')}`);
		process.exitCode = 1;
	}
}

if (import.meta.main) {
	const { values } = parseArgs({ options: { tag: { type: 'string' } } });
	rehearse(values.tag);
}
