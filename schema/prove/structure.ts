// Who owns what, as far as the shape of the tables tells: which tables are people, which have members, what points where.
// Policies are not read for this, they are what is on trial; but for the names of columns that a token's claims are held against.
import type { Catalog, Column, Table } from '../catalog/model.ts';
import { claimedColumns } from './claims.ts';
import { keyOf } from './model.ts';

export interface Reference {
  readonly columns: readonly string[];
  readonly target: string;
  readonly targetColumns: readonly string[];
  /** Any of its columns may be null. */
  readonly nullable: boolean;
  /** False when only the column's name says so. */
  readonly hard: boolean;
}

export interface Shape {
  readonly key: string;
  readonly table: Table;
  readonly references: readonly Reference[];
  /** Uuid or text columns that name an owner without pointing anywhere: filled with the person's id. */
  readonly personColumns: readonly string[];
  /** Tenant columns that point nowhere: everybody of a world shares one value. */
  readonly tenantColumns: readonly string[];
}

export interface Membership {
  readonly table: string;
  readonly container: Reference;
  readonly person: Reference;
  /** The column that holds owner, admin, member, viewer. */
  readonly title: string | null;
}

export interface Structure {
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Tables in the order in which rows can be made. */
  readonly order: readonly string[];
  /** The table of accounts: `auth.users` where there is one. */
  readonly accounts: string | null;
  /** Tables with one row a person, with the reference that says whose. */
  readonly people: ReadonlyMap<string, Reference | null>;
  readonly memberships: readonly Membership[];
  readonly containers: ReadonlySet<string>;
}

const foreignSystems =
  /^(auth|extensions|vault|realtime|_realtime|supabase_\w+|cron|pgboss|pgmq|graphql|graphql_public|net|pgsodium\w*|pgbouncer|pgtle|tiger\w*|topology|_analytics|information_schema|pg_.*)$/;

/** Tables of the schema on trial. Of Supabase's own: accounts, and the rows of stored files. */
export function triedTables(catalog: Catalog): readonly Table[] {
  return catalog.tables.filter(({ kind, schema, name }) => {
    if (kind === 'foreign') return false;
    if (schema === 'auth') return name === 'users';
    if (schema === 'storage') return name === 'objects';
    return !foreignSystems.test(schema);
  });
}

export const isForeignSystem = (schema: string): boolean => foreignSystems.test(schema) || schema === 'storage';

const personName =
  /^(user|owner|author|creator|created_by|updated_by|uploaded_by|uploader|sender|recipient|receiver|assignee|assigned_to|profile|member|customer|follower|following|invited_by|actor|requested_by|approved_by)(_?(user|profile))?(_?id|_uuid)?$/i;
const tenantName =
  /^(organi[sz]ation|org|tenant|workspace|company|account|team|group|project|shop|store|clinic|school|household)_?(id|uuid)$/i;
const memberName =
  /(member|participant|collaborator|_users$|^users_|user_(org|team|workspace|tenant|compan|project|group)|access|share|seat)/i;
const titleName = /^((\w+_)?role|permission|access_level|access|level)$/i;
const lookUp = /(role|plan|countr|currenc|lang|tier|type|status|categor|avatar|level|locale|timezone|model|setting)/i;

const isId = ({ typeName }: Column): boolean => /^(uuid|text|varchar|int8|int4)$/.test(typeName);
const columnOf = (table: Table, name: string): Column | undefined =>
  table.columns.find((column) => column.name === name);

/** The columns of unique keys that hold for all rows. */
export const uniqueKeys = (table: Table): readonly (readonly string[])[] =>
  table.indexes
    .filter(
      ({ unique, predicate, keys }) => unique && predicate === null && keys.every(({ column }) => column !== null),
    )
    .map(({ keys }) => keys.map(({ column }) => column ?? ''));

export const primaryKey = (table: Table): readonly string[] =>
  table.constraints.find(({ kind }) => kind === 'primary key')?.columns ?? [];

