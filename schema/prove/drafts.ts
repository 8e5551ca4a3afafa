// Which rows of a table are worth having, and what stands in them: one plain, one with every reference, one in each
// container with members, one for each value that a column may have.
import type { Catalog, Column } from '../catalog/model.ts';
import { valueFor } from './composites.ts';
import { cellText, keyOf, type MadeRow, type Person } from './model.ts';
import { primaryKey, type Reference, type Shape, type Structure, uniqueKeys } from './structure.ts';
import {
  allowedValues,
  comparedValues,
  leastPowerful,
  mostPowerful,
  numberOf,
  plainValue,
  uuidOf,
  type ValueContext,
} from './values.ts';

export interface Variant {
  readonly name: string;
  /** The container that it lies in, so that others share it. */
  readonly into: string | null;
  /** References that may be null are filled. */
  readonly linked: boolean;
  /** Values that make it what it is. */
  readonly set: Readonly<Record<string, string | null>>;
}

export interface Store {
  readonly catalog: Catalog;
  readonly structure: Structure;
  readonly rows: MadeRow[];
  readonly byTable: Map<string, MadeRow[]>;
  serial: number;
  /** Whether foreign keys sleep, so that tables which point to each other can be made one after the other. */
  readonly quiet: boolean;
}

export const plain: Variant = { name: 'plain', into: null, linked: false, set: {} };
export const variantInto = (container: string): Variant => ({
  name: `in ${container}`,
  into: container,
  linked: false,
  set: {},
});
const rowsOf = (store: Store, table: string): readonly MadeRow[] => store.byTable.get(table) ?? [];
const most = 24;

/** Every variant of a table, as far as its parents have been made. */
export function variantsOf(store: Store, shape: Shape): readonly Variant[] {
  const { catalog, structure } = store;
  const variants: Variant[] = [plain];
  const others = shape.references.filter(({ target }) => !structure.people.has(target) && target !== shape.key);
  const empty = shape.table.columns.some(({ name, notNull }) => shape.tenantColumns.includes(name) && !notNull);
  if (empty || others.some(({ nullable }) => nullable))
    variants.push({ name: 'linked', into: null, linked: true, set: {} });
  for (const container of structure.containers)
    if (
      container === shape.key ||
      shape.key === 'storage.objects' ||
      others.some(({ target }) => rowsOf(store, target).some(({ variant }) => variant === `in ${container}`))
    )
      variants.push(variantInto(container));
  const taken = new Set(shape.references.flatMap(({ columns }) => columns));
  const single = onlyOneEach(shape, structure);
  for (const column of shape.table.columns) {
    if (taken.has(column.name) || column.generated !== null || variants.length > most) continue;
    if (uniqueKeys(shape.table).some((key) => key.length === 1 && key[0] === column.name)) continue;
    const worth = valuesWorthHaving(catalog, shape, column);
    if (single && column.typeName === 'bool') {
      // There is no second row beside the plain one: the one in the container is the other.
      variants.forEach((each, index) => {
        const [value = null] = worth;
        if (each.into !== null) variants[index] = { ...each, set: { ...each.set, [column.name]: value } };
      });
      continue;
    }
    variants.push(
      ...worth.map((value) => ({
        ...plain,
        name: `${column.name}=${value}`,
        set: { [column.name]: value },
      })),
    );
    if (/^timestamp|^date$/.test(column.typeName) && !column.notNull)
      variants.push({ ...plain, name: `${column.name} set`, set: { [column.name]: '2026-01-01 00:00:00+00' } });
  }
  variants.push(...nobodysVariants(store, shape, variants), ...partitionVariants(store, shape));
  return variants;
}

/** A row for each row that it points to, and no second: the reference is a unique key. */
const onlyOneEach = ({ table, references }: Shape, { people }: Structure): boolean =>
  references.some(
    ({ columns, target, hard }) =>
      hard &&
      !people.has(target) &&
      uniqueKeys(table).some((key) => key.length === 1 && columns.includes(key[0] ?? '')),
  );

