import { Agent, request } from 'node:http';
import { chain, startEngine } from '../engine/engine.mts';
import { CREATE_FROM_PDF_PATH } from '../sandbox/creates.mts';
import { ACCESS_TOKEN, APP_ID } from '../sandbox/server.mts';
import { ROOT } from '../scripts/pack.mts';
import { addCredential, count, loadNode, node, type Contenders } from './workflow.mts';

/** Bytes; a page or two of text. */
const PDF_SIZE = 100_000;

const PDF = Buffer.from(`%PDF-1.4\n%${'x'.repeat(PDF_SIZE)}\n%%EOF\n`).toString('base64');

const TEMPLATE = { wsid: 'WSID_TEMP_0000018a000000000000000000000001', name: '手术知情同意书' };

/** Numbers that no run has used before. */
let serial = 0;
const makeTags = (length: number) =>
	Array.from({ length }, () => `B${process.pid}-${(serial += 1)}`);

/** Items with a PDF each, as a form or a folder gives them. */
function source(creates: number) {
	return {
		...node('Source', 'n8n-nodes-base.code', 1),
		parameters: {
			items: makeTags(creates).map((tag) => ({
				json: { tag },
				binary: { data: { data: PDF, mimeType: 'application/pdf' } },
			})),
		},
	};
}

/** Who starts an envelope with a PDF for each item. */
export const CREATES: Contenders = {
	/** This package, in n8n's engine. */
	create: async () => {
		const engine = await startEngine(ROOT);
		return async ({ url, creates = 0 }) => {
			const create = {
				...node('Create', 'n8n-nodes-yisign.yisignEnvelope', 1),
				parameters: {
					operation: 'createFromPdf',
					customTagID: '={{ $json.tag }}',
					templateId: TEMPLATE.wsid,
				},
				credentials: addCredential(engine, url),
			};
			return await count(engine, chain(source(creates), create));
		};
	},

	/** What is done without this package: Extract From File, then an HTTP Request. */
	createChain: async () => {
		const engine = await startEngine(ROOT, {
			'n8n-nodes-base.httpRequest': loadNode('HttpRequest/HttpRequest'),
			'n8n-nodes-base.extractFromFile': loadNode('Files/ExtractFromFile/ExtractFromFile'),
		});
		return async ({ url, inFlight, creates = 0 }) =>
			await count(
				engine,
				chain(
					source(creates),
					{
						...node('Extract', 'n8n-nodes-base.extractFromFile', 1),
						parameters: {
							operation: 'binaryToPropery',
							destinationKey: 'base64',
							options: { keepSource: 'json' },
						},
					},
					{
						...node('Request', 'n8n-nodes-base.httpRequest', 4.2),
						parameters: {
							method: 'POST',
							url: url + CREATE_FROM_PDF_PATH,
							authentication: 'predefinedCredentialType',
							nodeCredentialType: 'yisignApi',
							sendBody: true,
							specifyBody: 'json',
							jsonBody: `={{ { customTagID: $json.tag, template: ${JSON.stringify(TEMPLATE)}, document: { base64: $json.base64 } } }}`,
							options: { batching: { batch: { batchSize: inFlight, batchInterval: 0 } } },
						},
						credentials: addCredential(engine, url),
					},
				),
			);
	},

	/** The least possible: Node's own HTTP client, nothing checked. */
	createBare: () =>
		Promise.resolve(async ({ url, inFlight, creates = 0 }) => {
			const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
			const target = `${url}${CREATE_FROM_PDF_PATH}?access_token=${ACCESS_TOKEN}`;
			const replies = await Promise.all(
				makeTags(creates).map(async (customTagID) => {
					const body = { customTagID, template: TEMPLATE, document: { base64: PDF } };
					return await post(agent, target, JSON.stringify(body));
				}),
			);
			agent.destroy();
			return replies.filter((status) => status === 200).length;
		}),
};

async function post(agent: Agent, url: string, body: string): Promise<number | undefined> {
	return await new Promise((resolve, reject) => {
		const headers = { 'content-type': 'application/json', 'X-Signit-App-Id': APP_ID };
		request(url, { agent, method: 'POST', headers })
			.on('response', (response) => {
				response
					.resume()
					.on('end', () => resolve(response.statusCode))
					.on('error', reject);
			})
			.on('error', reject)
			.end(body);
	});
}
