// A project's own migrations: what is applied, pending or wrong, and bringing a database up to date. Works on any
// PostgreSQL, with or without Loam, and keeps the history of Supabase's command line.
import type { AdminSession } from '../core/database.ts';
import {
  type AppliedMigration,
  ensureHistory,
  forgetMigration,
  readHistory,
  rememberChecksum,
  rememberMigration,
} from './history.ts';
import { applyMigration, readStatements } from './migrations-apply.ts';
import { explainError } from './migrations-errors.ts';
import { takeLock } from './migrations-lock.ts';
import { fileOf, type Migration, MigrationError, readMigrations } from './migrations-read.ts';
import { tryMigrations } from './migrations-shadow.ts';
import { quoteText } from './quote.ts';
import { ToolError } from './session.ts';

export interface ProjectStatus {
  readonly applied: readonly AppliedMigration[];
  readonly pending: readonly Migration[];
  /** Applied, and changed since. */
  readonly edited: readonly Migration[];
  /** Applied by another tool: whether the file was changed since cannot be known. */
  readonly unchecked: readonly Migration[];
  /** In the database, and not in the folder. */
  readonly missing: readonly AppliedMigration[];
  /** Pending, and older than one that is applied. */
  readonly late: readonly Migration[];
}

/** Compares a folder with a database. Changes nothing. Throws MigrationError on a folder that cannot be read in order. */
export async function readProjectStatus(session: AdminSession, folder: string): Promise<ProjectStatus> {
  const migrations = readMigrations(folder, { free: true });
  const applied = await readHistory(session);
  const byVersion = new Map(applied.map((each) => [each.version, each]));
  const newest = applied.at(-1)?.version ?? '';
  const pending = migrations.filter(({ version }) => !byVersion.has(version));
  const known = new Set(migrations.map(({ version }) => version));
  const sumOf = ({ version }: Migration): string | null | undefined => byVersion.get(version)?.checksum;
  return {
    applied,
    pending,
    edited: migrations.filter((each) => typeof sumOf(each) === 'string' && sumOf(each) !== each.checksum),
    unchecked: migrations.filter((each) => sumOf(each) === null),
    missing: applied.filter(({ version }) => !known.has(version)),
    late: pending.filter(({ version }) => version < newest),
  };
}

const list = (files: readonly Pick<Migration, 'version' | 'name'>[]): string => files.map(fileOf).join(', ');

/** Throws MigrationError where going on would leave folder and database at odds. */
function refuseDisorder({ edited, missing, late }: ProjectStatus, includeAll: boolean): void {
  if (edited.length > 0)
    throw new MigrationError(
      `Changed after being applied: ${list(edited)}. Put the text back and write a new migration; or, where the database agrees with the new text, accept it with: loam schema repair --accept <version>`,
    );
  if (missing.length > 0)
    throw new MigrationError(
      `The database has migrations that the folder has not: ${list(missing)}. Get the files, or say that they are undone with: loam schema repair --reverted <version>`,
    );
  if (late.length > 0 && !includeAll)
    throw new MigrationError(
      `Older than what is applied: ${list(late)}. Give them a newer time stamp, or apply them all the same with --include-all.`,
    );
}

export interface MigrateOptions {
  readonly folder: string;
  /** Says what would be run, and tries it on a scratch engine; the database is only read. */
  readonly dryRun?: boolean;
  /** Whether to try on a scratch engine first. Default true. */
  readonly shadow?: boolean;
  /** Also those that are older than what is applied. */
  readonly includeAll?: boolean;
}

export interface MigrateResult {
  /** What was run; with dryRun, what would be. */
  readonly migrations: readonly Migration[];
  /** A sentence each: what could not be tried or checked. */
  readonly notes: readonly string[];
}

async function tryFirst(folder: string, pending: readonly Migration[]): Promise<readonly string[]> {
  const trial = await tryMigrations(
    readMigrations(folder, { free: true }),
    new Set(pending.map(({ version }) => version)),
  );
  if (trial.kind === 'fine') return [];
  if (trial.kind === 'unknown') return [`Not tried on a scratch engine first: ${trial.reason}`];
  const reason = trial.error instanceof Error ? trial.error.message : String(trial.error);
  throw new ToolError(
    `On an empty scratch engine: ${reason}\nThe database was not touched. Where the file needs what the folder does not make, say --no-shadow.`,
    { cause: trial.error },
  );
}

