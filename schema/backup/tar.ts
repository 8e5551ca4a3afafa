// A tar archive as a stream, both ways, so that any tar program reads a backup too. Paths that the old format has no room
// for, and sizes, go into the extended headers of POSIX.1-2001.
import { ToolError } from '../session.ts';

const block = 512;

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`;
}

function header(name: string, size: number, type: '0' | '5' | 'x'): Buffer {
  const bytes = Buffer.alloc(block);
  bytes.write(name.slice(0, 100), 0, 'utf8');
  bytes.write(octal(0o600, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size > 0o77777777777 ? 0 : size, 12), 124);
  bytes.write(octal(0, 12), 136);
  bytes.write(' '.repeat(8), 148);
  bytes.write(type, 156);
  bytes.write('ustar\x0000', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

/** `length key=value\n`, where the length counts itself. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (Buffer.byteLength(`${length}${rest}`) !== length) length = Buffer.byteLength(`${length}${rest}`);
  return `${length}${rest}`;
}

const padding = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block);

/** What stands before the bytes of a file, or for a folder, whose path ends in a slash. */
export function fileHeader(path: string, size: number): Buffer {
  const type = path.endsWith('/') ? '5' : '0';
  const plain = Buffer.byteLength(path) <= 100 && size <= 0o77777777777 && /^[\x20-\x7e]*$/.test(path);
  if (plain) return header(path, size, type);
  const extended = Buffer.from(`${record('path', path)}${record('size', String(size))}`);
  return Buffer.concat([
    header('extended', extended.length, 'x'),
    extended,
    padding(extended.length),
    header('file', size, type),
  ]);
}

export const filePadding = padding;
/** What stands at the end of an archive. */
export const archiveEnd = (): Buffer => Buffer.alloc(2 * block);

export interface TarEntry {
  /** Of a folder it ends in a slash. */
  readonly path: string;
  readonly size: number;
  /** Must be read to its end before the next entry is asked for. */
  readonly bytes: AsyncIterable<Buffer>;
}

const damaged = (): ToolError => new ToolError('The backup is damaged or cut short: it is not a whole archive.');

/** Reads an archive piece by piece. Throws ToolError where it is cut short or no archive. */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const pieces = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  const take = async (wanted: number): Promise<Buffer> => {
    while (held.length < wanted) {
      const { value, done } = await pieces.next();
      if (done === true) throw damaged();
      held = held.length === 0 ? value : Buffer.concat([held, value]);
    }
    const taken = held.subarray(0, wanted);
    held = held.subarray(wanted);
    return taken;
  };
  const some = async (most: number): Promise<Buffer> => {
    if (held.length === 0) {
      const { value, done } = await pieces.next();
      if (done === true) throw damaged();
      held = value;
    }
    return await take(Math.min(most, held.length));
  };
  let extended: ReadonlyMap<string, string> = new Map();
  for (;;) {
    const head = await take(block);
    if (head.every((byte) => byte === 0)) {
      // To the end of the source: it may have to say that it is cut short.
      while ((await pieces.next()).done !== true);
      return;
    }
    checkSum(head);
    const text = (from: number, length: number): string =>
      head
        .toString('utf8', from, from + length)
        .replace(/\0.*$/s, '')
        .trim();
    const size = Number(extended.get('size') ?? Number.parseInt(text(124, 12), 8));
    if (!Number.isSafeInteger(size) || size < 0) throw damaged();
    const type = head.toString('latin1', 156, 157);
    if (type === 'x') {
      extended = readRecords((await take(size)).toString('utf8'));
      await take(padding(size).length);
      continue;
    }
    const path = extended.get('path') ?? text(0, 100);
    extended = new Map();
    let left = size;
    yield {
      path,
      size,
      bytes: (async function* () {
        while (left > 0) {
          const piece = await some(left);
          left -= piece.length;
          yield piece;
        }
      })(),
    };
    if (left > 0) throw new Error('an entry was not read to its end');
    await take(padding(size).length);
  }
}

function checkSum(head: Buffer): void {
  const said = Number.parseInt(head.toString('latin1', 148, 156), 8);
  let sum = 0;
  for (const [index, byte] of head.entries()) sum += index >= 148 && index < 156 ? 32 : byte;
  if (sum !== said) throw damaged();
}

function readRecords(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    const length = Number.parseInt(rest.toString('utf8'), 10);
    if (!(length > 0) || length > rest.length) throw damaged();
    const line = rest.toString('utf8', 0, length);
    const [, key = '', value = ''] = /^\d+ ([^=]+)=(.*)\n$/s.exec(line) ?? [];
    found.set(key, value);
    rest = rest.subarray(length);
  }
  return found;
}
