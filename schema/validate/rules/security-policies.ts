// Policies that let everybody through, ask the wrong witness, or cannot be evaluated at all.
import type { Node } from 'libpg-query';
import type { Policy } from '../../catalog/model.ts';
import { isPlatform } from '../platform.ts';
import { parseExpression } from '../queries/parse.ts';
import { as, constantOf, lastName } from '../queries/tree.ts';
import type { Rule } from '../rule.ts';
import { apiRoles, policyName, quotedPolicy } from './security-access.ts';
import { dependsOnCaller } from './tenancy-identity.ts';

/** True for every row and caller: `true`, `1 = 1`, `true or …`. */
export function alwaysTrue(node: Node | undefined): boolean {
  if (node === undefined) return false;
  const constant = constantOf(node);
  if (constant !== undefined) return /^t(rue)?$/i.test(constant);
  const bool = as(node, 'BoolExpr');
  if (bool?.boolop === 'OR_EXPR') return (bool.args ?? []).some(alwaysTrue);
  if (bool?.boolop === 'AND_EXPR') return (bool.args ?? []).every(alwaysTrue);
  const equal = as(node, 'A_Expr');
  const left = constantOf(equal?.lexpr);
  return lastName(equal?.name) === '=' && left !== undefined && left === constantOf(equal?.rexpr);
}

const constant = (text: string | null): boolean => text !== null && alwaysTrue(parseExpression(text));

/** Which of its clauses lets everything through, for a policy that writes. */
function openClause({ command, using, check }: Policy): string | null {
  const open = [
    ...(command !== 'select' && command !== 'insert' && constant(using) ? ['USING'] : []),
    ...(command !== 'select' && constant(check) ? ['WITH CHECK'] : []),
    ...(command === 'insert' && check === null ? ['missing WITH CHECK'] : []),
  ];
  return open.length === 0 ? null : open.join(' and ');
}

const isOpen = ({ permissive, roles }: Policy): boolean =>
  permissive && roles.some((role) => role === 'public' || apiRoles.some((api) => api === role));

const words: Readonly<Record<Policy['command'], string>> = {
  all: 'read, write and delete',
  select: 'read',
  insert: 'insert',
  update: 'update',
  delete: 'delete',
};

export const securityPolicyAlwaysTrue: Rule = {
  id: 'security-policy-always-true',
  level: 'error',
  category: 'security',
  title: 'A policy that lets everybody write every row',
  why: 'Its condition is true for every row and caller, so row-level security is on and holds nobody back. For reading, `using (true)` may be meant; for writing it hardly ever is.',
  mend: 'Compare the row with the caller: `(select auth.uid()) = user_id`. What only the server does needs no policy: its role bypasses them.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    catalog.policies.flatMap((policy) => {
      const table = catalog.tables.find(({ schema, name }) => schema === policy.schema && name === policy.table);
      if (table?.rls !== true || !isOpen(policy) || isPlatform(policy.schema)) return [];
      const open = openClause(policy);
      if (open === null) return [];
      return [
        {
          object: policyName(policy),
          message: `Policy "${policy.name}" lets ${policy.roles.join(', ')} ${words[policy.command]} every row of ${policy.schema}.${policy.table} (${open}).`,
        },
      ];
    }),
};

export const securityStorageOpen: Rule = {
  id: 'security-storage-open',
  level: 'error',
  category: 'security',
  title: 'A storage policy that lets everybody write every file',
  why: 'It names neither bucket nor owner: whoever it is for may put, replace or delete any file of any bucket.',
  mend: "Name the bucket and the owner’s folder: `bucket_id = 'avatars' and (storage.foldername(name))[1] = (select auth.uid())::text`.",
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    catalog.policies.flatMap((policy) => {
      if (policy.schema !== 'storage' || policy.table !== 'objects' || !isOpen(policy)) return [];
      const open = openClause(policy);
      if (open === null) return [];
      return [
        {
          object: policyName(policy),
          message: `Policy "${policy.name}" lets ${policy.roles.join(', ')} ${words[policy.command]} files of every bucket (${open}).`,
        },
      ];
    }),
};

export const securityPolicyUserMetadata: Rule = {
  id: 'security-policy-user-metadata',
  level: 'error',
  category: 'security',
  title: 'A policy that trusts what users write about themselves',
  why: 'user_metadata in the token is whatever the user put there with updateUser: a role or tenant read from it is a role anybody can take.',
  mend: 'Read app_metadata, which only the server writes, or a table of members.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    catalog.policies
      .filter(({ schema }) => !isPlatform(schema))
      .filter(({ using, check }) =>
        [using, check].some(
          (text) =>
            text !== null &&
            /(?:auth\.jwt\(\)|request\.jwt\.claim|raw_user_meta_data)/.test(text) &&
            /user_meta_?data|raw_user_meta_data/.test(text),
        ),
      )
      .map((policy) => ({
        object: policyName(policy),
        message: `Policy "${policy.name}" on ${policy.schema}.${policy.table} reads user_metadata, which its users write.`,
      })),
};

export const securityPolicyWithoutTo: Rule = {
  id: 'security-policy-without-to',
  level: 'info',
  category: 'security',
  title: 'A policy about the caller that names no role',
  why: 'Without TO it is evaluated for visitors too, who have no id: work for nothing, and one `is distinct from` or null away from a hole.',
  mend: 'Add `to authenticated`.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    catalog.policies
      .filter(({ schema, roles, permissive }) => permissive && roles.includes('public') && !isPlatform(schema))
      .filter(({ using, check }) =>
        [using, check].some((text) => {
          const node = text === null ? undefined : parseExpression(text);
          return node !== undefined && dependsOnCaller(node, catalog);
        }),
      )
      .map((policy) => ({
        object: policyName(policy),
        message: `Policy "${policy.name}" on ${policy.schema}.${policy.table} asks who is calling and names no role.`,
        hint: `alter policy ${quotedPolicy(policy)} to authenticated;`,
      })),
};

export const securityPolicyWithoutUsing: Rule = {
  id: 'security-policy-without-using',
  level: 'warning',
  category: 'correctness',
  title: 'A policy for changing rows that finds none',
  why: 'USING says which rows may be changed. A policy for UPDATE, DELETE or ALL without it finds no row, so every change does nothing, and says so to nobody.',
  mend: 'Add `using (…)`; with check then says what a row may become.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    catalog.policies
      .filter(
        ({ schema, command, using, permissive }) =>
          permissive && using === null && command !== 'insert' && !isPlatform(schema),
      )
      .map((policy) => ({
        object: policyName(policy),
        message: `Policy "${policy.name}" on ${policy.schema}.${policy.table} is for ${policy.command} and has no USING, so it finds no row.`,
      })),
};
