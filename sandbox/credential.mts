/** App id accepted by default: the documented shape (vendor-api 1.1), made up. */
export const APP_ID = '0123456789abcdef0123456789a';
/** Access token accepted by default: the documented shape (vendor-api 1.1), made up. */
export const ACCESS_TOKEN = '01234567-89ab-4def-8123-456789abcdef';
/** App secret accepted by default: the documented shape (vendor-api 1.1), made up. */
export const APP_SECRET = 'sk0123456789abcdef0123456789abcdef';
