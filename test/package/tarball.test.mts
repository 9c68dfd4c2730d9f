import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../../engine/engine.mts';
import { packTarball, ROOT, unpackTarball, type Tarball } from '../../scripts/pack.mts';

let tarball: Tarball;
let folder: string;
let installed: string;

/** An empty folder with the unpacked tarball, and nothing but n8n-workflow beside it. */
beforeAll(async () => {
	tarball = await packTarball();
	folder = mkdtempSync(path.join(tmpdir(), 'yisign-install-'));
	installed = path.join(folder, 'node_modules', 'n8n-nodes-yisign');
	mkdirSync(installed, { recursive: true });
	unpackTarball(tarball.file, installed);
	symlinkSync(
		path.join(ROOT, 'node_modules', 'n8n-workflow'),
		path.join(folder, 'node_modules', 'n8n-workflow'),
	);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed tarball', () => {
	it('loads where nothing but n8n-workflow is installed', () => {
		const script = `
			const { n8n } = require('n8n-nodes-yisign/package.json');
			for (const file of [...n8n.nodes, ...n8n.credentials]) {
				for (const Type of Object.values(require('n8n-nodes-yisign/' + file))) {
					const instance = new Type();
					console.log(instance.description?.name ?? instance.name);
				}
			}`;
		const output = execFileSync('node', ['-e', script], { cwd: folder, encoding: 'utf8' });
		expect(output.trim().split('\n')).toEqual([
			'yisignEnvelope',
			'yisignEnvelopeTrigger',
			'yisignTrigger',
			'yisignApi',
		]);
	});

	it('is loaded by n8n with icons, codex and output schema', async () => {
		const { nodeTypes } = await startEngine(installed);
		const { description } = nodeTypes.getByNameAndVersion('n8n-nodes-yisign.yisignEnvelope', 1);
		expect(description.iconUrl).toEqual({
			light: 'icons/n8n-nodes-yisign/dist/icons/yisign.svg',
			dark: 'icons/n8n-nodes-yisign/dist/icons/yisign.dark.svg',
		});
		expect(description.codex?.alias).toContain('医易签');
		expect(tarball.files).toContain('dist/nodes/YisignEnvelope/__schema__/v1.0.0/search.json');
	});

	it('holds what n8n needs and nothing else, in less than 145 kB', () => {
		expect(tarball.size).toBeLessThan(145_000);
		for (const file of tarball.files) {
			expect(file).toMatch(
				/^(LICENSE|README\.md|package\.json|dist\/(nodes|credentials|icons)\/[\w./]+\.(js|json|svg))$/,
			);
		}
	});

	it('asks for no dependencies of its own', () => {
		const manifest = JSON.parse(
			readFileSync(path.join(installed, 'package.json'), 'utf8'),
		) as Record<string, unknown>;
		expect(manifest).not.toHaveProperty('dependencies');
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
		expect(manifest.keywords).toContain('n8n-community-node-package');
		expect(manifest.n8n).toMatchObject({ strict: true, n8nNodesApiVersion: 1 });
	});
});
