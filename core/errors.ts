// The one error class. What it says to the outside comes from contract/errors.ts; its cause stays inside.
import { type ErrorBody, type ErrorCode, errorTable } from '../contract/errors.ts';

interface AppErrorOptions {
  /** Machine-readable particulars, shown to the caller: field names, limits; never content or secrets. */
  readonly details?: unknown;
  /** Replaces the table's hint where the case allows a better one. */
  readonly hint?: string;
  /** Replaces the table's sentence where the case allows a better one. */
  readonly message?: string;
  /** Seconds after which trying again makes sense: becomes the retry-after header. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly hint: string | undefined;
  readonly details: unknown;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    const entry = errorTable[code];
    super(options.message ?? entry.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = entry.status;
    this.hint = options.hint ?? entry.hint;
    this.details = options.details;
    this.retryAfter = options.retryAfter;
  }

  /** The public face, without the request id. */
  body(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }
}
