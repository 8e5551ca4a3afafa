// What a provider's refusal means to our caller. Its words pass on where they are about the request; where they are about
// our account with the provider, they are ours to deal with.
import { AppError } from '../../core/errors.ts';
import type { Provider } from './providers/provider.ts';
import type { Headers } from './upstream.ts';

export interface Refusal {
  readonly error: AppError;
  /** The provider's own body goes to the client unchanged. */
  readonly pass: boolean;
}

interface Said {
  readonly message: string | null;
  readonly code: string | null;
  readonly wellFormed: boolean;
}

export function refusal(status: number, headers: Headers, body: Buffer, provider: Provider): Refusal {
  const said = readError(body);
  const details = {
    provider: provider.name,
    status,
    ...(said.message === null ? {} : { message: said.message }),
    ...(said.code === null ? {} : { code: said.code }),
  };
  if (status === 401 || status === 403) {
    // Its message may quote the key.
    return {
      pass: false,
      error: new AppError('upstream_key_refused', { details: { provider: provider.name, status } }),
    };
  }
  if (status === 429) {
    // Nothing that passes: the account at the provider has run dry.
    const spent = said.code === 'insufficient_quota';
    const after = Number(headers['retry-after']);
    const retryAfter = Number.isFinite(after) && after > 0 ? after : 1;
    const error = new AppError('upstream_rate_limited', { details, ...(spent ? {} : { retryAfter }) });
    return { pass: said.wellFormed, error };
  }
  if (status >= 400 && status < 500)
    return { pass: said.wellFormed, error: new AppError('upstream_refused', { details }) };
  return { pass: false, error: new AppError('upstream_error', { details }) };
}

/** OpenAI's `{ error: { message, code } }`, and what others make of it: `{ error: "…" }`, `{ message }`, `{ detail }`. */
export function readError(body: Buffer): Said {
  const unknown: Said = { message: null, code: null, wellFormed: false };
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8', 0, 64 * 1024));
  } catch {
    return unknown;
  }
  if (typeof parsed !== 'object' || parsed === null) return unknown;
  const error = 'error' in parsed ? parsed.error : parsed;
  const text = (value: unknown): string | null =>
    typeof value === 'string' && value !== '' ? value.slice(0, 1_000) : null;
  if (typeof error !== 'object' || error === null) return { ...unknown, message: text(error) };
  const message = 'message' in error ? text(error.message) : 'detail' in error ? text(error.detail) : null;
  const code = 'code' in error ? text(error.code) : null;
  return { message, code, wellFormed: 'error' in parsed && message !== null };
}
