import type { INodeProperties } from 'n8n-workflow';
import type { ClientOptions } from '../../shared/api/client';
import { DEFAULT_CLIENT_OPTIONS } from '../../shared/api/client';
import { toFields, toWholeNumber } from '../../shared/fields/input';
import type { ReadParameter } from '../../shared/fields/parameters';

/** ms; one hour. */
const LONGEST_TIMEOUT = 3_600_000;

const { timeout } = DEFAULT_CLIENT_OPTIONS;

/** The option Timeout of every operation that has options. */
export const timeoutField: INodeProperties = {
	displayName: 'Timeout',
	name: 'timeout',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: timeout,
	description:
		'How long one request may take, to the last byte of its answer, in milliseconds. For a file: how long nothing of it may come. An expression is read for the first item.',
};

/**
 * The client's options of an operation that has Timeout under Options, as they are for the first item.
 *
 * @throws YisignError `input`
 */
export function readTimeoutOption(readParameter: ReadParameter): ClientOptions {
	const { timeout: value = timeout } = toFields(readParameter('options', 0, {}), 'Options');
	return { ...DEFAULT_CLIENT_OPTIONS, timeout: readTimeout(value) };
}

/** @throws YisignError `input` */
export function readTimeout(value: unknown): number {
	return toWholeNumber(value, 'Timeout', { min: 1, max: LONGEST_TIMEOUT });
}
