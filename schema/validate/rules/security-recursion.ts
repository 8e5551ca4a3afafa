// Policies that need themselves to be evaluated: PostgreSQL stops such a query with "infinite recursion detected in policy".
import type { Catalog, Policy, Routine, Table } from '../../catalog/model.ts';
import { isPlatform } from '../platform.ts';
import { parseExpression } from '../queries/parse.ts';
import { all } from '../queries/tree.ts';
import type { Found, Rule } from '../rule.ts';
import { isInvoker, nameOf, policyName } from './security-access.ts';

/** Relations whose policies come into play when the condition is evaluated, as `schema.name`. */
function reads(policy: Policy, catalog: Catalog): ReadonlySet<string> {
  const found = new Set<string>();
  for (const text of [policy.using, policy.check]) {
    const node = text === null ? undefined : parseExpression(text);
    for (const range of all(node, 'RangeVar')) found.add(`${range.schemaname ?? 'public'}.${range.relname ?? ''}`);
  }
  for (const called of policy.functions)
    for (const routine of catalog.functions)
      if (routine.schema === called.schema && routine.name === called.name)
        for (const name of readByInvoker(routine, catalog)) found.add(name);
  for (const name of found)
    for (const view of catalog.views)
      if (nameOf(view) === name && isInvoker(view.options)) for (const each of view.relations) found.add(nameOf(each));
  return found;
}

/** Tables with row-level security that an invoker's function names after FROM or JOIN. */
function readByInvoker(routine: Routine, catalog: Catalog): readonly string[] {
  if (routine.definer) return [];
  return catalog.tables
    .filter(({ rls, schema }) => rls && !isPlatform(schema))
    .filter((table) => {
      const name = table.name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return new RegExp(
        `\\b(?:from|join)\\s+(?:only\\s+)?(?:"?${table.schema}"?\\s*\\.\\s*)?"?${name}"?(?![\\w"])`,
        'i',
      ).test(routine.body);
    })
    .map(nameOf);
}

/** The way from `start` back to itself over policies for reading that hold for one and the same role. */
function cycle(
  start: string,
  edges: ReadonlyMap<string, readonly { to: string; policy: Policy }[]>,
): readonly Policy[] | null {
  const seen = new Set<string>();
  const search = (table: string, way: readonly Policy[]): readonly Policy[] | null => {
    for (const { to, policy } of edges.get(table) ?? []) {
      if (to === start) return [...way, policy];
      if (seen.has(to)) continue;
      seen.add(to);
      const found = search(to, [...way, policy]);
      if (found !== null) return found;
    }
    return null;
  };
  return search(start, []);
}

export const securityPolicyRecursion: Rule = {
  id: 'security-policy-recursion',
  level: 'error',
  category: 'correctness',
  title: 'A policy that reads its own table',
  why: 'To read the table PostgreSQL evaluates the policy, for which it must read the table: every query stops with "infinite recursion detected in policy".',
  mend: 'Ask through a function with security definer and a fixed search_path, in a schema that is not exposed: it reads past the policies.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) => {
    const protectedTables = new Map(
      catalog.tables.filter(({ rls }) => rls).map((table): [string, Table] => [nameOf(table), table]),
    );
    const reading = catalog.policies
      .filter(({ command }) => command === 'select' || command === 'all')
      .map((policy) => ({ policy, table: `${policy.schema}.${policy.table}`, reads: reads(policy, catalog) }));
    const roles = new Set(
      [...catalog.policies.flatMap((policy) => policy.roles), 'authenticated'].filter((role) => role !== 'public'),
    );
    const found = new Map<string, Found>();
    for (const role of roles) {
      const edges = new Map<string, { to: string; policy: Policy }[]>();
      for (const { policy, table, reads: names } of reading)
        if (policy.roles.includes('public') || policy.roles.includes(role))
          for (const to of names)
            if (protectedTables.has(to)) edges.set(table, [...(edges.get(table) ?? []), { to, policy }]);
      for (const [table] of edges) {
        const way = cycle(table, edges);
        const policy = way?.[0];
        if (policy === undefined || found.has(policyName(policy))) continue;
        const through = (way ?? []).slice(1).map(({ schema, table: name }) => `${schema}.${name}`);
        found.set(policyName(policy), {
          object: policyName(policy),
          message: `Policy "${policy.name}" on ${table} reads ${through.length === 0 ? table : through.join(', then ')}${through.length === 0 ? ' itself' : `, whose policies read ${table} again`}.`,
        });
      }
    }
    return [...found.values()];
  },
};
