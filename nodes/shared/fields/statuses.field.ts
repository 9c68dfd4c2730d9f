import type { INodeProperties } from 'n8n-workflow';
import type { DerivedStatus } from '../search/envelope';
import { DERIVED_STATUSES } from '../search/envelope';
import { toChoice, toTextList } from './input';

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
 * The statuses that the user chose; none for any.
 *
 * @throws YisignError `input`
 */
export function readStatuses(value: unknown): DerivedStatus[] {
	const chosen = toTextList(value, statusesField.displayName).map((status) =>
		toChoice(status, statusesField.displayName, CHOICES),
	);
	return [
		...new Set(
			chosen.flatMap((status): DerivedStatus[] =>
				status === NOT_SIGNED ? ['waiting', 'processing'] : [status],
			),
		),
	];
}
