/** What is kept of a genuine callback, so that it starts a workflow once. */
export interface Nonce {
	/** Short hash of what makes the callback unique. */
	hash: string;
	/** Epoch s, from the signed date. */
	sentAt: number;
}

/** Nonces kept in memory for each node: two megabytes. */
const CAPACITY = 20_000;

/** Nonces stored with the workflow: n8n writes them all with every callback. */
const STORED_CAPACITY = 1_000;

/**
 * The nonces that one node has accepted. A callback whose nonce is known is a replay; one that is
 * older than the tolerance is refused for its date, so its nonce can be forgotten.
 */
export class NonceMemory {
	/** Short hash to the date (epoch s) of its callback, in the order of arrival. */
	private readonly taken = new Map<string, number>();

	/** Hashes of callbacks that were not answered with success, and may come again. */
	private readonly released = new Map<string, number>();

	/** @returns false if it is taken already */
	take({ hash, sentAt }: Nonce): boolean {
		if (this.taken.has(hash)) return false;
		this.released.delete(hash);
		this.taken.set(hash, sentAt);
		return true;
	}

	/** Lets a callback come again. */
	release({ hash, sentAt }: Nonce): void {
		this.taken.delete(hash);
		this.released.set(hash, sentAt);
	}

	/** Takes what was stored before a restart, or by another process of n8n; anything else is ignored. */
	addStored(text: unknown): void {
		for (const nonce of parseNonces(text)) {
			if (!this.released.has(nonce.hash)) this.take(nonce);
		}
	}

	/**
	 * Forgets nonces that can do no harm, and the oldest above the capacity.
	 *
	 * @param oldest epoch s; the earliest date that is still within the tolerance
	 */
	forget(oldest: number, capacity = CAPACITY): void {
		for (const memory of [this.taken, this.released]) {
			for (const [hash, sentAt] of memory) {
				if (sentAt >= oldest && memory.size <= capacity) break;
				memory.delete(hash);
			}
		}
	}

	/** The latest nonces as one text, as small and quick to store as can be. */
	write(capacity = STORED_CAPACITY): string {
		const latest = [...this.taken].slice(-capacity);
		return latest.map(([hash, sentAt]) => `${hash}:${sentAt}`).join(' ');
	}
}

function parseNonces(text: unknown): Nonce[] {
	if (typeof text !== 'string') return [];
	return text
		.split(' ')
		.map((entry) => ({ hash: entry.slice(0, 12), sentAt: Number(entry.slice(13)) }))
		.filter(({ sentAt }) => sentAt > 0);
}
