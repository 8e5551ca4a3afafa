// Tries migrations on an empty engine in memory before they touch a database.
import { DatabaseError } from '../core/database.ts';
import { applyMigration, readStatements } from './migrations-apply.ts';
import { fileOf, type Migration } from './migrations-read.ts';
import { openScratch } from './open-session.ts';

export type Trial =
  | { readonly kind: 'fine' }
  /** It could not be tried: an extension that the engine lacks, or older files that do not build the database. */
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'fails'; readonly error: unknown };

/** An extension that the engine has no build of says nothing about the migration. */
function lacksExtension(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof DatabaseError ? error.cause : error;
  return (
    cause instanceof DatabaseError && /extension "[^"]+" is not available|could not open extension/.test(cause.message)
  );
}

async function extensionsOf(migrations: readonly Migration[]): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const migration of migrations)
    for (const { node } of await readStatements(migration))
      if ('CreateExtensionStmt' in node) names.add(node.CreateExtensionStmt.extname ?? '');
  return [...names];
}

/** Applies all files in order; only a failure among the `pending` ones is a failure. Throws ToolError when one does not parse. */
export async function tryMigrations(migrations: readonly Migration[], pending: ReadonlySet<string>): Promise<Trial> {
  const scratch = await openScratch({ extensions: await extensionsOf(migrations) });
  try {
    const { rows } = scratch;
    const searchPath = (await rows('show search_path'))[0]?.[0] ?? '';
    for (const migration of migrations) {
      try {
        await applyMigration({ exec: scratch.exec, rows: (text) => rows(text) }, migration, () => []);
        await rows(`select set_config('search_path', $1, false)`, [searchPath]);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (lacksExtension(error)) return { kind: 'unknown', reason };
        return pending.has(migration.version)
          ? { kind: 'fails', error }
          : {
              kind: 'unknown',
              reason: `${fileOf(migration)}, which the database has, does not apply there: ${reason}`,
            };
      }
    }
    return { kind: 'fine' };
  } finally {
    await scratch.close();
  }
}
