// Which database a command works on: that of an address, or the one that Loam's settings name. And how it speaks.
import { readConfig } from '../../core/config.ts';
import type { AdminSession } from '../../core/database.ts';
import { openForChanges, targetOf } from '../../schema/open.ts';
import { openAddress } from '../../schema/open-session.ts';
import { UsageError } from '../../schema/parameters.ts';
import { isAddress } from '../../schema/session.ts';
import { alone } from '../locked.ts';

export type Say = (line: string) => void;

export interface DatabaseOption {
  readonly databaseUrl?: string;
}

export interface Opened {
  readonly session: AdminSession;
  readonly engine: 'pglite' | 'postgres';
  /** Of the embedded engine; null elsewhere. */
  readonly dataDir: string | null;
}

/** What is no result: on standard error, so that a result can be redirected. */
export const note: Say = (line) => void process.stderr.write(`${line}\n`);

/** Opens the database, does the work and closes it, whatever happens. Throws UsageError on an address that is none. */
export async function onDatabase<T>(options: DatabaseOption, work: (opened: Opened) => Promise<T>): Promise<T> {
  const url = options.databaseUrl;
  if (url !== undefined) {
    if (!isAddress(url) || !URL.canParse(url))
      throw new UsageError('The address of a database is written postgres://user:password@host:port/database.');
    const session = await openAddress(url);
    try {
      return await work({ session, engine: 'postgres', dataDir: null });
    } finally {
      await session.close();
    }
  }
  const config = readConfig();
  return await alone(config, async () => {
    const target = targetOf(config);
    const session = await openForChanges(target);
    try {
      const dataDir = target.kind === 'pglite' ? target.dataDir : null;
      return await work({ session, engine: target.kind, dataDir });
    } finally {
      await session.close();
    }
  });
}
