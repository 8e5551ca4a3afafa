// Migrations: `<14 digits>_<what>.sql`, forward only, in order, each in its own transaction, with a checksum.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AdminSession, DatabaseError } from '../core/database.ts';

export interface Migration {
  readonly version: string;
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
  /** Applied only where this pattern is installed; null applies everywhere. */
  readonly pattern: string | null;
}

export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export const migrationsFolder = fileURLToPath(new URL('../sql/migrations/', import.meta.url));

/** At the beginning of a line: inside of a function it is indented. */
const endsTransaction = /^(begin|start transaction|commit|rollback|abort|end)( work| transaction)?\s*;/im;

/** Reads a folder of migrations. Throws MigrationError on a name that does not fit or a time stamp used twice. */
export function readMigrations(folder: string = migrationsFolder): readonly Migration[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const seen = new Map<string, string>();
  return files.map((file) => {
    const match = /^(\d{14})_([a-z0-9_]+)\.sql$/.exec(file);
    const [, version, name] = match ?? [];
    if (version === undefined || name === undefined)
      throw new MigrationError(`${file}: a migration is named <14 digits>_<what>.sql`);
    const other = seen.get(version);
    if (other !== undefined) throw new MigrationError(`${file} and ${other} have the same time stamp`);
    seen.set(version, file);
    const text = readFileSync(join(folder, file), 'utf8');
    if (endsTransaction.test(text))
      throw new MigrationError(`${file}: a migration runs in one transaction, which it does not begin or end itself`);
    const pattern = /^-- pattern:\s*([a-z-]+)\s*$/m.exec(text)?.[1] ?? null;
    return { version, name, text, checksum: createHash('sha256').update(text).digest('hex'), pattern };
  });
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const record = ({ version, name, checksum }: Migration): string =>
  `insert into loam.migrations (version, name, checksum) values (${quote(version)}, ${quote(name)}, ${quote(checksum)})`;

/** The line of `text` that a 1-based character position falls in. */
const lineAt = (text: string, position: string | undefined): string =>
  position === undefined ? '' : ` in line ${text.slice(0, Number(position) - 1).split('\n').length}`;

/** Runs what is pending and returns it. The caller holds the installation's lock. A failing one is rolled back whole. */
export async function runMigrations(
  session: AdminSession,
  migrations: readonly Migration[],
  patterns: ReadonlySet<string>,
): Promise<readonly Migration[]> {
  const applied = new Map(
    (await session.rows('select version, checksum from loam.migrations')).map(([version, sum]) => [version, sum]),
  );
  for (const { version, name, checksum } of migrations) {
    const before = applied.get(version);
    if (before !== undefined && before !== checksum)
      throw new MigrationError(
        `${version}_${name}.sql was changed after it had been applied. Put it back, and write a new migration instead.`,
      );
  }
  const known = new Set(migrations.map(({ version }) => version));
  const newer = [...applied.keys()].filter(
    (version) => version !== null && version !== undefined && !known.has(version),
  );
  if (newer.length > 0)
    throw new MigrationError(
      `The database has migrations that this release does not know (${newer.join(', ')}). Run the release that made them, or a newer one.`,
    );
  const pending = migrations.filter(
    ({ version, pattern }) => !applied.has(version) && (pattern === null || patterns.has(pattern)),
  );
  for (const migration of pending) {
    try {
      await session.exec('begin');
      await session.exec(migration.text);
      await session.exec(`${record(migration)}; commit`);
    } catch (error) {
      await session.exec('rollback');
      const where = error instanceof DatabaseError ? lineAt(migration.text, error.position) : '';
      throw new MigrationError(
        `${migration.version}_${migration.name}.sql failed${where} and was rolled back: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }
  return pending;
}

/** Marks all as applied: a fresh database has the patterns' current text already. */
export async function markApplied(session: AdminSession, migrations: readonly Migration[]): Promise<void> {
  for (const migration of migrations) await session.exec(record(migration));
}
