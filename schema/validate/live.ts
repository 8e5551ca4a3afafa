// A database by its address as the validator sees it: its catalog and what only a running one knows. Nothing is written.
import { DatabaseError } from '../../core/database.ts';
import { readCatalog } from '../catalog/read.ts';
import { openAddress } from '../open-session.ts';
import { records, type Session } from '../session.ts';
import type { LiveFacts } from './rule.ts';
import { trySearches } from './trial.ts';
import type { Material } from './validate.ts';

/** Throws ToolError when nobody answers. */
export async function readLive(address: string): Promise<Material> {
  const session = await openAddress(address);
  try {
    await session.exec('set default_transaction_read_only = on');
    const catalog = await readCatalog(session);
    const { facts, refused } = await readFacts(session);
    const failedSearches = await trySearches(session, catalog);
    return {
      sources: [],
      catalog: { ...catalog, unreadable: [...catalog.unreadable, ...refused] },
      notices: [],
      live: { ...facts, failedSearches },
      failures: [],
      statements: 0,
      stoodIn: [],
      left: [],
    };
  } finally {
    await session.close();
  }
}

async function readFacts(
  session: Session,
): Promise<{ facts: Omit<LiveFacts, 'failedSearches'>; refused: readonly string[] }> {
  const refused: string[] = [];
  const attempt = async <T>(what: string, work: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      refused.push(`${what}: ${error.message}`);
      return [];
    }
  };
  const unusedIndexes = await attempt('statistics of indexes', () =>
    records(
      session,
      ['schema', 'table', 'index'],
      `select schemaname, relname, indexrelname
       from pg_stat_user_indexes
       join pg_index using (indexrelid)
       where idx_scan = 0 and not indisunique and not indisprimary
       order by 1, 2, 3`,
    ),
  );
  const bloated = await attempt('statistics of tables', () =>
    records(
      session,
      ['schema', 'table', 'dead', 'rows'],
      `select schemaname, relname, n_dead_tup, n_live_tup
       from pg_stat_user_tables
       where n_dead_tup > 10000 and n_dead_tup > n_live_tup
       order by 1, 2`,
    ),
  );
  const outdatedExtensions = await attempt('extensions', () =>
    records(
      session,
      ['name', 'installed', 'available'],
      `select name, installed_version, default_version
       from pg_available_extensions
       where installed_version is not null and default_version is distinct from installed_version
       order by 1`,
    ),
  );
  const text = (value: string | null): string => value ?? '';
  return {
    refused,
    facts: {
      unusedIndexes: unusedIndexes.map((row) => ({
        schema: text(row.schema),
        table: text(row.table),
        index: text(row.index),
      })),
      bloated: bloated.map((row) => ({
        schema: text(row.schema),
        table: text(row.table),
        dead: Number(row.dead),
        rows: Number(row.rows),
      })),
      outdatedExtensions: outdatedExtensions.map((row) => ({
        name: text(row.name),
        installed: text(row.installed),
        available: text(row.available),
      })),
    },
  };
}
