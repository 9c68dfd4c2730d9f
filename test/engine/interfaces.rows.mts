import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../scripts/pack.mts';

/** An interface that a hospital can call, as `docs/interfaces.md` says how. */
export interface CalledInterface {
	/** Number or group, and title. */
	name: string;
	/** The choice of the field Interface. */
	choice: string;
	method: 'GET' | 'POST';
	/** As printed; where the text stops, made up. */
	path: string;
}

/** Every interface of the two lists, with the parts of its row. */
export interface ListedInterface extends Omit<CalledInterface, 'method' | 'path'> {
	/** As the page says it: `POST `/v1/open/users/…``, `not readable`, … */
	printed: string;
	/** The last column. */
	here: string;
}

/** The rows of the page, one for each interface: a row with several titles counts as often. */
export function readRows(): ListedInterface[] {
	const page = readFileSync(path.join(ROOT, 'docs', 'interfaces.md'), 'utf8');
	const [lists] = page.split('\n## Call an interface');
	const rows = lists.split('\n').filter((line) => /^\| (–|\d)/.test(line));
	// Of the third list the page has a sentence.
	rows.push(
		'| 三 | 搜索签署文件, search signed files | not readable | | **Call Interface**: Other |',
	);
	return rows.flatMap((row) => {
		const [number, titles, printed, , here] = row
			.split('|')
			.slice(1, -1)
			.map((cell) => cell.trim());
		const choice = /\*\*Call Interface\*\*: (Other|\d+(?:\.\d)?)/.exec(here)?.[1] ?? '';
		return titles
			.split(' · ')
			.map((title) => ({ name: `${number} ${title}`, choice, printed, here }));
	});
}

/** Those that Call Interface calls, each with a method and a whole path. */
export function readCalled(): CalledInterface[] {
	return readRows().flatMap(({ name, choice, printed }, index) => {
		if (choice === '') return [];
		const start = /`([^`]*)`/.exec(printed)?.[1] ?? '/v1/open/…';
		const whole = start.startsWith('…') ? `/v1/open/${start}` : start;
		const root = /^\/(v1\/open|collect|document)\//.test(whole) ? whole : '/v1/open/…';
		const methods = (['GET', 'POST'] as const).filter((method) => printed.startsWith(method));
		return (methods.length > 0 ? methods : (['GET', 'POST'] as const)).map((method) => ({
			name,
			choice,
			method,
			path: root.replace('…', `-of-the-papers/${index}`),
		}));
	});
}
