// Which migrations of a project a database has. The versions stand in Supabase's own table, so that its command line agrees;
// what it cannot tell, whether a file was edited since, stands beside it in loam_schema.migrations.
import type { AdminSession } from '../core/database.ts';
import type { Migration } from './migrations-read.ts';
import { quoteText } from './quote.ts';

export interface AppliedMigration {
  readonly version: string;
  readonly name: string;
  /** null where another tool applied it. */
  readonly checksum: string | null;
}

/** Made when the first migration is applied. The first table is as Supabase's command line makes it. */
const tables = `
  create schema if not exists supabase_migrations;
  create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
  alter table supabase_migrations.schema_migrations add column if not exists statements text[];
  alter table supabase_migrations.schema_migrations add column if not exists name text;
  create schema if not exists loam_schema;
  create table if not exists loam_schema.migrations (
    version text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
  );
  alter table loam_schema.migrations enable row level security;
`;

/** Makes the tables where they are missing: without them only, so that a login that may not make any can still migrate. */
export async function ensureHistory(session: AdminSession): Promise<void> {
  const [row] = await session.rows(`
    select count(*)
    from pg_attribute
    where attrelid in (to_regclass('supabase_migrations.schema_migrations'), to_regclass('loam_schema.migrations'))
      and attname in ('version', 'statements', 'name', 'checksum')`);
  if (Number(row?.[0]) === 5) return;
  try {
    await session.exec(`begin; ${tables} commit`);
  } catch (error) {
    await session.exec('rollback');
    throw error;
  }
}

/** In order of version; empty where nothing was ever applied. Changes nothing. */
export async function readHistory(session: AdminSession): Promise<readonly AppliedMigration[]> {
  const [there] = await session.rows(`
    select
      to_regclass('supabase_migrations.schema_migrations') is not null,
      to_regclass('loam_schema.migrations') is not null,
      exists (
        select from pg_attribute
        where attrelid = to_regclass('supabase_migrations.schema_migrations') and attname = 'name'
      )`);
  const [theirs, ours, named] = there?.map((each) => each === 't') ?? [];
  if (theirs !== true) return [];
  const rows = await session.rows(`
    select version, ${named === true ? "coalesce(name, '')" : "''"}, ${ours === true ? 'checksum' : 'null'}
    from supabase_migrations.schema_migrations
    ${ours === true ? 'left join loam_schema.migrations using (version)' : ''}
    order by version`);
  return rows.map(([version, name, checksum]) => ({
    version: version ?? '',
    name: name ?? '',
    checksum: checksum ?? null,
  }));
}

/** The SQL that remembers a migration; `statements` is what Supabase's command line keeps of it. */
export function rememberMigration(migration: Migration, statements: readonly string[]): readonly string[] {
  const { version, name, checksum } = migration;
  const list = statements.length === 0 ? `'{}'` : `array[${statements.map(quoteText).join(', ')}]`;
  return [
    `insert into supabase_migrations.schema_migrations (version, name, statements)
     values (${quoteText(version)}, ${quoteText(name)}, ${list}::text[])
     on conflict (version) do update set name = excluded.name, statements = excluded.statements`,
    rememberChecksum({ version, checksum }),
  ];
}

/** The SQL that takes a file as it stands for the one that was applied. */
export const rememberChecksum = ({ version, checksum }: Pick<Migration, 'version' | 'checksum'>): string =>
  `insert into loam_schema.migrations (version, checksum)
   values (${quoteText(version)}, ${quoteText(checksum)})
   on conflict (version) do update set checksum = excluded.checksum`;

/** The SQL that makes a migration pending again. */
export const forgetMigration = (version: string): readonly string[] => [
  `delete from supabase_migrations.schema_migrations where version = ${quoteText(version)}`,
  `delete from loam_schema.migrations where version = ${quoteText(version)}`,
];
