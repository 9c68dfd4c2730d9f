import { execFile, execFileSync } from 'node:child_process';
import { chownSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ensureDebianPackages, findProgram, type DebianPackage } from '../../instance/debian.mts';
import { freePort } from '../../instance/ports.mts';
import { startProgram, type Program, type ProgramOptions } from '../../instance/process.mts';

const run = promisify(execFile);

/** PostgreSQL and Redis of one run: empty at the start, and gone without a trace at the end. */
export interface Services {
	/** What n8n needs to use them, as environment variables. */
	readonly env: Record<string, string>;
	/** What an SQL statement finds: a list of columns for each row. */
	query(statement: string): Promise<string[][]>;
	/** Ends both and removes what they kept. */
	stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Owner of the database; a user of this machine needs no password. */
const USER = 'n8n';

/** The database that a new PostgreSQL has. */
const DATABASE = 'postgres';

const PACKAGES: DebianPackage[] = [
	{ name: 'postgresql', isThere: () => postgresProgram('initdb') !== undefined },
	{ name: 'redis-server', isThere: () => findProgram('redis-server') !== undefined },
];

/** Starts both on free ports of this machine. What they keep is in a temporary folder. */
export async function startServices(): Promise<Services> {
	ensureDebianPackages(PACKAGES);
	// Not below this repository: PostgreSQL's own user may not be allowed in there.
	const folder = mkdtempSync(path.join(tmpdir(), 'yisign-queue-'));
	const postgresPort = String(await freePort());
	const redisPort = String(await freePort());
	const postgres = await startPostgres(folder, postgresPort);
	const redis = await startService(
		'redis-server',
		['--bind', HOST, '--port', redisPort, '--dir', folder, '--save', ''],
		'Ready to accept connections',
	);
	return {
		env: {
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: HOST,
			DB_POSTGRESDB_PORT: postgresPort,
			DB_POSTGRESDB_DATABASE: DATABASE,
			DB_POSTGRESDB_USER: USER,
			EXECUTIONS_MODE: 'queue',
			QUEUE_BULL_REDIS_HOST: HOST,
			QUEUE_BULL_REDIS_PORT: redisPort,
		},
		async query(statement) {
			const connection = ['-h', HOST, '-p', postgresPort, '-U', USER, '-d', DATABASE];
			const { stdout } = await run('psql', [...connection, '-XAtc', statement]);
			return stdout
				.split('\n')
				.filter((line) => line !== '')
				.map((line) => line.split('|'));
		},
		async stop() {
			for (const program of [redis, postgres]) {
				program.stop();
				await program.end;
			}
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

async function startPostgres(folder: string, port: string): Promise<Program> {
	const user = unprivilegedUser();
	if (user) chownSync(folder, user.uid, user.gid);
	const data = path.join(folder, 'postgres');
	const options = { cwd: folder, ...user };
	await run(
		postgresProgram('initdb')!,
		['-D', data, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8'],
		options,
	);
	return await startService(
		postgresProgram('postgres')!,
		['-D', data, '-h', HOST, '-p', port, '-k', folder],
		'database system is ready to accept connections',
		options,
	);
}

/** Debian keeps the programs of each version of PostgreSQL in a folder of its own. */
function postgresProgram(name: 'initdb' | 'postgres'): string | undefined {
	return globSync(`/usr/lib/postgresql/*/bin/${name}`).at(-1) ?? findProgram(name);
}

/** PostgreSQL refuses to run as root. Debian's package has made a user for it. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
	if (process.getuid?.() !== 0) return undefined;
	const ask = (what: string) =>
		Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }));
	return { uid: ask('-u'), gid: ask('-g') };
}

/** Starts a program and waits until it says that it is ready. */
async function startService(
	command: string,
	args: string[],
	ready: string,
	options?: ProgramOptions,
): Promise<Program> {
	const up = Promise.withResolvers<void>();
	const program = await startProgram(command, args, {
		...options,
		onLine: (line) => line.includes(ready) && up.resolve(),
	});
	void program.end.then((ended) =>
		up.reject(new Error(`${command} ended with ${ended}:\n${program.lastLines.join('\n')}`)),
	);
	await up.promise;
	return program;
}
