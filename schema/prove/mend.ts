// Changes a row that was refused so that it may pass, by what the refusal says: what a check asks for, another parent, a
// value that nobody else has.
import type { Catalog, Constraint, Table } from '../catalog/model.ts';
import { type Candidate, type Condition, satisfy } from '../satisfy.ts';
import type { Session } from '../session.ts';
import { valueFor } from './composites.ts';
import type { Store, Variant } from './drafts.ts';
import { cellText, type MadeRow, type Person } from './model.ts';
import { primaryKey, type Shape } from './structure.ts';
import { allowedValues, otherValues } from './values.ts';

export interface Draft {
  readonly shape: Shape;
  readonly variant: Variant;
  readonly person: Person;
  readonly serial: number;
  readonly values: Map<string, string | null>;
  tries: number;
}

/** What a refused draft is mended with. */
export interface Mending {
  readonly session: Session;
  readonly store: Store;
  /** What has to hold besides CHECKs, by table: that some partition takes the row. */
  readonly conditions: ReadonlyMap<string, Condition>;
}

/** Changes a refused draft so that it may pass; false when there is nothing left to try. */
export async function mend(
  mending: Mending,
  draft: Draft,
  [state, message, broken, column]: readonly [string, string, string, string],
): Promise<boolean> {
  draft.tries += 1;
  if (draft.tries > 16) return false;
  const { catalog } = mending.store;
  const { shape, values, person, serial, variant } = draft;
  const context = { world: person.world, person, serial, all: false };
  const forced = new Set(Object.keys(variant.set));
  const columnOf = (name: string) => shape.table.columns.find((each) => each.name === name);
  if (state === '428C9') {
    const name = /column "(.+?)"/.exec(message)?.[1] ?? column;
    return values.delete(name);
  }
  if (state === '23502') {
    const missing = columnOf(column);
    if (missing === undefined || forced.has(column)) return false;
    const value = allowedValues(catalog, shape.table, missing)?.[0] ?? valueFor(catalog, missing, context);
    if (value === null || values.get(column) === value) return false;
    values.set(column, value);
    return true;
  }
  if (state === '23514') return await satisfyDraft(mending, draft, broken === '' ? 'partition' : broken, forced);
  if (state === '23505') {
    const names = namesIn(shape.table, broken, message).filter(
      (name) =>
        !forced.has(name) &&
        !shape.references.some(({ columns, hard }) => hard && columns.includes(name)) &&
        columnOf(name)?.generated === null,
    );
    return makeUnique(draft, catalog, names);
  }
  if (/^22/.test(state)) {
    const guilty = [...values].filter(
      ([name, value]) => value !== null && !forced.has(name) && columnOf(name)?.notNull === false,
    );
    for (const [name] of guilty) values.delete(name);
    return guilty.length > 0;
  }
  return false;
}

/** Rows of the same world that a reference may point to instead: one's own first, then a friend's. */
function otherParents({ store }: Mending, { shape, person, variant }: Draft): readonly Candidate[] {
  return shape.references.flatMap(({ columns, target, targetColumns }) => {
    const rows = (store.byTable.get(target) ?? []).filter(({ world }) => world === person.world);
    const rank = (row: MadeRow): number =>
      (row.person === person.key ? 0 : 2) +
      (row.variant === (variant.into === null ? 'plain' : `in ${variant.into}`) ? 0 : 1);
    const values = rows
      .toSorted((one, two) => rank(one) - rank(two))
      .slice(0, 5)
      .map((row) => targetColumns.map((name) => cellText(row.values[name])));
    return values.length === 0 ? [] : [{ columns, values }];
  });
}

/** Asks the database what to change; whether something was. What makes the row what it is stays, as long as that is possible. */
export async function satisfyDraft(
  mending: Mending,
  draft: Draft,
  violated: string,
  forced: ReadonlySet<string>,
): Promise<boolean> {
  const { session, store } = mending;
  const { catalog, structure } = store;
  const { shape, values, person, serial, variant } = draft;
  const hard = shape.references.filter((each) => each.hard);
  const ofPeople = shape.references.filter(({ target }) => structure.people.has(target));
  const context = { world: person.world, person, serial, all: false };
  const kept = (row: MadeRow | undefined): boolean => row !== undefined && row.variant === `in ${variant.into}`;
  const placing = shape.references.filter(
    ({ columns, target, targetColumns }) =>
      variant.into !== null &&
      kept(
        store.byTable
          .get(target)
          ?.find((row) =>
            columns.every((name, index) => values.get(name) === cellText(row.values[targetColumns[index] ?? ''])),
          ),
      ),
  );
  const samples = shape.table.columns
    .filter(({ name, generated }) => generated === null && !hard.some(({ columns }) => columns.includes(name)))
    .map((column) => ({
      columns: [column.name],
      values: [
        ...(column.notNull ? [] : [null]),
        ...(allowedValues(catalog, shape.table, column) ?? otherValues(column, context)),
      ].map((value) => [value]),
    }));
  const condition = mending.conditions.get(shape.key);
  const question = {
    ...{ catalog, table: shape.table, rows: [values], violated },
    ...(condition === undefined ? {} : { conditions: [condition] }),
    reluctant: new Set([
      ...shape.personColumns,
      ...shape.tenantColumns,
      ...primaryKey(shape.table),
      ...ofPeople.flatMap(({ columns }) => columns),
    ]),
    bound: new Set(hard.flatMap(({ columns }) => columns)),
    candidates: [...otherParents(mending, draft), ...samples],
  };
  const placed = new Set([...forced, ...placing.flatMap(({ columns }) => columns)]);
  const answer =
    (await satisfy(session, { ...question, fixed: placed })) ??
    (placed.size > forced.size ? await satisfy(session, { ...question, fixed: forced }) : null);
  if (answer === null) return false;
  const changes = [...answer.values, ...(answer.computed[0] ?? [])];
  for (const [name, value] of changes) values.set(name, value);
  return changes.length > 0;
}

function namesIn(table: Table, broken: string, message: string): readonly string[] {
  const constraint: Constraint | undefined = table.constraints.find(({ name }) => name === broken);
  if (constraint !== undefined && constraint.columns.length > 0) return constraint.columns;
  const index = table.indexes.find(({ name }) => name === broken || message.includes(`"${name}"`));
  return (index?.keys ?? []).flatMap(({ column, expression }) =>
    column === null
      ? table.columns.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(expression)).map(({ name }) => name)
      : [column],
  );
}

function makeUnique({ shape, values, serial, tries }: Draft, catalog: Catalog, names: readonly string[]): boolean {
  for (const name of names) {
    const column = shape.table.columns.find((each) => each.name === name);
    if (column === undefined || shape.personColumns.includes(name)) continue;
    const allowed = allowedValues(catalog, shape.table, column);
    if (allowed !== null) {
      const next = allowed[tries];
      if (next === undefined) continue;
      values.set(name, next);
      return true;
    }
    if (/^(text|varchar|citext)$/.test(column.typeName))
      values.set(name, `${values.get(name) ?? ''}${serial}x${tries}`);
    else if (/^(int|numeric|float)/.test(column.typeName)) values.set(name, String((serial % 20_000) + tries * 1000));
    else if (/^timestamp|^date/.test(column.typeName))
      values.set(name, `20${10 + (serial % 15)}-0${1 + tries}-${10 + (serial % 18)}`);
    else continue;
    return true;
  }
  return false;
}
