// The one vocabulary of errors: code -> HTTP status, public sentence, next step. docs/errors/<code>.md mirrors it.

interface ErrorEntry {
  readonly status: number;
  readonly message: string;
  readonly hint?: string;
}

const table = {
  // The request itself
  invalid_request: {
    status: 400,
    message: 'The request is not valid.',
    hint: 'See "details" for the fields that are wrong.',
  },
  invalid_json: {
    status: 400,
    message: 'The body is not valid JSON.',
    hint: 'Check quotes, commas and encoding (UTF-8).',
  },
  invalid_cursor: { status: 400, message: 'The cursor is not valid.', hint: 'Start again without a cursor.' },
  unsupported_media_type: {
    status: 415,
    message: 'This content type is not accepted here.',
    hint: 'Send JSON, or multipart/form-data for files.',
  },
  body_too_large: { status: 413, message: 'The body is larger than the limit.', hint: 'Send less at once.' },
  not_found: {
    status: 404,
    message: 'There is nothing here.',
    hint: 'Check the address; it may have been deleted, or belong to somebody else.',
  },
  host_unknown: {
    status: 421,
    message: 'This server does not answer to that name.',
    hint: 'Open it as localhost. Behind a proxy, set LOAM_TRUSTED_PROXIES.',
  },
  method_not_allowed: { status: 405, message: 'This address does not answer that method.' },
  conflict: { status: 409, message: 'This conflicts with what is already there.' },
  rate_limited: { status: 429, message: 'Too many requests.', hint: 'Wait as long as the retry-after header says.' },

  // Who is asking
  not_signed_in: {
    status: 401,
    message: 'You are not signed in.',
    hint: 'Send "Authorization: Bearer <access token or API key>".',
  },
  invalid_token: { status: 401, message: 'The access token is not valid.', hint: 'Sign in again.' },
  token_expired: { status: 401, message: 'The access token has expired.', hint: 'Refresh it, or sign in again.' },
  session_revoked: { status: 401, message: 'This session has ended.', hint: 'Sign in again.' },
  api_key_invalid: {
    status: 401,
    message: 'The API key is not valid, has expired or was revoked.',
    hint: 'Make a new key under Settings.',
  },
  forbidden: { status: 403, message: 'You may not do this.', hint: 'Ask an administrator if you think you should.' },
  scope_missing: {
    status: 403,
    message: 'This API key does not cover that.',
    hint: 'Make a key with the scope that is named in "details".',
  },

  // Models
  model_not_found: {
    status: 404,
    message: 'There is no such model.',
    hint: 'GET /v1/models lists the models that you can use.',
  },
  model_ambiguous: {
    status: 400,
    message: 'More than one provider has a model of that name.',
    hint: 'Write <provider>/<model>; "details" lists the candidates.',
  },
  model_unsuitable: {
    status: 400,
    message: 'This model cannot do that.',
    hint: 'Choose a model of the right kind from GET /v1/models.',
  },
  gateway_busy: {
    status: 429,
    message: 'You have too many calls to models under way.',
    hint: 'Wait until one of them has ended.',
  },
  upstream_refused: {
    status: 400,
    message: 'The provider of the model refused the request.',
    hint: 'Its own words are in "details".',
  },
  upstream_rate_limited: {
    status: 429,
    message: 'The provider of the model limits how often it may be asked.',
    hint: 'Wait as long as the retry-after header says, or choose another model.',
  },
  upstream_key_refused: {
    status: 502,
    message: "The provider of the model does not accept the key in Loam's settings.",
    hint: 'An administrator must check the key of this provider.',
  },
  upstream_error: {
    status: 502,
    message: 'The provider of the model failed.',
    hint: 'Try again, or choose another model.',
  },
  upstream_unreachable: {
    status: 502,
    message: 'The provider of the model cannot be reached.',
    hint: 'Check that it runs, and its address in the settings.',
  },
  upstream_timeout: {
    status: 504,
    message: 'The provider of the model did not answer in time.',
    hint: 'Try again, or choose another model.',
  },
  upstream_interrupted: {
    status: 502,
    message: 'The provider of the model broke off in the middle of the answer.',
    hint: 'Ask again.',
  },

  // Accounts
  auth_invalid_credentials: {
    status: 400,
    message: 'Invalid login credentials',
    hint: 'Check the address and the password.',
  },
  auth_user_exists: { status: 422, message: 'User already registered', hint: 'Sign in instead.' },
  auth_email_exists: { status: 422, message: 'A user with this email address has already been registered' },
  auth_email_not_confirmed: { status: 400, message: 'Email not confirmed' },
  auth_user_banned: { status: 400, message: 'User is banned', hint: 'Ask an administrator.' },
  auth_weak_password: {
    status: 422,
    message: 'Password should be at least 8 characters.',
    hint: 'Length counts, not odd characters; "details" has the limits.',
  },
  auth_same_password: { status: 422, message: 'New password should be different from the old password.' },
  auth_metadata_too_large: {
    status: 422,
    message: 'What is kept with an account may not be larger than 4 kB.',
    hint: 'Keep it in your own tables.',
  },
  auth_signup_closed: {
    status: 422,
    message: 'Signups not allowed for this instance',
    hint: 'Ask an administrator for an account.',
  },
  auth_setup_code_required: {
    status: 403,
    message: 'The first account needs the set-up code.',
    hint: 'It was printed when the server started; send it as data.setup_code, or sign up on the server itself.',
  },
  auth_phone_disabled: { status: 422, message: 'Phone sign-ups and sign-ins are not offered here.' },
  auth_anonymous_disabled: { status: 422, message: 'Anonymous sign-ins are disabled' },
  auth_grant_unsupported: {
    status: 400,
    message: 'unsupported_grant_type',
    hint: 'Use grant_type=password or grant_type=refresh_token.',
  },
  auth_mail_unavailable: {
    status: 422,
    message: 'No mail is configured here, so a password cannot be recovered by mail.',
    hint: 'Ask whoever runs this server.',
  },
  auth_refresh_token_not_found: {
    status: 400,
    message: 'Invalid Refresh Token: Refresh Token Not Found',
    hint: 'Sign in again.',
  },
  auth_refresh_token_used: {
    status: 400,
    message: 'Invalid Refresh Token: Already Used',
    hint: 'The session was ended for safety; sign in again.',
  },
  auth_session_expired: { status: 400, message: 'Invalid Refresh Token: Session Expired', hint: 'Sign in again.' },
  auth_secret_changed: {
    status: 500,
    message: 'LOAM_SECRET is not the one that this database was set up with.',
    hint: 'Restore the secret, or the file "secret" of the data folder.',
  },
  auth_keys_unavailable: {
    status: 503,
    message: 'The sign-in service that issued this token does not answer.',
    hint: 'Try again in a few seconds.',
  },
  profile_own_role: {
    status: 409,
    message: 'You cannot change your own role or ban yourself.',
    hint: 'Ask another administrator.',
  },
  api_key_limit: {
    status: 409,
    message: 'You have as many API keys as one account may have.',
    hint: 'Revoke one that you no longer use.',
  },

  // Files and documents
  file_too_large: {
    status: 413,
    message: 'The file is larger than the limit.',
    hint: '"details" has the limit in bytes. Send a smaller file, or cut it in parts.',
  },
  storage_full: {
    status: 413,
    message: 'There is no room left for your files.',
    hint: 'Delete documents that you no longer need, and empty the trash.',
  },
  file_link_invalid: {
    status: 403,
    message: 'This link to a file is not valid, or no longer.',
    hint: 'Open the document again for a new link.',
  },
  upload_invalid: {
    status: 400,
    message: 'The upload could not be read.',
    hint: 'Send multipart/form-data with one part named "file" that has a file name.',
  },
  upload_interrupted: { status: 400, message: 'The upload broke off before its end.', hint: 'Send the file again.' },
  collection_exists: {
    status: 409,
    message: 'You already have a collection of that name.',
    hint: 'Choose another name.',
  },
  document_empty: {
    status: 422,
    message: 'There is nothing in this file.',
    hint: 'Check that the right file was chosen, and that it was saved completely.',
  },
  document_type_unsupported: {
    status: 415,
    message: 'Files of this type cannot be read.',
    hint: 'Send a PDF with text in it, a Word document (.docx), HTML, Markdown or plain text.',
  },
  document_type_mismatch: {
    status: 415,
    message: 'The file is not of the type that its name says.',
    hint: 'Give it the ending that fits what is in it, or save it again in the format that the ending names.',
  },
  document_is_scan: {
    status: 422,
    message: 'This is a scan: its pages are pictures, with no text in them.',
    hint: 'Run it through text recognition (OCR) and add the result.',
  },
  document_encrypted: {
    status: 422,
    message: 'This file is protected by a password.',
    hint: 'Save it without the password and add it again.',
  },
  document_damaged: {
    status: 422,
    message: 'This file is damaged or incomplete.',
    hint: 'Fetch or save it again, and check that it opens in its own program.',
  },
  document_too_complex: {
    status: 422,
    message: 'Reading this file took more memory or time than one document may.',
    hint: 'Save it again with smaller pictures, or cut it in parts.',
  },
  document_too_long: {
    status: 422,
    message: 'This document has more pages or text than one document may.',
    hint: 'Cut it in parts and add them one by one.',
  },
  document_unreadable: {
    status: 422,
    message: 'This document could not be read.',
    hint: 'Try again; if it stays, save the file in another format.',
  },
  document_not_failed: { status: 409, message: 'Only a document that could not be read can be read again.' },
  document_in_trash: { status: 409, message: 'This document is in the trash.', hint: 'Restore it first.' },
  events_too_many: {
    status: 429,
    message: 'You have too many pages open that listen for changes.',
    hint: 'Close some of them.',
  },

  // Chat
  answer_running: {
    status: 429,
    message: 'Too many answers are being made for you at the moment.',
    hint: 'Wait for one to end, or stop one.',
  },
  answer_failed: {
    status: 502,
    message: 'The answer could not be finished.',
    hint: 'Try again; what had arrived is kept in the message.',
  },
  answer_incomplete: {
    status: 502,
    message: 'The model stopped in the middle of its answer.',
    hint: 'Try again; what had arrived is kept in the message.',
  },
  answer_abandoned: {
    status: 502,
    message: 'The server stopped while it was answering.',
    hint: 'Try again; what had arrived is kept in the message.',
  },
  message_not_editable: {
    status: 409,
    message: 'Only your own questions can be edited.',
    hint: 'Edit the question above, or ask again.',
  },
  message_not_answer: {
    status: 409,
    message: 'Only answers can be made again.',
    hint: 'Choose an answer, not a question.',
  },

  // Running
  internal: {
    status: 500,
    message: 'Something went wrong on our side.',
    hint: 'Try again; if it stays, report the request id.',
  },
  database_unavailable: {
    status: 503,
    message: 'The database does not answer at the moment.',
    hint: 'Try again in a few seconds.',
  },
  database_deadline: {
    status: 503,
    message: 'The database took too long and the statement was stopped.',
    hint: 'Try again, or ask for less.',
  },
  feature_unavailable: {
    status: 503,
    message: 'This feature is not installed on this database.',
    hint: 'See "details" for the pattern or extension that is missing.',
  },
  shutting_down: { status: 503, message: 'The server is shutting down.', hint: 'Try again in a few seconds.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof table;

export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = table;

export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly details?: unknown;
  readonly request_id?: string;
}
