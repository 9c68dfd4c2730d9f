import Fastify from 'fastify';

/** Stands in for the group robots of DingTalk and WeCom: takes what is posted, and says it is well. */
export interface Robot {
	/** Base URL, no slash at the end. */
	url: string;
	/** What was posted, oldest first. */
	posts: Array<{ path: string; body: unknown }>;
	close(): Promise<void>;
}

/** Starts one on a free port. */
export async function startRobot(): Promise<Robot> {
	const posts: Robot['posts'] = [];
	const app = Fastify({ forceCloseConnections: true });
	app.all('/*', ({ url, body }) => {
		posts.push({ path: url, body });
		return { errcode: 0, errmsg: 'ok' };
	});
	const url = await app.listen({ host: '127.0.0.1', port: 0 });
	return { url, posts, close: () => app.close() };
}