function hardReferences(table: Table, known: ReadonlySet<string>): readonly Reference[] {
  return table.constraints.flatMap(({ kind, columns, target }) =>
    kind === 'foreign key' && target !== null && known.has(keyOf(target))
      ? [
          {
            columns,
            target: keyOf(target),
            targetColumns: target.columns,
            // A generated column follows the others: a tenant computed from owner and organization.
            nullable: columns.some(
              (name) => columnOf(table, name)?.notNull !== true && columnOf(table, name)?.generated === null,
            ),
            hard: true,
          },
        ]
      : [],
  );
}

/** `conversation_id` without a foreign key still points at conversations, where its type fits their key. */
function softReference(table: Table, column: Column, tables: readonly Table[]): Reference | null {
  const noun = /^(.+)_(id|uuid)$/.exec(column.name)?.[1];
  if (noun === undefined || !isId(column)) return null;
  const names = [`${noun}s`, noun, `${noun}es`, noun.replace(/y$/, 'ies')];
  const fits = (each: Table): boolean => {
    const [key, second] = primaryKey(each);
    return (
      each.partitionOf === null &&
      key !== undefined &&
      second === undefined &&
      columnOf(each, key)?.type === column.type
    );
  };
  const target =
    tables.find((each) => each.schema === table.schema && names.includes(each.name) && fits(each)) ??
    tables.find(
      (each) => each.schema === table.schema && names.some((name) => each.name.endsWith(`_${name}`)) && fits(each),
    );
  if (target === undefined || target === table) return null;
  return {
    columns: [column.name],
    target: keyOf(target),
    targetColumns: primaryKey(target),
    nullable: !column.notNull,
    hard: false,
  };
}

/** A path in Supabase's storage means one of its objects. */
function storedFile(table: Table, column: Column, tables: readonly Table[]): Reference | null {
  const objects = tables.find(({ schema, name }) => schema === 'storage' && name === 'objects');
  if (objects === undefined || table === objects || !/^text$|^varchar$/.test(column.typeName)) return null;
  if (!/^((storage|file|object|image)_?)?path$|^storage_key$/.test(column.name)) return null;
  return {
    columns: [column.name],
    target: 'storage.objects',
    targetColumns: ['name'],
    nullable: !column.notNull,
    hard: false,
  };
}

function shapeOf(
  table: Table,
  tables: readonly Table[],
  known: ReadonlySet<string>,
  claimed: ReadonlySet<string> | undefined,
): Shape {
  const hard = hardReferences(table, known);
  const taken = new Set(hard.flatMap(({ columns }) => columns));
  const soft: Reference[] = [];
  const personColumns: string[] = [];
  const tenantColumns: string[] = [];
  for (const column of table.columns) {
    if (taken.has(column.name) || column.generated !== null || column.identity !== null || !isId(column)) continue;
    if (personName.test(column.name) && (column.typeName === 'uuid' || /_id$|^owner$/.test(column.name))) {
      personColumns.push(column.name);
      continue;
    }
    if (column.default !== null && /auth\.uid\(\)/.test(column.default)) {
      personColumns.push(column.name);
      continue;
    }
    const reference = storedFile(table, column, tables) ?? softReference(table, column, tables);
    if (reference !== null) soft.push(reference);
    else if (tenantName.test(column.name) || claimed?.has(column.name) === true) tenantColumns.push(column.name);
  }
  return { key: keyOf(table), table, references: [...hard, ...soft], personColumns, tenantColumns };
}

/** Tables with at most one row a person: accounts, and what hangs on them by a unique key. */
function findPeople(
  shapes: ReadonlyMap<string, Shape>,
  accounts: string | null,
): ReadonlyMap<string, Reference | null> {
  const people = new Map<string, Reference | null>(accounts === null ? [] : [[accounts, null]]);
  for (let before = -1; before !== people.size; ) {
    before = people.size;
    for (const [key, { table, references }] of shapes) {
      if (people.has(key) || table.partitionOf !== null) continue;
      const whose = references.find(
        ({ hard, columns, target }) =>
          hard &&
          people.has(target) &&
          uniqueKeys(table).some(
            (unique) => unique.length === columns.length && unique.every((name) => columns.includes(name)),
          ),
      );
      if (whose !== undefined) people.set(key, whose);
    }
  }
  return people;
}

