import { describe, expect, it } from 'vitest';
import { makeEnvelopes, SIGNED } from '../../sandbox/envelopes.mts';

const envelopes = makeEnvelopes();
const sources = envelopes.map(({ source }) => source);

/** GB 11643: weights by ISO 7064 MOD 11-2, written as in the standard's own table. */
function isValidIdentityNumber(number: string): boolean {
	const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
	const sum = weights.reduce((sum, weight, at) => sum + weight * Number(number[at]), 0);
	return number[17] === '10X98765432'[sum % 11];
}

describe('makeEnvelopes', () => {
	it('gives the same records for the same seed and others for another', () => {
		expect(makeEnvelopes()).toEqual(envelopes);
		expect(makeEnvelopes({ seed: 1 })[0]).not.toEqual(envelopes[0]);
		expect(makeEnvelopes({ count: 7 })).toHaveLength(7);
		expect(makeEnvelopes({ count: 0 })).toEqual([]);
	});

	it('gives every envelope ids of its own', () => {
		expect(envelopes).toHaveLength(2437);
		expect(new Set(envelopes.map(({ id }) => id)).size).toBe(2437);
		expect(new Set(sources.map(({ envelopeWsid }) => envelopeWsid)).size).toBe(2437);
	});

	it('makes identity numbers that nobody can have', () => {
		// Right check digit, impossible area code: shows that the rule distinguishes right from wrong.
		expect(isValidIdentityNumber('990000190001010008')).toBe(true);
		const numbers = sources.flatMap(({ idCard }) => idCard ?? []);
		expect(numbers.length).toBeGreaterThan(2000);
		for (const number of numbers) {
			expect(number).toMatch(/^99\d{16}$/);
			expect(isValidIdentityNumber(number)).toBe(false);
		}
	});

	it('gives each patient 1 to 8 envelopes under one 16-digit admission number', () => {
		const inpatients = sources.filter(({ admissionNo }) => admissionNo);
		const groups = Object.values(Object.groupBy(inpatients, (own) => own.admissionNo!));
		for (const group of groups) {
			expect(group![0].admissionNo).toMatch(/^\d{16}$/);
			expect(group!.length).toBeLessThanOrEqual(8);
			expect(new Set(group!.map(({ idCard }) => idCard ?? null)).size).toBe(1);
		}
		expect(groups.length).toBeGreaterThan(300);
	});

	it('marks one version of each business as the last, the newest one', () => {
		const businesses = Object.values(Object.groupBy(sources, (own) => own.customTagID));
		expect(businesses.some((versions) => versions!.length > 1)).toBe(true);
		for (const versions of businesses) {
			const last = versions!.filter((own) => own.hospitalBusinessLastVersion);
			expect(last).toHaveLength(1);
			expect(last[0].createdDatetime).toBe(
				Math.max(...versions!.map(({ createdDatetime }) => createdDatetime)),
			);
			expect(new Set(versions!.map((own) => own.hospitalBusinessWsi)).size).toBe(1);
		}
	});

	it('has an end exactly where the flow has ended, within the 60 days', () => {
		const end = Date.UTC(2024, 11, 10);
		for (const own of sources) {
			const finished = own.envelopeFinishedDatetime;
			expect(own.createdDatetime).toBeGreaterThanOrEqual(end - 60 * 86_400_000);
			expect(own.createdDatetime).toBeLessThan(end);
			if (own.envelopeStatus.startsWith('ING_')) expect(finished ?? null).toBeNull();
			else expect(finished).toBeGreaterThanOrEqual(own.createdDatetime);
			expect(Boolean(own.envelopeFileUrls)).toBe(own.envelopeStatus === SIGNED);
		}
	});

	it('has every status, null values and missing keys', () => {
		expect(new Set(sources.map(({ envelopeStatus }) => envelopeStatus)).size).toBe(8);
		for (const key of ['admissionNo', 'bedNumber', 'idCard', 'envelopeFinishedDatetime'] as const) {
			expect(sources.some((own) => own[key] === null)).toBe(true);
			expect(sources.some((own) => !(key in own))).toBe(true);
		}
	});
});
