// `loam restore <file>`: puts a backup in place, after all of it has been checked.
import { resolve } from 'node:path';
import { readConfig } from '../core/config.ts';
import { restoreEmbedded } from '../schema/backup/embedded.ts';
import { restoreServer } from '../schema/backup/postgres.ts';
import { targetOf } from '../schema/open.ts';
import { ToolError } from '../schema/session.ts';

export interface Options {
  readonly replace?: boolean;
}

export async function restore(
  file: string,
  options: Options,
  say: (line: string) => void,
  version: string,
): Promise<number> {
  const config = readConfig();
  if (config.SUPABASE_URL !== undefined)
    throw new ToolError('Supabase restores its projects itself: see docs/how-to/backup.md.');
  const target = targetOf(config);
  const common = {
    file: resolve(file),
    dataDir: config.dataDir,
    version,
    secret: config.LOAM_SECRET ?? null,
    replace: options.replace === true,
  };
  const manifest =
    target.kind === 'pglite'
      ? await restoreEmbedded(common)
      : await restoreServer({ ...common, url: target.adminUrl ?? target.url });
  say(`Restored the backup of ${manifest.created_at.slice(0, 16).replace('T', ' ')} (Loam ${manifest.version}).`);
  return 0;
}
