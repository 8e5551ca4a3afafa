// Changes a row that was refused so that it may pass, by what the refusal says: empty what may be empty, another value,
// another person, something that nobody else has.
import type { Catalog, Constraint, Table } from '../catalog/model.ts';
import type { Store, Variant } from './drafts.ts';
import type { Person } from './model.ts';
import type { Shape } from './structure.ts';
import { allowedValues, otherValues, plainValue } from './values.ts';

export interface Draft {
  readonly shape: Shape;
  readonly variant: Variant;
  readonly person: Person;
  readonly serial: number;
  readonly values: Map<string, string | null>;
  tries: number;
}

/** Changes a refused draft so that it may pass; false when there is nothing left to try. */
export function mend(
  store: Store,
  draft: Draft,
  [state, message, broken, column]: readonly [string, string, string, string],
): boolean {
  draft.tries += 1;
  if (draft.tries > 16) return false;
  const { catalog } = store;
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
    const value = allowedValues(catalog, shape.table, missing)?.[0] ?? plainValue(missing, context);
    if (value === null || values.get(column) === value) return false;
    values.set(column, value);
    return true;
  }
  if (state === '23514' || state === '23505') {
    const names = namesIn(shape.table, broken, message, catalog).filter((name) => !forced.has(name));
    const free = names.filter(
      (name) =>
        !shape.references.some(({ columns, hard }) => hard && columns.includes(name)) &&
        columnOf(name)?.generated === null,
    );
    if (state === '23505') return makeUnique(draft, catalog, free);
    if (draft.tries <= 2) {
      // Empty is the commonest way to satisfy what two columns have to agree on; owners go last.
      const emptied = (draft.tries === 1 ? free.filter((name) => !shape.personColumns.includes(name)) : names).filter(
        (name) => columnOf(name)?.notNull === false && values.get(name) !== null && values.has(name),
      );
      for (const name of emptied) values.set(name, null);
      if (emptied.length > 0) return true;
      draft.tries = 2;
    }
    // Two people in one row who may not be the same.
    const second = shape.references.filter(
      ({ target, columns }) => store.structure.people.has(target) && columns.every((name) => names.includes(name)),
    )[1];
    const friend = store.byTable.get(second?.target ?? '')?.find((row) => row.person === `${person.world}.friend`);
    const stranger = second?.columns.some(
      (name, index) => values.get(name) !== String(friend?.values[second.targetColumns[index] ?? '']),
    );
    if (second !== undefined && friend !== undefined && stranger === true) {
      second.columns.forEach(
        (name, index) => void values.set(name, String(friend.values[second.targetColumns[index] ?? ''])),
      );
      return true;
    }
    free.forEach((name, index) => {
      const each = columnOf(name);
      if (each === undefined) return;
      const choices = allowedValues(catalog, shape.table, each) ?? otherValues(each, context);
      values.set(name, choices[(draft.tries - 3 + index + choices.length) % choices.length] ?? null);
    });
    return free.length > 0;
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

function namesIn(table: Table, broken: string, message: string, catalog: Catalog): readonly string[] {
  const constraint: Constraint | undefined = table.constraints.find(({ name }) => name === broken);
  if (constraint !== undefined && constraint.columns.length > 0) return constraint.columns;
  const index = table.indexes.find(({ name }) => name === broken || message.includes(`"${name}"`));
  if (index !== undefined)
    return index.keys.flatMap(({ column, expression }) =>
      column === null
        ? table.columns.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(expression)).map(({ name }) => name)
        : [column],
    );
  const domain = catalog.domains.find(({ checks }) => checks.some(({ name }) => name === broken));
  return domain === undefined
    ? []
    : table.columns.filter(({ typeName }) => typeName === domain.name).map(({ name }) => name);
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
