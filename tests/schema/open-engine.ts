// The migrated database in this very process, as its superuser: for tests that try statements as somebody and roll back.
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { pgcrypto } from '@electric-sql/pglite/contrib/pgcrypto';
import { uuid_ossp } from '@electric-sql/pglite/contrib/uuid_ossp';
import { vector } from '@electric-sql/pglite-pgvector';
import { preparedDump } from '../../server/testing/database.ts';

export async function openEngine(): Promise<PGlite> {
  const engine = await PGlite.create({
    loadDataDir: new Blob([new Uint8Array(await preparedDump())]),
    extensions: { vector, pgcrypto, uuid_ossp, pg_trgm },
  });
  await engine.exec(`set time zone 'UTC'; set search_path to public, extensions`);
  return engine;
}
