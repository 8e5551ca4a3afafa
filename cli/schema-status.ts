// `loam schema status`: what is installed and what is pending. Exit code 1 when something is.
import { existsSync } from 'node:fs';
import { readConfig } from '../core/config.ts';
import { targetOf } from '../schema/open.ts';
import { readStatus, type SchemaStatus } from '../schema/status.ts';
import { alone, findServer } from './locked.ts';

export function describeSchema(status: SchemaStatus | null): readonly string[] {
  if (status === null) return ['Nothing is installed. Install with: loam schema migrate'];
  const { version, installed, applied, pending } = status;
  return [
    `Installed by version ${version}: ${[...installed.patterns].join(', ')}`,
    installed.vectors ? 'Vectors: yes' : 'Vectors: no, pgvector is not there; search is by words alone',
    `Migrations: ${applied} applied, ${pending.length} pending`,
    ...pending.map((each) => `  ${each.version}_${each.name}`),
  ];
}

export async function schemaStatus(say: (line: string) => void): Promise<number> {
  const config = readConfig();
  const server = config.DATABASE_URL === undefined ? await findServer(config) : null;
  if (server !== null) {
    say(
      `A server runs on this data (${server.address || server.state}). It brought the schema up to version ${server.version} when it started.`,
    );
    return 0;
  }
  const isThere = config.DATABASE_URL !== undefined || existsSync(config.dataDir);
  const status = isThere ? await alone(config, () => readStatus(targetOf(config))) : null;
  for (const line of describeSchema(status)) say(line);
  return status === null || status.pending.length > 0 ? 1 : 0;
}
