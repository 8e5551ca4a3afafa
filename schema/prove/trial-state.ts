// Everything that attempts are made from: the fixture, who tries, what they may, and where the rows lie.
import type { Table } from '../catalog/model.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import type { Session } from '../session.ts';
import type { Fixture } from './fixture.ts';
import {
  type Actor,
  type Command,
  cellText,
  keyOf,
  literal,
  type MadeRow,
  type Outcome,
  type Privileges,
} from './model.ts';
import { type Rights, rightsKey } from './privileges.ts';
import { primaryKey } from './structure.ts';

export interface Trial {
  readonly session: Session;
  readonly fixture: Fixture;
  readonly actors: readonly Actor[];
  rights: Rights;
  /** Other people's rows are in the tables too: nothing is tried on rows that the fixture did not make. */
  readonly live: boolean;
  /** Digests of the fixture's rows by relation and columns; emptied when rows change. */
  readonly digests: Map<string, Promise<ReadonlyMap<string, readonly number[]>>>;
}

/** What one attempt on a table came to. */
export interface Entry {
  readonly actor: Actor;
  readonly command: Command;
  readonly object: string;
  readonly detail: string;
  /** Rows of the fixture that were read, changed or removed; for an INSERT the rows that it speaks of. */
  readonly labels: readonly number[];
  /** It did what was tried. */
  readonly passed: boolean;
  readonly outcome: Outcome;
}

export const noPrivileges: Privileges = {
  select: new Set(),
  insert: new Set(),
  update: new Set(),
  delete: false,
  truncate: false,
  blanket: false,
};
export const rightsOf = (trial: Trial, role: string, relation: number): Privileges =>
  trial.rights.get(rightsKey(role, relation)) ?? noPrivileges;

/** The fixture's rows that a table holds: of a partition those that fell into it. */
export function rowsIn({ fixture }: Trial, table: Table): readonly MadeRow[] {
  return table.partitionOf === null
    ? (fixture.byTable.get(keyOf(table)) ?? [])
    : fixture.rows.filter(({ relation }) => relation === table.oid);
}

export const isRefused = ({ state, message }: Outcome): boolean =>
  state === '42501' && /^(permission denied|must be owner)/.test(message);

const array = (values: readonly string[]): string => `'{${values.map((value) => `"${value}"`).join(',')}}'`;

function relationsOf(rows: readonly MadeRow[]): ReadonlyMap<number, readonly MadeRow[]> {
  return Map.groupBy(rows, ({ relation }) => relation);
}
const nameOf = ({ fixture }: Trial, relation: number): string => {
  const table = fixture.catalog.tables.find(({ oid }) => oid === relation);
  return table === undefined ? `pg_catalog.pg_class` : quoteQualified(table);
};

/** Asks which of these rows are no longer where they were: `relation:place`, by commas. */
export function goneProbe(trial: Trial, rows: readonly MadeRow[]): string {
  const parts = [...relationsOf(rows)].map(([relation, held]) => {
    const places = array(held.map(({ place }) => place));
    return `select ${relation} || ':' || m.place as gone from (select unnest(${places}::text[]) as place except select ctid::text from only ${nameOf(trial, relation)} where ctid = any (${places}::tid[])) as m`;
  });
  return `select string_agg(gone, ';') from (${parts.join(' union all ')}) as g`;
}

export function labelsOfPlaces(rows: readonly MadeRow[], probed: string | null): readonly number[] {
  if (probed === null || probed === '') return [];
  const gone = new Set(probed.split(';'));
  return rows.filter(({ relation, place }) => gone.has(`${relation}:${place}`)).map(({ label }) => label);
}

/** Counts rows with these values that the fixture did not make: what an attempt left behind. */
export function newRowProbe(trial: Trial, table: Table, values: Readonly<Record<string, string | null>>): string {
  const known = array(rowsIn(trial, table).map(({ relation, place }) => `${relation}:${place}`));
  const equal = Object.entries(values).map(
    ([name, value]) => `x.${quoteName(name)} is not distinct from ${literal(value)}`,
  );
  return `select count(*)::text from ${quoteQualified(table)} as x where ${[...equal, `(x.tableoid::text || ':' || x.ctid::text) <> all (${known}::text[])`].join(' and ')}`;
}

export const cellOf = (row: MadeRow, column: string): string | null => cellText(row.values[column]);

/** `where` on the keys of rows; null when the role may not name the key, or there is none. */
export function keyFilter(table: Table, rows: readonly MadeRow[], readable: ReadonlySet<string>): string | null {
  const key = primaryKey(table);
  if (key.length === 0 || rows.length === 0 || key.some((name) => !readable.has(name))) return null;
  if (key.length === 1 && key[0] !== undefined) {
    const name = key[0];
    return `${quoteName(name)} in (${rows.map((row) => literal(cellOf(row, name))).join(', ')})`;
  }
  return `(${rows.map((row) => `(${key.map((name) => `${quoteName(name)} = ${literal(cellOf(row, name))}`).join(' and ')})`).join(' or ')})`;
}

export const rowDigest = (columns: readonly string[]): string =>
  `left(md5(row(${columns.map((name) => quoteName(name)).join(', ')})::text), 12)`;

/** Which rows answer with which digest over some columns. */
export function digestsOf(
  trial: Trial,
  table: Table,
  columns: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const id = `${table.oid}:${columns.join(',')}`;
  const known = trial.digests.get(id);
  if (known !== undefined) return known;
  const rows = rowsIn(trial, table);
  const read = async (): Promise<ReadonlyMap<string, readonly number[]>> => {
    const found = new Map<string, number[]>();
    for (const [relation, held] of relationsOf(rows)) {
      const places = array(held.map(({ place }) => place));
      const answer = await trial.session.rows(
        `select ctid::text, ${rowDigest(columns)} from only ${nameOf(trial, relation)} where ctid = any (${places}::tid[])`,
      );
      for (const [place, digest] of answer) {
        const row = held.find((each) => each.place === place);
        if (row !== undefined) found.set(digest ?? '', [...(found.get(digest ?? '') ?? []), row.label]);
      }
    }
    return found;
  };
  const reading = read();
  trial.digests.set(id, reading);
  return reading;
}

export const actorsByRole = (actors: readonly Actor[]): ReadonlyMap<string, readonly Actor[]> =>
  Map.groupBy(actors, ({ role }) => role);
