import { buffer } from 'node:stream/consumers';
import PDFDocument from 'pdfkit';
import type { EnvelopeSource } from './envelopes.mts';

/**
 * The "signed file" of an envelope: one page saying that it is synthetic. The same bytes for the
 * same record, since the only date in it is the record's own. `number` distinguishes several files of one
 * envelope apart.
 */
export async function makePdf(source: EnvelopeSource, number = 1): Promise<Buffer> {
	const signed = new Date(source.envelopeFinishedDatetime ?? source.createdDatetime);
	const document = new PDFDocument({
		size: 'A4',
		info: { Title: `Synthetic document ${source.envelopeWsid}`, CreationDate: signed },
	});
	document.fontSize(20).text('SYNTHETIC DOCUMENT').moveDown();
	document
		.fontSize(11)
		.text('Made by the Yisign sandbox. No hospital, no patient, no signature.')
		.moveDown()
		// The standard fonts hold Latin letters only, so just ids and dates are printed.
		.text(`Envelope: ${source.envelopeWsid}`)
		.text(`Business number: ${source.customTagID}`)
		.text(`File: ${number}`)
		.text(`Finished: ${signed.toISOString()}`);
	document.end();
	return await buffer(document);
}
