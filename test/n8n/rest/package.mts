import { readFile } from 'node:fs/promises';
import type { INodeTypeDescription } from 'n8n-workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Site } from '../site.mts';

/** The package as n8n has loaded it. */
export function testPackage(site: () => Site, version: string): void {
	describe('the package, installed from its tarball', () => {
		let types: INodeTypeDescription[];

		beforeAll(async () => {
			types = (await site().rest.nodeTypes()).filter(({ name }) => name.includes('yisign'));
		});

		it(`is loaded by n8n ${version}`, async () => {
			const log = await readFile(site().instance.logFile, 'utf8');
			expect(log).toContain(`Version: ${version}`);
			expect(log).toContain('Loaded all credentials and nodes from n8n-nodes-yisign');
		});

		it('brings an action node, which AI agents can use too, and two triggers, which they cannot', () => {
			expect(types.map(({ name }) => name)).toEqual([
				'n8n-nodes-yisign.yisignEnvelope',
				'n8n-nodes-yisign.yisignEnvelopeTrigger',
				'n8n-nodes-yisign.yisignTrigger',
				'n8n-nodes-yisign.yisignEnvelopeTool',
			]);
		});

		it('has its icons in the editor, light and dark', async () => {
			const urls = types.flatMap(({ iconUrl }) => Object.values(iconUrl as object) as string[]);
			expect(urls).toHaveLength(8);
			for (const url of new Set(urls)) {
				const response = await fetch(`${site().instance.url}/${url}`);
				expect(response.headers.get('content-type')).toContain('image/svg+xml');
				expect(await response.text()).toContain('<svg');
			}
		});
	});
}
