import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { ClientOptions, YisignClient } from './client';
import { createClient } from './client';
import { toNodeError } from './errors';
import { runPool } from './pool';

/** How many items are worked on at a time; how many requests that may send is the client's matter. */
const PARALLEL_ITEMS = 16;

/**
 * Runs an operation for each input item, several at a time, with one client for all of them.
 *
 * @param readOptions the client's options; read for the first item, since they hold for all
 * @param run gives the output items of one input item; their link to it is added here
 * @returns all output items in the order of the input items
 * @throws NodeOperationError or NodeApiError of the first item that fails, after which nothing more
 *   is sent; with "Continue On Fail" the item is put out with its message instead
 */
export async function runForEachItem(
	context: IExecuteFunctions,
	readOptions: () => ClientOptions,
	run: (client: YisignClient, itemIndex: number) => Promise<INodeExecutionData[]>,
): Promise<INodeExecutionData[]> {
	const outputs: INodeExecutionData[][] = [];
	let opening: Promise<YisignClient> | undefined;
	const open = async () => await createClient(context, readOptions());
	await runPool(context.getInputData().length, PARALLEL_ITEMS, async (item) => {
		try {
			opening ??= open();
			const output = await run(await opening, item);
			outputs[item] = output.map((entry) => ({ ...entry, pairedItem: { item } }));
		} catch (error) {
			const nodeError = toNodeError(context.getNode(), error, item);
			if (!context.continueOnFail()) {
				void opening?.then(
					(client) => client.stop(),
					() => {},
				);
				throw nodeError;
			}
			outputs[item] = [{ json: { error: nodeError.message }, pairedItem: { item } }];
		}
	});
	return outputs.flat();
}
