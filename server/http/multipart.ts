// multipart/form-data (RFC 7578) as a stream: a file is never held in memory. One part at a time, in the order sent; its
// body must be read, or left, before the next part is asked for.
import { AppError } from '../../core/errors.ts';

export interface Part {
  readonly name: string;
  /** Null for a plain field. */
  readonly fileName: string | null;
  readonly type: string;
  readonly body: AsyncIterable<Uint8Array>;
}

const longestHead = 16 * 1024;
const mostParts = 20;
const invalid = (problem: string): AppError => new AppError('upload_invalid', { details: { problem } });

/** Throws upload_invalid for what is no multipart body and upload_interrupted when it ends too early. */
export async function* readMultipart(
  contentType: string | undefined,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Part> {
  const [, quoted, plain] =
    /^multipart\/form-data\b.*;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? '') ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined)
    throw new AppError('unsupported_media_type', { hint: 'Send multipart/form-data with a part named "file".' });
  const input = startInput(source);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // The first delimiter has no line end before it.
  input.putBack(Buffer.from('\r\n'));
  await drain(input.until(delimiter));
  for (let count = 0; ; count += 1) {
    const after = await input.take(2);
    if (after.equals(Buffer.from('--'))) return;
    if (!after.equals(Buffer.from('\r\n'))) throw invalid('a boundary is followed by something else than a line end');
    if (count === mostParts) throw invalid('too many parts');
    const head = await readHead(input);
    const body = input.until(delimiter);
    yield { ...parseHead(head), body };
    await drain(body);
  }
}

/** A field's text; throws upload_invalid past `limit` bytes. */
export async function readField(part: Part, limit = 10_000): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of part.body) {
    size += piece.byteLength;
    if (size > limit) throw invalid(`field ${part.name} is too long`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

interface Input {
  putBack(bytes: Buffer): void;
  take(length: number): Promise<Buffer>;
  /** Everything before `mark`, in pieces; `mark` itself is eaten. Iterating it again goes on where it stopped. */
  until(mark: Buffer): AsyncIterableIterator<Uint8Array>;
}

function startInput(source: AsyncIterable<Uint8Array>): Input {
  const iterator = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  async function more(): Promise<void> {
    const next = await iterator
      .next()
      .catch((cause: unknown) => Promise.reject(new AppError('upload_interrupted', { cause })));
    if (next.done === true) throw new AppError('upload_interrupted');
    const bytes = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
  }
  return {
    putBack: (bytes) => {
      held = Buffer.concat([bytes, held]);
    },
    take: async (length) => {
      while (held.length < length) await more();
      const taken = held.subarray(0, length);
      held = held.subarray(length);
      return taken;
    },
    until: (mark) => {
      let ended = false;
      const iterating: AsyncIterableIterator<Uint8Array> = {
        [Symbol.asyncIterator]: () => iterating,
        // A consumer that stops early (a file over its limit) leaves the rest to whoever drains.
        return: async () => ({ done: true, value: undefined }),
        next: async () => {
          while (!ended) {
            const at = held.indexOf(mark);
            // What could be the beginning of the mark is kept back.
            const length = at === -1 ? held.length - mark.length + 1 : at;
            if (at !== -1) ended = true;
            if (length > 0 || at !== -1) {
              const value = held.subarray(0, Math.max(0, length));
              held = held.subarray(at === -1 ? length : at + mark.length);
              if (value.length > 0) return { done: false, value };
            } else await more();
          }
          return { done: true, value: undefined };
        },
      };
      return iterating;
    },
  };
}

async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of body);
}

async function readHead(input: Input): Promise<string> {
  // A part without headers begins with the empty line at once.
  input.putBack(Buffer.from('\r\n'));
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of input.until(Buffer.from('\r\n\r\n'))) {
    size += piece.byteLength;
    if (size > longestHead) throw invalid('the headers of a part are too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parseHead(head: string): Omit<Part, 'body'> {
  let name = '';
  let fileName: string | null = null;
  let type = '';
  for (const line of head.split('\r\n')) {
    const [, key = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (key.toLowerCase() === 'content-type') type = value.trim();
    if (key.toLowerCase() !== 'content-disposition') continue;
    name = parameter(value, 'name') ?? '';
    fileName = extended(value) ?? parameter(value, 'filename');
  }
  if (name === '') throw invalid('a part has no name');
  return { name, fileName, type };
}

/** Browsers write quotes and line ends in names as %22, %0D and %0A; others escape them with a backslash. */
function parameter(value: string, key: string): string | null {
  const [, quoted, plain] = new RegExp(`;\\s*${key}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`, 'i').exec(value) ?? [];
  if (quoted !== undefined)
    return quoted
      .replace(/\\(["\\])/g, '$1')
      .replace(/%22/g, '"')
      .replace(/%0D|%0A/gi, ' ');
  return plain ?? null;
}

function extended(value: string): string | null {
  const encoded = /;\s*filename\*=UTF-8''([^\s;]+)/i.exec(value)?.[1];
  if (encoded === undefined) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}
