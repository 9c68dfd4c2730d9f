import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { writeAssets } from '../../scripts/assets.mts';
import { ROOT, type Tarball } from '../../scripts/pack.mts';

interface Service {
	image: string;
	volumes: string[];
	environment?: Record<string, string>;
	command?: string[];
}

interface Compose {
	services: Record<string, Service>;
	volumes: Record<string, null>;
}

const { name, version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
	name: string;
	version: string;
};
const { dependencies } = JSON.parse(
	readFileSync(path.join(ROOT, 'instance/n8n-2/package.json'), 'utf8'),
) as { dependencies: { n8n: string } };

let folder: string;
let tarball: Tarball;

beforeAll(async () => {
	folder = mkdtempSync(path.join(tmpdir(), 'yisign-assets-'));
	tarball = await writeAssets(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
const compose = (file: string) => parse(read(file)) as Compose;

describe('a release', () => {
	it('carries the package with a checksum that sha256sum finds right', () => {
		expect(path.basename(tarball.file)).toBe(`${name}-${version}.tgz`);
		const output = execFileSync('sha256sum', ['-c', `${name}-${version}.tgz.sha256`], {
			cwd: folder,
			encoding: 'utf8',
		});
		expect(output).toContain('OK');
	});

	it('carries a Compose file that pins this package, by the checksum that npm knows', () => {
		const { environment = {} } = compose('compose.yml').services.n8n;
		expect(environment.N8N_COMMUNITY_PACKAGES_MANAGED_BY_ENV).toBe('true');
		expect(JSON.parse(environment.N8N_COMMUNITY_PACKAGES)).toEqual([
			{ name, version, checksum: tarball.integrity },
		]);
	});

	it('carries a Compose file that installs the file beside it, without the internet', () => {
		const { services } = compose('compose.offline.yml');
		const file = `${name}-${version}.tgz`;
		expect(services.package.volumes[1]).toBe(`./${file}:/package/${file}:ro`);
		expect(services.package.command?.join()).toMatch(
			new RegExp(`npm install --offline .* /package/${file}$`, 'm'),
		);
		expect(services.n8n.environment).toMatchObject({ N8N_UNVERIFIED_PACKAGES_ENABLED: 'true' });
	});

	it.each(['compose.yml', 'compose.offline.yml'])(
		'has in %s the n8n that is tested, with its data in a volume',
		(file) => {
			const { services, volumes } = compose(file);
			expect(Object.keys(volumes)).toEqual(['n8n']);
			for (const { image, volumes: mounted, environment = {} } of Object.values(services)) {
				expect(image).toBe(`n8nio/n8n:${dependencies.n8n}`);
				expect(mounted).toContain('n8n:/home/node/.n8n');
				// Compose wants text; a bare true or number is refused, or changes on its way.
				for (const value of Object.values(environment)) expect(value).toBeTypeOf('string');
			}
		},
	);
});

const readPage = (page: string) => readFileSync(path.join(ROOT, page), 'utf8');

it.each([
	'docs/install.md',
	'docs/queue.md',
	'docs/zh-CN/first-alert.md',
	'docs/zh-CN/install.md',
	'docs/zh-CN/queue.md',
])('%s names this version of the package, and no n8n but the one that is tested', (page) => {
	const text = readPage(page);
	const packages = [...text.matchAll(/n8n-nodes-yisign[-@](\d[\d.]*\d)/g)];
	const images = [...text.matchAll(/n8nio\/n8n:([\d.]+\d)/g)];
	expect(new Set(packages.map(([, found]) => found))).toEqual(new Set([version]));
	expect(images.filter(([, found]) => found !== dependencies.n8n)).toEqual([]);
});

describe.each(['docs/install.md', 'docs/zh-CN/install.md'])('%s', (page) => {
	const text = readPage(page);

	it('names no setting of the Compose files that they do not have', () => {
		const [shown] = /```yaml\n(.*?)```/s.exec(text) ?? [''];
		const { environment = {} } = compose('compose.yml').services.n8n;
		const names = [...shown.matchAll(/^\w+(?=:)/gm)].map(([found]) => found);
		expect(names.length).toBeGreaterThan(2);
		expect(names.filter((found) => !(found in environment))).toEqual([]);
	});
});
