import {
	CREATE_FROM_PDF_PATH,
	CREATE_STEPWISE_PATH,
	SEARCH_PATH,
} from '../../shared/api/endpoints';

/** Methods that the documented interfaces have. */
export const METHODS = ['GET', 'POST'] as const;

export type Method = (typeof METHODS)[number];

/** An interface as far as the documents name it. */
export interface KnownInterface {
	/** As the documents number it. */
	number: string;
	/** In English; `docs/interfaces.md` has the documented one beside it. */
	title: string;
	method: Method;
	/** Below Base URL. */
	path: string;
	description: string;
}

/** Every interface of which method and path are documented (`docs/vendor-api.md` 5). */
export const KNOWN_INTERFACES: readonly KnownInterface[] = [
	{
		number: '1.2',
		title: 'State of a Login',
		method: 'GET',
		path: '/v1/open/users/sso/check-ca-login-task',
		description: 'Query parameter loginId: the ID that interface 1.1 returned',
	},
	{
		number: '2.2',
		title: 'Search',
		method: 'GET',
		path: SEARCH_PATH,
		description: 'The operation Search Envelopes reads all pages and checks every record',
	},
	{
		number: '4.1',
		title: 'Have a PDF Signed',
		method: 'POST',
		path: CREATE_FROM_PDF_PATH,
		description: 'The operation Create Envelope From PDF has a field for each part of the body',
	},
	{
		number: '5.1',
		title: 'Start a Flow Step by Step',
		method: 'POST',
		path: CREATE_STEPWISE_PATH,
		description: 'The operation Create Stepwise Envelope has a field for each part of the body',
	},
	{
		number: '8.1',
		title: 'Signature Image of a Patient',
		method: 'GET',
		path: '/v1/open/seal/third-person-seal/file-wsid',
		description: 'Ask Yisign for its query parameters',
	},
	{
		number: '10',
		title: 'Archive Signature Without Appearance',
		method: 'POST',
		path: '/v1/open/hospital/hospitals/signature/archive',
		description: 'Ask Yisign for its query parameters and its body',
	},
];

/** The choice for every interface of which a hospital has the documents, and the public has not. */
export const OTHER = 'other';
