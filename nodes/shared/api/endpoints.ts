/** Interface 2.2, search; a connection is tested with it, too. */
export const SEARCH_PATH = '/v1/open/es/signit_envelope/envelope_hospital_patient/_search';

/** Interface 4.1, which starts an envelope with a PDF. */
export const CREATE_FROM_PDF_PATH = '/v1/open/hospital/hospitals/templates/apply';

/** Interface 5.1, which starts an envelope that is filled in and signed step by step. */
export const CREATE_STEPWISE_PATH = '/v1/open/hospital/hospitals/templates/form/apply';

/** The documented page size, "fixed at 20". */
export const DOCUMENTED_PAGE_SIZE = 20;
