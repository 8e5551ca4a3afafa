// Supabase Auth's shapes: an account and an error as @supabase/auth-js expects them. Codes and statuses are the original's
// where it has one for the case.
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { AuthUser } from '../../contract/auth.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import type { AppError } from '../../core/errors.ts';
import type { RoomContext } from '../http/room.ts';
import type { Account } from './queries.ts';
import { audience } from './tokens.ts';

export const apiVersion = '2024-01-01';
const versionHeader = 'x-supabase-api-version';

export function toAuthUser(account: Account): AuthUser {
  const confirmed =
    account.email_confirmed_at === null
      ? {}
      : { email_confirmed_at: account.email_confirmed_at, confirmed_at: account.email_confirmed_at };
  return {
    id: account.id,
    aud: audience,
    role: audience,
    email: account.email ?? '',
    ...confirmed,
    phone: '',
    ...(account.last_sign_in_at === null ? {} : { last_sign_in_at: account.last_sign_in_at }),
    app_metadata: account.app_metadata,
    user_metadata: account.user_metadata,
    identities: [...account.identities],
    created_at: account.created_at ?? '',
    updated_at: account.updated_at ?? '',
    is_anonymous: false,
  };
}

/** Our code → the original's, with another status where the original's differs from ours. */
const codes: Partial<Record<ErrorCode, readonly [code: string, status?: number]>> = {
  auth_invalid_credentials: ['invalid_credentials'],
  auth_user_exists: ['user_already_exists'],
  auth_email_exists: ['email_exists'],
  auth_email_not_confirmed: ['email_not_confirmed'],
  auth_user_banned: ['user_banned'],
  auth_weak_password: ['weak_password'],
  auth_same_password: ['same_password'],
  auth_metadata_too_large: ['validation_failed'],
  auth_signup_closed: ['signup_disabled'],
  auth_setup_code_required: ['setup_code_required'],
  auth_phone_disabled: ['phone_provider_disabled'],
  auth_anonymous_disabled: ['anonymous_provider_disabled'],
  auth_grant_unsupported: ['validation_failed'],
  auth_mail_unavailable: ['email_provider_disabled'],
  auth_refresh_token_not_found: ['refresh_token_not_found'],
  auth_refresh_token_used: ['refresh_token_already_used'],
  auth_session_expired: ['session_expired'],
  invalid_request: ['validation_failed'],
  invalid_json: ['bad_json'],
  body_too_large: ['validation_failed'],
  unsupported_media_type: ['validation_failed'],
  not_signed_in: ['no_authorization'],
  invalid_token: ['bad_jwt', 403],
  token_expired: ['bad_jwt', 403],
  session_revoked: ['session_not_found', 403],
  rate_limited: ['over_request_rate_limit'],
};

/** The first field that is wrong, since this shape has no room for all of them. */
function sentence(error: AppError): string {
  if (error.code !== 'invalid_request' || !Array.isArray(error.details)) return error.message;
  const [first] = error.details as readonly { field?: unknown; problem?: unknown }[]; // checked: invalidRequest makes them so
  return first === undefined ? error.message : `${String(first.field)}: ${String(first.problem)}`;
}

export function answerAuthError(c: RoomContext, error: AppError): Response {
  const [code, status] = codes[error.code] ?? ['unexpected_failure'];
  c.header(versionHeader, apiVersion);
  if (error.retryAfter !== undefined) c.header('retry-after', String(Math.ceil(error.retryAfter)));
  const body = {
    code,
    message: sentence(error),
    ...(error.code === 'auth_weak_password' ? { weak_password: { reasons: ['length'] } } : {}),
  };
  return c.json(body, (status ?? error.status) as ContentfulStatusCode); // checked: the error table holds statuses with a body only
}
