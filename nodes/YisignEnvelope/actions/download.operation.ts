import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import type { YisignClient } from '../../shared/api/client';
import { deriveStatus, toFileUrls } from '../../shared/search/envelope';
import { YisignError } from '../../shared/errors';
import type { LoadedFile } from '../../shared/api/file';
import { toChoice, toText, toWholeNumber } from '../../shared/fields/input';
import { runForEachItem } from './items';
import { getEnvelope } from '../../shared/search/lookup';
import { createParameterReader, forItem } from '../../shared/fields/parameters';
import { toConditionValue } from '../../shared/search/query';
import { timeoutField, withTimeout } from './timeout.field';
import { asText, readText } from '../../shared/json';
import type { EnvelopeRecord } from '../../shared/search/envelope';

/** How the operation shows in the list of operations. */
export const option = {
	name: 'Download',
	value: 'download',
	description: 'Load the signed files of an envelope, one item for each file',
	action: 'Download signed files',
};

const MEGABYTE = 2 ** 20;

/** MB. */
const DEFAULT_MAX_SIZE = 50;

/** MB; more does not go into one binary field. */
const LARGEST_MAX_SIZE = 2048;

/** The fields of the operation, in the order of the editor. */
export const fields: INodeProperties[] = [
	{
		displayName: 'Source',
		name: 'source',
		type: 'options',
		options: [
			{
				name: 'Envelope',
				value: 'envelope',
				description: 'The files of an envelope; asks Yisign where they are',
			},
			{ name: 'URL', value: 'url', description: 'Addresses that a search or a trigger put out' },
		],
		default: 'envelope',
		description: 'Where the files are to come from',
	},
	{
		displayName: 'Envelope ID',
		name: 'envelopeWsid',
		type: 'string',
		required: true,
		displayOptions: { show: { source: ['envelope'] } },
		default: '={{ $json.envelopeWsid }}',
		placeholder: 'e.g. WSID_ENVE_000001938c63a7da2dc38f5ba12d0001',
		description: 'WSID of a completed envelope',
	},
	{
		displayName: 'File URLs',
		name: 'fileUrls',
		type: 'string',
		required: true,
		displayOptions: { show: { source: ['url'] } },
		default: '={{ $json.fileUrls }}',
		placeholder: 'e.g. https://yisign.hospital.example/files/1.pdf',
		description: 'One address, or an expression that gives a list of them',
	},
	{
		displayName: 'Put Output File in Field',
		name: 'binaryPropertyName',
		type: 'string',
		required: true,
		default: 'data',
		placeholder: 'e.g. data',
		hint: 'The name of the output binary field to put the file in',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			{
				displayName: 'Max File Size (MB)',
				name: 'maxFileSizeMb',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: LARGEST_MAX_SIZE },
				default: DEFAULT_MAX_SIZE,
				description: 'A larger file is not loaded; the node stops with a message instead',
			},
			timeoutField,
		],
	},
];

/**
 * Loads the files of each input item.
 *
 * @throws YisignError, or the error of an item
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const readParameter = createParameterReader(context);
	const readOption = (name: string, itemIndex: number, fallback: unknown): unknown =>
		(readParameter('options', itemIndex, {}) as Record<string, unknown>)[name] ?? fallback;

	return await runForEachItem(
		context,
		() => withTimeout(readOption('timeout', 0, undefined)),
		async (client, itemIndex) => {
			const read = forItem(readParameter, itemIndex);
			const fieldName = readFieldName(read('binaryPropertyName', 'data'));
			const maxSize = readOption('maxFileSizeMb', itemIndex, DEFAULT_MAX_SIZE);
			const maxBytes =
				MEGABYTE * toWholeNumber(maxSize, 'Max File Size (MB)', { min: 1, max: LARGEST_MAX_SIZE });
			const isUrl = toChoice(read('source', 'envelope'), 'Source', ['envelope', 'url']) === 'url';
			const { envelopeWsid, urls } = isUrl
				? {
						envelopeWsid: asText(context.getInputData()[itemIndex].json.envelopeWsid),
						urls: readUrls(read('fileUrls', '')),
					}
				: await findFiles(client, read('envelopeWsid', ''));

			const items: INodeExecutionData[] = [];
			for (const url of urls) {
				const { binary, fileSize } = await client.load(
					url,
					maxBytes,
					async (file) => await store(context, file),
				);
				items.push({
					json: {
						envelopeWsid,
						fileName: binary.fileName,
						mimeType: binary.mimeType,
						fileSize,
					},
					binary: { [fieldName]: binary },
				});
			}
			return items;
		},
	);
}

/** n8n keeps it where it keeps binary data: on disk without ever holding the whole, or in memory. */
async function store({ helpers }: IExecuteFunctions, file: LoadedFile) {
	const binary = await helpers.prepareBinaryData(file.content, file.name, file.mimeType);
	// n8n 1 does not say how many bytes it has stored.
	return { binary, fileSize: file.bytes };
}

function readFieldName(value: unknown): string {
	const name = toText(value, 'Put Output File in Field').trim();
	if (name !== '') return name;
	throw new YisignError('input', 'Put Output File in Field is empty', {
		description: 'Enter the name of a binary field, for example data.',
		cause: 'configuration-invalid',
	});
}

/** @throws YisignError `input` if there is none */
function readUrls(value: unknown): string[] {
	const urls = toFileUrls(value);
	if (urls.length > 0) return urls;
	throw new YisignError('input', 'File URLs is empty', {
		description:
			'If it is an expression, it gave nothing for this item: an envelope that is not completed has no files.',
		cause: 'configuration-invalid',
	});
}

/** @throws YisignError if the envelope has no signed file (yet) */
async function findFiles(client: YisignClient, value: unknown) {
	const envelopeWsid = toConditionValue(toText(value, 'Envelope ID'), 'Envelope ID');
	const record = await getEnvelope(client, { field: 'envelopeWsid', value: envelopeWsid });
	const urls = toFileUrls(record.envelopeFileUrls);
	if (deriveStatus(record.envelopeStatus) === 'completed' && urls.length > 0) {
		return { envelopeWsid, urls };
	}
	throw noFile(record);
}

function noFile(record: EnvelopeRecord): YisignError {
	const status = deriveStatus(record.envelopeStatus);
	const code = readText(record, 'envelopeStatus') ?? 'no status code';
	switch (status) {
		case 'completed':
			return new YisignError('refused', 'The envelope is completed, but Yisign names no file', {
				description: 'Its file may follow a little later. If it does not, ask Yisign.',
			});
		case 'waiting':
		case 'processing':
		case 'unknown':
			return new YisignError('refused', `The envelope is not completed yet: ${status} (${code})`, {
				description:
					'Signed files are there once everybody has signed. Start the workflow with the Yisign Envelope Trigger, or search with Statuses set to "Completed".',
			});
		default:
			return new YisignError('refused', `The envelope has no signed file: ${status} (${code})`, {
				description:
					'It ended without all signatures. Search with Statuses set to "Completed" to leave such envelopes out.',
			});
	}
}
