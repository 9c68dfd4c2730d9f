import type { FastifyError, FastifyPluginCallback, FastifyRequest } from 'fastify';
import {
	DESCRIPTIONS,
	makeDocumentId,
	makeWsid,
	WAITING,
	type Envelope,
	type EnvelopeSource,
} from './envelopes.mts';
import { calendarDay, sixDigits } from './patients.mts';
import { makeRandom } from './random.mts';
import { malformed, Refusal } from './refusals.mts';

/** Path of interface 4.1, a PDF to be signed, below the base URL (vendor-api 5.2). */
export const CREATE_FROM_PDF_PATH = '/v1/open/hospital/hospitals/templates/apply';
/** Path of interface 5.1, a flow signed step by step, below the base URL (vendor-api 5.3). */
export const CREATE_STEPWISE_PATH = '/v1/open/hospital/hospitals/templates/form/apply';

/** How the create interfaces behave where the documents leave it open. */
export type CreateSettings = {
	/**
	 * Where the reply has the new ids: in `data` (`wrapped`, the default), beside `code` and
	 * `message` (`flat`), or nowhere (`bare`). Inferred: all three; no page shows a reply.
	 */
	createReply: 'wrapped' | 'flat' | 'bare';
	/**
	 * HTTP status of a create that is refused for its content; the vendor's clients tell a refusal
	 * by its body whatever the status, so 200 is possible (vendor-api 1.4). Default 400.
	 */
	invalidCreateStatus: number;
	/** ms until the search finds what was created. Default 0. */
	indexLag: number;
};

/** One create that was carried out. Holds nothing of the patient's, so that it can be logged. */
export type Created = {
	/** Number of the interface that was called. */
	interface: '4.1' | '5.1';
	/** Epoch ms. */
	time: number;
	customTagID: string;
	envelopeWsid: string;
};

/** What the create interfaces are given by the server. */
export type CreateContext = {
	/** Throws a `Refusal` unless the request is authenticated. */
	authenticate: (request: FastifyRequest) => void;
	/** Takes a new envelope in, to be found by the search `lag` ms from now. */
	add: (envelope: Envelope, lag: number) => void;
	/** Every envelope there is. */
	envelopes: readonly Envelope[];
	/** Looked up on every request. */
	options: CreateSettings;
	/** Where to note each create. */
	created: Created[];
	/** Where to put each uploaded PDF, by `envelopeWsid`. */
	uploads: Map<string, Buffer>;
};

/** Largest body in bytes: a PDF of 96 MB in base64. */
const BODY_LIMIT = 128 * 1024 * 1024;

const text = { type: 'string' } as const;
const list = (items: object) => ({ type: 'array', items });

/**
 * An object that has these properties and no others. The vendor may well overlook others; here a
 * misspelt name is to be noticed.
 */
const record = (properties: object, ...required: string[]) => ({
	type: 'object',
	additionalProperties: false,
	properties,
	required,
});

/** The fields that both interfaces have. */
const BUSINESS = {
	customTagID: text,
	template: { ...record({ name: text, wsid: text }), minProperties: 1 },
	hospitalDepartment: record({ departmentName: text, departmentID: text }),
	doctorID: text,
	doctorName: text,
	patientID: text,
	patientName: text,
	patientSex: { type: 'integer', enum: [0, 1, 2] },
	admissionNumber: text,
	idCard: text,
	bedNumber: text,
};

/**
 * Body of 4.1 (vendor-api 5.2). Inferred: what is required, for no field is marked so. Nothing can
 * be signed without a document and a template, or by a signer without a place and a person.
 */
const FROM_PDF = record(
	{
		...BUSINESS,
		patientAge: text,
		document: record({ base64: text }, 'base64'),
		inHospitalUserSignerInfomation: list(
			record(
				{
					signerKeyName: text,
					signerUserJobId: text,
					signerUserSequence: text,
					appendContent: text,
					disableAutoSign: { type: 'boolean' },
				},
				'signerKeyName',
				'signerUserJobId',
			),
		),
		outHospitalUserSignerInfomation: list(
			record(
				{ signerKeyName: text, signerUserPhone: text, signerUserSequence: text },
				'signerKeyName',
				'signerUserPhone',
			),
		),
		extraParam: text,
	},
	'document',
	'template',
);

/** Body of 5.1 (vendor-api 5.3), whose table and example differ in the type of the age. */
const STEPWISE = record(
	{ ...BUSINESS, patientAge: { anyOf: [text, { type: 'number' }] }, mode: text },
	'template',
);

/** As much of a checked body as an envelope is made from. */
type Business = {
	customTagID?: string;
	template: { name?: string; wsid?: string };
	hospitalDepartment?: { departmentName?: string; departmentID?: string };
	doctorID?: string;
	doctorName?: string;
	patientAge?: string | number;
	patientSex?: 0 | 1 | 2;
	admissionNumber?: string;
	idCard?: string;
	bedNumber?: string;
};

