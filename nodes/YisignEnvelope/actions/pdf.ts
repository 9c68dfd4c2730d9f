import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import { outcomeOf, YisignError } from '../../shared/errors';
import { isPdf } from '../../shared/api/file';

/** Bytes. A document to be signed is far smaller; as base64 text it has to fit into one request. */
const LARGEST_PDF = 50 * 2 ** 20;

const LABEL = 'Input Binary Field';

/**
 * The PDF in a binary field of an input item.
 *
 * @param field name of the binary field, or what an expression gives for one
 * @throws YisignError `input` if there is none, or it is no PDF, or too large
 */
export async function readPdf(
	{ helpers }: IExecuteFunctions,
	itemIndex: number,
	field: unknown,
): Promise<Buffer> {
	const outcome = await outcomeOf(
		(async () => {
			const name = field as string | IBinaryData;
			helpers.assertBinaryData(itemIndex, name);
			return await helpers.getBinaryDataBuffer(itemIndex, name);
		})(),
	);
	if ('fault' in outcome) {
		throw invalid(
			'does not contain a file',
			'Enter the name of the binary field that the previous node puts the PDF in, usually data.',
		);
	}
	const pdf = outcome.value;
	if (pdf.length === 0) {
		throw invalid('contains an empty file', 'Look at the output of the previous node.');
	}
	if (pdf.length > LARGEST_PDF) {
		throw invalid(
			`contains a file larger than ${LARGEST_PDF / 2 ** 20} MB`,
			'Make the PDF smaller, for example with images of a lower resolution.',
		);
	}
	if (!isPdf(pdf)) {
		throw invalid(
			'contains a file that is not a PDF',
			'Yisign signs PDFs only. Convert the file first, or use another binary field.',
		);
	}
	return pdf;
}

function invalid(found: string, description: string): YisignError {
	return new YisignError('input', `${LABEL} ${found}`, {
		description,
		cause: 'configuration-invalid',
	});
}
