import { it } from 'vitest';
import { Backlog } from '../../nodes/YisignEnvelopeTrigger/backlog.ts';
import { PageSize } from '../../nodes/shared/search/pageSize.ts';
import { TieProof } from '../../nodes/YisignEnvelopeTrigger/ties.ts';
import { YisignError } from '../../nodes/shared/errors.ts';
it('x', async () => {
	let bad = 0, n = 0;
	const [only] = process.env.C ? [JSON.parse(process.env.C)] : [undefined];
	let most = 0, sum = 0;
	for (let t = 0; t < (only ? 1 : Number(process.env.N ?? 3000)); t++) {
		const R = () => Math.random();
		const [count, window, cap] = only ?? [20 + Math.floor(R() * 680), 20 + Math.floor(R() * 680), 3 + Math.floor(R() * 998)];
		const rows = Array.from({ length: count }, (_, i) => ({ id: String(i), time: 1000 - i }));
		const out: string[] = [];
		const read = (from: number, size: number) => {
			if (from + size > window) { out.push(`${from}+${size}!`); return Promise.reject(new YisignError('refused', 'x')); }
			const length = Math.min(size, cap);
			const begin = Math.floor(from / length) * length;
			const hits = rows.slice(begin, begin + length).map(({ id, time }) => ({ hit: { key: id, hasId: true, envelopeId: id, record: {}, sortValues: [] }, time, eventTime: time }));
			out.push(`${from}+${size}=${begin}..${begin + hits.length}`);
			return Promise.resolve({ from, asked: size, hits, emptyHits: 0, total: rows.length, serverNow: 0, localNow: 0 });
		};
		const b = await Backlog.readSince(read, { floor: () => 0, isOverdue: () => false, ties: new TieProof(new Map(), () => false), pageSize: new PageSize(), isStuck: false });
		const ids = new Set(b.hits.map((h) => h.hit.key));
		const lost = rows.filter(({ id, time }) => !ids.has(id) && !b.gaps.some(({ from, to }) => time >= from && time <= to));
		n++; sum += out.length; most = Math.max(most, out.length);
		if (lost.length || only) { bad++; console.log(JSON.stringify([count, window, cap]), lost.map(({ id }) => id).join(), b.hits.length, JSON.stringify(b.gaps), out.length, only ? out.join(' ') : ''); }
	}
	console.log('N', n, 'bad', bad, 'most', most, 'mean', sum / n);
}, 600000);
