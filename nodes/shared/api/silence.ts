/**
 * A deadline that moves on with every byte: its signal is aborted when nothing has come for a time.
 */
export class Silence {
	private readonly controller = new AbortController();

	private readonly ms: number;

	/** Epoch ms. */
	private lastByte = 0;

	/** Whether the time has passed, and not only {@link end} was called. */
	isTooLong = false;

	/** @param ms the longest silence */
	constructor(ms: number) {
		this.ms = ms;
	}

	/** Begins to wait. */
	start(): AbortSignal {
		this.touch();
		this.wait(this.ms);
		return this.controller.signal;
	}

	/** Says that something has come. */
	touch(): void {
		this.lastByte = Date.now();
	}

	/** Aborts the signal at once. */
	end(): void {
		this.controller.abort();
	}

	private wait(ms: number): void {
		const { signal } = this.controller;
		const check = () => {
			const left = this.lastByte + this.ms - Date.now();
			if (left > 0) {
				this.wait(left);
				return;
			}
			this.isTooLong = true;
			this.end();
		};
		AbortSignal.timeout(ms).addEventListener('abort', check, { signal });
	}
}
