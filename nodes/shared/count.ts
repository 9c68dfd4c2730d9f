/** A number as people read it, such as `12,345`. */
export function formatCount(count: number): string {
	return count.toLocaleString('en-US');
}
