import { createRequire } from 'node:module';
import { Container } from '../../engine/n8n.mts';

/** Everything that was given to n8n's logger since {@link watchLogs}, by n8n or by the package. */
export const logged: string[] = [];

/**
 * Remembers what is logged from now on.
 *
 * @returns what ends it: other tests share the logger
 */
export function watchLogs(): () => void {
	const fromCore = createRequire(createRequire(import.meta.url).resolve('n8n-core'));
	const { Logger } = fromCore('@n8n/backend-common') as { Logger: never };
	const logger = Container.get<Record<string, (...args: unknown[]) => void>>(Logger);
	const levels = ['error', 'warn', 'info', 'debug'];
	const before = levels.map((level) => [level, logger[level]] as const);
	for (const level of levels) {
		logger[level] = (...args) => void logged.push(JSON.stringify(args));
	}
	return () => void Object.assign(logger, Object.fromEntries(before));
}
