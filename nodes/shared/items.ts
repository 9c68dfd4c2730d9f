import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { toNodeError } from './errors';
import { runPool } from './pool';

/**
 * Runs an operation for each input item, several at a time.
 *
 * @param run gives the output items of one input item; their link to it is added here
 * @returns all output items in the order of the input items
 * @throws NodeOperationError or NodeApiError of the first item that fails; with "Continue On Fail"
 *   the item is put out with its message instead
 */
export async function runForEachItem(
	context: IExecuteFunctions,
	parallelItems: number,
	run: (itemIndex: number) => Promise<INodeExecutionData[]>,
): Promise<INodeExecutionData[]> {
	const outputs: INodeExecutionData[][] = [];
	await runPool(context.getInputData().length, parallelItems, async (item) => {
		try {
			outputs[item] = (await run(item)).map((output) => ({ ...output, pairedItem: { item } }));
		} catch (error) {
			const nodeError = toNodeError(context.getNode(), error, item);
			if (!context.continueOnFail()) throw nodeError;
			outputs[item] = [{ json: { error: nodeError.message }, pairedItem: { item } }];
		}
	});
	return outputs.flat();
}
