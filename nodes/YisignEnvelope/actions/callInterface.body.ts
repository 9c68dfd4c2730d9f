import type { RequestParts } from '../../shared/api/client';
import { YisignError } from '../../shared/errors';
import { toRequiredText } from '../../shared/fields/input';
import { isObject, isRounded, parseJson } from '../../shared/json';
import { bodyField } from './callInterface.fields';
import { findAdded, givenByHand } from './callInterface.query';

const LABEL = bodyField.displayName;

/**
 * The body of an item: JSON as text, or the object or list that an expression gives.
 *
 * @throws YisignError `input`; what it holds is not shown
 */
export function toBody(value: unknown): NonNullable<RequestParts['body']> {
	const isGiven = isObject(value) || Array.isArray(value);
	const body = isGiven ? value : parseJson(toRequiredText(value, LABEL));
	if (body === undefined) {
		throw invalid(
			'is not JSON',
			'Check commas, braces and quotation marks. If it has expressions in it, make the whole field one expression that gives an object: a quotation mark in a value then does no harm.',
		);
	}
	if (!isObject(body) && !Array.isArray(body)) {
		throw invalid('has to be an object or a list', 'Enter {} if the interface has no body.');
	}
	const added = Object.keys(body).map(findAdded).find(Boolean);
	if (added !== undefined) throw givenByHand(`${LABEL} must not contain ${added}`);
	const values = valuesIn(body);
	if (values.some(isRounded)) {
		throw invalid(
			'holds a number that is too long to be exact',
			'Its last digits would be those of another number. Put it in quotation marks.',
		);
	}
	if (values.includes(undefined)) {
		throw invalid(
			'holds a value that is missing',
			'An expression in it gave nothing for this item, and the field would be left out. Check it, or let it give null.',
		);
	}
	return body as NonNullable<RequestParts['body']>;
}

/** Everything in a body, at any depth, as it becomes JSON. */
function valuesIn(body: object): unknown[] {
	const values: unknown[] = [];
	JSON.stringify(body, (_key, value: unknown) => {
		values.push(value);
		return value;
	});
	return values;
}

function invalid(found: string, description: string): YisignError {
	return new YisignError('input', `${LABEL} ${found}`, {
		description,
		cause: 'configuration-invalid',
	});
}
