// New migrations: `<14 digits>_<what>.sql` in the project's folder, from a template that asks what must be thought of.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ToolError } from './session.ts';

/**
 * Where a project keeps its migrations: `supabase/migrations` where it uses Supabase's command line, else `migrations`. What is
 * given may be that folder, the folder `supabase`, or the project's.
 */
export function projectFolder(given?: string): string {
  if (given === undefined) return existsSync('supabase') ? join('supabase', 'migrations') : 'migrations';
  if (basename(resolve(given)) === 'supabase') return join(given, 'migrations');
  return existsSync(join(given, 'supabase')) ? join(given, 'supabase', 'migrations') : given;
}

const template = (name: string): string => `-- What: ${name.replaceAll('_', ' ')}
-- Why:
--
-- Locks: what does each statement lock, and for how long on the largest table? An index on a table that people write to
--   is made with CREATE INDEX CONCURRENTLY, in a file of its own whose first line is: -- no transaction
-- Backfill: which rows must be changed, how many are they, and is that done in pieces rather than here?
-- Who reads it: which policies, grants, views, functions and programs see the new shape, and do the old programs still
--   run while this is applied?
-- Undo: which statements put it back, and what is lost then? (Migrations go forward only: the undo is the next one.)
set local lock_timeout = '5s';

`;

/** 14 digits of now in UTC, or one second after the newest file of the folder, so that it comes after all of them. */
export function nextVersion(folder: string, now = new Date()): string {
  const stamp = (time: Date): string => time.toISOString().replace(/\D/g, '').slice(0, 14);
  const newest = existsSync(folder)
    ? readdirSync(folder)
        .map((file) => /^(\d{14})_.*\.sql$/.exec(file)?.[1] ?? '')
        .sort()
        .at(-1)
    : undefined;
  const current = stamp(now);
  if (newest === undefined || newest < current) return current;
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)(..)(..)(..)$/.exec(newest) ?? [];
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time.getTime())) return String(BigInt(newest) + 1n);
  return stamp(new Date(time.getTime() + 1000));
}

/** The name of a migration as file names have it. Throws ToolError when nothing is left of it. */
export function migrationName(words: string): string {
  const name = words
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 100);
  if (name === '') throw new ToolError(`"${words}" is no name for a migration: use letters and digits.`);
  return name;
}

/** Where a new migration of this name goes. */
export const migrationPath = (folder: string, words: string, now = new Date()): string =>
  join(folder, `${nextVersion(folder, now)}_${migrationName(words)}.sql`);

/** Writes an empty migration and returns its path. */
export function newMigration(words: string, options: { readonly folder?: string; readonly now?: Date } = {}): string {
  const folder = projectFolder(options.folder);
  const path = migrationPath(folder, words, options.now);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, template(migrationName(words)), { flag: 'wx' });
  return path;
}
