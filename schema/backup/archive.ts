// The file that a backup is: a compressed archive with a manifest first and the checksums of all entries last. What has no
// last entry, or another sum than it says, is not used.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { ToolError } from '../session.ts';
import { archiveEnd, fileHeader, filePadding, readTar } from './tar.ts';

const manifestName = 'manifest.json';
const sumsName = 'SHA256SUMS';
/** Of the archive's own layout; a reader refuses what is higher. */
export const format = 1;

const manifestShape = z.object({
  format: z.number().int(),
  version: z.string(),
  engine: z.enum(['pglite', 'postgres']),
  created_at: z.string(),
  /** Whether the secret of the installation is in it, and what tells it from another one. `none`: there was none yet. */
  secret: z.enum(['inside', 'outside', 'none']),
  secret_mark: z.string().nullable(),
  patterns: z.array(z.string()),
  migrations: z.array(z.string()),
  /** Of a PostgreSQL server: the major version that was dumped. */
  server: z.number().int().nullable(),
});
export type Manifest = z.infer<typeof manifestShape>;

const code = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** Every file below a folder, by its path from it, in order; and every empty folder, with a slash at its end. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (code(error) === 'ENOENT') return [];
    throw error;
  });
  const filled = new Set(found.map(({ parentPath }) => parentPath));
  return found
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(({ entry, path }) => entry.isFile() || (entry.isDirectory() && !filled.has(path)))
    .map(({ entry, path }) => `${relative(folder, path).split(sep).join('/')}${entry.isFile() ? '' : '/'}`)
    .sort();
}

/** A part of a backup: a folder, or one file, under a name. */
export interface Part {
  readonly name: string;
  readonly path: string;
}

async function* entriesOf(parts: readonly Part[]): AsyncGenerator<{ name: string; path: string }> {
  for (const { name, path } of parts) {
    const found = await stat(path).catch(() => null);
    if (found?.isDirectory() === true)
      for (const file of await filesBelow(path)) yield { name: `${name}/${file}`, path: join(path, file) };
    else if (found !== null) yield { name, path };
  }
}

async function* archiveBytes(manifest: Manifest, parts: readonly Part[]): AsyncGenerator<Buffer> {
  const sums: string[] = [];
  const whole = function* (name: string, bytes: Buffer): Generator<Buffer> {
    sums.push(`${createHash('sha256').update(bytes).digest('hex')}  ${name}`);
    yield Buffer.concat([fileHeader(name, bytes.length), bytes, filePadding(bytes.length)]);
  };
  yield* whole(manifestName, Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`));
  for await (const { name, path } of entriesOf(parts)) {
    if (name.endsWith('/')) {
      yield* whole(name, Buffer.alloc(0));
      continue;
    }
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const hash = createHash('sha256');
      let read = 0;
      yield fileHeader(name, size);
      for await (const piece of file.createReadStream({ autoClose: false, end: Math.max(0, size - 1) })) {
        const bytes = piece as Buffer; // checked: no encoding was set
        if (size === 0) break;
        read += bytes.length;
        hash.update(bytes);
        yield bytes;
      }
      if (read !== size) throw new Error(`${name} became shorter while it was read`);
      yield filePadding(size);
      sums.push(`${hash.digest('hex')}  ${name}`);
    } finally {
      await file.close();
    }
  }
  yield* whole(sumsName, Buffer.from(`${sums.join('\n')}\n`));
  yield archiveEnd();
}

/** Writes the archive beside `target` and moves it there when it is whole; readable by its owner alone. Answers its size in bytes. */
export async function writeArchive(target: string, manifest: Manifest, parts: readonly Part[]): Promise<number> {
  if (existsSync(target)) throw new ToolError(`${target} is there already. Name another file.`);
  const draft = `${target}.${randomBytes(4).toString('hex')}.part`;
  try {
    await pipeline(
      archiveBytes(manifest, parts),
      createGzip({ level: 1 }),
      createWriteStream(draft, { mode: 0o600, flags: 'wx', flush: true }),
    );
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true });
    const reason = code(error);
    if (reason === 'ENOENT' || reason === 'EACCES' || reason === 'EROFS' || reason === 'EPERM' || reason === 'ENOTDIR')
      throw new ToolError(`${dirname(target)} cannot be written to (${String(reason)}).`, { cause: error });
    if (reason === 'ENOSPC')
      throw new ToolError(`There is no room for the backup in ${dirname(target)}.`, { cause: error });
    throw error;
  }
  return (await stat(target)).size;
}

async function* opened(path: string): AsyncGenerator<Buffer> {
  const source = createReadStream(path);
  const plain = createGunzip();
  const feeding = pipeline(source, plain).catch((error: unknown) => {
    plain.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const piece of plain) yield piece as Buffer; // checked: no encoding was set
  } catch (error) {
    if (code(error) === 'ENOENT' || code(error) === 'EISDIR')
      throw new ToolError(`${path} is not a file that can be read.`, { cause: error });
    throw new ToolError(`${path} is damaged, cut short, or no backup.`, { cause: error });
  } finally {
    source.destroy();
    await feeding;
  }
}

const safePath = /^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\0]+$/;

/**
 * Reads an archive to its end and compares every sum. With a folder its files are laid down there, else nothing is written.
 * Throws ToolError on anything that is not as it was written.
 */
export async function readArchive(path: string, into: string | null): Promise<Manifest> {
  const sums = new Map<string, string>();
  let manifest: Manifest | null = null;
  let said: string | null = null;
  const small: Record<string, Buffer> = {};
  for await (const { path: name, bytes } of readTar(opened(path))) {
    if (said !== null || !safePath.test(name)) throw new ToolError(`${path} holds what no backup of Loam holds.`);
    const hash = createHash('sha256');
    const keep = name === manifestName || name === sumsName;
    const kept: Buffer[] = [];
    const target = into === null || keep ? null : join(into, ...name.split('/'));
    const folder = name.endsWith('/');
    if (target !== null) await mkdir(folder ? target : dirname(target), { recursive: true, mode: 0o700 });
    const file = target === null || folder ? null : await open(target, 'wx', 0o600);
    try {
      for await (const piece of bytes) {
        hash.update(piece);
        if (keep) kept.push(Buffer.from(piece));
        await file?.writeFile(piece);
      }
      await file?.sync();
    } finally {
      await file?.close();
    }
    if (keep) small[name] = Buffer.concat(kept);
    if (name === manifestName) manifest = readManifest(path, small[name]?.toString() ?? '');
    else if (manifest === null) throw new ToolError(`${path} is not a backup of Loam.`);
    if (name === sumsName) said = small[name]?.toString() ?? '';
    else sums.set(name, hash.digest('hex'));
  }
  if (manifest === null || said === null) throw new ToolError(`${path} is cut short: its checksums are missing.`);
  const found = [...sums].map(([name, sum]) => `${sum}  ${name}\n`).join('');
  if (found !== said) throw new ToolError(`${path} was changed after it had been made: its checksums do not agree.`);
  return manifest;
}

function readManifest(path: string, text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ToolError(`${path} is not a backup of Loam.`);
  }
  const higher = z.object({ format: z.number() }).safeParse(value);
  if (higher.success && higher.data.format > format)
    throw new ToolError(`${path} was made by a newer Loam. Restore it with that release.`);
  const parsed = manifestShape.safeParse(value);
  if (!parsed.success) throw new ToolError(`${path} is not a backup of Loam.`);
  return parsed.data;
}
