/**
 * The other direction: callbacks as Yisign posts them (vendor-api 3), to any address, in every way
 * they can go right or wrong.
 */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { APP_ID, APP_SECRET } from './credential.mts';
import type { Envelope, EnvelopeSource } from './envelopes.mts';

/** The events with a documented name (vendor-api 3.2). */
export type CallbackEvent = 'dataSignatureCompleted' | 'dataSignatureV2Completed';

/** What is posted: the JSON body of vendor-api 3.1. */
export type CallbackBody = {
	event: string;
	eventDescription: string;
	target: { destination: string };
	rawData: unknown;
	needCallBack: boolean;
};

/** One request, ready to be sent; sending it twice is a replay. */
export type Message = { headers: Record<string, string>; body: string };

/** How a message is signed; what is left out is right. */
export type Signing = {
	/** Default: the sandbox's own. */
	appId?: string;
	/** Default: the sandbox's own. */
	appSecret?: string;
	/** Epoch ms. Default: now. */
	sentAt?: number;
	/** 24 letters and digits. Default: random ones. */
	nonce?: string;
	/** What Yisign called, which a proxy may have changed since. */
	host?: string;
	/** Default https. */
	scheme?: string;
	contentType?: string;
};

/** What came back. */
export type Reply = { status: number; body: string };

/** What callbacks call the patient. No patient has the name: a title in place of a given name. */
export const PATIENT_NAME = '测试患者';

/** Not a number of any Chinese network. */
const PATIENT_PHONE = '10000000000';

/**
 * The callback for an envelope.
 *
 * @param rawDataAs `text` as documented for 7.1, `object` as documented for 7.3; the default is what
 *   is documented for the event
 */
export function makeCallback(
	{ source }: Envelope,
	event: CallbackEvent = 'dataSignatureCompleted',
	rawDataAs: 'text' | 'object' = event === 'dataSignatureCompleted' ? 'text' : 'object',
): CallbackBody {
	const rawData = event === 'dataSignatureCompleted' ? makeRawData(source) : makeRawDataV2(source);
	return {
		event,
		eventDescription: '数据签名完成',
		target: { destination: 'https://hooks.example.org/webhook/datasignature-callback' },
		rawData: rawDataAs === 'text' ? JSON.stringify(rawData) : rawData,
		needCallBack: false,
	};
}

/** Content of 7.1 (vendor-api 3.3). */
function makeRawData(source: EnvelopeSource) {
	return {
		business: {
			patientId: 'T00000001',
			patientName: PATIENT_NAME,
			admissionNumber: source.admissionNo ?? null,
			idCard: source.idCard ?? null,
			serviceType: source.serviceType,
			departmentName: source.hospitalDepartment,
			departmentId: source.hospitalDepartmentId,
			doctorName: source.doctorName,
			doctorId: source.doctorID,
			serviceId: source.serviceId,
		},
		signature: {
			signWsid: source.envelopeWsid.replace('ENVE', 'SIGN'),
			businessWsid: source.hospitalBusinessWsi,
			signingData: '这是待签原文',
			authorWsid: 'WSID_EUSR_00000193000000000000000000000001',
			signStatus: 'SIGNED',
			signValue: randomBytes(71).toString('base64'),
			signDatetime: source.envelopeFinishedDatetime ?? null,
			signStatusReason: null,
			appendTimestamp: 1,
		},
		appInfo: { appId: APP_ID, appName: '标准签署应用' },
	};
}

/** Content of 7.3 (vendor-api 3.4). Inferred: the values, of which no page shows any. */
function makeRawDataV2(source: EnvelopeSource) {
	return {
		data: {
			signWsid: source.envelopeWsid.replace('ENVE', 'SIGN'),
			customTag: source.customTagID,
			serviceType: source.serviceType,
			serviceTypeZhName: source.serviceTypeZhName,
			departmentName: source.hospitalDepartment,
			status: 'SIGNED',
			createDatetime: source.createdDatetime,
			finishedDatetime: source.envelopeFinishedDatetime ?? null,
			signingOrder: '1',
			sender: {
				senderWsid: 'WSID_EUSR_00000193000000000000000000000001',
				senderName: source.doctorName,
			},
			patientInfo: {
				patientName: PATIENT_NAME,
				medicalCard: 'T00000001',
				patientIdCard: source.idCard ?? null,
				patientPhone: PATIENT_PHONE,
				patientAge: source.patientAge,
				patientSex: source.patientSex,
				admissionNo: source.admissionNo ?? null,
				bedNo: source.bedNumber ?? null,
				opdErNo: null,
			},
			signingData: { dataType: 'TEXT', data: '这是待签原文', signAlgorithm: 'SM2' },
			participants: [
				{
					wsid: 'WSID_EPAR_00000193000000000000000000000001',
					authorWsid: 'WSID_EUSR_00000193000000000000000000000001',
					name: source.doctorName,
					status: 'SIGNED',
					assignedSequence: '1',
					handleMode: 'NORMAL',
					handleDatetime: source.envelopeFinishedDatetime ?? null,
					handleReason: null,
					isFaceToFace: false,
					signedData: {
						signValue: randomBytes(71).toString('base64'),
						signDatetime: source.envelopeFinishedDatetime ?? null,
						appendTimestamp: '1',
					},
				},
			],
		},
		appInfo: { appId: APP_ID, appName: '标准签署应用' },
	};
}

