// Installing and upgrading: a fresh database gets the patterns' current text, an installed one its pending migrations.
// Several processes may start at once; an advisory lock lets one do the work.
import { type AdminSession, DatabaseError, type Installed } from '../core/database.ts';
import { markApplied, runMigrations } from './migrations.ts';
import { takeLock } from './migrations-lock.ts';
import { type Migration, readMigrations } from './migrations-read.ts';
import { chooseParameters, type Parameters, renderSql, writeParameters } from './parameters.ts';
import { choosePatterns, patternFiles, platformFiles, type SqlFile } from './patterns.ts';
import { quoteText } from './quote.ts';

export interface InstallOptions {
  readonly target: 'pglite' | 'postgres' | 'supabase';
  readonly version: string;
  readonly migrations?: readonly Migration[];
  /** What a fresh database is made of; an installed one keeps its own. Its target is that of the options. */
  readonly parameters?: Parameters;
}

export interface InstallResult {
  readonly fresh: boolean;
  readonly migrated: readonly Migration[];
  readonly installed: Installed;
}

export async function install(session: AdminSession, options: InstallOptions): Promise<InstallResult> {
  const migrations = options.migrations ?? readMigrations();
  const lock = await takeLock(session);
  try {
    const state = await readState(session);
    if (state !== null) {
      await addJobs(session);
      const migrated = await runMigrations(session, migrations, state.patterns, await readRenderer(session));
      if (migrated.length > 0)
        await session.exec(`update loam.installation set version = ${quoteText(options.version)}`);
      return { fresh: false, migrated, installed: state };
    }
    const installed = await retried(() => installFresh(session, options, migrations));
    return { fresh: true, migrated: [], installed };
  } finally {
    await lock.release();
  }
}

/** Roles belong to the whole server: another database that is being installed may touch them at the same moment. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      const rivalry =
        cause instanceof DatabaseError &&
        (/^tuple concurrently/.test(cause.message) || cause.constraint?.startsWith('pg_auth') === true);
      if (!rivalry || attempt === 10) throw error;
    }
  }
}

/** What is installed, or null on a database that knows nothing of Loam. */
export async function readState(session: AdminSession): Promise<Installed | null> {
  const [there] = await session.rows(`select to_regclass('loam.installation') is not null`);
  if (there?.[0] !== 't') return null;
  const [row] = await session.rows(
    `select array_to_string(patterns, ','), parameters ->> 'vectors' from loam.installation`,
  );
  if (row === undefined) return null;
  return { patterns: new Set((row[0] ?? '').split(',').filter(Boolean)), vectors: row[1] === 'true' };
}

/** Puts the parameters that a database was installed with into a text. What an older release did not know has its default. */
async function readRenderer(session: AdminSession): Promise<(text: string) => string> {
  const [row] = await session.rows('select parameters from loam.installation');
  const parameters = chooseParameters(JSON.parse(row?.[0] ?? '{}'));
  return (text) => renderSql(text, parameters);
}

async function hasVectors(session: AdminSession): Promise<boolean> {
  const [row] = await session.rows(`select exists (select from pg_available_extensions where name = 'vector')`);
  return row?.[0] === 't';
}

async function installFresh(
  session: AdminSession,
  options: InstallOptions,
  migrations: readonly Migration[],
): Promise<Installed> {
  const chosen = options.parameters ?? chooseParameters();
  const vectors = chosen.vectors && (await hasVectors(session));
  const patterns = choosePatterns(['complete'], chosen.tenancy);
  const parameters: Parameters = { ...chosen, vectors, target: options.target };
  const files: SqlFile[] = [
    ...(options.target === 'supabase' ? [] : platformFiles()),
    ...(vectors
      ? [{ path: 'vector extension', text: 'create extension if not exists vector with schema extensions' }]
      : []),
    ...patternFiles(patterns, { vectors, parameters }),
    { path: 'jobs', text: await jobsText() },
  ];
  await session.exec('begin');
  try {
    const defaults = await readDefaults(session);
    await session.exec(defaults.map(({ revoke }) => revoke).join(';'));
    for (const file of files) await applyFile(session, file);
    await session.exec(defaults.map(({ grant }) => grant).join(';'));
    const names = patterns.map(({ name }) => quoteText(name)).join(', ');
    await session.exec(
      `insert into loam.installation (version, patterns, parameters)
       values (${quoteText(options.version)}, array[${names}], ${quoteText(writeParameters(parameters))})`,
    );
    await markApplied(session, migrations);
    await session.exec('commit');
  } catch (error) {
    await session.exec('rollback');
    throw error;
  }
  return { patterns: new Set(patterns.map(({ name }) => name)), vectors };
}

/**
 * What is granted by default on whatever is made next. Supabase grants everything in `public` to visitors and to everybody
 * signed in, which would make our grants by column a formality; so defaults are off while the patterns are applied.
 */
async function readDefaults(session: AdminSession): Promise<readonly { revoke: string; grant: string }[]> {
  const rows = await session.rows(`
    select
      concat('alter default privileges', ' in schema ' || quote_ident(nspname)),
      concat(privilege_type, ' on ', case defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' else 'functions' end),
      grantee::regrole, is_grantable
    from pg_default_acl
    left join pg_namespace on pg_namespace.oid = defaclnamespace
    cross join lateral aclexplode(defaclacl)
    where defaclrole = current_user::regrole and defaclobjtype in ('r', 'S', 'f') and grantee not in (0, defaclrole)`);
  return rows.map(([defaults, rights, grantee, again]) => ({
    revoke: `${defaults} revoke ${rights} from ${grantee}`,
    grant: `${defaults} grant ${rights} to ${grantee}${again === 't' ? ' with grant option' : ''}`,
  }));
}

async function applyFile(session: AdminSession, file: SqlFile): Promise<void> {
  try {
    await session.exec(file.text);
  } catch (error) {
    const position = error instanceof DatabaseError ? error.position : undefined;
    const line = position === undefined ? '' : `:${file.text.slice(0, Number(position) - 1).split('\n').length}`;
    throw new Error(`${file.path}${line}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Where the patterns came as generated SQL there are none yet: only who runs Loam needs them. */
async function addJobs(session: AdminSession): Promise<void> {
  const [there] = await session.rows(`select to_regnamespace('pgboss') is not null`);
  if (there?.[0] === 't') return;
  await session.exec('begin');
  try {
    await applyFile(session, { path: 'jobs', text: await jobsText() });
    await session.exec('commit');
  } catch (error) {
    await session.exec('rollback');
    throw error;
  }
}

/** pg-boss's own schema, made and owned by loam_jobs. Its script brings its own transaction, which ours replaces. */
async function jobsText(): Promise<string> {
  const { getConstructionPlans } = await import('pg-boss'); // Only a fresh database pays for loading it here.
  const plans = getConstructionPlans('pgboss', { createSchema: false })
    .replace(/^\s*BEGIN;/m, '')
    .replace(/^\s*COMMIT;\s*$/m, '');
  return `create schema pgboss authorization loam_jobs;\nset local role loam_jobs;\n${plans};\nreset role;`;
}
