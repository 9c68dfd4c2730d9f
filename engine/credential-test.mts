import type {
	ICredentialDataDecryptedObject,
	INodeType,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { CredentialTestContext } from './n8n.mts';

/** What the editor shows after "Test" in a credential. */
export interface TestOutcome {
	status: 'OK' | 'Error';
	message: string;
}

/**
 * Runs the connection test of a credential type the way n8n's server does: the function that the
 * first node using the type names in `testedBy`.
 *
 * @param nodes every loaded node, in the package's order
 */
export async function testCredential(
	nodes: readonly INodeType[],
	type: string,
	data: ICredentialDataDecryptedObject,
	additionalData: IWorkflowExecuteAdditionalData,
): Promise<TestOutcome> {
	const node = nodes.find(({ description }) =>
		description.credentials?.some(({ name }) => name === type),
	);
	const test = node?.description.credentials?.find(({ name }) => name === type)?.testedBy;
	const run = typeof test === 'string' ? node?.methods?.credentialTest?.[test] : undefined;
	if (!run) throw new Error(`${type} has no connection test`);
	const context = new CredentialTestContext(additionalData);
	return await run.call(context, { id: '1', name: '', type, data });
}
