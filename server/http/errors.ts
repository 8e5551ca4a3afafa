// Errors on the wire: one AppError, said in the shape that the caller's protocol expects.
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { AppError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { RoomContext } from './room.ts';

/** Anything thrown becomes an AppError; what was not foreseen is logged whole and told as `internal`. */
export function toAppError(error: unknown, log: Log): AppError {
  if (error instanceof AppError) {
    if (error.status >= 500) log.error({ err: error.cause ?? error, code: error.code }, 'request failed');
    return error;
  }
  // The framework's own: a body that is not JSON, or says that it is something else.
  if (error instanceof HTTPException && error.status === 400) return new AppError('invalid_json', { cause: error });
  if (error instanceof HTTPException && error.status === 415)
    return new AppError('unsupported_media_type', { cause: error });
  log.error({ err: error }, 'unexpected error');
  return new AppError('internal', { cause: error });
}

/** The shape of `/api/v1`. */
export function answerError(c: RoomContext, error: AppError): Response {
  if (error.retryAfter !== undefined) c.header('retry-after', String(Math.ceil(error.retryAfter)));
  if (error.status === 401) c.header('www-authenticate', 'Bearer');
  const body = { error: { ...error.body(), request_id: c.get('requestId') } };
  return c.json(body, error.status as ContentfulStatusCode); // checked: the error table holds statuses with a body only
}
