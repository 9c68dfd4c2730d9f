import { DOCTORS, OUTPATIENT_TEMPLATES, WARD_TEMPLATES } from './hospital.mts';
import { calendarDay, makePatient, sixDigits, type Patient } from './patients.mts';
import { hash, makeRandom, type Random } from './random.mts';

/**
 * One search record: the fields of vendor-api 2.1 by their wire names, and `createdDatetime`,
 * which that table leaves out although the vendor's own example sorts by it.
 * A value the hospital does not have is `null`, or its key is missing.
 */
export type EnvelopeSource = {
	/** The caller's own number; shared by all versions of one business. */
	customTagID: string;
	/** Equal to `customTagID`. */
	serviceId: string;
	/** Template name, such as `D_西药处方`. */
	serviceType: string;
	serviceTypeZhName: string;
	/** `WSID_BUSI_…`, one to one with `customTagID`. */
	hospitalBusinessWsi: string;
	/** Whether no later flow was started under the same `customTagID`. */
	hospitalBusinessLastVersion: boolean;
	doctorID: string;
	doctorName: string;
	/** 16 digits; none for outpatients. */
	admissionNo?: string | null;
	bedNumber?: string | null;
	/** 18 digits, never a valid number. */
	idCard?: string | null;
	/** Years, as text. */
	patientAge: string;
	/** 0 male, 1 female, 2 undetermined. */
	patientSex: 0 | 1 | 2;
	hospitalDepartmentId: string;
	hospitalDepartment: string;
	/**
	 * Where the signed file is. A text beginning with `/` is a path below the server's base URL
	 * and is made absolute in replies; anything else is sent as it is.
	 */
	envelopeFileUrls?: string | string[] | null;
	/** A status of vendor-api 4.1. */
	envelopeStatus: string;
	envelopeStatusDescription: string;
	/** `WSID_ENVE_…`, unique. */
	envelopeWsid: string;
	/** Epoch ms; none while the flow has not ended. */
	envelopeFinishedDatetime?: number | null;
	/** Epoch ms. */
	createdDatetime: number;
};

/** A record together with its Elasticsearch `_id`, which is not the `envelopeWsid`. */
export type Envelope = { id: string; source: EnvelopeSource };

/** The status of a flow that ended with every signature in place (vendor-api 4.1). */
export const SIGNED = 'ED_SUCCESS';

/** The status of a flow that waits for its next signer (vendor-api 4.1). */
export const WAITING = 'ING_SENT_WAIT_FILLOUT';

/** Inferred: the wording of `envelopeStatusDescription`; no page shows one. */
export const DESCRIPTIONS: Record<string, string> = {
	[SIGNED]: '已完成',
	[WAITING]: '等待签署',
	ING_SENT_DILIVER: '已发送',
	ED_FAIL_REJECT: '已拒签',
	ED_FAIL_REVOKE: '已撤销',
	ED_FAIL_EXPIRED: '已过期',
	ED_FAIL_TIMEOUT: '已超时',
	ED_FAIL_INVALIDATE: '已作废',
};

const FAILURES = Object.keys(DESCRIPTIONS).filter((status) => status.startsWith('ED_FAIL_'));

/** What records there are. */
export type DataSettings = {
	/** How many envelopes are made. Default 2437. */
	count: number;
	/** Seed they are made from. Default 20241210. */
	seed: number;
	/** ms that created and finished times are cut to, so that there are ties. Default 0, none. */
	grain: number;
	/** Percent of the envelopes that have a status which no document knows. Default 0. */
	oddStatuses: number;
	/** Whether every other template has a blank and brackets in its name. Default false. */
	oddNames: boolean;
	/**
	 * Percent of the signed envelopes that are signed within a second of their start, as a doctor
	 * does who has switched silent signing on (vendor-api 5, interface 2.1). Default 0.
	 */
	silent: number;
};

/** When the records were "taken", epoch ms; nothing in them is later. */
const END = Date.UTC(2024, 11, 10);
const MINUTE = 60_000;
const DAY = 86_400_000;
const START = END - 60 * DAY;

const NULLABLE = [
	'admissionNo',
	'bedNumber',
	'idCard',
	'envelopeFileUrls',
	'envelopeFinishedDatetime',
] as const;

/**
 * Makes `count` believable records, the same for the same `seed`. Everything in them is made
 * up. They span the 60 days before 2024-12-10 and come grouped by patient, not by time.
 *
 * Each patient has 1 to 8 envelopes under one admission number. About one business in ten was
 * started again under the same `customTagID`; a few envelopes share their `createdDatetime`.
 */
export function makeEnvelopes({
	count = 2437,
	seed = 20241210,
	...oddities
}: Partial<DataSettings> = {}): Envelope[] {
	const random = makeRandom(seed);
	const envelopes: Envelope[] = [];
	for (let serial = 0; envelopes.length < count; serial++) {
		const patient = makePatient(random, serial, START, END);
		const size = Math.min(random.int(1, 8), count - envelopes.length);
		envelopes.push(...makeStay(random, patient, size, envelopes.length));
	}
	for (const envelope of envelopes) makeOdd(envelope, oddities);
	return envelopes;
}

