/** A number as people read it, such as `12,345`. */
export function formatCount(count: number): string {
	return count.toLocaleString('en-US');
}

/** So many records, in the middle of a sentence. */
export function formatRecords(count: number): string {
	return count === 1 ? 'a record' : `${formatCount(count)} records`;
}
