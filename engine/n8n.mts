/**
 * The values of n8n's packages, for modules that Node runs as they are: their builds for `import`
 * are made for bundlers, their builds for `require` run.
 */
import './environment.mts';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const { ExecutionLifecycleHooks, PackageDirectoryLoader, WorkflowExecute } =
	require('n8n-core') as typeof import('n8n-core');

export const { ICredentialsHelper, NodeConnectionTypes, NodeHelpers, Workflow } =
	require('n8n-workflow') as typeof import('n8n-workflow');
