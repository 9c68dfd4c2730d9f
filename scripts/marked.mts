import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

/**
 * A Markdown file with other tables in the places that are marked for them, each by the comments
 * `<!-- mark: begin -->` and `<!-- mark: end -->`.
 *
 * @param tables lines of a table, by the mark of its place
 * @returns the file's new text, formatted; nothing is written
 */
export async function withTables(
	file: string,
	tables: Record<string, readonly string[]>,
): Promise<string> {
	let text = readFileSync(file, 'utf8');
	for (const [mark, lines] of Object.entries(tables)) {
		const place = new RegExp(`(?<=<!-- ${mark}: begin -->)[^]*(?=<!-- ${mark}: end -->)`);
		// A function, because in a text `$` would have a meaning.
		text = text.replace(place, () => `\n\n${lines.join('\n')}\n\n`);
	}
	return await format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
}
