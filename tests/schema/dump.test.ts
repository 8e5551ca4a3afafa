// sql/schema.sql says what the patterns make, and makes the same again. All engines agree on it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AdminSession } from '../../core/database.ts';
import { openPglite } from '../../core/database-pglite.ts';
import { platformFiles } from '../../schema/patterns.ts';
import { root } from '../../scripts/checks/sources.ts';
import { type Catalog, readCatalog } from '../../scripts/dump/catalog.ts';
import { printSchema } from '../../scripts/dump/print.ts';
import { type CatalogSession, openCatalog, openNativeCatalog } from './catalog-session.ts';

const dump = async (
  session: AdminSession,
  change: (catalog: Catalog) => Catalog = (catalog) => catalog,
): Promise<string> => printSchema(change(await readCatalog(session)));
async function dumpOf(opening: Promise<CatalogSession>, change?: (catalog: Catalog) => Catalog): Promise<string> {
  const session = await opening;
  try {
    return await dump(session, change);
  } finally {
    await session.close();
  }
}
/** Fails with the lines that only one of them has: a whole schema in the report helps nobody. */
function assertSame(actual: string, expected: string): void {
  if (actual === expected) return;
  const [ours, theirs] = [actual.split('\n'), expected.split('\n')];
  const only = (lines: readonly string[], others: readonly string[], mark: string): readonly string[] => {
    const known = new Set(others);
    return lines.filter((line) => !known.has(line)).map((line) => `${mark} ${line}`);
  };
  const lines = [...only(ours, theirs, '+'), ...only(theirs, ours, '-')];
  const error = new Error(lines.length === 0 ? 'the same lines in another order' : lines.slice(0, 60).join('\n'));
  error.stack = error.message;
  throw error;
}
const written = readFileSync(join(root, 'sql/schema.sql'), 'utf8');

test('sql/schema.sql is what the patterns make; if not: npm run schema:dump', async () => {
  assertSame(await dumpOf(openCatalog()), written);
});

test('sql/schema.sql makes the same schema on a database that has only the platform', async () => {
  const driver = await openPglite({ dataDir: null, from: null, sessionRole: 'authenticator' });
  try {
    for (const { text } of platformFiles()) await driver.admin.exec(text);
    await driver.admin.exec(written);
    // The engine writes "(a or b) or c" the first time and "a or b or c" when it reads that again.
    const bare = (text: string): string => text.replace(/[()]/g, '');
    assertSame(bare(await dump(driver.admin)), bare(written));
  } finally {
    await driver.close();
  }
});

test('PostgreSQL 15 and 18 end up with the same schema', async () => {
  // The older one writes columns of views with their table's name.
  const withoutViews = (catalog: Catalog): Catalog => ({
    ...catalog,
    views: catalog.views.map((view) => ({ ...view, text: '' })),
  });
  assertSame(await dumpOf(openNativeCatalog(15), withoutViews), await dumpOf(openNativeCatalog(18), withoutViews));
});
