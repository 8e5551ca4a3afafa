// WITH CHECK that asks for less than USING lets people give their row away. Without WITH CHECK, PostgreSQL applies USING to the new row too.
import type { Evidence, Found, Rule } from '../rule.ts';
import { branchesOf, isForPeople, isGuarded, peopleMay, policiesOn } from './tenancy-conditions.ts';
import { appTables } from './tenancy-tables.ts';

function check({ catalog }: Evidence): readonly Found[] {
  return appTables(catalog)
    .filter(({ rls }) => rls)
    .flatMap((table) => {
      const policies = policiesOn(catalog, table, 'update');
      const restrictive = policies.filter(({ permissive }) => !permissive);
      return policies
        .filter((policy) => policy.permissive && isForPeople(policy) && policy.check !== null && policy.using !== null)
        .flatMap((policy) => {
          const after = [policy, ...restrictive]
            .flatMap(({ check: text }) => (text === null ? [] : [text]))
            .join(') and (');
          const next = branchesOf(`(${after})`, table, catalog);
          const before = branchesOf(policy.using, table, catalog);
          if (before.some(({ gated }) => gated)) return [];
          const owners = [...new Set(before.flatMap(({ tied }) => [...tied]))];
          const free = owners.filter(
            (column) =>
              before.every(({ tied }) => tied.size > 0) &&
              next.some(
                ({ tied, pinned, gated }) =>
                  !gated &&
                  !tied.has(column) &&
                  !pinned.has(column) &&
                  !before.some(
                    (way) =>
                      way.tied.size > 0 && !way.tied.has(column) && [...way.tied].every((each) => tied.has(each)),
                  ),
              ) &&
              table.columns.some((each) => each.name === column && each.generated === null) &&
              peopleMay(table, 'UPDATE', column) &&
              !isGuarded(catalog, table, column, 'update'),
          );
          const [column] = free;
          if (column === undefined) return [];
          return [
            {
              object: `${table.schema}.${table.name} policy "${policy.name}"`,
              message: `Policy "${policy.name}" lets people change ${column} of their rows in ${table.schema}.${table.name} to anything: USING ties it to the caller, WITH CHECK does not.`,
              hint: `Repeat the condition on ${column} in WITH CHECK, or leave WITH CHECK out: PostgreSQL then applies USING to the new row.`,
            },
          ];
        });
    });
}

export const tenancyRowLeavesOwner: Rule = {
  id: 'tenancy-row-leaves-owner',
  level: 'error',
  category: 'security',
  title: 'UPDATE lets a row leave its owner',
  why: 'USING chooses the rows that may be changed, WITH CHECK decides what they may become. Where WITH CHECK says less, a row can be handed to another person or tenant, who then sees and owns it.',
  mend: 'Write the same condition in WITH CHECK as in USING, or leave WITH CHECK out; or grant UPDATE only on the other columns.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check,
};
