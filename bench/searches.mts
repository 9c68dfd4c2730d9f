import { Agent, request } from 'node:http';
import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeParameters,
	INodeType,
} from 'n8n-workflow';
import { chain, startEngine } from '../engine/engine.mts';
import { ACCESS_TOKEN, APP_ID, SEARCH_PATH } from '../sandbox/server.mts';
import { ROOT } from '../scripts/pack.mts';
import {
	addCredential,
	count,
	loadNode,
	node,
	type Contender,
	type Contenders,
} from './workflow.mts';

const PAGE = 20;

/** Who searches. */
export const SEARCHES: Contenders = {
	/** This package, in n8n's engine. */
	yisign: async () => {
		const engine = await startEngine(ROOT);
		return async ({ url, inFlight, pageSize, ids = [''] }) => {
			const parameters: INodeParameters = {
				returnAll: true,
				options: { parallelRequests: inFlight, ...(pageSize && { pageSize }) },
			};
			if (ids[0] !== '') {
				parameters.conditions = {
					condition: [{ field: 'envelopeWsid', value: '={{ $json.id }}' }],
				};
			}
			const input = {
				...node('Source', 'n8n-nodes-base.code', 1),
				parameters: { items: ids.map((id) => ({ json: { id } })) },
			};
			const search = {
				...node('Search', 'n8n-nodes-yisign.yisignEnvelope', 1),
				parameters,
				credentials: addCredential(engine, url),
			};
			return await count(engine, chain(input, search));
		};
	},

	/** What is done without this package: HTTP Request with pagination, Split Out, Edit Fields. */
	chain: async () => {
		const engine = await startEngine(ROOT, {
			'n8n-nodes-base.httpRequest': loadNode('HttpRequest/HttpRequest'),
			'n8n-nodes-base.splitOut': loadNode('Transform/SplitOut/SplitOut'),
			'n8n-nodes-base.set': loadNode('Set/Set'),
		});
		return async ({ url }) =>
			await count(
				engine,
				chain(
					node('Start', 'n8n-nodes-base.manualTrigger', 1),
					{
						...node('Request', 'n8n-nodes-base.httpRequest', 4.2),
						parameters: paginated(url + SEARCH_PATH),
						credentials: addCredential(engine, url),
					},
					{
						...node('Split', 'n8n-nodes-base.splitOut', 1),
						parameters: { fieldToSplitOut: 'hits.hits', options: {} },
					},
					{ ...node('Fields', 'n8n-nodes-base.set', 3.4), parameters: tenFields() },
				),
			);
	},

	/** n8n's HTTP helper alone, in the engine: the fastest that a node can be. */
	helper: async () => {
		const engine = await startEngine(ROOT, { 'bench.helper': helperNode });
		return async ({ url, inFlight }) => {
			const search = {
				...node('Search', 'bench.helper', 1),
				parameters: { url: url + SEARCH_PATH, inFlight },
				credentials: addCredential(engine, url),
			};
			return await count(engine, chain(node('Start', 'n8n-nodes-base.manualTrigger', 1), search));
		};
	},

	/** The engine with the package loaded, doing nothing: what memory is measured from. */
	idle: async () => {
		await startEngine(ROOT);
		return () => Promise.resolve(0);
	},

	/** The least possible: Node's own HTTP client, pages parsed and put in order, nothing checked. */
	bare: () => Promise.resolve(bareWith([PAGE])),

	/** The same with the pages that the package asks for where the server allows it. */
	bareLarge: () => Promise.resolve(bareWith([PAGE, 200, 1000])),
};

/** @param sizes of the first pages, read one by one; that of the last holds for all others */
const bareWith =
	(sizes: number[]): Contender =>
	async ({ url, inFlight, ids }) => {
		const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
		const results: object[][] = [];
		async function read(index: number, query: Record<string, string>): Promise<number> {
			const { hits } = await getJson(agent, url + SEARCH_PATH, query);
			results[index] = hits.hits.map(({ _source }) => _source);
			return hits.total.value;
		}
		const lookUp = async (index: number) =>
			await read(index, { q: `(envelopeWsid=${ids?.[index]})` });
		const begins = [0];
		for (const size of sizes) begins.push(begins.at(-1)! + size);
		const last = sizes.length - 1;
		const page = async (index: number) => {
			const size = sizes[Math.min(index, last)];
			const from = index < last ? begins[index] : begins[last] + (index - last) * size;
			// What reaches over the edge of Elasticsearch's window is refused.
			const room = from < 10_000 ? 10_000 - from : size;
			return await read(index, { from: String(from), size: String(Math.min(size, room)) });
		};

		let next = 0;
		let tasks = ids?.length ?? 1;
		while (!ids && next < sizes.length) {
			const total = await page(next++);
			tasks = last + Math.ceil((total - begins[last]) / sizes[last]);
		}
		await Promise.all(
			Array.from({ length: inFlight }, async () => {
				while (next < tasks) await (ids ? lookUp : page)(next++);
			}),
		);
		agent.destroy();
		return results.flat().length;
	};

