// What was seeded stands in the database itself, in schema `loam_seed`, so that exactly that can be taken out again.

import { quoteName, quoteText } from '../quote.ts';
import { records, type Session } from '../session.ts';
import { uuidRange } from './random.ts';

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
export function conditions(seed: number, foundBy: FoundBy): readonly string[] {
  if ('uuids' in foundBy) {
    const [low, high] = uuidRange(seed);
    return [`${quoteName(foundBy.column)} between '${low}' and '${high}'`];
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

/** What a run noted, the last table first. */
export async function readEntries(session: Session, seed: number): Promise<readonly Seeded[]> {
  const text = 'select entry from loam_seed.tables where seed = $1 order by place desc';
  const found = await records(session, ['entry'], text, [seed]);
  return found.map(({ entry }) => JSON.parse(entry ?? '{}') as Seeded); // checked: written by noteRun
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
