// Real databases for tests: PGlite from a prepared dump, native PostgreSQL 15 and 18 from a template database.
// Each test file gets a database of its own.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../../core/database.ts';
import { type OpenResult, openInstalled } from '../../schema/open.ts';
import { cacheFolder, schemaHash } from './cache.ts';
import { type NativeVersion, nativeTemplate } from './native.ts';

export interface TestDatabase {
  readonly db: Database;
  close(): Promise<void>;
}

const version = 'test';

/** The dump of an installed, empty database; made once for each state of the schema. */
export async function preparedDump(): Promise<Uint8Array> {
  const path = join(cacheFolder, `pglite-${schemaHash()}.tar.gz`);
  if (existsSync(path)) return readFileSync(path);
  mkdirSync(cacheFolder, { recursive: true });
  const { db, dump } = await openInstalled({ kind: 'pglite', dataDir: null }, { version });
  if (dump === null) throw new Error('the embedded engine cannot be dumped');
  const bytes = await dump();
  await db.close();
  writeFileSync(`${path}.${process.pid}`, bytes);
  renameSync(`${path}.${process.pid}`, path);
  return bytes;
}

/** An embedded database in memory. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const opened: OpenResult = await openInstalled(
    { kind: 'pglite', dataDir: null, from: await preparedDump() },
    { version },
  );
  return { db: opened.db, close: () => opened.db.close() };
}

export interface NativeDatabase extends TestDatabase {
  /** The address as the server's own login, for a second process or replica. */
  readonly url: string;
  /** The address as superuser, for what tests must look at from outside. */
  readonly adminUrl: string;
}

/** A database on native PostgreSQL, without pgvector where it is not installed. */
export async function openNativeDatabase(major: NativeVersion = 18): Promise<NativeDatabase> {
  const cloned = await nativeTemplate(major);
  const { db } = await openInstalled(
    { kind: 'postgres', url: cloned.url, adminUrl: cloned.adminUrl, supabase: false, poolSize: 6 },
    { version },
  );
  return {
    db,
    url: cloned.url,
    adminUrl: cloned.adminUrl,
    close: async () => {
      await db.close();
      await cloned.drop();
    },
  };
}
