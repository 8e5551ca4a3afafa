// How Loam's own migrations, those of sql/migrations, are run on a database that has Loam. A project's own are run by
// migrations-project.ts.
import type { AdminSession } from '../core/database.ts';
import { fileOf, type Migration, MigrationError } from './migrations-read.ts';
import { quoteText } from './quote.ts';

const record = ({ version, name, checksum }: Migration): string =>
  `insert into loam.migrations (version, name, checksum) values (${quoteText(version)}, ${quoteText(name)}, ${quoteText(checksum)})`;

/** Throws MigrationError when a file was changed after it had been applied, or is of a release that this one is older than. */
function checkApplied(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  for (const migration of migrations) {
    const before = applied.get(migration.version);
    if (before !== undefined && before !== migration.checksum)
      throw new MigrationError(
        `${fileOf(migration)} was changed after it had been applied. Put it back, and write a new migration instead.`,
      );
  }
  const known = new Set(migrations.map(({ version }) => version));
  const newer = [...applied.keys()].filter((version) => !known.has(version));
  if (newer.length > 0)
    throw new MigrationError(
      `The database has migrations that this release does not know (${newer.join(', ')}). Run the release that made them, or a newer one.`,
    );
}

/**
 * Runs what is pending of Loam's own and returns it. The caller holds the installation's lock. A failing one is rolled
 * back whole. `render` puts the installation's parameters into a text.
 */
export async function runMigrations(
  session: AdminSession,
  migrations: readonly Migration[],
  patterns: ReadonlySet<string>,
  render: (text: string) => string = (text) => text,
): Promise<readonly Migration[]> {
  const rows = await session.rows('select version, checksum from loam.migrations');
  const applied = new Map(rows.map(([version, sum]) => [version ?? '', sum ?? '']));
  checkApplied(migrations, applied);
  const pending = migrations.filter(
    ({ version, pattern }) => !applied.has(version) && (pattern === null || patterns.has(pattern)),
  );
  if (pending.length === 0) return pending;
  const { applyMigration } = await import('./migrations-apply.ts'); // A start without anything to do loads no parser.
  for (const migration of pending)
    await applyMigration(session, { ...migration, text: render(migration.text) }, () => [record(migration)]);
  return pending;
}

/** Marks all as applied: a fresh database has the patterns' current text already. */
export async function markApplied(session: AdminSession, migrations: readonly Migration[]): Promise<void> {
  for (const migration of migrations) await session.exec(record(migration));
}
