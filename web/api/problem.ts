// What went wrong with a request, in the words of the server: code, sentence, next step, request id.

import { strings } from '../strings.ts';
import { isObject } from './shape.ts';

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | null;
  readonly requestId: string | null;

  constructor(
    status: number,
    code: string,
    message: string,
    hint: string | null = null,
    requestId: string | null = null,
  ) {
    super(message);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.requestId = requestId;
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** What is wrong with which field, where the server says so. */
function fieldsOf(details: unknown): string | null {
  if (!Array.isArray(details)) return null;
  const lines = details
    .filter(isObject)
    .map(({ field, problem }) => [textOf(field), textOf(problem)].filter(Boolean).join(': '));
  return textOf(lines.join(' · '));
}

/** Reads `{ error: { code, message, hint, request_id } }`; anything else becomes a sentence about the status. */
export function problemFrom(status: number, body: unknown): Problem {
  const error = isObject(body) && isObject(body.error) ? body.error : {};
  return new Problem(
    status,
    textOf(error.code) ?? `http_${status}`,
    textOf(error.message) ?? strings.problems.answered(status),
    fieldsOf(error.details) ?? textOf(error.hint),
    textOf(error.request_id),
  );
}

/** Any thrown value as a problem: a failed fetch means that the server could not be reached. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError && error.message.startsWith('The server')) {
    return new Problem(0, 'unexpected_answer', strings.problems.unexpected, error.message);
  }
  return new Problem(0, 'unreachable', strings.problems.unreachable, strings.problems.unreachableHint);
}

/** Whether the same request may well succeed later: the server could not be reached, or has too much to do. */
export function mayPass(error: unknown): boolean {
  const { code, status } = asProblem(error);
  return code === 'unreachable' || [429, 502, 503, 504].includes(status);
}
