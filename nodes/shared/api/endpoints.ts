/** Interface 2.2, search; a connection is tested with it, too. */
export const SEARCH_PATH = '/v1/open/es/signit_envelope/envelope_hospital_patient/_search';

/** The documented page size, "fixed at 20". */
export const DOCUMENTED_PAGE_SIZE = 20;
