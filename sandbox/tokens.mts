import { randomUUID } from 'node:crypto';

/** The access tokens a server knows. */
export type Tokens = {
	/** Makes a token good for `lifetime` seconds, first revoking all others if `revokeOld`. */
	issue(lifetime: number, revokeOld: boolean): string;
	/** Whether the token is known and has not expired. */
	accept(token: string | undefined): boolean;
	/** Revokes every token, the first one too. */
	expire(): void;
	/** How many tokens {@link issue} has made. */
	readonly issued: number;
};

/** Starts with `first`, a token from the platform's operator, which lasts until revoked. */
export function makeTokens(first: string): Tokens {
	/** Token to the end of its life, epoch ms. */
	const ends = new Map([[first, Infinity]]);
	let issued = 0;
	return {
		issue(lifetime, revokeOld) {
			if (revokeOld) ends.clear();
			const token = randomUUID();
			ends.set(token, Date.now() + lifetime * 1000);
			issued++;
			return token;
		},
		accept: (token) => token !== undefined && Date.now() < (ends.get(token) ?? 0),
		expire: () => ends.clear(),
		get issued() {
			return issued;
		},
	};
}
