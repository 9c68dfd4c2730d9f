import type { TestProject } from 'vitest/node';
import { installN8n } from '../../instance/install.mts';

declare module 'vitest' {
	interface ProvidedContext {
		/** Folders of the installed n8n, by major version. */
		n8n: Record<1 | 2, string>;
	}
}

/** Installs what the tests need, before the first of them. */
export default async function install(project: TestProject): Promise<void> {
	const report = (progress: string) => console.log(`Installing n8n: ${progress}`);
	project.provide('n8n', {
		2: await installN8n(2, { report }),
		1: await installN8n(1, { report }),
	});
}