/**
 * Runs the pending migrations of a folder in order, each in its transaction, together with its line in the history. Of
 * several processes one does it; the others wait and find nothing to do. Throws MigrationError or ToolError; what failed
 * is rolled back, what was applied before it stays.
 */
export async function migrateProject(session: AdminSession, options: MigrateOptions): Promise<MigrateResult> {
  const look = async (): Promise<ProjectStatus> => {
    const found = await readProjectStatus(session, options.folder);
    refuseDisorder(found, options.includeAll === true);
    return found;
  };
  const before = await explained(look);
  for (const migration of before.pending) await readStatements(migration);
  const notes = [
    ...(before.unchecked.length === 0
      ? []
      : [`Applied by another tool, so that edits cannot be seen: ${list(before.unchecked)}`]),
    ...(options.shadow === false || before.pending.length === 0 ? [] : await tryFirst(options.folder, before.pending)),
  ];
  if (options.dryRun === true || before.pending.length === 0) return { migrations: before.pending, notes };
  const lock = await explained(() => takeLock(session));
  try {
    await explained(() => ensureHistory(session));
    const { pending } = await explained(look);
    const searchPath = (await session.rows('show search_path'))[0]?.[0] ?? '';
    for (const migration of pending) {
      await applyMigration(
        session,
        migration,
        (statements) =>
          rememberMigration(
            migration,
            statements.map(({ text }) => text),
          ),
        lock.check,
      );
      await session.rows(`select set_config('search_path', ${quoteText(searchPath)}, false)`);
    }
    return { migrations: pending, notes };
  } finally {
    await lock.release();
  }
}

/** What the engine refuses outside of a migration, in the same sentences. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ToolError || error instanceof MigrationError) throw error;
    throw new ToolError(explainError(error), { cause: error });
  }
}

export interface Repair {
  /** Say that these are in effect, though they were not run here. */
  readonly applied?: readonly string[];
  /** Say that these are undone, so that they are pending again or forgotten. */
  readonly reverted?: readonly string[];
  /** Take the files as they stand now for what was applied. */
  readonly accept?: readonly string[];
}

/** Changes what the history says, and nothing else; all or nothing. Throws ToolError on a version that there is not. */
export async function repairProject(session: AdminSession, folder: string, repair: Repair): Promise<void> {
  const migrations = new Map(readMigrations(folder, { free: true }).map((each) => [each.version, each]));
  const history = new Set((await explained(() => readHistory(session))).map(({ version }) => version));
  const file = (version: string): Migration => {
    const found = migrations.get(version);
    if (found === undefined) throw new ToolError(`There is no migration ${version} in ${folder}.`);
    return found;
  };
  const known = (version: string): string => {
    if (!history.has(version)) throw new ToolError(`The database does not have migration ${version}.`);
    return version;
  };
  const changes = [
    ...(repair.reverted ?? []).flatMap((version) => forgetMigration(known(version))),
    ...(repair.accept ?? []).map((version) => rememberChecksum(file(known(version)))),
  ];
  for (const version of repair.applied ?? []) {
    const statements = await readStatements(file(version));
    changes.push(
      ...rememberMigration(
        file(version),
        statements.map(({ text }) => text),
      ),
    );
  }
  await underLock(session, changes);
}

/** Says that a database which was made otherwise has all migrations up to a version, the newest unless said. */
export async function baselineProject(
  session: AdminSession,
  folder: string,
  version?: string,
): Promise<readonly Migration[]> {
  const migrations = readMigrations(folder, { free: true });
  if (version !== undefined && !migrations.some((each) => each.version === version))
    throw new ToolError(`There is no migration ${version} in ${folder}.`);
  if ((await explained(() => readHistory(session))).length > 0)
    throw new ToolError('The database has a history already: say single versions with repair --applied.');
  const taken = migrations.filter((each) => version === undefined || each.version <= version);
  await repairProject(session, folder, { applied: taken.map((each) => each.version) });
  return taken;
}

async function underLock(session: AdminSession, changes: readonly string[]): Promise<void> {
  const lock = await explained(() => takeLock(session));
  try {
    await explained(async () => {
      await ensureHistory(session);
      await session.exec('begin');
      try {
        await lock.check();
        for (const change of changes) await session.exec(change);
        await session.exec('commit');
      } catch (error) {
        await session.exec('rollback').catch(() => {});
        throw error;
      }
    });
  } finally {
    await lock.release();
  }
}
