import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { ClientOptions, YisignClient } from '../../shared/api/client';
import { createClient } from '../../shared/api/client';
import type { Outcome } from '../../shared/errors';
import { outcomeOf, toNodeError } from '../../shared/errors';
import { runPool } from '../../shared/pool';

/**
 * Runs an operation for each input item, with one client for all of them, and as many items at a
 * time as it may send requests.
 *
 * @param readOptions the client's options, which hold for all items
 * @param run returns the output items of one input item; their link to it is added here
 * @returns all output items in the order of the input items
 * @throws NodeOperationError or NodeApiError of the first item that fails, after which nothing more
 *   is sent; with "Continue On Fail" the item is returned with its message instead
 */
export async function runForEachItem(
	context: IExecuteFunctions,
	readOptions: () => ClientOptions,
	run: (client: YisignClient, itemIndex: number) => Promise<INodeExecutionData[]>,
): Promise<INodeExecutionData[]> {
	const open = async () => await createClient(context, readOptions());
	// What is wrong here is wrong for each of the items, and is shown as theirs.
	const opened = await outcomeOf(open());
	const client = 'value' in opened ? opened.value : undefined;

	const outputs: INodeExecutionData[][] = [];
	const concurrency = client?.parallelRequests ?? 1;
	await runPool(context.getInputData().length, concurrency, async (item) => {
		const outcome = 'fault' in opened ? opened : await outcomeOf(run(opened.value, item));
		if ('value' in outcome) {
			outputs[item] = outcome.value.map((output) => ({ ...output, pairedItem: { item } }));
			return;
		}
		const error = toNodeError(context.getNode(), outcome.fault, item);
		if (!context.continueOnFail()) {
			client?.stop();
			throw error;
		}
		outputs[item] = [{ json: { error: error.message }, pairedItem: { item } }];
	});
	return outputs.flat();
}

/**
 * Checks all items before anything is sent for the first.
 *
 * @param check reads what is to be sent for an item
 * @returns what was read, or why not, by the numbers of the items
 * @throws the error of the first item that cannot be sent; with "Continue On Fail" it is kept
 */
export async function checkItems<T>(
	context: IExecuteFunctions,
	check: (itemIndex: number) => T | Promise<T>,
): Promise<Array<Outcome<T>>> {
	const outcomes: Array<Outcome<T>> = [];
	for (const itemIndex of context.getInputData().keys()) {
		const outcome = await outcomeOf((async () => await check(itemIndex))());
		if ('fault' in outcome && !context.continueOnFail()) {
			throw toNodeError(context.getNode(), outcome.fault, itemIndex);
		}
		outcomes.push(outcome);
	}
	return outcomes;
}
