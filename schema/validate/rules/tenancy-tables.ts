// Tables of the application, and which of their columns say whose rows they are. Not a rule: the tenancy rules read it.
import type { Catalog, Column, Constraint, Table } from '../../catalog/model.ts';
import { isPlatform } from '../platform.ts';
import { findNamed } from '../queries/scope.ts';
import { branchesOf, policiesOn } from './tenancy-conditions.ts';

/** Tables that the application made; not those of the platform, not partitions, whose parent stands for them. */
export const appTables = (catalog: Catalog): readonly Table[] =>
  catalog.tables.filter((table) => !isPlatform(table.schema) && table.partitionOf === null && table.kind !== 'foreign');

export const targetOf = (constraint: Constraint, catalog: Catalog): Table | undefined =>
  constraint.target === null
    ? undefined
    : findNamed(catalog.tables, constraint.target.schema, constraint.target.name, []);

export const foreignKeys = (table: Table): readonly Constraint[] =>
  table.constraints.filter(({ kind, inherited }) => kind === 'foreign key' && !inherited);

/** Column sets that are unique over the whole table, the primary key among them. */
export const uniqueKeys = (table: Table): readonly (readonly string[])[] =>
  table.indexes
    .filter(({ unique, predicate }) => unique && predicate === null)
    .map(({ keys }) => keys.map(({ column, expression }) => column ?? expression));

const tenantName = /^(organi[sz]ation|org|tenant|team|workspace|account|company)_?(id|uuid)$/i;

export interface Tenant {
  readonly column: string;
  /** What it points to: `public.organizations`, or its own name where there is no foreign key. */
  readonly key: string;
}

const known = new WeakMap<Table, readonly Tenant[]>();

/** Columns that say which tenant a row belongs to: by their name, or because policies tie them to a membership of the caller. */
export function tenantsOf(table: Table, catalog: Catalog): readonly Tenant[] {
  const cached = known.get(table);
  if (cached !== undefined) return cached;
  const found = readTenants(table, catalog);
  known.set(table, found);
  return found;
}

function readTenants(table: Table, catalog: Catalog): readonly Tenant[] {
  const primary = table.constraints.find(({ kind }) => kind === 'primary key')?.columns ?? [];
  const tied = new Set(
    (['select', 'insert', 'update', 'delete'] as const).flatMap((command) =>
      policiesOn(catalog, table, command).flatMap(({ using, check }) =>
        [using, check].flatMap((text) =>
          text === null
            ? []
            : branchesOf(text, table, catalog).flatMap((way) => [...way.tied].filter((name) => !way.own.has(name))),
        ),
      ),
    ),
  );
  return table.columns.flatMap((column) => {
    if (primary.length === 1 && primary[0] === column.name) return [];
    const key = foreignKeys(table).find(({ columns }) => columns.length === 1 && columns[0] === column.name);
    const target = key?.target ?? null;
    const byName = tenantName.test(column.name) && (target !== null || column.typeName === 'uuid');
    const byMembership = tied.has(column.name) && target !== null && !isPlatform(target.schema);
    if (!byName && !byMembership) return [];
    return [{ column: column.name, key: target === null ? column.name : `${target.schema}.${target.name}` }];
  });
}

/** Columns that policies compare with the caller's own id. */
export const ownersOf = (table: Table, catalog: Catalog): readonly Column[] => {
  const own = new Set(
    (['select', 'insert', 'update', 'delete'] as const).flatMap((command) =>
      policiesOn(catalog, table, command).flatMap(({ using, check }) =>
        [using, check].flatMap((text) =>
          text === null ? [] : branchesOf(text, table, catalog).flatMap((way) => [...way.own]),
        ),
      ),
    ),
  );
  return table.columns.filter(({ name }) => own.has(name));
};
