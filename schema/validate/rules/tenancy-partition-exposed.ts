// A partition is a table of its own: read by its own name, the policies of its parent do not apply.
import type { Catalog, Table } from '../../catalog/model.ts';
import { findNamed } from '../queries/scope.ts';
import type { Rule } from '../rule.ts';
import { peopleMay } from './tenancy-conditions.ts';

/** The topmost parent. */
function rootOf(table: Table, catalog: Catalog): Table {
  const parent =
    table.partitionOf === null
      ? undefined
      : findNamed(catalog.tables, table.partitionOf.schema, table.partitionOf.name, []);
  return parent === undefined ? table : rootOf(parent, catalog);
}

export const tenancyPartitionExposed: Rule = {
  id: 'tenancy-partition-exposed',
  level: 'error',
  category: 'security',
  title: 'A partition can be read by its name, past the policies of its parent',
  why: 'Row-level security of a partitioned table holds for queries that name the parent. A new partition has it switched off and stands in the API beside its parent, with all rows.',
  mend: 'Make partitions in a schema that is not exposed, or enable row-level security on each (no policy is needed) and revoke its grants.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog, exposed }) =>
    catalog.tables.flatMap((table) => {
      if (table.partitionOf === null || table.rls || !exposed.includes(table.schema)) return [];
      const root = rootOf(table, catalog);
      const verb = (['SELECT', 'UPDATE', 'DELETE', 'INSERT'] as const).find((privilege) => peopleMay(table, privilege));
      if (!root.rls || verb === undefined) return [];
      return [
        {
          object: `${table.schema}.${table.name}`,
          message: `${table.schema}.${table.name} is a partition of ${root.schema}.${root.name} without row-level security of its own: named directly, people may ${verb} all its rows.`,
          hint: `alter table ${table.schema}.${table.name} enable row level security; revoke all on ${table.schema}.${table.name} from anon, authenticated;`,
        },
      ];
    }),
};
