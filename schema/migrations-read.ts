// Migrations as files: `<digits>_<what>.sql`, forward only, in order, each with a checksum.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Migration {
  readonly version: string;
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the text, in hexadecimal. */
  readonly checksum: string;
  /** Applied only where this pattern is installed; null applies everywhere. */
  readonly pattern: string | null;
}

/** A problem with migrations, said for whoever wrote them. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export const migrationsFolder = fileURLToPath(new URL('../sql/migrations/', import.meta.url));

export const fileOf = ({ version, name }: Pick<Migration, 'version' | 'name'>): string => `${version}_${name}.sql`;

const strictly = /^(\d{14})_([a-z0-9_]+)\.sql$/;
/** As Supabase's command line reads them. */
const freely = /^(\d+)_(.*)\.sql$/;

/**
 * Reads a folder of migrations, in order of their versions. Throws MigrationError on a folder that is not there, a name
 * that does not fit and a time stamp used twice. `free` takes every name that Supabase's command line takes.
 */
export function readMigrations(
  folder: string = migrationsFolder,
  options: { readonly free?: boolean } = {},
): readonly Migration[] {
  if (!existsSync(folder)) throw new MigrationError(`There is no folder ${folder}.`);
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const seen = new Map<string, string>();
  return files.map((file) => {
    const [, version, name] = (options.free === true ? freely : strictly).exec(file) ?? [];
    if (version === undefined || name === undefined)
      throw new MigrationError(`${file}: a migration is named <14 digits>_<what>.sql`);
    const other = seen.get(version);
    if (other !== undefined)
      throw new MigrationError(`${file} and ${other} have the same time stamp: give one of them another.`);
    seen.set(version, file);
    const text = readFileSync(join(folder, file), 'utf8');
    const pattern = /^-- pattern:\s*([a-z-]+)\s*$/m.exec(text)?.[1] ?? null;
    return { version, name, text, checksum: createHash('sha256').update(text).digest('hex'), pattern };
  });
}
