// The migrated database as its superuser sees it, for tests that read the catalog.
import type { AdminSession } from '../../core/database.ts';
import { openAdmin } from '../../core/database-pg.ts';
import { openPglite } from '../../core/database-pglite.ts';
import { preparedDump } from '../../server/testing/database.ts';
import { type NativeVersion, nativeTemplate } from '../../server/testing/native.ts';

export interface CatalogSession extends AdminSession {
  close(): Promise<void>;
}

export async function openCatalog(): Promise<CatalogSession> {
  const driver = await openPglite({ dataDir: null, from: await preparedDump(), sessionRole: 'authenticator' });
  return { ...driver.admin, close: driver.close };
}

/** The same schema on native PostgreSQL, where pgvector is not installed. */
export async function openNativeCatalog(major: NativeVersion): Promise<CatalogSession> {
  const database = await nativeTemplate(major);
  const session = await openAdmin(database.adminUrl);
  return {
    ...session,
    close: async () => {
      await session.close();
      await database.drop();
    },
  };
}