/** What many tables must point to by the same name is what everything lies in: a tenant, whatever it is called. */
function isCentral(shapes: ReadonlyMap<string, Shape>, { target, columns, nullable }: Reference): boolean {
  const [name, second] = columns;
  const pointing = [...shapes.values()].filter(({ references }) =>
    references.some((each) => each.target === target && !each.nullable && each.hard && each.columns[0] === name),
  );
  return !nullable && second === undefined && pointing.length >= 4;
}

function findMemberships(
  shapes: ReadonlyMap<string, Shape>,
  people: ReadonlyMap<string, unknown>,
): readonly Membership[] {
  const found: Membership[] = [];
  for (const [key, { table, references }] of shapes) {
    if (table.partitionOf !== null) continue;
    const title = table.columns.find(({ name, notNull }) => titleName.test(name) && notNull)?.name ?? null;
    if (people.has(key)) {
      // A profile with the organization that its person is in.
      for (const container of references)
        if (
          !people.has(container.target) &&
          container.hard &&
          !lookUp.test(container.target) &&
          (tenantName.test(container.columns[0] ?? '') || isCentral(shapes, container))
        )
          found.push({ table: key, container, person: container, title });
      continue;
    }
    if (!memberName.test(table.name) && title === null) continue;
    for (const unique of uniqueKeys(table)) {
      const inKey = references.filter(({ hard, columns }) => hard && columns.some((name) => unique.includes(name)));
      const person = inKey.find(({ target }) => people.has(target));
      const container = inKey.find(
        ({ target, columns }) => !people.has(target) && target !== key && columns.length === 1,
      );
      if (person === undefined || container === undefined || unique.length > 2 || lookUp.test(container.target))
        continue;
      found.push({ table: key, container, person, title });
      break;
    }
  }
  return found;
}

/** Parents before children; references that may be null, or to the table itself, do not order. */
function inOrder(shapes: ReadonlyMap<string, Shape>, memberships: readonly Membership[]): readonly string[] {
  const ordered: string[] = [];
  const visiting = new Set<string>();
  const visit = (key: string): void => {
    const shape = shapes.get(key);
    if (shape === undefined || ordered.includes(key) || visiting.has(key)) return;
    visiting.add(key);
    const hard = shape.references.filter(({ nullable }) => !nullable);
    const soft = shape.references.filter(({ nullable }) => nullable);
    for (const { target } of [...hard, ...soft]) if (target !== key) visit(target);
    ordered.push(key);
  };
  for (const key of shapes.keys()) if (!memberships.some(({ table }) => table === key)) visit(key);
  for (const key of shapes.keys()) visit(key);
  return ordered;
}

const accountNames = [
  'auth.users',
  'public.users',
  'public.profiles',
  'public.user_profiles',
  'public.accounts',
  'public.app_users',
];

export function readStructure(catalog: Catalog): Structure {
  const tables = triedTables(catalog);
  // What points to a partitioned table points, in the catalog, to each of its partitions too.
  const known = new Set(tables.filter(({ partitionOf }) => partitionOf === null).map(keyOf));
  const claimed = claimedColumns(catalog);
  const shapes = new Map(
    tables.map((table) => [keyOf(table), shapeOf(table, tables, known, claimed.get(keyOf(table)))]),
  );
  const accounts = accountNames.find((name) => known.has(name)) ?? null;
  const people = findPeople(shapes, accounts);
  const memberships = findMemberships(shapes, people);
  return {
    shapes,
    order: inOrder(shapes, memberships),
    accounts,
    people,
    memberships,
    containers: new Set(memberships.map(({ container }) => container.target)),
  };
}
