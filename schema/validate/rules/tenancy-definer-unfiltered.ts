// A SECURITY DEFINER function sees past row-level security; without asking who is calling, it shows everybody everything.
import type { Node, RangeVar, UpdateStmt } from 'libpg-query';
import type { Catalog, Routine, Table } from '../../catalog/model.ts';
import { isPlatform } from '../platform.ts';
import { type Body, bodiesOf } from '../queries/bodies.ts';
import { findNamed } from '../queries/scope.ts';
import { all, as, conjuncts, constantOf, functionName, lastName, namesOf, walk } from '../queries/tree.ts';
import type { Rule } from '../rule.ts';
import { branchesOf, isForPeople, isOpen, people, policiesOn } from './tenancy-conditions.ts';
import { asksCaller } from './tenancy-identity.ts';

/** People can call it through the API. */
const callable = (routine: Routine, exposed: readonly string[]): boolean =>
  exposed.includes(routine.schema) &&
  routine.grants.some(({ privilege, grantee }) => privilege === 'EXECUTE' && people.includes(grantee));

/** One bit or nothing comes back. */
const tells = ({ result }: Routine): boolean =>
  result !== null && !/^(boolean|void|trigger|event_trigger)$/.test(result);

const commands = { reads: 'select', changes: 'update', 'deletes from': 'delete' } as const;

/** Rows of it are kept from some people, for this kind of use. */
const isProtected = (table: Table, verb: Use['verb'], catalog: Catalog): boolean =>
  table.rls &&
  !policiesOn(catalog, table, commands[verb])
    .filter((policy) => policy.permissive && isForPeople(policy))
    .some(({ using }) => branchesOf(using, table, catalog).some(isOpen));

interface Use {
  readonly table: Table;
  readonly verb: keyof typeof commands;
  /** Only the row whose token the caller knows. */
  readonly byToken: boolean;
}

const secret = /(?:^|_)(?:token|secret|code|hash|otp|nonce)$/i;

/** `where token = given`: who has it was meant to have it, as with an invitation by mail. */
const asksForToken = (where: Node | undefined): boolean =>
  conjuncts(where).some((node) => {
    const equal = as(node, 'A_Expr');
    if (lastName(equal?.name) !== '=') return false;
    const [left, right] = [equal?.lexpr, equal?.rexpr];
    const isSecret = (side: Node | undefined): boolean => {
      const column = as(side, 'ColumnRef');
      return column !== undefined && secret.test(namesOf(column).at(-1) ?? '');
    };
    return (isSecret(left) && constantOf(right) === undefined) || (isSecret(right) && constantOf(left) === undefined);
  });

/** `set views = views + 1, viewed_at = now()`: whoever calls it may count, and nothing else. */
const counts = ({ targetList }: UpdateStmt): boolean =>
  (targetList ?? []).every((node) => {
    const target = as(node, 'ResTarget');
    const sum = as(target?.val, 'A_Expr');
    const adds =
      lastName(sum?.name) === '+' && all(sum, 'ColumnRef').some((ref) => namesOf(ref).at(-1) === target?.name);
    return adds || /^(now|clock_timestamp|timezone)$/.test(functionName(as(target?.val, 'FuncCall') ?? {}));
  });

function uses(body: Body, catalog: Catalog): readonly Use[] {
  const found: Use[] = [];
  const add = (range: RangeVar | undefined, verb: Use['verb'], where: Node | undefined): void => {
    const { relname: name, schemaname: schema } = range ?? {};
    const table = name === undefined ? undefined : findNamed(catalog.tables, schema, name, body.path);
    if (table !== undefined && isProtected(table, verb, catalog))
      found.push({ table, verb, byToken: asksForToken(where) });
  };
  walk(body.statements, (node) => {
    const update = as(node, 'UpdateStmt');
    const remove = as(node, 'DeleteStmt');
    if (update !== undefined && !counts(update)) add(update.relation, 'changes', update.whereClause);
    if (remove !== undefined) add(remove.relation, 'deletes from', remove.whereClause);
    if ('fromClause' in node)
      for (const range of all(node.fromClause, 'RangeVar'))
        add(range, 'reads', 'whereClause' in node ? (node.whereClause as Node) : undefined); // checked: the parser's own
    return undefined;
  });
  return found;
}

export const tenancyDefinerUnfiltered: Rule = {
  id: 'tenancy-definer-unfiltered',
  level: 'error',
  category: 'security',
  title: 'A definer function reads protected rows for whoever calls it',
  why: 'SECURITY DEFINER runs with the rights of the owner, past every policy. If the body never asks who is calling (an argument such as p_user_id is chosen by the caller), any visitor reads the rows of all tenants through the API.',
  mend: 'Make it SECURITY INVOKER, or filter by (select auth.uid()) inside, or revoke EXECUTE from public, anon and authenticated.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog, exposed }) =>
    bodiesOf(catalog).flatMap((body) => {
      const { routine } = body;
      if (routine === null || !routine.definer || routine.returnsTrigger || isPlatform(routine.schema)) return [];
      if (!callable(routine, exposed) || asksCaller(routine, catalog)) return [];
      const telling = uses(body, catalog).filter(({ verb }) => verb !== 'reads' || tells(routine));
      const use = telling.find(({ byToken }) => !byToken) ?? telling[0];
      if (use === undefined) return [];
      return [
        {
          object: body.object,
          message: `${body.name} ${use.verb} ${use.table.schema}.${use.table.name} with its owner's rights and never asks who is calling${use.byToken ? ', only for a token' : ''}; ${routine.grants.some(({ grantee }) => grantee === 'public' || grantee === 'anon') ? 'everybody' : 'every signed-in person'} may call it.`,
          ...(use.byToken ? { level: 'info' as const } : {}),
          hint: `alter function ${body.object} security invoker; or revoke execute on function ${body.object} from public, anon, authenticated.`,
        },
      ];
    }),
};
