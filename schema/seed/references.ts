// Whose a row is and what it belongs to, by its foreign keys, and by the names of columns where there are none.
import type { Column, Index, Table } from '../catalog/model.ts';
import { covers, type Draft, keyOf, primaryOf, type Reference, type Scope, type UniqueKey } from './plan-model.ts';
import { readPredicate } from './rules.ts';

const userName = /^(users?|profiles?|accounts?|members?|user_profiles?)$/;
const ownerColumn =
  /^(user_id|owner_id|owner|author_id|created_by|creator_id|profile_id|account_id|sender_id|uploaded_by|follower_id|invited_by|requested_by)$/;
const ownersToo = /^(created_by|updated_by|author_id|owner_id|owner|creator_id|uploaded_by|last_edited_by)$/;

/** Columns that a key's expressions name, for keys such as `lower(name)`. */
function keyColumns(index: Index, table: Table): readonly string[] {
  return index.keys.flatMap(({ column, expression }) =>
    column !== null
      ? [column]
      : table.columns.map(({ name }) => name).filter((name) => new RegExp(`\\b${name}\\b`).test(expression)),
  );
}

function uniqueKeys(table: Table): UniqueKey[] {
  return table.indexes
    .filter(({ unique }) => unique)
    .map((index) => ({
      name: index.name,
      columns: keyColumns(index, table),
      when: index.predicate === null ? [] : readPredicate(index.predicate),
      nullsNotDistinct: index.nullsNotDistinct,
    }));
}

const singular = (name: string): string =>
  name
    .replace(/ies$/, 'y')
    .replace(/(ch|sh|ss|x)es$/, '$1')
    .replace(/s$/, '');

/** `message_id` without a foreign key means the table of messages where there is one. */
function softTarget(column: Column, tables: readonly Table[], own: Table, users: string | null): Table | undefined {
  const said = /^(.*)_id$/.exec(column.name)?.[1] ?? (ownersToo.test(column.name) ? 'user' : null);
  if (said === null || column.typeName !== 'uuid') return undefined;
  if (/^(user|owner|author|creator)$/.test(said) || ownersToo.test(column.name))
    return tables.find((table) => keyOf(table) === users);
  return tables.find((table) => table.schema === own.schema && table !== own && singular(table.name) === said);
}

export function draftOf(table: Table, tables: readonly Table[], users: string | null, tenants: string | null): Draft {
  const pointing = (to: string | null): readonly string[] =>
    table.constraints.flatMap(({ kind, target, columns }) =>
      kind === 'foreign key' && target !== null && keyOf(target) === to && columns.length === 1 ? columns : [],
    );
  const ofTenant = pointing(tenants);
  // Generated columns follow, and a tenant's beside others may be empty: what is left says whether there may be none.
  const nullable = (names: readonly string[]): boolean => {
    const written = names.filter((name) =>
      table.columns.some((column) => column.name === name && column.generated === null),
    );
    const bare = written.filter((name) => !ofTenant.includes(name));
    return (bare.length > 0 ? bare : written).some((name) =>
      table.columns.some((column) => column.name === name && !column.notNull),
    );
  };
  const references: Reference[] = table.constraints.flatMap(({ kind, columns, target }) =>
    kind !== 'foreign key' || target === null
      ? []
      : [
          {
            columns,
            target: keyOf(target),
            targetColumns: target.columns,
            nullable: nullable(columns),
            soft: false,
            role: 'plain' as const,
          },
        ],
  );
  const bound = new Set(references.flatMap(({ columns }) => columns));
  const primary = primaryOf(table);
  for (const column of table.columns) {
    if (bound.has(column.name) || column.generated !== null || primary.includes(column.name)) continue;
    const target = softTarget(column, tables, table, users);
    const [only, ...more] = target === undefined ? [] : primaryOf(target);
    if (target === undefined || only === undefined || more.length > 0) continue;
    references.push({
      columns: [column.name],
      target: keyOf(target),
      targetColumns: [only],
      nullable: !column.notNull,
      soft: true,
      role: 'plain',
    });
  }
  // Of two to one table the one over more columns says it all.
  const said = references.filter(
    (each) =>
      !references.some(
        ({ target, columns }) =>
          target === each.target && columns.length > each.columns.length && covers(columns, each.columns),
      ),
  );
  return { key: keyOf(table), table, references: said, uniques: uniqueKeys(table) };
}

