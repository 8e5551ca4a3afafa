// What is installed in a database and what is pending, without changing it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AdminSession, Installed } from '../core/database.ts';
import { readState } from './install.ts';
import { type Migration, readMigrations } from './migrations-read.ts';
import { sessionRole, type Target } from './open.ts';

export interface SchemaStatus {
  readonly version: string;
  readonly installed: Installed;
  readonly applied: number;
  readonly pending: readonly Migration[];
}

async function readFrom(session: AdminSession, migrations: readonly Migration[]): Promise<SchemaStatus | null> {
  const installed = await readState(session);
  if (installed === null) return null;
  const [row] = await session.rows('select version from loam.installation');
  const applied = new Set((await session.rows('select version from loam.migrations')).map(([version]) => version));
  const pending = migrations.filter(
    ({ version, pattern }) => !applied.has(version) && (pattern === null || installed.patterns.has(pattern)),
  );
  return { version: row?.[0] ?? '', installed, applied: applied.size, pending };
}

/** null where Loam is not installed. The caller holds the lock of an embedded one. */
export async function readStatus(target: Target, migrations = readMigrations()): Promise<SchemaStatus | null> {
  if (target.kind === 'postgres') {
    const { openAdmin } = await import('../core/database-pg.ts');
    const session = await openAdmin(target.adminUrl ?? target.url);
    try {
      return await readFrom(session, migrations);
    } finally {
      await session.close();
    }
  }
  // Opening a folder that is empty would make a database in it.
  const dataDir = target.dataDir === null ? null : join(target.dataDir, 'postgres');
  if (dataDir === null || !existsSync(dataDir)) return null;
  const { openPglite } = await import('../core/database-pglite.ts');
  const driver = await openPglite({ dataDir, from: null, sessionRole });
  try {
    return await readFrom(driver.admin, migrations);
  } finally {
    await driver.close();
  }
}
