// An embedded database belongs to one process: the command line takes its lock as a server would.

import { z } from 'zod';
import type { Config } from '../core/config.ts';
import { askServer, takeLock } from '../core/lock.ts';

const running = z.object({ version: z.string(), pid: z.number(), state: z.string(), address: z.string() });
export type Running = z.infer<typeof running>;

/** The server that runs on the data folder, or null. */
export async function findServer(config: Config): Promise<Running | null> {
  const answer = await askServer(config.dataDir, { ask: 'status' });
  return answer === null ? null : running.parse(answer);
}

/** Does work on the data alone. On PostgreSQL many may work at once. Throws LockedError while a server runs. */
export async function alone<T>(config: Config, work: () => Promise<T>): Promise<T> {
  if (config.DATABASE_URL !== undefined) return await work();
  const lock = await takeLock(config.dataDir, async () => ({
    version: '',
    pid: process.pid,
    state: 'command line',
    address: '',
  }));
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
