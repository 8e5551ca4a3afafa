// A client's request: read within bounds, checked no more than we need to, and passed on with as few bytes changed as
// possible, so that whatever a provider invents next goes through unharmed.
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../core/errors.ts';

export interface ModelRequest {
  /** As the client wrote it. */
  readonly raw: Buffer;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly model: string;
}

/** Throws body_too_large, unsupported_media_type, or invalid_request when the client goes away half-way. */
export function readBody(req: IncomingMessage, limit: number): Promise<Buffer> {
  const type = req.headers['content-type'];
  if (type !== undefined && !/^application\/(?:[\w.+-]+\+)?json\b/i.test(type)) {
    return Promise.reject(new AppError('unsupported_media_type', { hint: 'Send JSON as application/json.' }));
  }
  const tooLarge = (): AppError =>
    new AppError('body_too_large', { details: { limit }, hint: `The limit is ${limit} bytes.` });
  if (Number(req.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        chunks.length = 0;
        reject(tooLarge());
      }
    });
    req.on('end', () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)));
    const brokenOff = (cause?: unknown): void => {
      // Every request closes; making an error costs more than reading a body.
      if (!req.complete) reject(new AppError('invalid_request', { message: 'The request broke off.', cause }));
    };
    req.on('close', brokenOff);
    req.on('error', brokenOff);
  });
}

export const invalidField = (field: string, problem: string): AppError =>
  new AppError('invalid_request', { message: `${field}: ${problem}`, details: [{ field, problem }] });

/** Throws invalid_json or invalid_request. */
export function parseRequest(raw: Buffer): ModelRequest {
  let fields: unknown;
  try {
    fields = JSON.parse(raw.toString());
  } catch (cause) {
    throw new AppError('invalid_json', { cause });
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw invalidField('body', 'must be an object');
  const request = fields as Readonly<Record<string, unknown>>; // checked: an object that is not an array
  const model = request['model'];
  if (typeof model !== 'string' || model === '' || model.length > 300) {
    throw invalidField('model', 'must be the name of a model, such as "openai/gpt-5"');
  }
  return { raw, fields: request, model };
}

/** The request's bytes with some members at its top changed, and those that were not there added; all else stays as it is. */
export function withFields(raw: Buffer, changes: Readonly<Record<string, unknown>>): Buffer {
  const missing = new Set(Object.keys(changes));
  const parts: Buffer[] = [];
  let copied = 0;
  let end = 0;
  for (const member of topMembers(raw)) {
    end = member.end;
    if (!Object.hasOwn(changes, member.key)) continue;
    missing.delete(member.key);
    parts.push(raw.subarray(copied, member.start), Buffer.from(JSON.stringify(changes[member.key])));
    copied = member.end;
  }
  parts.push(raw.subarray(copied, end));
  const added = [...missing].map((key) => `,${JSON.stringify(key)}:${JSON.stringify(changes[key])}`).join('');
  if (added !== '') parts.push(Buffer.from(added));
  parts.push(raw.subarray(end));
  return Buffer.concat(parts);
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openings = new Set([0x7b, 0x5b]);
const closings = new Set([0x7d, 0x5d]);

/** Key and extent of the value of each member of an object that JSON.parse has accepted. */
function* topMembers(raw: Buffer): Generator<{ key: string; start: number; end: number }> {
  let at = raw.indexOf('{') + 1;
  for (;;) {
    const open = raw.indexOf(quote, at);
    if (open === -1) return;
    const close = stringEnd(raw, open);
    const key: unknown = JSON.parse(raw.toString('utf8', open, close + 1));
    const start = skipSpace(raw, raw.indexOf(colon, close) + 1);
    const end = valueEnd(raw, start);
    yield { key: String(key), start, end };
    at = skipSpace(raw, end);
    if (raw[at] !== comma) return;
  }
}

function skipSpace(raw: Buffer, at: number): number {
  let next = at;
  for (let byte = raw[next]; byte === 0x20 || (byte !== undefined && byte >= 9 && byte <= 13); byte = raw[++next]);
  return next;
}

/** Index of the quote that closes the string opened at `open`. */
function stringEnd(raw: Buffer, open: number): number {
  for (let at = raw.indexOf(quote, open + 1); at !== -1; at = raw.indexOf(quote, at + 1)) {
    let slashes = 0;
    while (raw[at - 1 - slashes] === backslash) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return raw.length;
}

/** Index behind the value that begins at `start`. */
function valueEnd(raw: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < raw.length; at++) {
    const byte = raw[at] ?? 0;
    if (byte === quote) {
      at = stringEnd(raw, at);
      if (depth === 0) return at + 1;
    } else if (openings.has(byte)) depth++;
    else if (closings.has(byte)) {
      // The bracket that closes the whole object ends a bare number, true, false or null as well.
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === comma || byte <= 0x20)) return at;
  }
  return raw.length;
}
