import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
} from 'n8n-workflow';
import type { YisignClient } from '../../shared/api/client';
import { deriveStatus, toFileUrls } from '../../shared/search/envelope';
import { YisignError } from '../../shared/errors';
import type { DownloadedFile } from '../../shared/api/file';
import { envelopeField, readEnvelopeId } from '../../shared/fields/envelope.field';
import { toChoice, toFields, toRequiredText } from '../../shared/fields/input';
import { runForEachItem } from './items';
import { getEnvelope } from '../../shared/search/lookup';
import { createParameterReader, forItem } from '../../shared/fields/parameters';
import { maxFileSizeField, readMaxBytes, storeFile } from './storedFile';
import { readTimeoutOption, timeoutField } from './timeout.field';
import type { JsonObject } from '../../shared/json';
import { readText } from '../../shared/json';
import type { EnvelopeRecord } from '../../shared/search/envelope';

/** How the operation shows in the list of operations. */
export const option = {
	name: 'Download Files',
	value: 'download',
	description: 'Download the signed files of an envelope, one item for each file',
	action: 'Download signed files',
};

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
			{ name: 'URL', value: 'url', description: 'Addresses that a search or a trigger returned' },
		],
		default: 'envelope',
		description: 'Where the files are to come from',
	},
	{ ...envelopeField, displayOptions: { show: { source: ['envelope'] } } },
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
		options: [maxFileSizeField, timeoutField],
	},
];

/** The files of one input item. */
interface Files {
	envelopeWsid: string | null;
	/** What to call them where neither their answers nor their addresses do; empty if not known. */
	fallbackName: string;
	urls: string[];
}

/**
 * Downloads the files of each input item.
 *
 * @throws YisignError, or the error of an item
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const readParameter = createParameterReader(context);
	return await runForEachItem(
		context,
		() => readTimeoutOption(readParameter),
		async (client, itemIndex) => {
			const read = forItem(readParameter, itemIndex);
			const label = 'Put Output File in Field';
			const fieldName = toRequiredText(read('binaryPropertyName', 'data'), label);
			const maxBytes = readMaxBytes(toFields(read('options', {}), 'Options').maxFileSizeMb);
			const isUrl = toChoice(read('source', 'envelope'), 'Source', ['envelope', 'url']) === 'url';
			const files = isUrl
				? readFiles(context.getInputData()[itemIndex].json, read('fileUrls', ''))
				: await findFiles(client, read('envelopeWsid', ''));
			const items: INodeExecutionData[] = [];
			for (const [index, url] of files.urls.entries()) {
				const options = { maxBytes, fallbackName: nameOf(files, index) };
				const store = async (file: DownloadedFile) => await storeFile(context, file);
				const { binary, facts } = await client.download(url, options, store);
				const json = { envelopeWsid: files.envelopeWsid, ...facts };
				items.push({ json, binary: { [fieldName]: binary } });
			}
			return items;
		},
	);
}

function nameOf({ fallbackName }: Files, index: number): string {
	return fallbackName === '' || index === 0 ? fallbackName : `${fallbackName}-${index + 1}`;
}

/** @throws YisignError `input` if there is no address */
function readFiles(item: IDataObject, value: unknown): Files {
	const urls = toFileUrls(value);
	if (urls.length > 0) {
		return { envelopeWsid: readText(item, 'envelopeWsid'), fallbackName: toName(item), urls };
	}
	throw new YisignError('input', 'File URLs is empty', {
		description:
			'If it is an expression, it gave nothing for this item: an envelope that is not completed has no files.',
		cause: 'configuration-invalid',
	});
}

/** @throws YisignError if the envelope has no signed file (yet) */
async function findFiles(client: YisignClient, value: unknown): Promise<Files> {
	const envelopeWsid = readEnvelopeId(value);
	const { record } = await getEnvelope(client, { field: 'envelopeWsid', value: envelopeWsid });
	const urls = toFileUrls(record.envelopeFileUrls);
	if (deriveStatus(record.envelopeStatus) === 'completed' && urls.length > 0) {
		return { envelopeWsid, fallbackName: toName(record), urls };
	}
	throw noFile(record);
}

/** Characters; with an envelope's ID it is no longer than a file name may be. */
const LONGEST_DOCUMENT_NAME = 15;

/** The document and the envelope, as far as they are known. */
function toName(record: JsonObject): string {
	const envelopeWsid = readText(record, 'envelopeWsid');
	if (envelopeWsid === null) return '';
	const document = readText(record, 'serviceTypeZhName') ?? 'envelope';
	return `${[...document].slice(0, LONGEST_DOCUMENT_NAME).join('')}-${envelopeWsid}`;
}

function noFile(record: EnvelopeRecord): YisignError {
	const status = deriveStatus(record.envelopeStatus);
	const found = readText(record, 'envelopeStatus') ?? '';
	// Only what looks like a code: anything else may be text about a patient.
	const code = /^[A-Z_]{1,40}$/.test(found) ? found : 'no status code';
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
					'Signed files are there once everybody has signed. Start the workflow with the Yisign Envelope Trigger, or search with Status set to "Completed".',
			});
		default:
			return new YisignError('refused', `The envelope has no signed file: ${status} (${code})`, {
				description:
					'It ended without all signatures. Search with Status set to "Completed" to leave such envelopes out.',
			});
	}
}
