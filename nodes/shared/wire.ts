/**
 * Every name that Yisign puts on the wire, spelled as its public documents spell it.
 * The other modules refer to these and know no name of their own.
 */

/** Interface 2.2, search. */
export const SEARCH_PATH = '/v1/open/es/signit_envelope/envelope_hospital_patient/_search';

/** Interface 4.1, which starts an envelope with a PDF. */
export const CREATE_FROM_PDF_PATH = '/v1/open/hospital/hospitals/templates/apply';

/** Interface 5.1, which starts an envelope that is filled in and signed step by step. */
export const CREATE_STEPWISE_PATH = '/v1/open/hospital/hospitals/templates/form/apply';

/**
 * Token endpoint of the vendor's general platform; the doubled `oauth/oauth` is right.
 *
 * Inferred: the hospital product has it too. The credential's Token URL replaces it.
 */
export const GRANT_PATH = '/v1/oauth/oauth/token';

/** Header that carries the App ID on every call. */
export const APP_ID_HEADER = 'X-Signit-App-Id';

/**
 * Headers of a signed callback, in lower case as Node gives them.
 *
 * Inferred: the hospital product signs like the vendor's general platform (vendor-api 3.5).
 */
export const CALLBACK_HEADERS = {
	contentType: 'content-type',
	date: 'x-signit-date',
	host: 'x-signit-host',
	nonce: 'x-signit-nonce',
	resource: 'x-signit-resource',
	scheme: 'x-signit-scheme',
	signature: 'x-signit-signature',
} as const;

/** What the signature header of a callback begins with; App ID, a colon and the signature follow. */
export const SIGNATURE_SCHEME = 'HmacSHA512 ';

/** Query parameter that carries the token on every call. */
export const TOKEN_PARAMETER = 'access_token';

/** The documented page size, "fixed at 20". */
export const DOCUMENTED_PAGE_SIZE = 20;

/**
 * Field names of a query, and where a record of the reply carries the same value.
 * `admissionNumber` is documented in the query and `admissionNo` in the reply; `serviceId` is
 * documented as "the same value as customTagID".
 *
 * Inferred: every other reply field can be queried under its own name.
 */
export const REPLY_FIELDS: Readonly<Record<string, readonly string[]>> = {
	admissionNumber: ['admissionNo', 'admissionNumber'],
	customTagID: ['customTagID', 'serviceId'],
};
