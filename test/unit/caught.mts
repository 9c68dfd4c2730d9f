import { YisignError } from '../../nodes/shared/errors.ts';

/**
 * The YisignError that the call throws.
 *
 * @throws Error if it throws none, and whatever else it throws
 */
export function caught(run: () => unknown): YisignError {
	try {
		run();
	} catch (error) {
		if (error instanceof YisignError) return error;
		throw error;
	}
	throw new Error('The call went through');
}

/** The YisignError that the promise rejects with; otherwise as {@link caught}. */
export async function caughtAsync(promise: Promise<unknown>): Promise<YisignError> {
	try {
		await promise;
	} catch (error) {
		if (error instanceof YisignError) return error;
		throw error;
	}
	throw new Error('The call went through');
}

/** Everything of an error that a user or a log may get to see. */
export function textOf({ message, description, details, stack }: YisignError): string {
	return [message, description, stack, JSON.stringify(details)].join('\n');
}