/** Rows without an owner where there may be such: the installation's, or those of a whole organization. */
function nobodysVariants(
  { structure }: Store,
  { table, references, personColumns }: Shape,
  known: readonly Variant[],
): readonly Variant[] {
  const owners = [
    ...personColumns,
    ...references.filter(({ target }) => structure.people.has(target)).flatMap(({ columns }) => columns),
  ];
  const empty = table.columns.filter(({ name, notNull }) => owners.includes(name) && !notNull).map(({ name }) => name);
  const owner =
    empty.find((name) => /^(user|owner|profile|account|author)_?id$/.test(name)) ??
    (empty.length === owners.length ? empty[0] : undefined);
  if (owner === undefined) return [];
  const bases = known.filter(({ name, into }) => name === 'plain' || into !== null);
  return bases.map((base) => ({
    ...base,
    name: `${base.name === 'plain' ? '' : `${base.name}, `}${owner} empty`,
    set: { [owner]: null },
  }));
}

/** A row in each partition: what is read by a partition's own name has to be there to be seen. */
function partitionVariants({ catalog }: Store, { table }: Shape): readonly Variant[] {
  const column = /^(?:RANGE|LIST) \((\w+)\)$/.exec(table.partitionKey ?? '')?.[1];
  if (column === undefined) return [];
  return catalog.tables
    .filter(({ partitionOf }) => partitionOf !== null && keyOf(partitionOf) === keyOf(table))
    .flatMap(({ name, partitionBound }) => {
      const value = /(?:FROM|IN) \((?:'([^']*)'|(\d+))/.exec(partitionBound ?? '');
      const chosen =
        value === null
          ? /DEFAULT/.test(partitionBound ?? '') &&
            /^time|^date/.test(table.columns.find((each) => each.name === column)?.typeName ?? '')
            ? '1999-01-01'
            : null
          : (value[1] ?? value[2] ?? null);
      return chosen === null
        ? []
        : [{ ...plain, name: `partition ${name.replace(/\d+/g, '#')}`, set: { [column]: chosen } }];
    });
}

function valuesWorthHaving(catalog: Catalog, { table }: Shape, column: Column): readonly string[] {
  if (column.typeName === 'bool') return /^true/.test(column.default ?? '') ? ['false'] : ['true'];
  const allowed = allowedValues(catalog, table, column);
  if (allowed !== null) return allowed.filter((value) => value !== leastPowerful(allowed, column.default)).slice(0, 6);
  return comparedValues(catalog, table, column).slice(0, 6);
}

/** What a generated column always is: half of a key that says of which kind the other row must be. */
const constantOf = (column: Column | undefined): string | undefined =>
  column?.generated == null ? undefined : /^\(?'?(\w+)'?(?:::[\w ]+)?\)?$/.exec(column.default ?? '')?.[1];

/** Whether what it points to can only be made afterwards: circles.ts turns it there. */
export const closesCircle = (
  { structure: { order }, quiet, byTable }: Store,
  { key }: Shape,
  { target }: Reference,
): boolean => quiet && !byTable.has(target) && order.indexOf(target) >= order.indexOf(key);

/** The row that a reference of this draft should point to. */
export function targetRow(
  store: Store,
  shape: Shape,
  reference: Reference,
  variant: Variant,
  who: Person,
  set: ReadonlyMap<string, string | null>,
): MadeRow | undefined {
  const rows = rowsOf(store, reference.target).filter(({ world }) => world === who.world);
  const fits = (row: MadeRow): boolean =>
    reference.columns.every((name, index) => {
      const given = set.get(name) ?? constantOf(shape.table.columns.find((column) => column.name === name));
      return (
        given === undefined || given === null || given === cellText(row.values[reference.targetColumns[index] ?? ''])
      );
    });
  if (store.structure.people.has(reference.target)) {
    const own = rows.find((row) => row.person === who.key && fits(row));
    // Somebody else of the same world, where the same person cannot stand twice.
    return own ?? rows.find(fits);
  }
  const member = store.structure.memberships.find((each) => each.table === shape.key && each.container === reference);
  const wanted =
    member !== undefined && store.structure.people.has(shape.key)
      ? `in ${reference.target}`
      : variant.into === null
        ? 'plain'
        : `in ${variant.into}`;
  if (store.structure.memberships.some(({ table }) => table === reference.target)) {
    // What hangs on a membership hangs on one's own.
    const own = rows.filter((row) => row.person === who.key && fits(row));
    const found = own.find((row) => row.variant.endsWith(wanted)) ?? own[0];
    if (found !== undefined) return found;
  }
  return (
    rows.find((row) => row.variant === wanted && fits(row)) ??
    rows.find((row) => row.variant === 'plain' && fits(row)) ??
    rows.find(fits)
  );
}

