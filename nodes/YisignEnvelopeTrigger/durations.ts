/** ms. */
export const MINUTE = 60_000;

/** ms. */
export const HOUR = 60 * MINUTE;

/** ms. */
export const DAY = 24 * HOUR;
