/**
 * The values of n8n's packages, for modules that Node runs as they are: their builds for `import`
 * are made for bundlers, their builds for `require` run.
 */
import './environment.mts';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const core = require('n8n-core') as typeof import('n8n-core');
const workflow = require('n8n-workflow') as typeof import('n8n-workflow');

export const {
	ExecuteContext,
	ExecutionLifecycleHooks,
	PackageDirectoryLoader,
	RoutingNode,
	WorkflowExecute,
} = core;

export const {
	createRunExecutionData,
	ICredentialsHelper,
	NodeConnectionTypes,
	NodeHelpers,
	Workflow,
} = workflow;
