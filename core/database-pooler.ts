// Whether a pooler stands between us and the server that hands out another session for each transaction. Behind one, LISTEN,
// prepared statements, advisory locks and settings would be somebody else's the next moment.
import { Client, type ClientConfig } from 'pg';

async function processOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return Number(rows[0]?.pid);
}

/**
 * `client` is connected and idle. Without a pooler the server's process is the one that it named when the connection was made.
 * With one, two connections tell: a second in a transaction never has the first one's process, unless sessions are lent.
 */
export async function isPooled(client: Client, config: ClientConfig): Promise<boolean> {
  const own = await processOf(client);
  if ('processID' in client && client.processID === own) return false;
  const other = new Client(config);
  other.on('error', () => {});
  try {
    await other.connect();
  } catch {
    return false; // A pooler that lends sessions would have had one.
  }
  try {
    const seen = new Set([own, await processOf(client)]);
    await other.query('begin');
    const taken = await processOf(other);
    await other.query('rollback'); // A pool may have one session only: nobody waits for another while holding it.
    return seen.has(taken) || seen.size > 1 || !seen.has(await processOf(client));
  } catch {
    return true; // Transactions are not allowed: it lends a session for a statement.
  } finally {
    await other.end();
  }
}
