import { createRequire } from 'node:module';
import { Container } from '../../engine/n8n.mts';

/** Everything that was logged since {@link watchLogs}, by n8n or by the package. */
export const logged: string[] = [];

/** Remembers what n8n's logger and the console are given, from now on. */
export function watchLogs(): void {
	const fromCore = createRequire(createRequire(import.meta.url).resolve('n8n-core'));
	const { Logger } = fromCore('@n8n/backend-common') as { Logger: never };
	const logger = Container.get<Record<string, (...args: unknown[]) => void>>(Logger);
	for (const level of ['error', 'warn', 'info', 'debug']) {
		logger[level] = (...args) => void logged.push(JSON.stringify(args));
	}
}
