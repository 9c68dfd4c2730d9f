/** ms. */
export const MINUTE = 60_000;

/** ms. */
export const HOUR = 60 * MINUTE;

/** ms. */
export const DAY = 24 * HOUR;

/**
 * Whether a time is less than a range away from now, before or after: n8n's clock may be set back.
 *
 * @param time epoch ms of n8n's clock; undefined for never
 * @param range ms
 */
export function isWithin(time: number | undefined, range: number): boolean {
	return time !== undefined && Math.abs(Date.now() - time) < range;
}