/**
 * The two create interfaces. What they are sent is kept only as far as the search has a field for
 * it; the patient's name is not.
 */
export const serveCreates: FastifyPluginCallback<CreateContext> = (routes, context, done) => {
	const { authenticate, add, envelopes, options, created, uploads } = context;
	const random = makeRandom(envelopes.length);

	function create(number: Created['interface'], body: Business): EnvelopeSource {
		const time = Date.now();
		// Inferred: the caller may leave its number out, and then the server makes one.
		const tag = body.customTagID || `L${calendarDay(time)}${sixDigits(created.length)}`;
		const older = envelopes.filter(({ source }) => source.customTagID === tag);
		for (const { source } of older) source.hospitalBusinessLastVersion = false;
		const source: EnvelopeSource = {
			...describe(body, tag),
			hospitalBusinessWsi: older[0]?.source.hospitalBusinessWsi ?? makeWsid(random, 'BUSI', time),
			envelopeWsid: makeWsid(random, 'ENVE', time),
			createdDatetime: time,
		};
		add({ id: makeDocumentId(random), source }, options.indexLag);
		const { envelopeWsid } = source;
		created.push({ interface: number, time, customTagID: tag, envelopeWsid });
		return source;
	}

	routes.addHook('onRequest', (request, _reply, next) => {
		authenticate(request);
		next();
	});
	// A refusal that is thrown here is sent by the server's own handler.
	routes.setErrorHandler((error: FastifyError) => {
		throw asRefusal(error, options.invalidCreateStatus);
	});

	const route = (body: object) => ({ schema: { body }, bodyLimit: BODY_LIMIT });

	routes.post(CREATE_FROM_PDF_PATH, route(FROM_PDF), (request) => {
		const body = request.body as Business & { document: { base64: string } };
		const pdf = readPdf(body.document.base64);
		if (!pdf) {
			throw malformed('body/document/base64 must be a whole PDF', options.invalidCreateStatus);
		}
		const source = create('4.1', body);
		uploads.set(source.envelopeWsid, pdf);
		return writeReply(source, options.createReply);
	});

	routes.post(CREATE_STEPWISE_PATH, route(STEPWISE), (request) =>
		writeReply(create('5.1', request.body as Business), options.createReply),
	);
	done();
};

/** What the search will say of a new envelope, but for the ids and the time. */
function describe(body: Business, customTagID: string) {
	// Inferred: a real server knows the names of its templates; this one has no list of them.
	const template = body.template.name ?? body.template.wsid ?? '';
	return {
		customTagID,
		serviceId: customTagID,
		serviceType: template,
		serviceTypeZhName: template.replace(/^D_/, ''),
		hospitalBusinessLastVersion: true,
		doctorID: body.doctorID ?? '',
		doctorName: body.doctorName ?? '',
		admissionNo: body.admissionNumber ?? null,
		bedNumber: body.bedNumber ?? null,
		idCard: body.idCard ?? null,
		patientAge: String(body.patientAge ?? ''),
		patientSex: body.patientSex ?? 2,
		hospitalDepartmentId: body.hospitalDepartment?.departmentID ?? '',
		hospitalDepartment: body.hospitalDepartment?.departmentName ?? '',
		envelopeFileUrls: null,
		envelopeStatus: WAITING,
		envelopeStatusDescription: DESCRIPTIONS[WAITING],
		envelopeFinishedDatetime: null,
	};
}

/** The PDF that a text is the plain base64 of; `undefined` for anything else, and half a PDF. */
function readPdf(base64: string): Buffer | undefined {
	const bytes = Buffer.from(base64, 'base64');
	// Node reads on over what is not base64; only the way back shows it.
	if (bytes.toString('base64') !== base64) return undefined;
	const whole = bytes.subarray(0, 5).equals(Buffer.from('%PDF-')) && bytes.includes('%%EOF', -1024);
	return whole ? bytes : undefined;
}

/** Inferred: success as the general platform says it (vendor-api 1.4), and the ids it comes with. */
function writeReply(source: EnvelopeSource, form: CreateSettings['createReply']): object {
	const success = { code: '100600000', message: '操作成功' };
	const { envelopeWsid, customTagID, hospitalBusinessWsi: hospitalBusinessWsid } = source;
	const ids = { envelopeWsid, customTagID, hospitalBusinessWsid };
	return { wrapped: { ...success, data: ids }, flat: { ...success, ...ids }, bare: success }[form];
}

/** A body that could not be taken, in the vendor's style. The reason names fields, never values. */
function asRefusal(error: FastifyError, status: number): Error {
	const { validation: [broken] = [], statusCode = 500, message, code } = error;
	if (error instanceof Refusal || statusCode >= 500) return error;
	const unknown = (broken?.params.additionalProperty as string | undefined) ?? '';
	const reason = broken ? `${message} ${unknown}`.trim() : code;
	return malformed(reason, statusCode === 400 ? status : statusCode);
}