/** JSON as Yisign writes it: whatever is not ASCII is escaped (vendor-api 3.5). */
export function writeBody(body: unknown): string {
	return JSON.stringify(body).replace(
		/[^\x20-\x7e]/g,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
}

/** A message without a signature. */
export function unsigned(body: string, contentType = 'application/json'): Message {
	return { headers: { 'Content-Type': contentType, 'User-Agent': 'Signit HTTP' }, body };
}

/** A message signed as in vendor-api 3.5. */
export function signed(body: string, signing: Signing = {}): Message {
	const {
		appId = APP_ID,
		appSecret = APP_SECRET,
		sentAt = Date.now(),
		nonce = randomUUID().replaceAll('-', '').slice(0, 24),
		host = 'hooks.example.org',
		scheme = 'https',
		contentType = 'application/json',
	} = signing;
	const date = javaDate(sentAt);
	const lines = [appId, contentType, date, host, 'POST', nonce];
	if (body !== '') lines.push(body);
	lines.push('', scheme);
	const text = lines.map((line) => `${line}\n`).join('');
	const signature = createHmac('sha512', appSecret).update(text, 'utf8').digest('base64');
	const { headers } = unsigned(body, contentType);
	return {
		body,
		headers: {
			...headers,
			'X-Signit-Signature': `HmacSHA512 ${appId}:${signature}`,
			'X-Signit-Nonce': nonce,
			'X-Signit-Date': date,
			'X-Signit-Host': host,
			'X-Signit-Scheme': scheme,
			'X-Signit-Resource': '',
			'X-Signit-Event': 'DATA_SIGNATURE_COMPLETED',
		},
	};
}

/** A time (epoch ms) as Java prints it in China: `Mon Jan 01 08:00:00 CST 2024`. */
export function javaDate(time: number): string {
	const [weekday, day, month, year, clock] = new Date(time + 8 * 3_600_000)
		.toUTCString()
		.replace(',', '')
		.split(' ');
	return `${weekday} ${month} ${day} ${clock} CST ${year}`;
}

/** Posts a message once. */
export async function post(
	url: string,
	{ headers, body }: Message,
	signal?: AbortSignal,
): Promise<Reply> {
	const response = await fetch(url, { method: 'POST', headers, body, signal });
	return { status: response.status, body: await response.text() };
}

/**
 * Posts until the answer is a 2xx, as a careful sender would.
 *
 * @param make called for each try: the same message again is a replay, a new one is not
 * @param pause ms between two tries
 * @param signal ends it early, with an `AbortError`
 * @returns the last reply, with status 0 if nobody answered
 */
export async function deliver(
	url: string,
	make: () => Message,
	{ tries = 3, pause = 50, signal }: { tries?: number; pause?: number; signal?: AbortSignal } = {},
): Promise<Reply> {
	for (let left = tries; ; left -= 1) {
		const reply = await post(url, make(), signal).catch(() => ({ status: 0, body: '' }));
		if ((reply.status >= 200 && reply.status < 300) || left <= 1) return reply;
		await sleep(pause, undefined, { signal });
	}
}

/** Posts many messages, `places` at a time; the replies come in the order of the messages. */
export async function burst(
	url: string,
	count: number,
	make: (index: number) => Message,
	places = 32,
): Promise<Reply[]> {
	const replies: Reply[] = [];
	let next = 0;
	const work = async () => {
		while (next < count) {
			const index = next++;
			replies[index] = await post(url, make(index));
		}
	};
	await Promise.all(Array.from({ length: places }, work));
	return replies;
}
