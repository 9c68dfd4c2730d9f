import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import Table from 'cli-table3';
import { describe, expect, it } from 'vitest';
import { chain } from '../../../engine/engine.mts';
import { errorOf } from '../../../instance/rest.mts';
import { echo } from '../../../sandbox/faults.mts';
import { makeNode, type Site } from '../site.mts';

/** What is looked for, by what it is. */
type Markers = Record<string, Iterable<string>>;

/** Everything that n8n has stored and logged is searched for what it must not hold. */
export function testSecrets(site: () => Site): void {
	describe('what n8n has stored and logged', () => {
		it('has a message without the token, though Yisign repeated it in its answer', async () => {
			const { rest, sandbox, credentials, secrets } = site();
			// An alert of an earlier test may poll at any time: the answer is for this search alone.
			sandbox.options.faults.push(echo({ status: 400, q: 'ECHO-1' }));
			const conditions = { condition: [{ field: 'customTagID', value: 'ECHO-1' }] };
			const workflow = await rest.createWorkflow({
				name: 'Echo',
				...chain(
					makeNode('Start', 'n8n-nodes-base.manualTrigger', 1),
					makeNode(
						'Search',
						'n8n-nodes-yisign.yisignEnvelope',
						1,
						{ conditions },
						credentials.yisignApi,
					),
				),
			});
			const error = errorOf(await rest.run(workflow));
			expect(error?.message).toContain('HTTP 400');
			expect(JSON.stringify(error)).not.toContain(secrets.accessToken);
		});

		it('holds no token, no secret and no patient in clear text', async () => {
			const { secrets, sandbox } = site();
			expect(secrets.sessionTokens.size).toBeGreaterThan(0);
			const markers: Markers = {
				'access token': [secrets.accessToken],
				'app secret': [secrets.appSecret],
				'session tokens': secrets.sessionTokens,
				'identity number': [secrets.identityNumber],
				'patient’s name': [secrets.patientName],
			};
			// Has to be found, or the search would prove nothing: it has been emitted and stored.
			const control: Markers = { 'an envelope’s ID': [sandbox.envelopes[0].source.envelopeWsid] };

			const places = new Map([...(await storedExecutions(site())), ...(await storedFiles(site()))]);
			const table = new Table({ head: ['', 'bytes', ...Object.keys({ ...markers, ...control })] });
			const hits = (content: Buffer, looked: Markers) =>
				Object.values(looked).map((values) => count(content, values));
			for (const [place, content] of places) {
				table.push([place, content.length, ...hits(content, { ...markers, ...control })]);
			}
			console.log(table.toString());

			const all = [...places.values()];
			expect(hits(Buffer.concat(all), markers)).toEqual(Object.values(markers).map(() => 0));
			const found = all.map((content) => hits(content, control)[0]);
			// The executions as n8n gives them out, the rows of its database, and the file they are in.
			expect(found.filter((number) => number > 0).length).toBeGreaterThanOrEqual(3);
		});
	});
}

/** All executions, as n8n gives them out. */
async function storedExecutions({ rest }: Site): Promise<Array<[string, Buffer]>> {
	const list = await rest.executions();
	expect(list.length).toBeLessThan(100); // More are not listed at once.
	const executions = await Promise.all(
		list.map(({ id }) => rest.request('GET', `/executions/${id}`)),
	);
	return [[`all ${list.length} executions`, Buffer.from(JSON.stringify(executions))]];
}

/**
 * Every file that n8n keeps, and the database once more by its rows: in the file, a text may be in
 * pieces.
 */
async function storedFiles({ instance, userFolder }: Site): Promise<Map<string, Buffer>> {
	// A sudden end leaves the write-ahead log beside the database.
	await instance.kill();
	const places = new Map<string, Buffer>();
	for (const entry of await readdir(userFolder, { recursive: true, withFileTypes: true })) {
		if (!entry.isFile()) continue;
		const file = path.join(entry.parentPath, entry.name);
		const [top, name, ...below] = path.relative(userFolder, file).split(path.sep);
		// n8n's own editor, and the packages that are installed.
		if (top === '.cache' || name === 'nodes') continue;
		const place = path.join(top, name ?? '', below.length > 0 ? '…' : '');
		places.set(place, Buffer.concat([places.get(place) ?? Buffer.alloc(0), await readFile(file)]));
	}
	const database = new DatabaseSync(path.join(userFolder, '.n8n', 'database.sqlite'));
	const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
	const rows = tables.map(({ name }) => database.prepare(`SELECT * FROM "${String(name)}"`).all());
	database.close();
	places.set(`all rows of ${tables.length} database tables`, Buffer.from(JSON.stringify(rows)));
	return places;
}

/** How often values stand in a content, in any spelling that a file may give them. */
function count(content: Buffer, values: Iterable<string>): number {
	let hits = 0;
	for (const spelling of new Set([...values].flatMap(spellings))) {
		for (let at = content.indexOf(spelling); at >= 0; at = content.indexOf(spelling, at + 1)) {
			hits += 1;
		}
	}
	return hits;
}

/** A text as it is, in JSON, in a URL, and in Base64 of something longer. */
function spellings(text: string): string[] {
	const escaped = text.replace(
		/[^\x20-\x7e]/g,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
	// It may begin at any of three places in a group; what shares a group with its neighbours is left out.
	const base64 = [0, 1, 2].map((shift) => {
		const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
		const from = shift === 0 ? 0 : 3;
		return bytes.subarray(from, bytes.length - (bytes.length % 3)).toString('base64');
	});
	return [text, escaped, encodeURIComponent(text), ...base64];
}
