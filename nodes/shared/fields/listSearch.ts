import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import type { YisignClient } from '../api/client';
import { createClient } from '../api/client';
import { outcomeOf, toNodeError, YisignError } from '../errors';
import { readText } from '../json';
import type { CodedField } from '../search/directory';
import { listEntries } from '../search/directory';
import { deriveStatus } from '../search/envelope';
import type { FoundEntry } from '../search/lists';
import { readList } from '../search/lists';
import { shorten } from '../search/names';
import type { SearchPage } from '../search/page';
import { createdTimeOf } from '../search/times';

/** A person waits for a list: no long time-outs, and one retry at most. */
const CLIENT_OPTIONS = { timeout: 20_000, maxRetries: 1, parallelRequests: 1 };

type ListMethod = (
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
) => Promise<INodeListSearchResult>;

/** Reads a list for the editor. Where that fails, the message says what to type instead. */
function listOf(
	instead: string,
	toEntries: (page: SearchPage, timeZone: string) => FoundEntry[],
): ListMethod {
	return async function (filter = '', paginationToken) {
		const timeZone = this.getTimezone();
		const read = async (client: YisignClient) =>
			await readList(client, filter, paginationToken, (page) => toEntries(page, timeZone));
		const outcome = await outcomeOf(createClient(this, CLIENT_OPTIONS).then(read));
		if ('fault' in outcome) throw toNodeError(this.getNode(), withInstead(outcome.fault, instead));
		const { entries, token } = outcome.value;
		return { results: entries, paginationToken: token };
	};
}

function withInstead(fault: unknown, instead: string): unknown {
	if (!(fault instanceof YisignError)) return fault;
	const { kind, message, details } = fault;
	const description = `${details.description ?? ''} ${instead}`.trim();
	return new YisignError(kind, message, { ...details, description });
}

function codes(field: CodedField): ListMethod {
	return listOf('Without the list, choose By ID or By Name.', ({ hits }) =>
		listEntries(
			hits.map(({ record }) => record),
			field,
		).flatMap(({ code, name }) => {
			// There is nothing to search for by a number that has lost digits.
			if (code === null) return [];
			const label = `${shorten(name)} (${shorten(code)})`;
			return [
				{
					name: name === '' || name === code ? shorten(code) : label,
					value: code,
					searched: `${name} ${code}`,
				},
			];
		}),
	);
}

/** What distinguishes one envelope from another, without a word about the patient. */
const envelopes = listOf('Without the list, choose By ID.', ({ hits }, timeZone) => {
	// Such as `2026-11-25 08:00`.
	const times = new Intl.DateTimeFormat('sv-SE', {
		timeZone,
		dateStyle: 'short',
		timeStyle: 'short',
	});
	// Without an ID of its own there is nothing to pick it by.
	return hits.flatMap((hit) => {
		const value = readText(hit.record, 'envelopeWsid');
		if (value === null) return [];
		const time = createdTimeOf(hit);
		const parts = [
			readText(hit.record, 'serviceTypeZhName') ?? readText(hit.record, 'serviceType'),
			readText(hit.record, 'hospitalDepartment'),
			time === null ? null : times.format(time),
			deriveStatus(hit.record.envelopeStatus),
		].filter((part) => part !== null);
		const name = parts.map(shorten).join(' · ');
		return [{ name, value, searched: [...parts, value].join(' ') }];
	});
});

/** The lists of the resource locators, for `methods.listSearch` of a node. */
export const listSearch = {
	searchDepartments: codes('hospitalDepartmentId'),
	searchDoctors: codes('doctorID'),
	searchDocumentTypes: codes('serviceType'),
	searchEnvelopes: envelopes,
};
