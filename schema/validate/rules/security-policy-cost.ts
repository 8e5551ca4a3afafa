// Policies that are right and slow: work done for every row that could be done once.
import type { Node } from 'libpg-query';
import type { Policy, Table } from '../../catalog/model.ts';
import { quoteName, quoteQualified } from '../../quote.ts';
import { isPlatform } from '../platform.ts';
import { parseExpression } from '../queries/parse.ts';
import { as, nameList, stringOf, walk } from '../queries/tree.ts';
import type { Found, Rule } from '../rule.ts';
import { nameOf, ownTables, policyName } from './security-access.ts';
import { branchesOf } from './tenancy-conditions.ts';

/** The call of auth.… or current_setting that is not the whole of a sub-select without FROM. */
function unwrapped(node: Node | undefined): string | null {
  let found: string | null = null;
  const see = (root: unknown): void =>
    walk(root, (each) => {
      if (found !== null) return false;
      const select = as(each, 'SelectStmt');
      if (select !== undefined) {
        // Without FROM it is evaluated once for the whole statement; with FROM its own conditions are not.
        if ((select.fromClause ?? []).length > 0) see(Object.values(select));
        return false;
      }
      const names = nameList(as(each, 'FuncCall')?.funcname);
      const name = names.at(-1) ?? '';
      if (names.length === 2 && names[0] === 'auth' && /^(?:uid|jwt|role|email)$/.test(name)) found = `auth.${name}()`;
      else if (name === 'current_setting') found = 'current_setting()';
      return undefined;
    });
  see(node);
  return found;
}

export const securityPolicyUnwrapped: Rule = {
  id: 'security-policy-unwrapped-call',
  level: 'warning',
  category: 'performance',
  title: 'A policy that asks who is calling for every row',
  why: 'auth.uid() reads and parses the claims anew for each row. In a sub-select it is evaluated once: 14 ms instead of 207 over 100,000 rows.',
  mend: 'Write `(select auth.uid())` instead of `auth.uid()`.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    catalog.policies.flatMap((policy) => {
      const table = catalog.tables.find(({ schema, name }) => schema === policy.schema && name === policy.table);
      // Policies on realtime.messages are the project's own, and asked for each message.
      if (table?.rls !== true || (isPlatform(policy.schema) && policy.schema !== 'realtime')) return [];
      const call = [policy.using, policy.check]
        .map((text) => (text === null ? null : unwrapped(parseExpression(text))))
        .find((each) => each !== null);
      if (call === undefined || call === null) return [];
      return [
        {
          object: policyName(policy),
          message: `Policy "${policy.name}" on ${policy.schema}.${policy.table} calls ${call} for every row.`,
          hint: `Write (select ${call.replace('current_setting()', 'current_setting(…)')}) in it.`,
        },
      ];
    }),
};

const commands = ['select', 'insert', 'update', 'delete'] as const;

export const securityMultiplePermissive: Rule = {
  id: 'security-multiple-permissive',
  level: 'info',
  category: 'performance',
  title: 'Several permissive policies for one command and role',
  why: 'PostgreSQL evaluates each of them for every row and joins them with OR, which also makes it harder to say what holds.',
  mend: 'Join their conditions with OR in one policy, or give each its own role with TO.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) => {
    const counted = catalog.roles.filter(({ name, bypassRls }) => !bypassRls && !/^supabase.*admin$/.test(name));
    return ownTables(catalog)
      .filter(({ kind }) => kind === 'table')
      .flatMap((table): readonly Found[] => {
        const policies = catalog.policies.filter(
          ({ schema, table: name, permissive }) => permissive && schema === table.schema && name === table.name,
        );
        const crowded = commands.flatMap((command) => {
          const those = policies.filter((policy) => policy.command === command || policy.command === 'all');
          const roles = counted.filter(({ name }) => those.filter((policy) => appliesTo(policy, name)).length > 1);
          return roles.length === 0 ? [] : [{ command, names: those.map(({ name }) => `"${name}"`) }];
        });
        if (crowded.length === 0) return [];
        const said = crowded.map(({ command, names }) => `${command} (${names.join(', ')})`).join('; ');
        return [{ object: nameOf(table), message: `${nameOf(table)} has several permissive policies for ${said}.` }];
      });
  },
};

const appliesTo = ({ roles }: Policy, role: string): boolean => roles.includes('public') || roles.includes(role);

/** Columns that a policy for reading compares with the caller's own id. Who changes a row names it by its key. */
function compared(policy: Policy, table: Table, catalog: Parameters<typeof branchesOf>[2]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const branch of policy.using === null || !(policy.command === 'select' || policy.command === 'all')
    ? []
    : branchesOf(policy.using, table, catalog))
    for (const column of branch.own) found.add(column);
  return found;
}

const leads = (table: Table, column: string): boolean =>
  table.indexes.some(({ keys, valid, predicate }) => {
    const first = keys[0];
    const partly = predicate !== null && !/IS NOT NULL|deleted_at/i.test(predicate);
    return valid && !partly && (first?.column === column || columnOf(first?.expression) === column);
  });

const columnOf = (expression: string | undefined): string | undefined =>
  expression === undefined ? undefined : stringOf(as(parseExpression(expression), 'ColumnRef')?.fields?.at(-1));

export const securityPolicyUnindexed: Rule = {
  id: 'security-policy-column-unindexed',
  level: 'warning',
  category: 'performance',
  title: 'A policy compares a column without an index',
  why: 'Every query of every user reads the whole table to find the caller’s rows: 14 ms instead of 0.6 over 100,000 rows with 100 of one’s own.',
  mend: 'Create an index that begins with the column.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    ownTables(catalog)
      .filter(({ rls, partitionOf }) => rls && partitionOf === null)
      .flatMap((table) => {
        const policies = catalog.policies.filter(
          ({ schema, table: name }) => schema === table.schema && name === table.name,
        );
        const columns = new Map(
          policies.flatMap((policy) =>
            [...compared(policy, table, catalog)].map((column) => [column, policy] as const),
          ),
        );
        return [...columns]
          .filter(([column]) => !leads(table, column))
          .map(([column, policy]) => ({
            object: `${nameOf(table)}.${column}`,
            message: `Policy "${policy.name}" compares ${nameOf(table)}.${column} with the caller, and no index begins with it.`,
            hint: `create index on ${quoteQualified(table)} (${quoteName(column)});`,
          }));
      }),
};
