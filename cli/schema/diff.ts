// `loam schema diff`: the migration from one schema to another, to standard output, a file, or the folder of migrations.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diffSchemas } from '../../schema/diff/diff.ts';
import { ToolError } from '../../schema/session.ts';
import { listOf } from './types.ts';

export interface DiffFlags {
  readonly schemas?: string;
  readonly output?: string;
  readonly migration?: string;
  readonly exitCode?: boolean;
}

/** `20260131235959`, in UTC. */
const stamp = (now: Date): string => now.toISOString().replace(/\D/g, '').slice(0, 14);

function placeOf(flags: DiffFlags, now: Date): string | null {
  const { migration, output } = flags;
  if (migration === undefined) return output ?? null;
  if (output !== undefined) throw new ToolError('-o and --migration both say where to write: give one of them.');
  const name = migration
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  if (name === '') throw new ToolError('--migration wants a name of letters and digits.');
  const folder = join('supabase', 'migrations');
  return join(folder, `${stamp(now)}_${name}.sql`);
}

/** 0 when equal or written, 1 under `--exit-code` when there are differences. Throws ToolError. */
export async function diff(
  a: string,
  b: string,
  flags: DiffFlags,
  say: (line: string) => void,
  now: Date = new Date(),
): Promise<number> {
  const place = placeOf(flags, now);
  const scope = flags.schemas === undefined ? {} : { schemas: listOf(flags.schemas) };
  const { sql, destructive } = await diffSchemas(a, b, scope);
  if (sql === '') return 0;
  if (place === null) say(sql.replace(/\n$/, ''));
  else {
    if (flags.migration !== undefined) mkdirSync(join('supabase', 'migrations'), { recursive: true });
    writeFileSync(place, sql);
    const lost = destructive.length === 0 ? '' : `; ${destructive.length} destructive, marked in it`;
    say(`Written: ${place}${lost}`);
  }
  return flags.exitCode === true ? 1 : 0;
}
