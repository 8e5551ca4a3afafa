// A foreign key that does not carry the tenant can point from one tenant's row to another's.
import type { Constraint, Table } from '../../catalog/model.ts';
import type { Evidence, Rule } from '../rule.ts';
import { branchesOf, isForPeople, isGuarded, peopleMay, policiesOn } from './tenancy-conditions.ts';
import { appTables, foreignKeys, type Tenant, targetOf, tenantsOf } from './tenancy-tables.ts';

/** People may write the referencing column, and no policy or trigger looks at it. */
export function isUnchecked(table: Table, { columns }: Constraint, { catalog }: Evidence): boolean {
  return (['insert', 'update'] as const).some((command) => {
    const privilege = command === 'insert' ? 'INSERT' : 'UPDATE';
    if (!columns.every((column) => peopleMay(table, privilege, column))) return false;
    if (columns.some((column) => isGuarded(catalog, table, column, command))) return false;
    const mentions = (text: string | null): boolean =>
      text !== null &&
      columns.some((column) => new RegExp(`(?<!\\w)"?${column.replaceAll(/[^\w]/g, '\\$&')}"?(?!\\w)`).test(text));
    const policies = policiesOn(catalog, table, command).filter(isForPeople);
    if (policies.some(({ permissive, using, check }) => !permissive && mentions(check ?? using))) return false;
    return policies.some(({ permissive, using, check }) => {
      const text = check ?? using;
      return permissive && !mentions(text) && branchesOf(text, table, catalog).some(({ gated }) => !gated);
    });
  });
}

/** This key, or another over the same columns to the same table, has a tenant column in it. */
const carriesTenant = (table: Table, key: Constraint, tenants: readonly Tenant[]): boolean =>
  foreignKeys(table).some(
    ({ columns, target }) =>
      target?.schema === key.target?.schema &&
      target?.name === key.target?.name &&
      key.columns.every((column) => columns.includes(column)) &&
      tenants.some(({ column }) => columns.includes(column)),
  );

export const tenancyKeyWithoutTenant: Rule = {
  id: 'tenancy-key-without-tenant',
  level: 'warning',
  category: 'security',
  title: 'A foreign key between tenant tables leaves the tenant out',
  why: 'Foreign keys are checked past row-level security. With the id alone, a row of one tenant can point to a row of another: joins, counts and definer functions then mix the two, and deleting one side touches the other.',
  mend: 'Make (organization_id, id) unique in the referenced table and reference both columns: `foreign key (organization_id, document_id) references documents (organization_id, id)`; or test the referenced row in WITH CHECK.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: (evidence) =>
    appTables(evidence.catalog)
      .filter(({ rls }) => rls)
      .flatMap((table) => {
        const tenants = tenantsOf(table, evidence.catalog);
        return foreignKeys(table).flatMap((key) => {
          const target = targetOf(key, evidence.catalog);
          if (target === undefined || tenants.length === 0 || carriesTenant(table, key, tenants)) return [];
          const shared = tenants.find(
            (tenant) =>
              tenantsOf(target, evidence.catalog).some((other) => other.key === tenant.key) &&
              `${target.schema}.${target.name}` !== tenant.key,
          );
          if (shared === undefined || !isUnchecked(table, key, evidence)) return [];
          const columns = key.columns.join(', ');
          return [
            {
              object:
                key.columns.length === 1
                  ? `${table.schema}.${table.name}.${columns}`
                  : `${table.schema}.${table.name} constraint "${key.name}"`,
              message: `${table.schema}.${table.name}.${columns} can point to a row of ${target.schema}.${target.name} that belongs to another ${shared.column}: neither key ${key.name} nor a policy ties the two.`,
              hint: `foreign key (${shared.column}, ${columns}) references ${target.name} (${shared.column}, ${key.target?.columns.join(', ') ?? 'id'}), with a unique key there.`,
            },
          ];
        });
      }),
};