/** A node that reads all pages with n8n's helper and does nothing else. */
const helperNode = {
	description: {
		name: 'helper',
		version: 1,
		inputs: ['main'],
		outputs: ['main'],
		credentials: [{ name: 'yisignApi', required: true }],
		properties: ['url', 'inFlight'].map((name) => ({ name, type: 'json', default: '' })),
	},
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const url = this.getNodeParameter('url', 0) as string;
		const data = await this.getCredentials('yisignApi');
		const credentialsDecrypted = { id: '', name: '', type: 'yisignApi', data };
		const results: INodeExecutionData[][] = [];
		const page = async (index: number) => {
			const { hits } = (await this.helpers.httpRequestWithAuthentication.call(
				this,
				'yisignApi',
				{ url, qs: { sort: 'createdDatetime:desc', from: index * PAGE, size: PAGE }, json: true },
				{ credentialsDecrypted },
			)) as Reply;
			results[index] = hits.hits.map(({ _source }) => ({ json: _source as IDataObject }));
			return hits.total.value;
		};
		const pages = Math.ceil((await page(0)) / PAGE);
		let next = 1;
		const inFlight = Number(this.getNodeParameter('inFlight', 0));
		await Promise.all(
			Array.from({ length: inFlight }, async () => {
				while (next < pages) await page(next++);
			}),
		);
		return [results.flat()];
	},
} as unknown as INodeType;

interface Reply {
	hits: { total: { value: number }; hits: Array<{ _source: object }> };
}

async function getJson(agent: Agent, url: string, query: Record<string, string>): Promise<Reply> {
	const parameters = new URLSearchParams({
		sort: 'createdDatetime:desc',
		from: '0',
		size: String(PAGE),
		...query,
		access_token: ACCESS_TOKEN,
	});
	return await new Promise((resolve, reject) => {
		request(`${url}?${parameters.toString()}`, { agent, headers: { 'X-Signit-App-Id': APP_ID } })
			.on('response', (response) => {
				const chunks: Buffer[] = [];
				response
					.on('data', (chunk: Buffer) => chunks.push(chunk))
					.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as Reply))
					.on('error', reject);
			})
			.on('error', reject)
			.end();
	});
}

function paginated(url: string): INodeParameters {
	return {
		url,
		authentication: 'predefinedCredentialType',
		nodeCredentialType: 'yisignApi',
		sendQuery: true,
		queryParameters: {
			parameters: [
				{ name: 'sort', value: 'createdDatetime:desc' },
				{ name: 'size', value: String(PAGE) },
			],
		},
		options: {
			pagination: {
				pagination: {
					paginationMode: 'updateAParameterInEachRequest',
					parameters: {
						parameters: [{ type: 'qs', name: 'from', value: `={{ $pageCount * ${PAGE} }}` }],
					},
					paginationCompleteWhen: 'other',
					completeExpression: `={{ $response.body.hits.hits.length < ${PAGE} }}`,
				},
			},
		},
	};
}

function tenFields(): INodeParameters {
	const fields: Record<string, string> = {
		envelopeWsid: '={{ $json._source.envelopeWsid }}',
		customTagID: '={{ $json._source.customTagID }}',
		status:
			'={{ $json._source.envelopeStatus === "ED_SUCCESS" ? "completed" : $json._source.envelopeStatus.startsWith("ED_") ? "failed" : "processing" }}',
		envelopeStatus: '={{ $json._source.envelopeStatus }}',
		serviceTypeZhName: '={{ $json._source.serviceTypeZhName }}',
		admissionNo: '={{ $json._source.admissionNo }}',
		doctorName: '={{ $json._source.doctorName }}',
		hospitalDepartment: '={{ $json._source.hospitalDepartment }}',
		finishedAt:
			'={{ $json._source.envelopeFinishedDatetime ? new Date($json._source.envelopeFinishedDatetime).toISOString() : null }}',
		fileUrls: '={{ [$json._source.envelopeFileUrls].flat() }}',
	};
	return {
		assignments: {
			assignments: Object.entries(fields).map(([name, value]) => ({
				id: name,
				name,
				value,
				type: name === 'fileUrls' ? 'array' : 'string',
			})),
		},
		options: {},
	};
}
