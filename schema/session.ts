// A session of the toolkit: to a scratch engine in memory, or to a database by its address. It comes with every right of
// its login, so whoever acts as a user says so (`set local role`). The server never uses it.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DatabaseError, type Rows } from '../core/database.ts';

export type Value = string | number | bigint | boolean | null | Uint8Array | readonly string[];

export interface Session {
  readonly engine: 'pglite' | 'postgres';
  /** Runs one statement or several. Throws DatabaseError; its `position` counts characters of `text` from 1. */
  exec(text: string): Promise<void>;
  /** One statement; every value as PostgreSQL writes it, or null. Arrays too: `{a,b}`. */
  rows(text: string, values?: readonly Value[]): Promise<Rows>;
  /** Bulk load: `copy t (a, b) from stdin` and the lines in COPY's text format, in pieces of whole lines. */
  copyFrom?(statement: string, pieces: Iterable<string>): Promise<void>;
  /** Notices and warnings since the last call, in order. */
  takeNotices(): readonly Notice[];
  close(): Promise<void>;
}

export interface Notice {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
  /** Which of the statements that were run at once raised it, from 0; 0 on a server. */
  readonly statement: number;
}

/** A problem that the person at the keyboard can mend, said in one sentence. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

export interface ScratchOptions {
  /** Extensions beyond vector, pgcrypto, uuid-ossp and pg_trgm to make available, by their SQL names. Unknown ones are left out. */
  readonly extensions?: readonly string[];
  /** What Supabase brings: roles, auth, storage, extensions, publication. Default true. */
  readonly platform?: boolean;
}

export const isAddress = (text: string): boolean => /^postgres(ql)?:\/\//.test(text);

/** Rows as objects by column name, all values text or null. `columns` are in the order of the statement's own. */
export async function records<Name extends string>(
  session: Session,
  columns: readonly Name[],
  text: string,
  values: readonly Value[] = [],
): Promise<readonly Readonly<Record<Name, string | null>>[]> {
  const found = await session.rows(text, values);
  return found.map(
    (row) =>
      Object.fromEntries(columns.map((name, index) => [name, row[index] ?? null])) as Record<Name, string | null>, // checked: made of `columns`
  );
}

/** Where prepared templates are kept: beside the dependencies in a checkout, else in the user's cache. */
export function cacheFolder(): string {
  const beside = join(import.meta.dirname, '..', 'node_modules', '.cache', 'loam');
  return import.meta.url.endsWith('.ts') ? beside : join(homedir(), '.cache', 'loam');
}

/** As DatabaseError, whichever driver threw it. */
export function asDatabaseError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const fields =
    error instanceof Error ? (error as Error & Record<string, string | undefined>) : { message: String(error) }; // checked: drivers put the protocol's fields on their errors
  return new DatabaseError({ ...fields, message: fields.message ?? 'unknown' });
}

/** Values as text, for the wire. */
export function wireText(value: Value): string | null {
  if (value === null) return null;
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (typeof value === 'object')
    return `{${value.map((each) => `"${each.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`;
  return String(value);
}
