// What was seeded stands in the database itself, in schema `loam_seed`, so that exactly that can be taken out again.

import { quoteName, quoteText } from '../quote.ts';
import { records, type Session, ToolError } from '../session.ts';
import { uuidPrefix } from './random.ts';

/** How the rows of a table are found again. */
export type FoundBy =
  | { readonly column: string; readonly uuids: true }
  | { readonly column: string; readonly from: number; readonly to: number }
  | { readonly columns: readonly string[]; readonly values: readonly (readonly (string | null)[])[] };

export interface Seeded {
  readonly schema: string;
  readonly table: string;
  readonly rows: number;
  readonly foundBy: FoundBy;
  /** Goes with what it belongs to. */
  readonly cascades: boolean;
  /** Columns that close a circle: emptied before rows go. */
  readonly later: readonly string[];
}

const tables = `
create schema if not exists loam_seed;
create table if not exists loam_seed.runs (
  seed integer primary key,
  options jsonb not null,
  created_at timestamptz not null default now()
);
create table if not exists loam_seed.tables (
  seed integer not null references loam_seed.runs (seed) on delete cascade,
  place integer not null,
  entry jsonb not null,
  primary key (seed, place)
);
alter table loam_seed.runs enable row level security;
alter table loam_seed.tables enable row level security;`;

const isThere = async (session: Session): Promise<boolean> =>
  (await session.rows(`select to_regclass('loam_seed.runs') is not null`))[0]?.[0] === 't';

/** The numbers of the runs that are in the database. */
export async function listRuns(session: Session): Promise<readonly number[]> {
  if (!(await isThere(session))) return [];
  return (await session.rows('select seed from loam_seed.runs order by seed')).map(([seed]) => Number(seed));
}

/** Notes a run, inside of the transaction that seeds. `seeded` in the order of writing. */
export async function noteRun(
  session: Session,
  seed: number,
  options: unknown,
  seeded: readonly Seeded[],
): Promise<void> {
  await session.exec(tables);
  await session.rows('insert into loam_seed.runs (seed, options) values ($1, $2)', [seed, JSON.stringify(options)]);
  for (const [place, entry] of seeded.entries())
    await session.rows('insert into loam_seed.tables (seed, place, entry) values ($1, $2, $3)', [
      seed,
      place,
      JSON.stringify(entry),
    ]);
}

/** The condition that finds the seeded rows of one table. */
function conditions(seed: number, foundBy: FoundBy): readonly string[] {
  if ('uuids' in foundBy) {
    const prefix = uuidPrefix(seed);
    const column = quoteName(foundBy.column);
    return [`${column} between '${prefix}-0000-0000-0000-000000000000' and '${prefix}-ffff-ffff-ffff-ffffffffffff'`];
  }
  if ('from' in foundBy) return [`${quoteName(foundBy.column)} between ${foundBy.from} and ${foundBy.to}`];
  const names = foundBy.columns.map(quoteName);
  const each = foundBy.values.map(
    (values) =>
      `(${values.map((value, index) => (value === null ? `${names[index]} is null` : `${names[index]} = ${quoteText(value)}`)).join(' and ')})`,
  );
  return Array.from({ length: Math.ceil(each.length / 500) }, (_, at) =>
    each.slice(at * 500, at * 500 + 500).join(' or '),
  );
}

export interface Cleaned {
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
}

/** Takes out what run `seed` put in, in one transaction. Throws ToolError when there is no such run. */
export async function cleanSeed(session: Session, seed: number): Promise<Cleaned> {
  const runs = await listRuns(session);
  if (!runs.includes(seed))
    throw new ToolError(
      runs.length === 0
        ? 'Nothing in this database was seeded.'
        : `Nothing was seeded with number ${seed}; there is: ${runs.join(', ')}.`,
    );
  const found = await records(
    session,
    ['entry'],
    'select entry from loam_seed.tables where seed = $1 order by place desc',
    [seed],
  );
  const entries = found.map(({ entry }) => JSON.parse(entry ?? '{}') as Seeded); // checked: written by noteRun
  const cleaned: { table: string; rows: number }[] = [];
  await session.exec('begin');
  try {
    for (const { schema, table, foundBy, later } of entries) {
      if (later.length === 0) continue;
      const set = later.map((name) => `${quoteName(name)} = null`).join(', ');
      for (const where of conditions(seed, foundBy))
        await session.exec(`update ${quoteName(schema)}.${quoteName(table)} set ${set} where ${where}`);
    }
    for (const { schema, table, foundBy, cascades, rows: noted } of entries) {
      const name = `${quoteName(schema)}.${quoteName(table)}`;
      const [there] = await session.rows(`select to_regclass($1) is not null`, [name]);
      if (there?.[0] !== 't') continue;
      // A rule such as "an owner stays" looks at rows that go by themselves, and not at those that go with everything.
      if (cascades) {
        cleaned.push({ table: `${schema}.${table}`, rows: noted });
        continue;
      }
      let rows = 0;
      for (const where of conditions(seed, foundBy)) {
        const [row] = await session.rows(
          `with gone as (delete from ${name} where ${where} returning 1) select count(*) from gone`,
        );
        rows += Number(row?.[0] ?? 0);
      }
      cleaned.push({ table: `${schema}.${table}`, rows });
    }
    await session.rows('delete from loam_seed.runs where seed = $1', [seed]);
    const left = await session.rows('select from loam_seed.runs');
    if (left.length === 0) await session.exec('drop schema loam_seed cascade');
    await session.exec('commit');
  } catch (error) {
    await session.exec('rollback');
    throw error;
  }
  return { tables: cleaned };
}

/** Accounts that no run has made: their number. `users` has a uuid for a key, else every row counts that no run notes. */
export async function countOthers(session: Session, users: string, key: string, isUuid: boolean): Promise<number> {
  const [schema = '', table = ''] = users.split('.');
  const name = `${quoteName(schema)}.${quoteName(table)}`;
  if (isUuid) {
    const [row] = await session.rows(
      `select count(*) from ${name} where ${quoteName(key)}::text not like '5eed____-____-8%'`,
    );
    return Number(row?.[0] ?? 0);
  }
  const [all] = await session.rows(`select count(*) from ${name}`);
  if (!(await isThere(session))) return Number(all?.[0] ?? 0);
  const [seeded] = await session.rows(
    `select coalesce(sum((entry ->> 'rows')::bigint), 0) from loam_seed.tables where entry ->> 'schema' = $1 and entry ->> 'table' = $2`,
    [schema, table],
  );
  return Number(all?.[0] ?? 0) - Number(seeded?.[0] ?? 0);
}
