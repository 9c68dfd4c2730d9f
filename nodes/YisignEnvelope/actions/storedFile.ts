import type { IBinaryData, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import type { DownloadedFile } from '../../shared/api/file';
import { toWholeNumber } from '../../shared/fields/input';

const MEGABYTE = 2 ** 20;

/** MB. */
const DEFAULT_MAX_SIZE = 50;

/** MB; more does not go into one binary field. */
const LARGEST_MAX_SIZE = 2048;

/** The option of every operation that downloads. */
export const maxFileSizeField: INodeProperties = {
	displayName: 'Max File Size (MB)',
	name: 'maxFileSizeMb',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: LARGEST_MAX_SIZE },
	default: DEFAULT_MAX_SIZE,
	description: 'A larger file is not downloaded; the node stops with a message instead',
};

/**
 * @returns bytes
 * @throws YisignError `input`
 */
export function readMaxBytes(value: unknown = DEFAULT_MAX_SIZE): number {
	const bounds = { min: 1, max: LARGEST_MAX_SIZE };
	return MEGABYTE * toWholeNumber(value, maxFileSizeField.displayName, bounds);
}

/** A file in n8n's storage: for the item's binary field, and what its JSON says of it. */
interface StoredFile {
	binary: IBinaryData;
	facts: {
		fileName: string | undefined;
		mimeType: string;
		/** Bytes. */
		fileSize: number;
	};
}

/** n8n keeps it where it keeps binary data: on disk without ever holding all of it, or in memory. */
export async function storeFile(
	{ helpers }: IExecuteFunctions,
	file: DownloadedFile,
): Promise<StoredFile> {
	const binary = await helpers.prepareBinaryData(file.content, file.name, file.mimeType);
	const { fileName, mimeType } = binary;
	// n8n 1 does not say how many bytes it has stored.
	return { binary, facts: { fileName, mimeType, fileSize: file.bytes } };
}
