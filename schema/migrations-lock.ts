// The lock under which a schema is installed or migrated: of several processes one works, the others wait. It belongs to a
// session, so a pooler that hands out another session for each transaction is refused.
import type { AdminSession } from '../core/database.ts';
import { ToolError } from './session.ts';

/** "loam" in ASCII. */
const number = 1819240813;

export interface SchemaLock {
  /** Throws ToolError when this session does not hold the lock: it is not the one that took it. */
  check(): Promise<void>;
  release(): Promise<void>;
}

const pooled =
  'Between us and the database stands a pooler that hands out another session for each transaction. Use the address of the database itself, or of the pooler in session mode (on Supabase: port 5432 instead of 6543).';

/** Throws ToolError on an address that is known to be that of such a pooler. */
export function refusePooler(url: string): void {
  const { port, searchParams, hostname } = new URL(url);
  if ((port === '6543' && hostname.includes('pooler')) || searchParams.get('pgbouncer') === 'true')
    throw new ToolError(pooled);
}

/** Waits for the lock. Throws ToolError behind a pooler, as far as one can be seen. */
export async function takeLock(session: AdminSession): Promise<SchemaLock> {
  const process = async (): Promise<string> => (await session.rows('select pg_backend_pid()'))[0]?.[0] ?? '';
  const own = await process();
  for (let look = 0; look < 3; look++) if ((await process()) !== own) throw new ToolError(pooled);
  await session.rows(`select pg_advisory_lock(${number})`);
  const check = async (): Promise<void> => {
    const [row] = await session.rows(`
      select pg_backend_pid() = ${own} and exists (
        select from pg_locks
        where locktype = 'advisory' and classid = 0 and objid = ${number} and pid = pg_backend_pid() and granted
          and database = (select oid from pg_database where datname = current_database())
      )`);
    if (row?.[0] !== 't') throw new ToolError(pooled);
  };
  return {
    check,
    release: async () => {
      const unlock = `select pg_advisory_unlock(${number})`;
      try {
        await session.rows(unlock);
      } catch {
        // Left in a failed transaction; or the connection is lost, and the lock with it.
        await session
          .exec('rollback')
          .then(() => session.rows(unlock))
          .catch(() => []);
      }
    },
  };
}
