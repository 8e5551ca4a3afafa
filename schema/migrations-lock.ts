// The lock under which a schema is installed or migrated: of several processes one works, the others wait. It belongs to a
// session, so a pooler that hands out another session for each transaction is refused.
import { type AdminSession, pooledAddress } from '../core/database.ts';
import { ToolError } from './session.ts';

/** "loam" in ASCII. */
const number = 1819240813;

export interface SchemaLock {
  /** Throws ToolError when this session does not hold the lock: it is not the one that took it. */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** Waits for the lock. Throws ToolError behind a pooler, as far as one can be seen. */
export async function takeLock(session: AdminSession): Promise<SchemaLock> {
  const process = async (): Promise<string> => (await session.rows('select pg_backend_pid()'))[0]?.[0] ?? '';
  const own = await process();
  for (let look = 0; look < 3; look++) if ((await process()) !== own) throw new ToolError(pooledAddress);
  await session.rows(`select pg_advisory_lock(${number})`);
  const check = async (): Promise<void> => {
    const [row] = await session.rows(`
      select pg_backend_pid() = ${own} and exists (
        select from pg_locks
        where locktype = 'advisory' and classid = 0 and objid = ${number} and pid = pg_backend_pid() and granted
          and database = (select oid from pg_database where datname = current_database())
      )`);
    if (row?.[0] !== 't') throw new ToolError(pooledAddress);
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