/** Values by column; columns that are left out take their default. `fresh`: beside the fixture's own rows. Null when a parent that it must have is not there. */
export function draftValues(
  store: Store,
  shape: Shape,
  variant: Variant,
  who: Person,
  serial: number,
  fresh = false,
): Map<string, string | null> | null {
  const { catalog, structure } = store;
  const { table } = shape;
  const isPerson = structure.people.has(shape.key);
  const context: ValueContext = { world: who.world, person: who, serial, all: variant.linked };
  const values = new Map<string, string | null>(Object.entries(variant.set));
  if (shape.key === structure.accounts) {
    const [key] = primaryKey(table);
    if (key !== undefined) values.set(key, who.id);
    const email = table.columns.find(({ name }) => name === 'email');
    if (email !== undefined) values.set('email', who.email);
  }
  for (const reference of shape.references) {
    if (reference.columns.every((name) => values.has(name))) continue;
    const ofPeople = structure.people.has(reference.target);
    const needed =
      !reference.nullable ||
      ofPeople ||
      (variant.linked && !structure.containers.has(reference.target)) ||
      structure.memberships.some((each) => each.table === shape.key && each.container === reference) ||
      (variant.into !== null && rowsOf(store, reference.target).some((row) => row.variant === `in ${variant.into}`));
    const target =
      needed && reference.target !== shape.key ? targetRow(store, shape, reference, variant, who, values) : undefined;
    if (target === undefined) {
      if (!reference.nullable && reference.hard) {
        if (!closesCircle(store, shape, reference)) return null;
        for (const column of table.columns)
          if (reference.columns.includes(column.name) && column.generated === null && !values.has(column.name))
            values.set(column.name, valueFor(catalog, column, context));
        continue;
      }
      for (const name of reference.columns) {
        const column = table.columns.find((each) => each.name === name);
        if (column !== undefined && !column.notNull && !values.has(name) && column.generated === null)
          values.set(name, null);
      }
      continue;
    }
    reference.columns.forEach((name, index) => {
      const column = table.columns.find((each) => each.name === name);
      if (!values.has(name) && column?.generated === null)
        values.set(name, cellText(target.values[reference.targetColumns[index] ?? '']));
    });
  }
  for (const name of shape.personColumns) if (!values.has(name)) values.set(name, who.id);
  for (const name of shape.tenantColumns) {
    if (values.has(name)) continue;
    const needed =
      (variant.linked && structure.containers.size === 0) ||
      table.columns.some((column) => column.name === name && column.notNull);
    values.set(name, needed ? tenantValue(catalog, shape, name, who) : null);
  }
  const key = primaryKey(table);
  for (const column of table.columns) {
    if (values.has(column.name) || column.generated !== null) continue;
    const isKey = key.includes(column.name);
    if (isKey && column.typeName === 'uuid') {
      // The plain row of a person has the person's own id everywhere, so that one id answers every argument of a function.
      values.set(
        column.name,
        !fresh && variant.name === 'plain' && key.length === 1 && who.key === who.world
          ? who.id
          : uuidOf(who.world, serial),
      );
      continue;
    }
    if (isKey && (column.typeName === 'int8' || column.typeName === 'int4')) {
      values.set(
        column.name,
        key.length === 1 || column.default !== null ? numberOf(who.world, serial) : String(serial % 30_000),
      );
      continue;
    }
    const allowed = allowedValues(catalog, table, column);
    if (allowed !== null && allowed.length > 0) {
      const asStaff = who.world === 'staff' && (isPerson || /role|admin/i.test(table.name));
      values.set(
        column.name,
        (asStaff ? mostPowerful(allowed) : undefined) ?? leastPowerful(allowed, column.default) ?? null,
      );
      continue;
    }
    if (column.typeName === 'bool' && who.world === 'staff' && isPerson && /admin|staff|super/i.test(column.name))
      values.set(column.name, 'true');
    else if (column.identity !== null) continue;
    else if (isTexty(column))
      values.set(column.name, specialText(shape, column, who, context) ?? plainValue(column, context));
    else if (
      column.notNull
        ? column.default === null
        : variant.linked && column.default === null && !/^timestamp|^date/.test(column.typeName)
    )
      values.set(column.name, valueFor(catalog, column, context));
  }
  return values;
}

