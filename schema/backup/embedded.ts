// Backup and restore of an embedded installation: database, files, and the secret that seals what is in them.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { askServer, takeLock } from '../../core/lock.ts';
import { openForChanges, openInstalled } from '../open.ts';
import { ToolError } from '../session.ts';
import { format, type Manifest, readArchive, writeArchive } from './archive.ts';
import { refuseNewer } from './newer.ts';
import { secretMark } from './secret-mark.ts';
import { type Contents, isSnapshot, readContents } from './snapshot.ts';

export interface BackupOptions {
  readonly dataDir: string;
  readonly file: string;
  /** Of this release. */
  readonly version: string;
  /** LOAM_SECRET where it is set; it is never put into a backup. */
  readonly secret: string | null;
  /** Leaves the secret's own file out too. */
  readonly withoutSecret?: boolean;
}

export interface BackupResult {
  readonly manifest: Manifest;
  /** Bytes. */
  readonly size: number;
  /** Whether a server was running. */
  readonly online: boolean;
}

const answerShape = z.union([
  z.object({ folder: z.string(), patterns: z.array(z.string()), migrations: z.array(z.string()) }),
  z.object({ error: z.string() }),
]);

const secretIn = (folder: string): string | null => {
  const path = join(folder, 'secret');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
};

async function pack(options: BackupOptions, folder: string, contents: Contents): Promise<Omit<BackupResult, 'online'>> {
  const stored = options.secret === null ? secretIn(folder) : null;
  const inside = stored !== null && options.withoutSecret !== true;
  const known = options.secret ?? stored;
  const manifest: Manifest = {
    format,
    version: options.version,
    engine: 'pglite',
    created_at: new Date().toISOString(),
    secret: inside ? 'inside' : known === null ? 'none' : 'outside',
    secret_mark: known === null ? null : secretMark(known),
    patterns: [...contents.patterns],
    migrations: [...contents.migrations],
    server: null,
  };
  const parts = ['postgres', 'files', ...(inside ? ['secret'] : [])].map((name) => ({
    name,
    path: join(folder, name),
  }));
  return { manifest, size: await writeArchive(options.file, manifest, parts) };
}

/** Of a running server between two transactions, else of the folder under its lock. Throws ToolError. */
export async function backupEmbedded(options: BackupOptions): Promise<BackupResult> {
  const { dataDir } = options;
  if (existsSync(options.file)) throw new ToolError(`${options.file} is there already. Name another file.`);
  if (!existsSync(join(dataDir, 'postgres'))) throw new ToolError(`There is no database in ${dataDir} to back up.`);
  const raw = await askServer(dataDir, { ask: 'snapshot' });
  if (raw !== null) {
    const parsed = answerShape.safeParse(raw);
    if (!parsed.success)
      throw new ToolError(
        'The running server does not know how to make a backup. Stop it, or restart it with this release.',
      );
    const answer = parsed.data;
    if ('error' in answer) throw new ToolError(`The running server could not make a copy of its data: ${answer.error}`);
    if (!isSnapshot(dataDir, answer.folder))
      throw new ToolError('The running server answered with a folder that is not its own.');
    try {
      return { ...(await pack(options, answer.folder, answer)), online: true };
    } finally {
      rmSync(answer.folder, { recursive: true, force: true });
    }
  }
  const lock = await takeLock(dataDir, async () => ({ error: 'a backup is being made' }));
  try {
    const session = await openForChanges({ kind: 'pglite', dataDir });
    const contents = await readContents(session).finally(() => session.close());
    return { ...(await pack(options, dataDir, contents)), online: false };
  } finally {
    await lock.release();
  }
}

export interface RestoreOptions {
  readonly file: string;
  readonly dataDir: string;
  readonly version: string;
  readonly secret: string | null;
  /** Over data that is there, which goes once the restored database has opened. */
  readonly replace?: boolean;
}

/** A backup without its secret, or with another than the one that is set, gives a server that cannot start. */
export function checkSecret(manifest: Manifest, secret: string | null): void {
  if (manifest.secret === 'outside' && secret === null)
    throw new ToolError('This backup was made without its secret. Set LOAM_SECRET to the one that was in use.');
  if (secret !== null && manifest.secret_mark !== null && manifest.secret_mark !== secretMark(secret))
    throw new ToolError(
      manifest.secret === 'inside'
        ? 'LOAM_SECRET is not the secret of this backup, which has its own inside. Unset it.'
        : 'LOAM_SECRET is not the one that was in use when this backup was made.',
    );
}

const parts = ['postgres', 'files', 'secret'] as const;

/** Moves what is new into place and what was there aside; puts it back where that fails. Answers the folder of the old. */
function swap(dataDir: string, fresh: string, mark: string, names: readonly string[]): string {
  const old = join(dataDir, `before-restore-${mark}`);
  mkdirSync(old, { mode: 0o700 });
  const undo: (() => void)[] = [];
  const move = (from: string, to: string): void => {
    if (!existsSync(from)) return;
    renameSync(from, to);
    undo.unshift(() => renameSync(to, from));
  };
  try {
    for (const name of names) {
      move(join(dataDir, name), join(old, name));
      move(join(fresh, name), join(dataDir, name));
    }
  } catch (error) {
    for (const step of undo) step();
    rmSync(old, { recursive: true, force: true });
    throw error;
  }
  return old;
}

/** Lays the parts of an archive down beside the data, lets `check` look at them, and only then puts them in place. */
export async function restoreParts(
  options: Pick<RestoreOptions, 'file' | 'dataDir'>,
  names: readonly string[],
  check: (folder: string) => Promise<void>,
): Promise<void> {
  const mark = randomBytes(4).toString('hex');
  const fresh = join(options.dataDir, `restore-${mark}`);
  try {
    mkdirSync(fresh, { recursive: true, mode: 0o700 });
    await readArchive(options.file, fresh);
    await check(fresh);
    const old = swap(options.dataDir, fresh, mark, names);
    rmSync(old, { recursive: true, force: true });
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Puts a backup in place. Nothing is touched before the whole archive has been checked. Throws ToolError and LockedError. */
export async function restoreEmbedded(options: RestoreOptions): Promise<Manifest> {
  const manifest = await readArchive(options.file, null);
  if (manifest.engine !== 'pglite')
    throw new ToolError('This is a backup of a PostgreSQL server. Set DATABASE_URL to restore it there.');
  refuseNewer(manifest, options.version);
  checkSecret(manifest, options.secret);
  const there = parts.filter((name) => existsSync(join(options.dataDir, name)));
  if (there.includes('postgres') && options.replace !== true)
    throw new ToolError(
      `${options.dataDir} holds a database. Restore into another folder (LOAM_DATA_DIR), or say --replace.`,
    );
  const lock = await takeLock(options.dataDir, async () => ({ error: 'a backup is being restored' }));
  try {
    await restoreParts(options, parts, async (folder) => {
      try {
        const { db } = await openInstalled({ kind: 'pglite', dataDir: folder }, { version: options.version });
        await db.close();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new ToolError(`The restored database does not open, so nothing was changed: ${reason}`, { cause: error });
      }
    });
  } finally {
    await lock.release();
  }
  return manifest;
}
