import { outcomeOf } from '../../shared/errors';
import type { Check } from './check';
import type { Finding, Question } from './finding';
import { CannotTell } from './finding';
import { QUESTIONS } from './questions';

/** A question with its answer. */
export interface Answered extends Finding {
	question: string;
	/** Requests that it took; later questions may use what they showed. */
	requests: number;
}

/**
 * Asks all questions, one after the other.
 *
 * @throws YisignError if the first request is not answered, or the workflow is stopped
 */
export async function runCheck(check: Check): Promise<Answered[]> {
	await check.start();
	const answered: Answered[] = [];
	let before = 0;
	for (const question of QUESTIONS) {
		const found = await answer(question, check);
		const { requests } = check.asker;
		answered.push({ question: question.question, ...found, requests: requests - before });
		before = requests;
	}
	return answered;
}

async function answer({ ask, matters }: Question, check: Check): Promise<Finding> {
	const asking = async () => await ask(check);
	const outcome = await outcomeOf(asking());
	if ('value' in outcome) return outcome.value;
	const { fault } = outcome;
	if (!(fault instanceof CannotTell)) throw fault;
	const { message, todo } = fault;
	return { answer: `Cannot tell: ${message}`, asDocumented: null, meaning: matters, todo };
}
