// The database objects of Loam on a target from nothing, and back to nothing and again.
import type { AdminSession } from '../core/database.ts';
import { type InstallResult, install } from './install.ts';
import { explainError } from './migrations-errors.ts';
import { type ParsedStatement, parseStatements } from './migrations-parse.ts';
import { chooseParameters, type Parameters } from './parameters.ts';
import { listPatterns, patternFiles } from './patterns.ts';
import { quoteText } from './quote.ts';
import { ToolError } from './session.ts';

export interface SetupOptions {
  readonly version: string;
  readonly parameters?: Parameters;
  /** Of the database; found out unless said. */
  readonly target?: Parameters['target'];
}

/** Whether a database is Supabase's: its own administrator is there, whom nobody else makes. */
export async function findTarget(session: AdminSession, engine: 'pglite' | 'postgres'): Promise<Parameters['target']> {
  if (engine === 'pglite') return 'pglite';
  const [row] = await session.rows(
    `select exists (select from pg_roles where rolname = 'supabase_admin') and to_regclass('auth.users') is not null`,
  );
  return row?.[0] === 't' ? 'supabase' : 'postgres';
}

/**
 * Platform (not on Supabase), every pattern, buckets and publication, in one transaction; where Loam is there already, its
 * pending migrations. Throws ToolError when the login may not, and Error with file and line when something is in the way.
 */
export async function setUp(session: AdminSession, options: SetupOptions): Promise<InstallResult> {
  try {
    const target = options.target ?? options.parameters?.target ?? 'postgres';
    return await install(session, {
      version: options.version,
      target,
      ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
    });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const message = error instanceof Error ? error.message : String(error);
    const explained = explainError(cause ?? error);
    throw new ToolError(message.includes(explained) ? message : `${message}\n${explained}`, { cause: error });
  }
}

/** What the patterns make outside of their own schemas, by name. */
interface Made {
  readonly relations: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
  /** On tables that are not ours: [table, policy]. */
  readonly policies: readonly (readonly [string, string])[];
}

async function readMade(): Promise<Made> {
  const [relations, functions, types] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const policies: [string, string][] = [];
  const add = (names: Set<string>, schema: string | undefined, name: string | undefined): void => {
    if (name !== undefined && (schema ?? 'public') === 'public') names.add(name);
  };
  const note = ({ node }: ParsedStatement): void => {
    if ('CreateStmt' in node) add(relations, node.CreateStmt.relation?.schemaname, node.CreateStmt.relation?.relname);
    if ('ViewStmt' in node) add(relations, node.ViewStmt.view?.schemaname, node.ViewStmt.view?.relname);
    if ('CreateFunctionStmt' in node) {
      const names = (node.CreateFunctionStmt.funcname ?? []).flatMap((each) =>
        'String' in each ? [each.String.sval] : [],
      );
      add(functions, names.length > 1 ? names[0] : undefined, names.at(-1));
    }
    if ('CreateEnumStmt' in node) {
      const last = (node.CreateEnumStmt.typeName ?? []).at(-1);
      add(types, undefined, last !== undefined && 'String' in last ? last.String.sval : undefined);
    }
    if ('CreatePolicyStmt' in node) {
      const { table, policy_name } = node.CreatePolicyStmt;
      if (['auth', 'storage', 'realtime'].includes(table?.schemaname ?? ''))
        policies.push([`${table?.schemaname}.${table?.relname}`, policy_name ?? '']);
    }
  };
  for (const tenancy of [true, false])
    for (const { path, text } of patternFiles(listPatterns(), {
      vectors: true,
      parameters: chooseParameters({ tenancy }),
    }))
      (await parseStatements(path, text)).forEach(note);
  return { relations, functions, types, policies };
}

const notOfExtension = (oid: string): string =>
  `not exists (select from pg_depend where objid = ${oid} and deptype = 'e')`;
const ours = ['loam', 'loam_partitions', 'loam_seed', 'pgboss'];
const platform = ['auth', 'storage'];

/** What stands in the way: tables in `public` that no pattern makes, and tables elsewhere that point at ours. */
async function findOthers(session: AdminSession, made: Made): Promise<readonly string[]> {
  const tables = await session.rows(`
    select relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'f', 'v', 'm') and ${notOfExtension('pg_class.oid')}
    order by relname`);
  const keys = await session.rows(`
    select distinct conrelid::regclass::text
    from pg_constraint
    join pg_class as t on t.oid = conrelid
    join pg_class as f on f.oid = confrelid
    where contype = 'f'
      and f.relnamespace::regnamespace::text in ('public', 'loam')
      and t.relnamespace::regnamespace::text not in ('public', ${[...ours, ...platform].map(quoteText).join(', ')})`);
  return [
    ...tables.map(([name]) => name ?? '').filter((name) => !made.relations.has(name)),
    ...keys.map(([name]) => name ?? ''),
  ];
}

const dropsOf = (made: Made, supabase: boolean): string => {
  const among = (names: Iterable<string>): string => [...names, ''].map(quoteText).join(', ');
  const loop = (query: string, statement: string): string =>
    `for found in ${query} loop execute format(${quoteText(statement)}, found.name); end loop;`;
  const gone = supabase ? ours : [...ours, ...platform];
  return `
    do $reset$
    declare
      found record;
    begin
      ${supabase ? made.policies.map(([table, name]) => `drop policy if exists "${name}" on ${table};`).join('\n      ') : ''}
      ${loop(`select format('%I on %I.%I', policyname, schemaname, tablename) as name from pg_policies where schemaname in ('auth', 'storage') and exists (select from unnest(roles) as r where r like 'loam\\_%')`, 'drop policy %s')}
      ${loop(`select relname as name, case relkind when 'v' then 'view' else 'table' end as kind from pg_class where relnamespace = 'public'::regnamespace and relkind = 'v' and relname in (${among(made.relations)})`, 'drop view if exists public.%I cascade')}
      ${loop(`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname in (${among(made.relations)})`, 'drop table if exists public.%I cascade')}
      ${loop(`select oid::regprocedure::text as name from pg_proc where pronamespace = 'public'::regnamespace and proname in (${among(made.functions)}) and ${notOfExtension('pg_proc.oid')}`, 'drop routine if exists %s cascade')}
      ${loop(`select typname as name from pg_type where typnamespace = 'public'::regnamespace and typname in (${among(made.types)})`, 'drop type if exists public.%I cascade')}
    end
    $reset$;
    drop schema if exists ${gone.join(', ')} cascade;`;
};

/**
 * Drops what Loam installed, accounts included where they are not Supabase's, and sets up again. Throws ToolError and
 * changes nothing where `public` has tables that are somebody else's.
 */
export async function resetDatabase(session: AdminSession, options: SetupOptions): Promise<InstallResult> {
  const made = await readMade();
  const others = await findOthers(session, made);
  if (others.length > 0)
    throw new ToolError(
      `The database has tables that are not Loam's (${others.slice(0, 10).join(', ')}${others.length > 10 ? ', …' : ''}), so nothing is dropped. Move them to another schema or database first.`,
    );
  await session.exec('begin');
  try {
    await session.exec(dropsOf(made, options.target === 'supabase'));
    await session.exec('commit');
  } catch (error) {
    await session.exec('rollback');
    throw new ToolError(`Nothing was dropped: ${explainError(error)}`, { cause: error });
  }
  return await setUp(session, options);
}