/** Words go into every text, also where the row would do without: they tell whose it is. */
const isTexty = ({ typeName, default: given, array }: Column): boolean =>
  !array && /^(text|varchar|citext|bpchar)$/.test(typeName) && given === null;

function specialText({ key }: Shape, { name }: Column, who: Person, context: ValueContext): string | null {
  if (key !== 'storage.objects') return null;
  if (name === 'name')
    return `${who.id}/${plainValue({ typeName: 'text', typmod: -1, array: false, name: 'n' } as Column, context) ?? ''}.txt`; // checked: plainValue reads these four
  return null;
}

/** A tenant without a table of tenants: the person's own id where other tables compute it from that, else one a world. */
function tenantValue(catalog: Catalog, shape: Shape, name: string, who: Person): string {
  const column = shape.table.columns.find((each) => each.name === name);
  const personal = catalog.tables.some(({ columns }) =>
    columns.some((each) => each.name === name && each.generated !== null && /user_id|owner/.test(each.default ?? '')),
  );
  if (column?.typeName === 'uuid') return personal ? who.id : uuidOf(who.world, 1);
  return column !== undefined && /^int/.test(column.typeName)
    ? numberOf(who.world, 1)
    : personal
      ? who.id
      : uuidOf(who.world, 1);
}

/** Whose the row is, through its references; with the containers that it lies in. */
export function reachOf(
  store: Store,
  shape: Shape,
  values: Readonly<Record<string, unknown>>,
  who: Person,
  all: readonly Person[],
): Pick<MadeRow, 'people' | 'containers' | 'published'> {
  const people = new Set<string>();
  const containers = new Set<number>();
  let published = isPublished(values);
  if (shape.key === store.structure.accounts) people.add(who.key);
  for (const { columns, target, targetColumns } of shape.references) {
    const row = rowsOf(store, target).find((each) =>
      columns.every(
        (name, index) =>
          values[name] !== null &&
          values[name] !== undefined &&
          cellText(values[name]) === cellText(each.values[targetColumns[index] ?? '']),
      ),
    );
    if (row === undefined) continue;
    if (store.structure.people.has(target)) {
      people.add(row.person);
      continue;
    }
    for (const key of row.people) people.add(key);
    for (const label of row.containers) containers.add(label);
    published ||= row.published;
  }
  for (const name of shape.personColumns) {
    const owner = all.find(({ id }) => id === values[name]);
    if (owner !== undefined) people.add(owner.key);
  }
  for (const name of shape.tenantColumns) {
    const owner = all.find(({ id }) => id === values[name]);
    if (owner !== undefined) people.add(owner.key);
    else if (values[name] !== null && values[name] !== undefined)
      for (const { key, world } of all) if (world === who.world) people.add(key);
  }
  return { people, containers, published };
}

const isPublished = (values: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(values).some(
    ([name, value]) =>
      (value === true && /^(is_)?(public|published|shared_publicly|publicly_visible|visible_to_all)$/.test(name)) ||
      (typeof value === 'string' &&
        /^(visibility|status|access|scope|sharing)$/.test(name) &&
        /^(public|published|everyone|anyone)$/.test(value)) ||
      (name === 'published_at' && value !== null && value !== undefined),
  );
