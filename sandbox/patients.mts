import { DEPARTMENTS, type Department } from './hospital.mts';
import type { Random } from './random.mts';

/** One made-up patient in one stay. `null` where the hospital has nothing on file. */
export type Patient = {
	/** 16 digits, one number for the whole stay; `null` for an outpatient. */
	admissionNo: string | null;
	/** 18 digits that cannot belong to anyone: see {@link identityNumber}. */
	idCard: string | null;
	/** Years, as text (vendor-api 2.1). */
	age: string;
	/** 0 male, 1 female, 2 undetermined (vendor-api 2.1). */
	sex: 0 | 1 | 2;
	department: Department;
	bedNumber: string | null;
	/** The earliest time at which an envelope may be started, epoch ms. */
	arrival: number;
	/** The latest such time, epoch ms. */
	departure: number;
};

const DAY = 86_400_000;
const BEIJING = 8 * 3_600_000;

/** The calendar day in China of a time (epoch ms), as `yyyymmdd`. */
export function calendarDay(time: number): string {
	return new Date(time + BEIJING).toISOString().slice(0, 10).replaceAll('-', '');
}

/**
 * Six digits that look random but differ for every serial number below 900,000: 7919 is a prime
 * that does not divide 900,000, so no two serial numbers meet.
 */
export function sixDigits(serial: number): string {
	return String(((serial * 7919) % 900_000) + 100_000);
}

/**
 * Draws a patient who arrives between `start` and `end` (epoch ms) and leaves before `end`.
 * `serial` makes the admission number unique. One patient in eight is an outpatient.
 *
 * The admission number follows the documented samples (vendor-api 6): four digits, year and
 * month of the stay, six digits; so patients of one month share its first ten digits.
 */
export function makePatient(random: Random, serial: number, start: number, end: number): Patient {
	const department = random.pick(DEPARTMENTS);
	const outpatient = random.oneIn(8);
	const arrival = random.int(start, end - 1);
	const age = random.int(...department.ages);
	const sex = department.sex ?? (random.oneIn(100) ? 2 : random.pick([0, 1] as const));
	const ward = String.fromCharCode(65 + DEPARTMENTS.indexOf(department));
	const bed = `${ward}${String(random.int(1, 48)).padStart(2, '0')}`;
	const idCard = identityNumber(random, new Date(end).getUTCFullYear() - age, sex);
	return {
		admissionNo: outpatient ? null : `7700${calendarDay(arrival).slice(0, 6)}${sixDigits(serial)}`,
		idCard: random.oneIn(15) ? null : idCard,
		age: String(age),
		sex,
		department,
		bedNumber: outpatient ? null : bed,
		arrival,
		departure: Math.min(arrival + (outpatient ? DAY : 10 * DAY), end - 1),
	};
}

/**
 * An identity-card number (GB 11643) no person can have: area codes beginning with 99 do not
 * exist, and the check digit is always wrong.
 */
function identityNumber(random: Random, birthYear: number, sex: 0 | 1 | 2): string {
	const month = String(random.int(1, 12)).padStart(2, '0');
	const day = String(random.int(1, 28)).padStart(2, '0');
	// The last serial digit is odd for men and even for women.
	const serial = String(random.int(0, 499) * 2 + (sex === 0 ? 1 : 0)).padStart(3, '0');
	const body = `99${random.text(4, '0123456789')}${birthYear}${month}${day}${serial}`;
	const right = checkDigit(body);
	const wrong = right === 10 ? random.int(0, 9) : (right + random.int(1, 9)) % 10;
	return `${body}${wrong}`;
}

/** ISO 7064 MOD 11-2 of 17 digits: 0 to 10, where 10 is printed as X. */
function checkDigit(body: string): number {
	let remainder = 0;
	for (const digit of body) remainder = ((remainder + Number(digit)) * 2) % 11;
	return (12 - remainder) % 11;
}
