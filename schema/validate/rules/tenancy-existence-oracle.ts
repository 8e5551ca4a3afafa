// Foreign keys look past row-level security: whether an insert succeeds tells whether a hidden row exists.
import type { Catalog, Table } from '../../catalog/model.ts';
import type { Rule } from '../rule.ts';
import { branchesOf, isForPeople, isOpen, peopleMay, policiesOn } from './tenancy-conditions.ts';
import { isUnchecked } from './tenancy-key-without-tenant.ts';
import { appTables, foreignKeys, targetOf } from './tenancy-tables.ts';

const readable = (table: Table, catalog: Catalog): boolean =>
  !table.rls ||
  policiesOn(catalog, table, 'select').some(
    (policy) => policy.permissive && isForPeople(policy) && branchesOf(policy.using, table, catalog).some(isOpen),
  );

export const tenancyExistenceOracle: Rule = {
  id: 'tenancy-existence-oracle',
  level: 'info',
  category: 'security',
  title: 'A foreign key tells whether a hidden row exists',
  why: 'The check of a foreign key sees all rows. Who may insert a reference with a value that can be guessed (a number, a name, an address) learns from error or success which rows of others exist.',
  mend: 'Reference an id that cannot be guessed (uuid), or ask in WITH CHECK that the caller may read the referenced row.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: (evidence) =>
    appTables(evidence.catalog)
      .filter((table) => table.rls && peopleMay(table, 'INSERT'))
      .flatMap((table) =>
        foreignKeys(table).flatMap((key) => {
          const target = targetOf(key, evidence.catalog);
          if (
            target === undefined ||
            target === table ||
            key.columns.length !== 1 ||
            readable(target, evidence.catalog)
          )
            return [];
          const column = table.columns.find(({ name }) => name === key.columns[0]);
          if (
            column === undefined ||
            column.typeName === 'uuid' ||
            column.typeKind === 'enum' ||
            !isUnchecked(table, key, evidence)
          )
            return [];
          return [
            {
              object: `${table.schema}.${table.name}.${column.name}`,
              message: `Whoever inserts into ${table.schema}.${table.name} learns by ${column.name} (${column.type}) which rows of ${target.schema}.${target.name} exist.`,
            },
          ];
        }),
      ),
};
