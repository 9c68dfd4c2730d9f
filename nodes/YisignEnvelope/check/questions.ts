import type { Question } from './finding';
import { fieldQuestions } from './questions/fields';
import { fromQuestions } from './questions/from';
import { linkQuestions } from './questions/links';
import { queryQuestions } from './questions/query';
import { replyQuestions } from './questions/reply';
import { sizeQuestions } from './questions/size';
import { sortQuestions, tieQuestions } from './questions/sort';
import { speedQuestions } from './questions/speed';
import { syntaxQuestions } from './questions/syntax';
import { timeQuestions } from './questions/times';

/**
 * All questions, in the order in which they are asked: later ones use what earlier ones have found
 * out, and those at the end need no request of their own.
 */
export const QUESTIONS: readonly Question[] = [
	...replyQuestions,
	...fromQuestions,
	...sizeQuestions,
	...sortQuestions,
	...queryQuestions,
	...syntaxQuestions,
	...tieQuestions,
	...speedQuestions,
	...fieldQuestions,
	...timeQuestions,
	...linkQuestions,
];
