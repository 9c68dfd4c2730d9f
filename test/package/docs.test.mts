import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { INodeProperties, INodeType } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/pack.mts';

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

/** Files of the repository, those that are not committed yet included. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
	cwd: ROOT,
	encoding: 'utf8',
})
	.split('\n')
	.filter((file) => file !== '' && existsSync(path.join(ROOT, file)));

const pages = files.filter((file) => file.endsWith('.md'));

const { homepage, n8n } = JSON.parse(read('package.json')) as {
	homepage: string;
	n8n: { nodes: string[]; credentials: string[] };
};

describe('links', () => {
	/** The anchors of a page, as GitHub makes them of its headings. */
	function anchorsOf(page: string): string[] {
		return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
			heading
				.trim()
				.toLowerCase()
				.replace(/[^\p{L}\p{N}\s_-]/gu, '')
				.replace(/\s/g, '-'),
		);
	}

	function leadsSomewhere(target: string, from: string): boolean {
		const [file, anchor] = target.split('#', 2);
		const page = file === '' ? from : path.join(path.dirname(from), decodeURI(file));
		if (!existsSync(path.join(ROOT, page))) return false;
		return anchor === undefined || anchorsOf(page).includes(decodeURI(anchor));
	}

	it.each(pages)('lead somewhere in %s', (page) => {
		const targets = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
		const own = targets.filter((target) => !/^https?:/.test(target));
		expect(own.filter((target) => !leadsSomewhere(target, page))).toEqual([]);
	});

	it('lead somewhere out of the editor', () => {
		const [repository] = homepage.split('#');
		const shipped = [...n8n.nodes, ...n8n.credentials].flatMap((file) => [
			read(file),
			existsSync(path.join(ROOT, `${file}on`)) ? read(`${file}on`) : '',
		]);
		const targets = shipped.flatMap((text) =>
			text.split(/['"]/).filter((part) => part.startsWith(repository)),
		);
		expect(targets.length).toBeGreaterThan(0);
		for (const target of targets) {
			const inside = target.slice(repository.length).replace(/^\/blob\/main\//, '');
			const page = inside.startsWith('#') ? `README.md${inside}` : inside;
			// The page of the repository shows its README under this anchor.
			expect(page === 'README.md#readme' || leadsSomewhere(page, '')).toBe(true);
		}
	});
});

/** What stands below a heading of the second level. */
function sectionOf(page: string, heading: string): string {
	const sections = read(page).split(/^## /m);
	return sections.find((section) => section.startsWith(heading)) ?? '';
}

describe('docs/interfaces.md', () => {
	it('has a row for each interface that the vendor lists', () => {
		const section = sectionOf('docs/vendor-api.md', '5. ');
		const page = read('docs/interfaces.md');
		const rows = section.split('\n').filter((row) => /^\| (–|\d|三)/.test(row));
		expect(rows.length).toBeGreaterThan(45);
		const titles = rows.flatMap((row) => {
			const [first, second] = row.split('|').slice(1);
			// The first group numbers its interfaces in a column of their own.
			const title = /\p{Script=Han}/u.test(first) ? first : second;
			return title.split(';').map((one) => one.trim());
		});
		const chinese = titles.flatMap(
			(title) => /[\p{Script=Han}A-Za-z]*\p{Script=Han}{2,}/u.exec(title)?.[0] ?? [],
		);
		expect(chinese.length).toBeGreaterThan(40);
		expect(chinese.filter((title) => !page.includes(title))).toEqual([]);
	});
});

const require = createRequire(path.join(ROOT, 'package.json'));

/** What the classes of the built files describe. */
const described = [...n8n.nodes, ...n8n.credentials].flatMap((file) =>
	Object.values(require(`./${file}`) as Record<string, new () => INodeType>).map((Type) => {
		const { description, ...credential } = new Type();
		const { displayName, properties } = (description ?? credential) as {
			displayName: string;
			properties: INodeProperties[];
		};
		return { displayName, properties };
	}),
);

/** The labels that the editor shows for fields, those inside of them, and what can be chosen. */
function labelsOf(properties: INodeProperties[], withChoices: boolean): string[] {
	return properties.flatMap(({ type, displayName, options = [], modes = [] }) => {
		if (type === 'hidden' || type === 'notice') return [];
		const inner = options.flatMap((option) => {
			if ('values' in option) return labelsOf(option.values, withChoices);
			if ('displayName' in option) return labelsOf([option], withChoices);
			return withChoices ? [option.name] : [];
		});
		const shown = withChoices ? modes.map((mode) => mode.displayName) : [];
		return [displayName, ...inner, ...shown];
	});
}

const unique = (labels: string[]) => [...new Set(labels)];

describe('README.md', () => {
	it('has a row for every operation and every trigger', () => {
		const rows = [...read('README.md').matchAll(/^\| \*\*(.+?)\*\* /gm)].map(([, name]) => name);
		const { properties } = described.find(({ displayName }) => displayName === 'Yisign Envelope')!;
		const operations = properties.find(({ name }) => name === 'operation')?.options ?? [];
		const names = [
			...operations.map(({ name }) => name),
			...described.map(({ displayName }) => displayName).filter((name) => name.endsWith('Trigger')),
		];
		expect(names.length).toBeGreaterThan(7);
		expect(names.filter((name) => !rows.includes(name))).toEqual([]);
	});
});

describe('labels of fields', () => {
	it.each([
		['Yisign API', ['README.md']],
		['Yisign Envelope Trigger', ['docs/triggers.md', 'docs/search.md']],
		['Yisign Callback Trigger', ['docs/callbacks.md']],
	])('of %s all stand in the docs', (name, files) => {
		const { properties } = described.find(({ displayName }) => displayName === name)!;
		const text = files.map(read).join('\n');
		const missing = unique(labelsOf(properties, false)).filter((label) => !text.includes(label));
		expect(missing).toEqual([]);
	});

	it.each([
		['search', 'docs/search.md'],
		['get', 'docs/create.md'],
		['download', 'docs/create.md'],
		['createFromPdf', 'docs/create.md'],
		['createStepwise', 'docs/create.md'],
		['callInterface', 'docs/interfaces.md'],
	])('of the operation %s all stand in %s', (operation, file) => {
		const { properties } = described.find(({ displayName }) => displayName === 'Yisign Envelope')!;
		const fields = properties.filter(({ displayOptions }) =>
			displayOptions?.show?.operation?.includes(operation),
		);
		expect(fields.length).toBeGreaterThan(2);
		const text = read(file);
		const missing = unique(labelsOf(fields, false)).filter((label) => !text.includes(label));
		expect(missing).toEqual([]);
	});
});

describe('the guide in Chinese', () => {
	const page = read('docs/zh-CN/labels.md');
	/** Labels in the first column of a table whose second column is Chinese. */
	const labelsIn = (text: string) =>
		[...text.matchAll(/^\| \*\*(.+?)\*\* +\| [^|]*\p{Script=Han}/gmu)].map(([, label]) => label);
	const known = unique(described.flatMap(({ properties }) => labelsOf(properties, true)));

	it('has every label and choice of the nodes beside its Chinese name', () => {
		const names = labelsIn(page);
		expect(known.length).toBeGreaterThan(80);
		expect(known.filter((label) => !names.includes(label))).toEqual([]);
	});

	it.each(['docs/messages.md', 'docs/zh-CN/messages.md'])('knows every label in %s', (file) => {
		const nodes = described.map(({ displayName }) => displayName);
		const n8ns = [...page.matchAll(/\*\*(.+?)\*\*/g)].map(([, label]) => label);
		const labels = [...read(file).matchAll(/\*\*([^*]+)\*\*/g)].map(([, label]) => label);
		const own = labels.filter((label) => !/\p{Script=Han}/u.test(label));
		expect(own.length).toBeGreaterThan(30);
		expect(own.filter((label) => ![...known, ...nodes, ...n8ns].includes(label))).toEqual([]);
	});

	it('has no label that the nodes do not have', () => {
		const own = page.slice(0, page.indexOf('## n8n 自己的按钮和菜单'));
		expect(labelsIn(own).filter((label) => !known.includes(label))).toEqual([]);
	});

	it.each(pages.filter((file) => file.startsWith('docs/zh-CN/')))(
		'has no bold text that Markdown would not see (%s)',
		(file) => {
			// Asterisks between a punctuation mark inside and a letter outside are shown as they are.
			const bold = read(file).matchAll(/(.?)\*\*([^*\n]+)\*\*(?=(.?))/gu);
			const broken = [...bold].filter(
				([, before, inner, after]) =>
					/[\p{L}\p{N}][\p{P}\p{S}]/u.test(before + inner[0]) ||
					/[\p{P}\p{S}][\p{L}\p{N}]/u.test(inner.slice(-1) + after),
			);
			expect(broken.map(([text]) => text)).toEqual([]);
		},
	);
});
