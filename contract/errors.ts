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
  invalid_json: { status: 400, message: 'The body is not valid JSON.', hint: 'Check quotes, commas and encoding (UTF-8).' },
  invalid_cursor: { status: 400, message: 'The cursor is not valid.', hint: 'Start again without a cursor.' },
  unsupported_media_type: { status: 415, message: 'This content type is not accepted here.', hint: 'Send JSON, or multipart/form-data for files.' },
  body_too_large: { status: 413, message: 'The body is larger than the limit.', hint: 'Send less at once.' },
  not_found: { status: 404, message: 'There is nothing here.', hint: 'Check the address; it may have been deleted, or belong to somebody else.' },
  method_not_allowed: { status: 405, message: 'This address does not answer that method.' },
  conflict: { status: 409, message: 'This conflicts with what is already there.' },
  rate_limited: { status: 429, message: 'Too many requests.', hint: 'Wait as long as the retry-after header says.' },

  // Who is asking
  not_signed_in: { status: 401, message: 'You are not signed in.', hint: 'Send "Authorization: Bearer <access token or API key>".' },
  invalid_token: { status: 401, message: 'The access token is not valid.', hint: 'Sign in again.' },
  token_expired: { status: 401, message: 'The access token has expired.', hint: 'Refresh it, or sign in again.' },
  session_revoked: { status: 401, message: 'This session has ended.', hint: 'Sign in again.' },
  api_key_invalid: { status: 401, message: 'The API key is not valid, has expired or was revoked.', hint: 'Make a new key under Settings.' },
  forbidden: { status: 403, message: 'You may not do this.', hint: 'Ask an administrator if you think you should.' },
  scope_missing: { status: 403, message: 'This API key does not cover that.', hint: 'Make a key with the scope that is named in "details".' },

  // Running
  internal: { status: 500, message: 'Something went wrong on our side.', hint: 'Try again; if it stays, report the request id.' },
  database_unavailable: { status: 503, message: 'The database does not answer at the moment.', hint: 'Try again in a few seconds.' },
  database_deadline: { status: 503, message: 'The database took too long and the statement was stopped.', hint: 'Try again, or ask for less.' },
  feature_unavailable: { status: 503, message: 'This feature is not installed on this database.', hint: 'See "details" for the pattern or extension that is missing.' },
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
