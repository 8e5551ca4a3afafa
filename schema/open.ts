// Opens a database on any target, installs or upgrades it, and hands it out without any right to change its schema.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError } from '../core/config.ts';
import { type AdminSession, createDatabase, type Database, DatabaseError } from '../core/database.ts';
import type { PgliteDriver } from '../core/database-pglite.ts';
import { type InstallOptions, type InstallResult, install } from './install.ts';

export type Target =
  | { readonly kind: 'pglite'; readonly dataDir: string | null; readonly from?: Uint8Array }
  | {
      readonly kind: 'postgres';
      readonly url: string;
      readonly adminUrl?: string | undefined;
      readonly supabase: boolean;
      readonly poolSize?: number;
    };

/** Where the settings say that the data is. */
export const targetOf = (config: Config): Target =>
  config.DATABASE_URL === undefined
    ? { kind: 'pglite', dataDir: config.dataDir }
    : {
        kind: 'postgres',
        url: config.DATABASE_URL,
        adminUrl: config.LOAM_ADMIN_DATABASE_URL,
        supabase: config.SUPABASE_URL !== undefined,
      };

export interface OpenResult extends Omit<InstallResult, 'installed'> {
  readonly db: Database;
  /** The whole data folder as tar.gz; embedded only. */
  readonly dump: (() => Promise<Uint8Array>) | null;
  /** Work between two transactions, with every right; embedded only. */
  readonly pause: PgliteDriver['pause'] | null;
}

type Options = Omit<InstallOptions, 'target'>;
export const sessionRole = 'authenticator';

export async function openInstalled(target: Target, options: Options): Promise<OpenResult> {
  return target.kind === 'pglite' ? await openEmbedded(target, options) : await openServer(target, options);
}

async function openEmbedded(target: Target & { kind: 'pglite' }, options: Options): Promise<OpenResult> {
  const { openPglite } = await import('../core/database-pglite.ts');
  if (target.dataDir !== null) mkdirSync(target.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = target.dataDir === null ? null : join(target.dataDir, 'postgres');
  const driver = await openPglite({ dataDir, from: target.from ?? null, sessionRole });
  try {
    const { fresh, migrated, installed } = await install(driver.admin, { ...options, target: 'pglite' });
    await driver.lockDown();
    return { db: createDatabase(driver, installed), dump: driver.dump, pause: driver.pause, fresh, migrated };
  } catch (error) {
    await driver.close();
    throw error;
  }
}

/** A session that may change the schema of a target, as it is. The caller holds the lock of an embedded one, and closes it. */
export async function openForChanges(target: Target): Promise<AdminSession & { close(): Promise<void> }> {
  if (target.kind === 'postgres') {
    const { openAdmin } = await import('../core/database-pg.ts');
    return await openAdmin(target.adminUrl ?? target.url);
  }
  const { openPglite } = await import('../core/database-pglite.ts');
  if (target.dataDir !== null) mkdirSync(target.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = target.dataDir === null ? null : join(target.dataDir, 'postgres');
  const driver = await openPglite({ dataDir, from: target.from ?? null, sessionRole });
  return { ...driver.admin, close: driver.close };
}

const needsAdmin =
  'The login of DATABASE_URL may not install or upgrade, as it should be. Put the address of one that may into LOAM_ADMIN_DATABASE_URL for this start.';

/** Whether installing failed for want of rights, and no login of its own was given for it. */
function withoutRights(error: unknown, target: Target & { kind: 'postgres' }): boolean {
  if (target.adminUrl !== undefined || !(error instanceof Error)) return false;
  const cause = error instanceof DatabaseError ? error : error.cause;
  return cause instanceof DatabaseError && cause.sqlState === '42501';
}

async function openServer(target: Target & { kind: 'postgres' }, options: Options): Promise<OpenResult> {
  const { openAdmin, openPg } = await import('../core/database-pg.ts');
  const admin = await openAdmin(target.adminUrl ?? target.url);
  let result: InstallResult;
  try {
    result = await install(admin, { ...options, target: target.supabase ? 'supabase' : 'postgres' });
  } catch (error) {
    throw withoutRights(error, target) ? new ConfigError(needsAdmin, { cause: error }) : error;
  } finally {
    await admin.close();
  }
  const driver = await openPg({
    url: target.url,
    sessionRole,
    ...(target.poolSize === undefined ? {} : { poolSize: target.poolSize }),
  });
  return {
    db: createDatabase(driver, result.installed),
    dump: null,
    pause: null,
    fresh: result.fresh,
    migrated: result.migrated,
  };
}