/** auth.users; else the table by that name that others point to. */
export function findUsers(tables: readonly Table[]): string | null {
  if (tables.some((table) => keyOf(table) === 'auth.users')) return 'auth.users';
  const named = tables.filter(({ name }) => userName.test(name));
  const pointedTo = (table: Table): number =>
    tables.filter(({ constraints }) =>
      constraints.some(({ target }) => target !== null && keyOf(target) === keyOf(table)),
    ).length;
  const [best] = named.sort((a, b) => pointedTo(b) - pointedTo(a));
  return best === undefined ? null : keyOf(best);
}

/** Tables whose key is an account's: profiles. They stand for the person as much as the account does. */
export function standIns(drafts: readonly Draft[], users: string | null): ReadonlySet<string> {
  const found = new Set(users === null ? [] : [users]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { key, table, references } of drafts) {
      const primary = primaryOf(table);
      const first = references.find(
        ({ columns, target, soft }) =>
          !soft && found.has(target) && columns.length === 1 && primary.length === 1 && columns[0] === primary[0],
      );
      if (first === undefined || found.has(key)) continue;
      found.add(key);
      grown = true;
    }
  }
  return found;
}

/** Gives each reference its part. The first that may be the row's owner is; the first other table is what it belongs to. */
export function assignRoles(
  draft: Draft,
  people: ReadonlySet<string>,
  tenants: string | null,
  scopes: ReadonlyMap<string, Scope>,
  links: ReadonlySet<string>,
): Reference[] {
  const byOwner = [...draft.references].sort(
    (a, b) =>
      Number(ownerColumn.test(b.columns[0] ?? '')) - Number(ownerColumn.test(a.columns[0] ?? '')) ||
      Number(a.nullable) - Number(b.nullable),
  );
  const owner = byOwner.find(({ target }) => people.has(target) && target !== draft.key);
  const always = draft.uniques.filter(({ when }) => when?.length === 0);
  const belongs = (reference: Reference): number => {
    const scope = scopes.get(reference.target) ?? 'shared';
    if (
      people.has(reference.target) ||
      reference.target === tenants ||
      reference.target === draft.key ||
      reference.soft
    )
      return 0;
    if (scope === 'shared' && owner !== undefined) return 0;
    if (reference.nullable || links.has(reference.target)) return 0;
    const inKey = draft.uniques.some(({ columns }) => reference.columns.some((name) => columns.includes(name)));
    return 4 + (inKey ? 2 : 0) + (scope === 'user' ? 1 : 0) + (reference.columns.length > 1 ? 8 : 0);
  };
  const [main] = [...draft.references].filter((each) => belongs(each) >= 4).sort((a, b) => belongs(b) - belongs(a));
  return draft.references.map((reference) => {
    const role = ((): Reference['role'] => {
      if (reference.target === draft.key) return 'self';
      if (reference === owner && !always.some(({ columns }) => covers(reference.columns, columns))) return 'owner';
      if (always.some(({ columns }) => covers(reference.columns, columns))) return 'one to one';
      if (people.has(reference.target)) return ownersToo.test(reference.columns[0] ?? '') ? 'owner' : 'other user';
      if (reference.target === tenants) return 'tenant';
      return reference === main ? 'main' : 'plain';
    })();
    return { ...reference, role };
  });
}

/** All of its key are references to several other tables: who is where, what is in which. */
export function isLink({ table, references }: Draft): boolean {
  const bound = new Set(references.filter(({ soft }) => !soft).flatMap(({ columns }) => columns));
  const primary = primaryOf(table);
  return primary.length > 1 && primary.every((name) => bound.has(name));
}

export function scopesOf(
  drafts: readonly Draft[],
  people: ReadonlySet<string>,
  tenants: string | null,
): Map<string, Scope> {
  const scopes = new Map<string, Scope>([...people].map((key) => [key, 'user']));
  if (tenants !== null) scopes.set(tenants, 'tenant');
  const rank: Record<Scope, number> = { shared: 0, tenant: 1, user: 2 };
  for (let changed = true; changed; ) {
    changed = false;
    for (const { key, references } of drafts) {
      if (people.has(key) || key === tenants) continue;
      for (const { target } of references) {
        const inherited = scopes.get(target) ?? 'shared';
        if (target === key || rank[inherited] <= rank[scopes.get(key) ?? 'shared']) continue;
        scopes.set(key, inherited);
        changed = true;
      }
    }
  }
  return scopes;
}
