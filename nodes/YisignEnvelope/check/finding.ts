import type { Check } from './check';

/** What was found out about one question. */
export interface Finding {
	/** In words of our own, without anything out of a record. */
	answer: string;
	/** Whether it is as the documents say; null if they say nothing, or it is not known. */
	asDocumented: boolean | null;
	/** What it means for the operations and the triggers. */
	meaning: string;
	/** What to do about it. */
	todo: string;
}

/** One question about the server: all there is to add for another one. */
export interface Question {
	question: string;
	/** What depends on the answer: the meaning where it is not known. */
	matters: string;
	/** @throws CannotTell if the answers that came do not decide it */
	ask: (check: Check) => Promise<Finding> | Finding;
}

/** What to do about most answers. */
export const NOTHING = 'Nothing.';

/** What to do where the answer is still open. */
export const OPEN = {
	/** Something changed meanwhile, or was not answered. */
	quiet: 'Run Check Server again when few documents are signed, for example in the evening.',
	/** There was too little to see. */
	more: 'Run Check Server again when Yisign has more envelopes.',
	/** This Yisign works in that way. */
	same: 'Nothing. It would be the same next time.',
	/** The same, and the package may have to support it. */
	report: 'Send the report to the maintainers.',
	/** Nothing works. */
	yisign: 'Show the report to Yisign, and ask how interface 2.2 is to be called.',
} as const;

/** The answers do not decide a question. */
export class CannotTell extends Error {
	/** What helps. */
	readonly todo: string;

	/** @param reason goes on after "Cannot tell: " */
	constructor(reason: string, todo: string) {
		super(reason);
		this.name = 'CannotTell';
		this.todo = todo;
	}
}

/** A finding of which nothing but the answer differs from case to case. */
export function finding(
	answer: string,
	asDocumented: boolean | null,
	meaning: string,
	todo = NOTHING,
): Finding {
	return { answer, asDocumented, meaning, todo };
}

/** How a refusal looks from outside, for example `HTTP 400`. */
export function statusOf({ details }: { details: { httpStatus?: number } }): string {
	return details.httpStatus === undefined ? 'not with JSON' : `HTTP ${details.httpStatus}`;
}
