// Policies that are fulfilled where nobody is known: auth.uid() is null for visitors, and `null or …` lets them in.
import type { Node } from 'libpg-query';
import { isPlatform } from '../platform.ts';
import { parseExpression } from '../queries/parse.ts';
import { as, constantOf, functionName, nameList } from '../queries/tree.ts';
import type { Rule } from '../rule.ts';
import { apiRoles, policyName } from './security-access.ts';
import { alwaysTrue } from './security-policies.ts';

/** What is null where the request names nobody: a call of auth.…, a setting that may be missing, also wrapped or cast. */
function isCaller(node: Node | undefined): boolean {
  const cast = as(node, 'TypeCast');
  if (cast !== undefined) return isCaller(cast.arg);
  const link = as(node, 'SubLink');
  if (link !== undefined) {
    const select = as(link.subselect, 'SelectStmt');
    const [target, ...others] = select?.targetList ?? [];
    const isOne = link.subLinkType === 'EXPR_SUBLINK' && (select?.fromClause ?? []).length === 0 && others.length === 0;
    return isOne && isCaller(as(target, 'ResTarget')?.val);
  }
  const field = as(node, 'A_Expr');
  if (field !== undefined) return /^(?:->|->>)$/.test(nameList(field.name).at(-1) ?? '') && isCaller(field.lexpr);
  const call = as(node, 'FuncCall');
  if (call === undefined) return false;
  const names = nameList(call.funcname);
  if (names[0] === 'auth') return /^(?:uid|jwt|role|email)$/.test(names[1] ?? '');
  if (functionName(call) === 'nullif') return isCaller(call.args?.[0]);
  // Without its second argument a missing setting is an error and not null.
  return functionName(call) === 'current_setting' && constantOf(call.args?.[1]) === 'true';
}

/** Whether it is true for every row where the caller is nobody. */
function admitsNobody(node: Node | undefined): boolean {
  const test = as(node, 'NullTest');
  if (test !== undefined) return test.nulltesttype === 'IS_NULL' && isCaller(test.arg);
  const bool = as(node, 'BoolExpr');
  const args = bool?.args ?? [];
  if (bool?.boolop === 'OR_EXPR') return args.some(admitsNobody);
  if (bool?.boolop === 'AND_EXPR') return args.every((each) => admitsNobody(each) || alwaysTrue(each));
  const denied = as(bool?.boolop === 'NOT_EXPR' ? args[0] : undefined, 'NullTest');
  return denied?.nulltesttype === 'IS_NOT_NULL' && isCaller(denied.arg);
}

export const securityPolicyNullCaller: Rule = {
  id: 'security-policy-null-caller',
  level: 'error',
  category: 'security',
  title: 'A policy that is fulfilled when nobody is signed in',
  why: 'auth.uid() and the claims are null for visitors, so `auth.uid() is null or …` gives every row to whoever is not signed in. Nearly always `is not null and …` was meant.',
  mend: 'Drop that way in. Where visitors may see some rows, say which in a policy of their own, `to anon`.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    catalog.policies
      .filter(({ schema, permissive }) => permissive && !isPlatform(schema))
      .filter(({ roles }) => roles.some((role) => role === 'public' || apiRoles.some((api) => api === role)))
      .filter(({ schema, table: name }) =>
        catalog.tables.some((table) => table.rls && table.schema === schema && table.name === name),
      )
      .filter(({ using, check }) => [using, check].some((text) => text !== null && admitsNobody(parseExpression(text))))
      .map((policy) => ({
        object: policyName(policy),
        message: `Policy "${policy.name}" on ${policy.schema}.${policy.table} is fulfilled for every row when nobody is signed in.`,
      })),
};
