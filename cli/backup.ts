// `loam backup [file]`: everything that makes an installation, in one file that only its owner can read.
import { resolve } from 'node:path';
import { readConfig } from '../core/config.ts';
import { backupEmbedded } from '../schema/backup/embedded.ts';
import { backupServer } from '../schema/backup/postgres.ts';
import { targetOf } from '../schema/open.ts';
import { ToolError } from '../schema/session.ts';

export interface Options {
  readonly withoutSecret?: boolean;
}

const secretLines = {
  inside:
    'The secret of this installation is inside: whoever has the file can read its sealed keys. Keep it as you keep passwords.',
  outside: 'The secret is not inside: keep it too (LOAM_SECRET), or the backup cannot be used.',
  none: 'There is no secret yet: the server has not been started on this data.',
} as const;

const stamp = (): string => new Date().toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '');

export async function backup(
  file: string | undefined,
  options: Options,
  say: (line: string) => void,
  version: string,
): Promise<number> {
  const config = readConfig();
  if (config.SUPABASE_URL !== undefined)
    throw new ToolError('Supabase backs up its projects itself: see docs/how-to/backup.md.');
  const target = targetOf(config);
  const common = {
    dataDir: config.dataDir,
    file: resolve(file ?? `loam-backup-${stamp()}.tar.gz`),
    version,
    secret: config.LOAM_SECRET ?? null,
    withoutSecret: options.withoutSecret === true,
  };
  const { manifest, size, online } =
    target.kind === 'pglite'
      ? await backupEmbedded(common)
      : await backupServer({ ...common, url: target.adminUrl ?? target.url });
  say(
    `${common.file}: ${(size / 1e6).toFixed(1)} MB${online && target.kind === 'pglite' ? ', made while the server was running' : ''}.`,
  );
  say(secretLines[manifest.secret]);
  return 0;
}
