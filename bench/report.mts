import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { withTables } from '../scripts/marked.mts';
import { ROOT } from '../scripts/pack.mts';

/** One line of the bench. */
export interface Row {
	name: string;
	measured: string;
	wanted: string;
	isMet: boolean;
	/** What the figure was made of. */
	detail: string;
	/** Label to ms, where the line compares. */
	bars?: Record<string, number>;
}

/** Puts the run's table into docs/performance.md and its chart beside it. */
export async function writeReport(rows: Row[]): Promise<void> {
	const file = path.join(ROOT, 'docs', 'performance.md');
	const table = [
		'| Case | Measured | Wanted | |',
		'| --- | --- | --- | --- |',
		...rows.map(
			({ name, measured, wanted, isMet }) =>
				`| ${name} | ${measured} | ${wanted} | ${isMet ? '✓' : '✗'} |`,
		),
	];
	writeFileSync(file, await withTables(file, { bench: table }));
	writeFileSync(path.join(ROOT, 'docs', 'bench.svg'), drawChart(rows));
}

const WIDTH = 720;
const LABEL = 170;
const BAR = 18;

/** As GitHub shows pages, light and dark. */
const COLORS =
	'.page{fill:#fff}text{fill:#1f2328}.own{fill:#0d7d74}.other{fill:#9aa5a4}' +
	'@media(prefers-color-scheme:dark){.page{fill:#0d1117}text{fill:#e6edf3}.own{fill:#2fb5a8}.other{fill:#6e7977}}';

/** A bar for each contender of each comparison, as long as its time; each case has its own scale. */
function drawChart(rows: Row[]): string {
	const parts: string[] = [];
	let y = 0;
	for (const { name, bars } of rows) {
		if (!bars) continue;
		y += 30;
		parts.push(`<text x="0" y="${y}" font-weight="bold">${name}</text>`);
		const longest = Math.max(...Object.values(bars));
		for (const [label, ms] of Object.entries(bars)) {
			y += BAR + 6;
			const width = Math.max(2, (ms / longest) * (WIDTH - LABEL - 80));
			const kind = label === 'Yisign Envelope' ? 'own' : 'other';
			parts.push(
				`<text x="0" y="${y}">${label}</text>`,
				`<rect x="${LABEL}" y="${y - BAR + 4}" width="${width.toFixed(0)}" height="${BAR}" class="${kind}"/>`,
				`<text x="${(LABEL + width + 8).toFixed(0)}" y="${y}">${Math.round(ms)} ms</text>`,
			);
		}
	}
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 16}" font-family="sans-serif" font-size="13"><style>${COLORS}</style><rect width="100%" height="100%" class="page"/>${parts.join('')}</svg>\n`;
}
