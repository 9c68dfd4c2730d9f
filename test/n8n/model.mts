import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';

/** What the model says once a tool has answered. */
export const ANSWER = 'That is what the tool has.';

/** Stands in for a language model with OpenAI's interface: asks its first tool once, then answers. */
export interface Model {
	/** What a credential for it holds. */
	credential: { apiKey: string; url: string };
	/** What it was asked, oldest first. */
	requests: ModelRequest[];
	close(): Promise<void>;
}

/** A request as far as it matters here. */
interface ModelRequest {
	messages: Array<{ role: string; content: unknown }>;
	tools?: Array<{ function: { name: string } }>;
}

/** Starts one on a free port. */
export async function startModel(): Promise<Model> {
	const requests: ModelRequest[] = [];
	const app = Fastify({ forceCloseConnections: true, bodyLimit: 10_000_000 });
	app.post('/v1/chat/completions', ({ body }) => {
		requests.push(body as ModelRequest);
		const { messages, tools = [] } = body as ModelRequest;
		const isAnswered = messages.some(({ role }) => role === 'tool');
		const message = isAnswered ? { content: ANSWER } : { content: '', tool_calls: [callOf(tools)] };
		return {
			id: randomUUID(),
			object: 'chat.completion',
			created: 0,
			model: 'stand-in',
			choices: [
				{
					index: 0,
					message: { role: 'assistant', ...message },
					finish_reason: isAnswered ? 'stop' : 'tool_calls',
				},
			],
			usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
		};
	});
	const url = await app.listen({ host: '127.0.0.1', port: 0 });
	return {
		credential: { apiKey: randomUUID(), url: `${url}/v1` },
		requests,
		close: () => app.close(),
	};
}

/** Everything that can be left open is. */
function callOf([tool]: NonNullable<ModelRequest['tools']>) {
	const { name } = tool.function;
	return { id: randomUUID(), type: 'function', function: { name, arguments: '{}' } };
}
