import { createWriteStream } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { keepBinariesOnDisk } from '../engine/binary.mts';
import { chain, startEngine } from '../engine/engine.mts';
import { ROOT } from '../scripts/pack.mts';
import { addCredential, count, loadNode, node, type Contenders } from './workflow.mts';

const START = node('Start', 'n8n-nodes-base.manualTrigger', 1);

/** Who loads one large file, with binary data on disk as in a real n8n. */
export const DOWNLOADS: Contenders = {
	/** This package, in n8n's engine. */
	download: async () => {
		const engine = await startEngine(ROOT);
		await keepBinariesOnDisk();
		return async ({ url, ids: [id] = [] }) => {
			const load = {
				...node('Download', 'n8n-nodes-yisign.yisignEnvelope', 1),
				parameters: {
					operation: 'download',
					source: 'url',
					fileUrls: fileUrl(url, id),
					options: { maxFileSizeMb: 1000 },
				},
				credentials: addCredential(engine, url),
			};
			return await count(engine, chain(START, load));
		};
	},

	/** What is done without this package: an HTTP Request that returns a file. */
	downloadChain: async () => {
		const engine = await startEngine(ROOT, {
			'n8n-nodes-base.httpRequest': loadNode('HttpRequest/HttpRequest'),
		});
		await keepBinariesOnDisk();
		return async ({ url, ids: [id] = [] }) => {
			const load = {
				...node('Request', 'n8n-nodes-base.httpRequest', 4.2),
				parameters: {
					url: fileUrl(url, id),
					authentication: 'predefinedCredentialType',
					nodeCredentialType: 'yisignApi',
					options: { response: { response: { responseFormat: 'file' } } },
				},
				credentials: addCredential(engine, url),
			};
			return await count(engine, chain(START, load));
		};
	},

	/** The engine with the package loaded, doing nothing: what memory is measured from. */
	downloadIdle: async () => {
		await startEngine(ROOT);
		await keepBinariesOnDisk();
		return () => Promise.resolve(0);
	},

	/** The least possible: Node's own HTTP client into a file. */
	downloadBare: async () => {
		const folder = await keepBinariesOnDisk();
		return async ({ url, ids: [id] = [] }) => {
			const response = await new Promise<IncomingMessage>((resolve, reject) => {
				get(fileUrl(url, id), resolve).on('error', reject);
			});
			await pipeline(response, createWriteStream(path.join(folder, 'file.pdf')));
			return 1;
		};
	},
};

function fileUrl(url: string, id: string): string {
	return `${url}/files/${id}.pdf`;
}
