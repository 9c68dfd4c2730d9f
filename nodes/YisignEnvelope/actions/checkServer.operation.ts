import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
} from 'n8n-workflow';
import { normalizeBaseUrl, toWebAddress } from '../../shared/address';
import { usesAppSecret } from '../../shared/api/authentication';
import { createClient } from '../../shared/api/client';
import { readFileServers } from '../../shared/api/fileServers';
import { cancelSignalOf, CREDENTIAL } from '../../shared/api/request';
import { pause } from '../../shared/api/retry';
import { MOST_FOR_ONE } from '../../shared/api/session';
import { outcomeOf, toNodeError } from '../../shared/errors';
import { Asker } from '../check/asker';
import type { PlaceOf } from '../check/check';
import { Check } from '../check/check';
import { writeReport } from '../check/report';
import { runCheck } from '../check/run';

/** How the operation shows in the list of operations. */
export const option = {
	name: 'Check Server',
	value: 'checkServer',
	description: 'See how your Yisign behaves where its documents leave it open',
	action: 'Check server',
};

/** ms; a question that takes longer is not answered. */
const TIMEOUT = 30_000;

/** The fields of the operation, in the order of the editor. */
export const fields: INodeProperties[] = [
	{
		displayName:
			'Sends Yisign up to 60 requests, one after the other, and changes nothing. It returns what was found out, and no data of a patient. The last item has a report to show to others.',
		name: 'checkNotice',
		type: 'notice',
		default: '',
	},
];

/**
 * Checks the server once, however many input items there are.
 *
 * @throws YisignError if the first request is not answered
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const outcome = await outcomeOf(checkServer(context));
	if ('value' in outcome) return outcome.value.map(toItem);
	if (!context.continueOnFail()) throw outcome.fault;
	const { message } = toNodeError(context.getNode(), outcome.fault, 0);
	return [toItem({ error: message })];
}

function toItem(json: object): INodeExecutionData {
	return { json: json as IDataObject, pairedItem: { item: 0 } };
}

async function checkServer(context: IExecuteFunctions): Promise<object[]> {
	const options = { timeout: TIMEOUT, maxRetries: 0, parallelRequests: 1 };
	const client = await createClient(context, options);
	const cancel = cancelSignalOf(context);
	const now = () => Date.now();
	const credentials = await context.getCredentials(CREDENTIAL);
	const asker = new Asker(client, {
		now,
		pause: async (ms) => await pause(ms, cancel),
		mostForOne: usesAppSecret(credentials) ? MOST_FOR_ONE : 1,
	});
	const answered = await runCheck(new Check(asker, placesOf(credentials), now));
	return [...answered, { report: writeReport(answered) }];
}

/** Says where a file lies, as far as the credential knows the host. */
function placesOf({ baseUrl, fileServers }: ICredentialDataDecryptedObject): PlaceOf {
	const base = normalizeBaseUrl(baseUrl);
	const own = readFileServers('', base);
	const all = readFileServers(fileServers, base);
	return (url) => {
		const address = toWebAddress(url, `${base}/`);
		if (address === undefined) return 'unreadable';
		if (own.has(address)) return 'baseUrl';
		return all.has(address) ? 'fileServers' : 'other';
	};
}