/** Statuses of which no document says anything. */
const ODD_STATUSES = ['ED_ARCHIVED', 'ING_FROZEN', 'DRAFT'];

/** Changes an envelope without a draw, so that the others stay as they are. */
function makeOdd(
	{ id, source }: Envelope,
	{ grain = 0, oddStatuses = 0, oddNames = false, silent = 0 }: Partial<DataSettings>,
): void {
	if (silent > 0 && source.envelopeStatus === SIGNED && hash(id, 8) % 100 < silent) {
		source.envelopeFinishedDatetime = source.createdDatetime + (hash(id, 9) % 900);
	}
	if (grain > 0) {
		source.createdDatetime -= source.createdDatetime % grain;
		const finished = source.envelopeFinishedDatetime;
		if (finished) source.envelopeFinishedDatetime = finished - (finished % grain);
	}
	if (oddStatuses > 0 && hash(id, 5) % 100 < oddStatuses) {
		source.envelopeStatus = ODD_STATUSES[hash(id, 6) % ODD_STATUSES.length];
	}
	if (oddNames && hash(source.serviceType, 7) % 2 === 0) {
		source.serviceType += ' (附页)';
		source.serviceTypeZhName += ' (附页)';
	}
}

/** The `size` envelopes of one patient; `serial` is the number of envelopes made before. */
function makeStay(random: Random, patient: Patient, size: number, serial: number): Envelope[] {
	const times = Array.from({ length: size }, () =>
		random.int(patient.arrival, patient.departure),
	).sort((a, b) => a - b);
	const envelopes: Envelope[] = [];
	while (envelopes.length < size) {
		const at = envelopes.length;
		if (at > 0 && random.oneIn(60)) times[at] = times[at - 1];
		const versions = Math.min(random.oneIn(10) ? random.int(2, 3) : 1, size - at);
		envelopes.push(...makeBusiness(random, patient, times.slice(at, at + versions), serial + at));
	}
	return envelopes;
}

/** One business, started at each of `times` (epoch ms, ascending): only the last is current. */
function makeBusiness(
	random: Random,
	patient: Patient,
	times: number[],
	serial: number,
): Envelope[] {
	const templates = patient.admissionNo === null ? OUTPATIENT_TEMPLATES : WARD_TEMPLATES;
	const template = random.pick(templates);
	const doctor = random.pick(
		DOCTORS.filter(({ departmentId }) => departmentId === patient.department.id),
	);
	const customTagID = `L${calendarDay(times[0])}${sixDigits(serial)}`;
	const hospitalBusinessWsi = makeWsid(random, 'BUSI', times[0]);
	return times.map((created, version) => {
		const last = version === times.length - 1;
		const { status, finished } = last
			? currentState(random, created)
			: replacedState(random, created, times[version + 1]);
		const envelopeWsid = makeWsid(random, 'ENVE', created);
		const source: EnvelopeSource = {
			customTagID,
			serviceId: customTagID,
			serviceType: `D_${template}`,
			serviceTypeZhName: template,
			hospitalBusinessWsi,
			hospitalBusinessLastVersion: last,
			doctorID: doctor.id,
			doctorName: doctor.name,
			admissionNo: patient.admissionNo,
			bedNumber: patient.bedNumber,
			idCard: patient.idCard,
			patientAge: patient.age,
			patientSex: patient.sex,
			hospitalDepartmentId: patient.department.id,
			hospitalDepartment: patient.department.name,
			envelopeFileUrls: status === SIGNED ? `/files/${envelopeWsid}.pdf` : null,
			envelopeStatus: status,
			envelopeStatusDescription: DESCRIPTIONS[status],
			envelopeWsid,
			envelopeFinishedDatetime: finished,
			createdDatetime: created,
		};
		for (const key of NULLABLE) {
			if (source[key] === null && random.oneIn(3)) delete source[key];
		}
		return { id: makeDocumentId(random), source };
	});
}

type State = { status: string; finished: number | null };

/** The state of a flow that nothing replaced. One that would end after {@link END} still runs. */
function currentState(random: Random, created: number): State {
	const draw = random.int(1, 100);
	if (draw <= 4) return { status: 'ING_SENT_DILIVER', finished: null };
	const finished = created + random.int(5 * MINUTE, 3 * DAY);
	if (draw <= 12 || finished > END) return { status: WAITING, finished: null };
	return { status: draw <= 20 ? random.pick(FAILURES) : SIGNED, finished };
}

/** The state of a flow given up before the next version of its business was started. */
function replacedState(random: Random, created: number, next: number): State {
	return { status: random.pick(FAILURES), finished: random.int(created, next) };
}

/**
 * `WSID_` + kind + `_` + 32 hex digits. Inferred: the first 16 digits are the time in ms
 * (vendor-api 4.2).
 */
export function makeWsid(random: Random, kind: string, time: number): string {
	const hex = time.toString(16).padStart(16, '0');
	return `WSID_${kind}_${hex}${random.text(12, '0123456789abcdef')}0001`;
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** 20 characters, the shape of the ids Elasticsearch gives to documents by itself. */
export function makeDocumentId(random: Random): string {
	return random.text(20, BASE64URL);
}
