// sql/schema.sql says what the patterns make, and makes the same again. All engines agree on it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AdminSession } from '../../core/database.ts';
import { openPglite } from '../../core/database-pglite.ts';
import { platformFiles } from '../../schema/patterns.ts';
import { root } from '../../scripts/checks/sources.ts';
import { readCatalog } from '../../scripts/dump/catalog.ts';
import { printSchema } from '../../scripts/dump/print.ts';
import { type CatalogSession, openCatalog, openNativeCatalog } from './catalog-session.ts';

const dump = async (session: AdminSession): Promise<string> => printSchema(await readCatalog(session));
async function dumpOf(opening: Promise<CatalogSession>): Promise<string> {
  const session = await opening;
  try {
    return await dump(session);
  } finally {
    await session.close();
  }
}
const written = readFileSync(join(root, 'sql/schema.sql'), 'utf8');

test('sql/schema.sql is what the patterns make; if not: npm run schema:dump', async () => {
  assert.equal(await dumpOf(openCatalog()), written);
});

test('sql/schema.sql makes the same schema on a database that has only the platform', async () => {
  const driver = await openPglite({ dataDir: null, from: null, sessionRole: 'authenticator' });
  try {
    for (const { text } of platformFiles()) await driver.admin.exec(text);
    await driver.admin.exec(written);
    assert.equal(await dump(driver.admin), written);
  } finally {
    await driver.close();
  }
});

test('PostgreSQL 15 and 18 end up with the same schema', async () => {
  const [older, newer] = [await dumpOf(openNativeCatalog(15)), await dumpOf(openNativeCatalog(18))];
  assert.equal(older, newer);
});
