/**
 * The values of n8n's packages, for modules that Node runs as they are: their builds for `import`
 * are made for bundlers, their builds for `require` run.
 */
import './environment.mts';
import { createRequire, enableCompileCache, flushCompileCache } from 'node:module';

const require = createRequire(import.meta.url);
// n8n-core loads thousands of files, once for each process.
enableCompileCache();
const core = require('n8n-core') as typeof import('n8n-core');
flushCompileCache();
// The very copy that n8n-core uses: another one would know none of its services.
const { Container } = createRequire(require.resolve('n8n-core'))(
	'@n8n/di',
) as typeof import('@n8n/di');
const workflow = require('n8n-workflow') as typeof import('n8n-workflow');
// What n8n's agents are made with, and what a model gets to see of a tool.
const { toJsonSchema } = createRequire(require.resolve('n8n-core'))(
	'@langchain/core/utils/json_schema',
) as { toJsonSchema: (schema: unknown) => object };

export const {
	BinaryDataConfig,
	BinaryDataService,
	CredentialTestContext,
	ExecuteContext,
	ExecutionLifecycleHooks,
	HookContext,
	LoadOptionsContext,
	PackageDirectoryLoader,
	PollContext,
	PollTriggerExecutor,
	WebhookContext,
	WorkflowExecute,
} = core;

export const {
	ICredentialsHelper,
	NodeConnectionTypes,
	NodeHelpers,
	NodeOperationError,
	Workflow,
} = workflow;

/** n8n's services, one of each kind. */
export { Container };

/** The JSON schema of a tool's arguments as it is sent to a model. */
export { toJsonSchema };
