import { createHash } from 'crypto';

/**
 * A hash in Base64url.
 *
 * @param length characters, of 6 bits each
 */
export function hashOf(text: string, length = 12): string {
	return createHash('sha256').update(text).digest('base64url').slice(0, length);
}
