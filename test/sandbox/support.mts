import { afterEach, expect } from 'vitest';
import type { SearchReply } from '../../sandbox/search.mts';
import {
	ACCESS_TOKEN,
	APP_ID,
	SEARCH_PATH,
	startSandbox,
	type Sandbox,
	type SandboxOptions,
} from '../../sandbox/server.mts';

export type Query = Partial<Record<string, string | number>>;
export type Headers = Record<string, string>;

/** The server under test. */
export let sandbox: Sandbox;

/** Starts it; it is closed after the test. */
export async function start(options: SandboxOptions = {}): Promise<Sandbox> {
	sandbox = await startSandbox(options);
	return sandbox;
}

afterEach(() => sandbox.close());

/** A request to it, as bare as it is given. */
export function ask(
	path: string,
	query: Query = {},
	headers: Headers = {},
	init: RequestInit = {},
): Promise<Response> {
	const search = new URLSearchParams();
	for (const [name, value] of Object.entries(query)) search.set(name, String(value));
	return fetch(`${sandbox.url}${path}?${search.toString()}`, { headers, ...init });
}

/** An authenticated search, whatever becomes of it. */
export const askSearch = (query: Query = {}) =>
	ask(SEARCH_PATH, { access_token: ACCESS_TOKEN, ...query }, { 'X-Signit-App-Id': APP_ID });

/** What an authenticated search finds. */
export async function search(query: Query = {}): Promise<SearchReply['hits']> {
	const response = await askSearch(query);
	expect(response.status).toBe(200);
	return ((await response.json()) as SearchReply).hits;
}
