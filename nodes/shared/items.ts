import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { toNodeError } from './errors';
import { runPool } from './pool';

/** How many items are worked on at a time; how many requests that may send is the client's matter. */
const PARALLEL_ITEMS = 16;

/**
 * Runs an operation for each input item, several at a time.
 *
 * @param run gives the output items of one input item; their link to it is added here
 * @param stop called when an item fails and the workflow is to end: the others need not go on
 * @returns all output items in the order of the input items
 * @throws NodeOperationError or NodeApiError of the first item that fails; with "Continue On Fail"
 *   the item is put out with its message instead
 */
export async function runForEachItem(
	context: IExecuteFunctions,
	run: (itemIndex: number) => Promise<INodeExecutionData[]>,
	stop: () => void,
): Promise<INodeExecutionData[]> {
	const outputs: INodeExecutionData[][] = [];
	await runPool(context.getInputData().length, PARALLEL_ITEMS, async (item) => {
		try {
			outputs[item] = (await run(item)).map((output) => ({ ...output, pairedItem: { item } }));
		} catch (error) {
			const nodeError = toNodeError(context.getNode(), error, item);
			if (!context.continueOnFail()) {
				stop();
				throw nodeError;
			}
			outputs[item] = [{ json: { error: nodeError.message }, pairedItem: { item } }];
		}
	});
	return outputs.flat();
}
