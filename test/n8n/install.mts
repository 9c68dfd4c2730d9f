import type { TestProject } from 'vitest/node';
import { installN8n, type Major } from '../../instance/install.mts';

declare module 'vitest' {
	interface ProvidedContext {
		/** Folders of the installed n8n. */
		n8n: Record<Major, string>;
	}
}

/** Installs what the tests need, before the first of them. */
export default async function install(project: TestProject): Promise<void> {
	project.provide('n8n', { 2: await folderOf(2), 1: await folderOf(1) });
}

async function folderOf(major: Major): Promise<string> {
	let isTold = false;
	return await installN8n(major, {
		report() {
			if (!isTold) console.log(`Installing n8n ${major}: this is done once, and takes minutes`);
			isTold = true;
		},
	});
}
