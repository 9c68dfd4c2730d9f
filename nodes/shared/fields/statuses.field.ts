import type { INodeProperties } from 'n8n-workflow';
import type { DerivedStatus } from '../search/envelope';
import { DERIVED_STATUSES } from '../search/envelope';
import { foldName } from '../search/names';
import { toChoice, toText } from './input';

const NOT_SIGNED = 'notSigned';

const CHOICES = [...DERIVED_STATUSES, NOT_SIGNED] as const;

/** The field Status of the search. */
export const statusesField = {
	displayName: 'Status',
	name: 'statuses',
	type: 'multiOptions',
	options: [
		{ name: 'Completed', value: 'completed', description: 'Everybody has signed' },
		{ name: 'Expired', value: 'expired' },
		{ name: 'Failed', value: 'failed', description: 'Ended without success, other reasons' },
		{ name: 'Invalidated', value: 'invalidated' },
		{
			name: 'Not Signed Yet',
			value: NOT_SIGNED,
			description: 'Waiting for a signature, or being processed',
		},
		{ name: 'Processing', value: 'processing' },
		{ name: 'Rejected', value: 'rejected', description: 'Somebody refused to sign' },
		{ name: 'Revoked', value: 'revoked' },
		{ name: 'Unknown', value: 'unknown' },
		{ name: 'Waiting', value: 'waiting', description: 'Waiting for a signature' },
	],
	default: [],
	description: 'Only envelopes with one of these. Without one, any status fits.',
} satisfies INodeProperties;

/**
 * The statuses that the user chose; none for any. A model writes a list as it likes: as JSON, with
 * capitals, with commas of any language.
 *
 * @throws YisignError `input`
 */
export function readStatuses(value: unknown): DerivedStatus[] {
	const label = statusesField.displayName;
	const texts = (Array.isArray(value) ? value : [value]).map((one) => toText(one, label));
	const chosen = texts.flatMap(toWords).map((word) => toChoice(toKnown(word), label, CHOICES));
	return [
		...new Set(
			chosen.flatMap((status): DerivedStatus[] =>
				status === NOT_SIGNED ? ['waiting', 'processing'] : [status],
			),
		),
	];
}

/** The words of a text, whatever stands between them. */
function toWords(text: string): string[] {
	return foldName(text)
		.replace(/not[\s_-]*signed(?:[\s_-]*yet)?/g, NOT_SIGNED)
		.split(/[^\p{L}\p{N}]+/u)
		.filter((word) => word !== '');
}

function toKnown(word: string): string {
	return CHOICES.find((choice) => foldName(choice) === foldName(word)) ?? word;
}
