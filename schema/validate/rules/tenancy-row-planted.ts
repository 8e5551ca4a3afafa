// A column by which others see a row, which whoever writes the row may fill with anything.
import type { Policy, Table } from '../../catalog/model.ts';
import type { Evidence, Found, Rule } from '../rule.ts';
import { branchesOf, isForPeople, isGuarded, peopleMay, policiesOn } from './tenancy-conditions.ts';
import { appTables, foreignKeys } from './tenancy-tables.ts';

/** Foreign keys by which a policy lets members read rows. A row addressed to one person (a message, a follow) is another matter. */
function trusted(table: Table, { catalog }: Evidence): readonly string[] {
  const keys = new Set(foreignKeys(table).flatMap(({ columns }) => columns));
  const seen = policiesOn(catalog, table, 'select')
    .filter((policy) => policy.permissive && isForPeople(policy))
    .flatMap(({ using }) => branchesOf(using, table, catalog))
    .flatMap((way) => (way.gated ? [] : [...way.tied].filter((column) => !way.own.has(column))));
  return [...new Set(seen)].filter((column) => keys.has(column));
}

function faultOf(policy: Policy, table: Table, command: 'insert' | 'update', evidence: Evidence): Found | undefined {
  const { catalog } = evidence;
  const text =
    command === 'insert'
      ? (policy.check ?? (policy.command === 'all' ? policy.using : null))
      : (policy.check ?? policy.using);
  if (text === null) return undefined;
  const restrictive = policiesOn(catalog, table, command).filter(({ permissive }) => !permissive);
  if (restrictive.length > 0) return undefined;
  const ways = branchesOf(text, table, catalog).filter(({ gated }) => !gated);
  for (const column of trusted(table, evidence)) {
    // A condition that ties nothing is another rule's: everybody may write everything.
    const free = ways.some(({ tied, pinned }) => tied.size > 0 && !tied.has(column) && !pinned.has(column));
    const own = table.columns.find(({ name }) => name === column);
    if (!free || own === undefined || own.generated !== null) continue;
    if (!peopleMay(table, command === 'insert' ? 'INSERT' : 'UPDATE', column)) continue;
    if (isGuarded(catalog, table, column, command)) continue;
    return {
      object: `${table.schema}.${table.name} policy "${policy.name}"`,
      message: `Policy "${policy.name}" lets people ${command} rows of ${table.schema}.${table.name} with any ${column}, and others see rows by their ${column}: a row can be put before people who have nothing to do with it.`,
      hint: `Ask in the policy for ${command.toUpperCase()} that the caller belongs to ${column}, as the policy for SELECT does.`,
    };
  }
  return undefined;
}

export const tenancyRowPlanted: Rule = {
  id: 'tenancy-row-planted',
  level: 'error',
  category: 'security',
  title: 'Rows can be written into another tenant',
  why: 'The policy for reading trusts a column (organization, conversation, project), but the policy for writing does not ask whether the caller belongs to it. Anybody can put rows, documents and instructions for a model included, where others read them.',
  mend: 'In WITH CHECK, test the same membership that the policy for SELECT tests.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: (evidence) =>
    appTables(evidence.catalog)
      .filter(({ rls }) => rls)
      .flatMap((table) =>
        (['insert', 'update'] as const).flatMap((command) =>
          policiesOn(evidence.catalog, table, command)
            .filter((policy) => policy.permissive && isForPeople(policy))
            .flatMap((policy) => faultOf(policy, table, command, evidence) ?? []),
        ),
      )
      .filter((found, index, list) => list.findIndex(({ object }) => object === found.object) === index),
};
