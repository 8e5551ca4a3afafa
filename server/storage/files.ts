// Bytes by path, below one folder. Knows no users and no rows; another kind of store (S3) fits the same interface.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '../../core/errors.ts';

export interface StoredFile {
  readonly size: number;
  /** SHA-256 of the bytes as hex. */
  readonly sha256: string;
}

export interface ByteRange {
  readonly start: number;
  /** The last byte, included. */
  readonly end: number;
}

export interface FileStore {
  /** Writes all or nothing. Throws file_too_large past `limit` bytes, and whatever the source throws. */
  put(path: string, source: AsyncIterable<Uint8Array>, options: { limit: number }): Promise<StoredFile>;
  /** Throws not_found. */
  open(path: string, range?: ByteRange): Promise<{ size: number; stream: ReadableStream<Uint8Array> }>;
  /** The first `length` bytes and the last, for a look at what a file is. */
  peek(path: string, length: number): Promise<{ size: number; head: Uint8Array; tail: Uint8Array }>;
  /** A path that a program in another process can read, until it is removed. */
  localPath(path: string): Promise<string>;
  /** Says nothing when there is nothing. */
  remove(path: string): Promise<void>;
}

/** Segments that are safe on every file system: what `safeName` and uuids are made of. */
const segmentPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/;

/** Refuses anything that could leave the folder, whatever its origin. */
export function checkPath(path: string): string {
  const segments = path.split('/');
  if (segments.length > 8 || !segments.every((segment) => segmentPattern.test(segment) && !segment.includes('..')))
    throw new AppError('not_found', { cause: new Error('unsafe storage path') });
  return path;
}

export function openFolderStore(folder: string): FileStore {
  const resolve = (path: string): string => join(folder, ...checkPath(path).split('/'));
  const missing = (cause: unknown): AppError => new AppError('not_found', { cause });

  return {
    put: async (path, source, { limit }) => {
      const target = resolve(path);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      const temporary = `${target}.${randomBytes(6).toString('hex')}.part`;
      try {
        const stored = await writeAll(temporary, source, limit);
        await rename(temporary, target);
        await syncFolder(dirname(target));
        return stored;
      } catch (error) {
        await rm(temporary, { force: true });
        await removeEmptyFolders(dirname(target), folder);
        throw error;
      }
    },
    open: async (path, range) => {
      const target = resolve(path);
      const { size } = await stat(target).catch((cause: unknown) => Promise.reject(missing(cause)));
      const stream = Readable.toWeb(
        createReadStream(target, range === undefined ? {} : { start: range.start, end: range.end }),
      );
      return { size, stream: stream as ReadableStream<Uint8Array> }; // checked: a file stream without encoding yields bytes
    },
    peek: async (path, length) => {
      const file = await open(resolve(path), 'r').catch((cause: unknown) => Promise.reject(missing(cause)));
      try {
        const { size } = await file.stat();
        const read = async (position: number): Promise<Uint8Array> => {
          const bytes = new Uint8Array(Math.min(length, size));
          const { bytesRead } = await file.read(bytes, 0, bytes.length, position);
          return bytes.subarray(0, bytesRead);
        };
        return { size, head: await read(0), tail: await read(Math.max(0, size - length)) };
      } finally {
        await file.close();
      }
    },
    localPath: async (path) => {
      const target = resolve(path);
      await stat(target).catch((cause: unknown) => Promise.reject(missing(cause)));
      return target;
    },
    remove: async (path) => {
      const target = resolve(path);
      await rm(target, { force: true });
      await removeEmptyFolders(dirname(target), folder);
    },
  };
}

async function writeAll(path: string, source: AsyncIterable<Uint8Array>, limit: number): Promise<StoredFile> {
  const file = await open(path, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const piece of source) {
      size += piece.byteLength;
      if (size > limit) throw new AppError('file_too_large', { details: { limit_bytes: limit } });
      hash.update(piece);
      await file.writeFile(piece);
    }
    await file.sync();
    const written = (await file.stat()).size;
    if (written !== size) throw new Error(`wrote ${written} of ${size} bytes`);
    return { size, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

/** A rename survives a power cut only once its folder is on disk; not every file system lets one ask for it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (handle === null) return;
  await handle.sync().catch(() => {});
  await handle.close();
}

async function removeEmptyFolders(from: string, root: string): Promise<void> {
  for (let folder = from; folder.startsWith(root + sep); folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}
