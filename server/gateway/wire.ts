// The shape in which /v1 answers when something went wrong: OpenAI's, so that its clients read it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppError } from '../../core/errors.ts';

/** Names that clients of this protocol branch on; everything else keeps our own code. */
const theirCodes: Readonly<Record<string, string>> = {
  not_signed_in: 'invalid_api_key',
  invalid_token: 'invalid_api_key',
  token_expired: 'invalid_api_key',
  session_revoked: 'invalid_api_key',
  api_key_invalid: 'invalid_api_key',
  rate_limited: 'rate_limit_exceeded',
  gateway_busy: 'rate_limit_exceeded',
  upstream_rate_limited: 'rate_limit_exceeded',
};

function typeOf(status: number): string {
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function fieldOf(details: unknown): string | null {
  const first: unknown = Array.isArray(details) ? details[0] : undefined;
  if (typeof first !== 'object' || first === null || !('field' in first)) return null;
  return typeof first.field === 'string' ? first.field : null;
}

export interface WireError {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
    readonly details?: unknown;
    readonly request_id: string;
  };
}

export function wireError(error: AppError, requestId: string): WireError {
  return {
    error: {
      message: error.hint === undefined ? error.message : `${error.message} ${error.hint}`,
      type: typeOf(error.status),
      param: error.code === 'model_not_found' || error.code === 'model_ambiguous' ? 'model' : fieldOf(error.details),
      code: theirCodes[error.code] ?? error.code,
      ...(error.details === undefined ? {} : { details: error.details }),
      request_id: requestId,
    },
  };
}

/** Trying again helps against what passes; the official clients obey this header. */
const worthRetrying = new Set([408, 409, 429, 500, 502, 503, 504]);
const hopeless = new Set(['upstream_key_refused', 'feature_unavailable']);
const shouldRetry = (error: AppError): boolean => worthRetrying.has(error.status) && !hopeless.has(error.code);

/** Answers an error, when nothing of an answer has left yet. */
export function sendError(req: IncomingMessage, res: ServerResponse, error: AppError, requestId: string): void {
  if (res.headersSent || res.destroyed) {
    res.end();
    return;
  }
  const body = Buffer.from(JSON.stringify(wireError(error, requestId)));
  const headers: Record<string, string | number> = {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-request-id': requestId,
    'x-loam-error': error.code,
    'x-should-retry': String(shouldRetry(error)),
  };
  if (error.status === 401) headers['www-authenticate'] = 'Bearer';
  if (error.retryAfter !== undefined) headers['retry-after'] = Math.ceil(error.retryAfter);
  // What is left of an unread body would be taken for the next request.
  if (!req.complete) headers['connection'] = 'close';
  res.writeHead(error.status, headers);
  res.end(body);
  if (!req.complete) discard(req);
}

/** Closing at once would reset the connection and lose the answer: read on for a moment, then close. */
function discard(req: IncomingMessage): void {
  req.resume();
  const timer = setTimeout(() => req.destroy(), 2_000);
  timer.unref();
  req.on('close', () => clearTimeout(timer));
}

/** The event with which a stream ends when it could not be finished; no [DONE] follows it. */
export const errorEvent = (error: AppError, requestId: string): string =>
  `event: error\ndata: ${JSON.stringify(wireError(error, requestId))}\n\n`;
